"""Changes a feed's profile while messages come in: somebody tries a text out and asks, a second person signs, and from
a moment on it holds. Rolled back in one step.

Every process knows of that moment before it comes, and each message is judged and read by the version that held when it
was received. Where codes mean something else, what was read in the last days is read again by what they mean now
(`relearning`); places of fields change nothing that was read before: for that there is the time machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from ascbridge.config import ConfigError
from ascbridge.intake.agreed import profile_versions, profiles
from ascbridge.intake.agreed.profile_differences import differences
from ascbridge.intake.agreed.profile_versions import THE_FILE, NoSuchProfile, ProfileVersion, Wanted
from ascbridge.intake.agreed.profiles_in_force import over_file
from ascbridge.intake.reading import map_versions, relearning
from ascbridge.operations.changing.profile_trial import Tried, try_out
from ascbridge.storage.tables import profile_activation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from ascbridge.intake.reading.translator import Translator
    from ascbridge.intake.sources.profile import Profile
    from ascbridge.people.actor import Actor

LONGEST = 200_000
LEAD_MS = 5_000
"""How far ahead a version is put in force: every process looks each second, and must know before it holds."""
_WAITING = {"asked", "being taken back"}


class CannotChange(ValueError):
    """A profile that cannot be asked for, signed, put in force or rolled back; `lines` say why, all at once."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = tuple(lines)
        super().__init__("\n".join(self.lines))


class Compared:
    """A text beside what holds: what it says otherwise, place by place, and what yesterday's messages would say."""

    def __init__(self, feed: str, version: Profile, otherwise: tuple[str, ...], tried: Tried) -> None:
        """Take what was found."""
        self.feed, self.version, self.otherwise, self.tried = feed, version, otherwise, tried


def compare(connection: Connection, translator: Translator, text: str, now_ms: int) -> Compared:
    """Say what a text would change, and try it out on what came in the last day. Raises `CannotChange`."""
    version = _checked(connection, translator, text)
    feed = version.feed.name
    now = translator.readings.versions[feed]
    tried = try_out(connection, translator, now, over_file(translator.files[feed], version), now_ms)
    return Compared(feed, version, differences(now, version), tried)


def ask(
    connection: Connection, translator: Translator, text: str, who: Actor, why: str, now_ms: int
) -> tuple[str, int]:
    """Ask for a text; return its feed and number. Raises `CannotChange`. Nothing takes effect."""
    if not why:
        raise CannotChange(["Say why, and who at the sender confirmed it"])
    found = compare(connection, translator, text, now_ms)
    over = translator.readings.stamp_now(found.feed)
    wanted = Wanted(found.feed, text, found.version.text_sha256, over, str(found.tried))
    number = profile_versions.ask(connection, wanted, who, why, now_ms)
    who.did(connection, "feed profile asked to change", _name(found.feed, number), why, now_ms)
    return found.feed, number


def sign(
    connection: Connection, translator: Translator, feed: str, number: int, who: Actor, now_ms: int
) -> None:
    """Sign what somebody else asked for. It may be put in force then. Raises `CannotChange`."""
    one = _found(connection, feed, number)
    if one.state != "asked":
        raise CannotChange(["This was decided already"])
    if who.may_be(one.made_by, one.made_in):
        raise CannotChange(["A second person must sign, in a sign-in of their own"])
    _still_over(connection, translator, one)
    _decide(connection, one, "signed", who, one.why, now_ms)
    who.did(connection, "feed profile signed", _name(feed, number), one.why, now_ms)


def refuse(connection: Connection, feed: str, number: int, who: Actor, why: str, now_ms: int) -> None:
    """Refuse what was asked for, or was signed and never held. Raises `CannotChange`."""
    if not why:
        raise CannotChange(["Say why"])
    one = _found(connection, feed, number)
    if one.state == "refused" or number in _ever(connection, feed):
        raise CannotChange(["This was decided already: what holds, or held, is rolled back"])
    _decide(connection, one, "refused", who, why, now_ms)
    who.did(connection, "feed profile refused", _name(feed, number), why, now_ms)


def activate(
    connection: Connection, translator: Translator, feed: str, number: int, who: Actor, now_ms: int
) -> int:
    """Have a signed version hold from a few seconds on; return from when. Raises `CannotChange`."""
    one = _found(connection, feed, number)
    if one.state != "signed":
        raise CannotChange(["Nobody signed this: a second person must"])
    if number in _ever(connection, feed):
        raise CannotChange(["This held already: roll back to it, or ask for it again"])
    _still_over(connection, translator, one)
    before = translator.readings.codes_last(feed)
    from_ms = profile_versions.activate(connection, feed, number, now_ms + LEAD_MS, who.who, one.why, now_ms)
    relearning.begin(connection, feed, before, f"profile {number}", from_ms)
    who.did(connection, "feed profile in force", _name(feed, number), one.why, now_ms)
    return from_ms


def roll_back(
    connection: Connection, translator: Translator, feed: str, who: Actor, why: str, now_ms: int
) -> int:
    """Have what held before hold again, from a few seconds on; return which version that is. Raises `CannotChange`."""
    if not why:
        raise CannotChange(["Say why"])
    _known(translator, feed)
    translator.adopt(connection)
    moments = [one for one in profile_versions.activations(connection) if one.feed == feed]
    said = [one.number for one in moments]
    if not said or said[-1] == THE_FILE:
        raise CannotChange(["The file of the settings holds: there is nothing to roll back"])
    earlier = [one for one in said[: said.index(said[-1])] if one != said[-1]]
    number = earlier[-1] if earlier else THE_FILE
    before, held_ms = translator.readings.codes_last(feed), moments[said.index(said[-1])].from_ms
    from_ms = profile_versions.activate(connection, feed, number, now_ms + LEAD_MS, who.who, why, now_ms)
    relearning.begin(connection, feed, before, f"profile {number}", from_ms, held_ms)
    who.did(connection, "feed profile rolled back", _name(feed, number), why, now_ms)
    return number


def _checked(connection: Connection, translator: Translator, text: str) -> Profile:
    """Read a text, and say everything that keeps it from holding without a restart. Raises `CannotChange`."""
    if len(text) > LONGEST:
        raise CannotChange([f"A profile has at most {LONGEST:,} characters"])
    try:
        version = profiles.parse(text.replace("\r\n", "\n"), "as it was given")
    except ConfigError as fault:
        raise CannotChange(str(fault).splitlines()) from None
    feed = version.feed.name
    _known(translator, feed)
    translator.adopt(connection)
    now, file = translator.readings.versions[feed], translator.files[feed]
    wrong = _rows_wait(connection, feed)
    rest = {"text_sha256": "", "signed_off": None}
    before = over_file(file, version).model_copy(update=rest)
    more = differences(before, version.model_copy(update=rest))
    wrong += [f"needs a restart with the file of the settings: {line}" for line in more]
    if version.shadow and not now.shadow:
        wrong.append(
            "it is not signed as it stands, and what holds is: `ascbridge profile` prints the hash to sign"
        )
    if not version.shadow and now.shadow:
        wrong.append(
            "what holds is not signed and this is: to go live needs a restart with the file of the settings"
        )
    if not wrong and version.text_sha256 == now.text_sha256:
        wrong.append("this is what holds")
    if wrong:
        raise CannotChange(wrong)
    return version


def _still_over(connection: Connection, translator: Translator, one: ProfileVersion) -> None:
    """See that what holds is what this was compared with. Raises `CannotChange`."""
    wrong = _rows_wait(connection, one.feed)
    _known(translator, one.feed)
    translator.adopt(connection)
    pending = [row for row in profile_versions.activations(connection) if row.feed == one.feed]
    soon = bool(pending) and pending[-1].number != translator.readings.versions.numbers()[one.feed]
    if soon or translator.readings.stamp_now(one.feed) != one.over:
        wrong.append("What holds changed since this was asked for: ask again, and look at what it would do")
    if wrong:
        raise CannotChange(wrong)


def _rows_wait(connection: Connection, feed: str) -> list[str]:
    rows = [one for one in map_versions.latest(connection) if one.feed == feed and one.state in _WAITING]
    return [
        f"version {one.number} of its code map waits ({one.state}): sign it, refuse it or let it finish first"
        for one in rows
    ]


def _known(translator: Translator, feed: str) -> None:
    if feed not in translator.profiles:
        raise CannotChange([f"There is no feed {feed!r}; there are {', '.join(sorted(translator.profiles))}"])


def _ever(connection: Connection, feed: str) -> set[int]:
    wanted = select(profile_activation.c.number).where(profile_activation.c.feed == feed)
    return set(connection.execute(wanted).scalars())


def _found(connection: Connection, feed: str, number: int) -> ProfileVersion:
    try:
        return profile_versions.of(connection, feed, number)
    except NoSuchProfile:
        raise CannotChange(["There is no such version"]) from None


def _decide(
    connection: Connection,
    one: ProfileVersion,
    state: profile_versions.State,
    who: Actor,
    why: str,
    now_ms: int,
) -> None:
    try:
        profile_versions.decide(connection, one, state, who.who, why, now_ms)
    except NoSuchProfile:
        raise CannotChange(["This was decided already"]) from None


def _name(feed: str, number: int) -> str:
    return f"profile:{feed}@{number}"
