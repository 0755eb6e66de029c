"""By which profile each message is read: the version that held when it was received, with the codes that hold now.

The door judged it by that version, so who understands later finds everybody whom the door gave a key. What codes mean
the door never asks: there the latest version holds, and people's rows over it, so that what waits for a
code is completed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.intake.agreed.profiles_in_force import FOR_EVER, ProfilesInForce
from ascbridge.intake.reading import map_versions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Connection

    from ascbridge.intake.reading.map_versions import MapRow
    from ascbridge.intake.sources.profile import Profile


class Readings:
    """The profiles of every feed as messages are read by them, and the stamp that their events bear."""

    def __init__(self, files: Mapping[str, Profile], now_ms: Callable[[], int]) -> None:
        """Take what the files say; `adopt` learns what people put over it."""
        self.versions = ProfilesInForce(files, now_ms)
        self._now_ms = now_ms
        self._rows: tuple[MapRow, ...] = ()
        self._codes: dict[str, Mapping[str, Mapping[str, str]]] = {}
        self._arrange()

    @property
    def profiles(self) -> Mapping[str, Profile]:
        """By what is read what is received now."""
        return self._profiles

    def of(self, feed: str, received_ms: int) -> tuple[Profile, str]:
        """Return by what a message of a moment is read, and the stamp of that. Raises `KeyError`."""
        then = self.versions.at(feed, received_ms)
        latest = self.versions.at(feed, max(received_ms, self._now_ms()))
        key = feed, then.from_ms, latest.from_ms
        if key not in self._known:
            codes = latest.profile.codes
            profile = then.profile.model_copy(update={"codes": codes})
            profile = map_versions.over({feed: profile}, self._rows)[feed]
            if feed in self._codes:
                profile = profile.model_copy(update={"codes": self._codes[feed]})
            other = codes != then.profile.codes
            self._known[key] = profile, map_versions.stamp(profile, self._rows, other_codes=other)
        return self._known[key]

    def stamp_now(self, feed: str) -> str:
        """Return by what a message is read that is received now, as its events will say it."""
        return self.of(feed, self._now_ms())[1]

    def go_by(self, now_ms: Callable[[], int]) -> None:
        """Take what holds now from another clock: what is played again is old, and the codes that hold now do."""
        self._now_ms = now_ms
        self.versions.go_by(now_ms)
        self._arrange()

    def relearn(self, files: Mapping[str, Profile]) -> None:
        """Go by other files, with the same versions and rows over them."""
        self.versions.relearn({**self.versions.files, **files})
        self._arrange()

    def adopt(self, connection: Connection) -> None:
        """Go by the versions and rows that hold now, whoever had them take effect in whatever process."""
        rows, other = map_versions.in_force(connection), self.versions.adopt(connection)
        if other or rows != self._rows or self.versions.numbers() != self._numbers:
            self._rows = rows
            self._arrange()

    def with_row(self, row: MapRow) -> Readings:
        """Return the same with one row more."""
        return self._other(self.versions, (*self._rows, row))

    def with_profile(self, profile: Profile) -> Readings:
        """Return the same where all of one feed, of whatever moment, is read by this profile."""
        return self._other(self.versions.only(profile), self._rows)

    def with_codes(self, feed: str, codes: Mapping[str, Mapping[str, str]]) -> Readings:
        """Return the same where one feed's codes mean what they did once."""
        other = self._other(self.versions, self._rows)
        other._codes = {feed: codes}  # noqa: SLF001  # one of ourselves
        return other

    def codes_last(self, feed: str) -> Mapping[str, Mapping[str, str]]:
        """Return what codes mean by the last version that was said to hold, be it in a few seconds."""
        last = self.versions.at(feed, FOR_EVER).profile
        return map_versions.over({feed: last}, self._rows)[feed].codes

    def rows_over(self, tried: Profile) -> list[MapRow]:
        """Return the rows that stay over a profile that is tried in place of the one that holds."""
        return map_versions.still_over(self._rows, self.versions[tried.feed.name], tried)

    def rows_under(self, tried: Profile) -> list[MapRow]:
        """Return the rows of whose codes a profile that is tried says otherwise."""
        stay = self.rows_over(tried)
        return [one for one in self._rows if one.feed == tried.feed.name and one not in stay]

    def _other(self, versions: ProfilesInForce, rows: tuple[MapRow, ...]) -> Readings:
        other = Readings({}, self._now_ms)
        other.versions, other._rows = versions, rows  # one of ourselves
        other._arrange()  # the same
        return other

    def _arrange(self) -> None:
        self._numbers = self.versions.numbers()
        self._profiles: Mapping[str, Profile] = map_versions.over(self.versions, self._rows)
        self._known: dict[tuple[str, int, int], tuple[Profile, str]] = {}
