"""Which profile of each feed holds when: what its file says, and over it the versions that people put in force.

A message is judged and read by the version that held when it was received, in whatever process and however late: so
who keeps and who understands never go by two. Only some parts of a profile change in a running process (`LIVE`); all
else a version leaves as the file says it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ascbridge.intake.agreed import profile_versions, profiles
from ascbridge.intake.agreed.profile_versions import THE_FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    from ascbridge.intake.agreed.profile_versions import Activation
    from ascbridge.intake.sources.profile import Profile

LIVE = ("acknowledgment", "meaning", "where", "codes", "not_known")
LIVE_OF_FEED = ("facilities", "late_after_minutes")
"""The parts that a version changes, and those of the section `feed`."""
FOR_EVER = 1 << 62


@dataclass(frozen=True, slots=True)
class Held:
    """A version that holds from a moment on until before another (UTC ms)."""

    profile: Profile
    number: int
    from_ms: int = 0
    until_ms: int = FOR_EVER


def over_file(file: Profile, version: Profile) -> Profile:
    """Return what a version makes of its feed's file. Never signed where the file is not."""
    feed = file.feed.model_copy(update={name: getattr(version.feed, name) for name in LIVE_OF_FEED})
    update = {name: getattr(version, name) for name in LIVE}
    signed = None if file.shadow else version.signed_off
    return file.model_copy(
        update={**update, "feed": feed, "signed_off": signed, "text_sha256": version.text_sha256}
    )


class ProfilesInForce(Mapping[str, "Profile"]):
    """Every feed's profile as it holds now, by its feed's name, and as it held at any moment (`at`).

    `adopt` learns what people put in force; until then, and without it, the files hold.
    """

    def __init__(self, files: Mapping[str, Profile], now_ms: Callable[[], int]) -> None:
        self._files, self._now_ms = files, now_ms
        self._said: tuple[Activation, ...] = ()
        self._read: dict[tuple[str, int], Profile] = {}
        self._held: dict[str, tuple[Held, ...]] = {}

    def __getitem__(self, feed: str) -> Profile:
        """Return the one that holds now."""
        return self.at(feed, self._now_ms()).profile

    def __iter__(self) -> Iterator[str]:
        """Give the names of the feeds."""
        return iter(self._files)

    def __len__(self) -> int:
        """How many feeds there are."""
        return len(self._files)

    @property
    def files(self) -> Mapping[str, Profile]:
        """What the files say."""
        return self._files

    def numbers(self) -> dict[str, int]:
        """Return which version of each feed holds now; `THE_FILE` where none does."""
        return {feed: self.at(feed, self._now_ms()).number for feed in self._files}

    def at(self, feed: str, at_ms: int) -> Held:
        """Return the version that holds at a moment. Raises `KeyError` where there is no such feed."""
        held = self._held.get(feed)
        if held is None:
            return Held(self._files[feed], THE_FILE)
        return held[bisect_right(held, at_ms, key=lambda one: one.from_ms) - 1]

    def adopt(self, connection: Connection) -> bool:
        """Learn what holds from when; return whether that is other than it was. Raises `ConfigError`."""
        said = profile_versions.activations(connection)
        if said == self._said:
            return False
        wanted = {
            (one.feed, one.number) for one in said if one.number != THE_FILE and one.feed in self._files
        }
        for key, text in profile_versions.texts(connection, wanted - self._read.keys()).items():
            self._read[key] = profiles.parse(text, f"{key[0]} version {key[1]}")
        self._said = said
        self._arrange()
        return True

    def relearn(self, files: Mapping[str, Profile]) -> None:
        """Go by other files, with the same versions over them."""
        self._files = files
        self._arrange()

    def go_by(self, now_ms: Callable[[], int]) -> None:
        """Take what holds now from another clock."""
        self._now_ms = now_ms

    def only(self, profile: Profile) -> ProfilesInForce:
        """Return the same with one profile in place of all that its feed ever had, for a dry-run."""
        other = ProfilesInForce({**self._files, profile.feed.name: profile}, self._now_ms)
        other._said = tuple(one for one in self._said if one.feed != profile.feed.name)  # one of ourselves
        other._read = self._read  # the same
        other._arrange()  # the same
        return other

    def every(self) -> list[Mapping[str, Profile]]:
        """Return the files' profiles, and beside them each version that ever held: whoever wants to miss none."""
        found: list[Mapping[str, Profile]] = [self._files]
        for held in self._held.values():
            found += [{one.profile.feed.name: one.profile} for one in held if one.number != THE_FILE]
        return found

    def _arrange(self) -> None:
        found: dict[str, list[Held]] = {}
        for one in self._said:
            file = self._files.get(one.feed)
            if file is None:
                continue
            row = found.setdefault(one.feed, [Held(file, THE_FILE)])
            before = row[-1]
            row[-1] = Held(before.profile, before.number, before.from_ms, one.from_ms)
            profile = file if one.number == THE_FILE else over_file(file, self._read[one.feed, one.number])
            row.append(Held(profile, one.number, one.from_ms))
        self._held = {feed: tuple(row) for feed, row in found.items()}


def held_at(known: Mapping[str, Profile], feed: str, at_ms: int) -> Profile:
    """Return by which profile a message of a moment is read. Raises `KeyError`."""
    return known.at(feed, at_ms).profile if isinstance(known, ProfilesInForce) else known[feed]
