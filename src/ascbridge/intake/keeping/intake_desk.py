"""Joins the door to the shelf: judges what arrived, makes sure of keys, keeps it, and has it answered.

On SQLite keys and messages are two files: keys are committed first, so a message is never kept without being openable,
and a stop in between leaves at most a key that nobody uses. On PostgreSQL both are one transaction.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ascbridge import telemetry
from ascbridge.events.logs import trace_context
from ascbridge.events.logs.envelope import Ref
from ascbridge.intake.agreed.profile_versions import THE_FILE
from ascbridge.intake.agreed.profiles_in_force import FOR_EVER, Held
from ascbridge.intake.keeping import answers, inbox, number_gaps
from ascbridge.intake.keeping.answers_left import AnswersLeft
from ascbridge.intake.keeping.kept import Keeping, Kept, keep, put_apart
from ascbridge.intake.keeping.numbering import Numbering
from ascbridge.people import identities
from ascbridge.people.behind_wall import NotNowBehind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import prometheus_client as metrics
    from sqlalchemy import Connection

    from ascbridge.clock import Clock
    from ascbridge.events.logs.sealing import Keyring
    from ascbridge.people.behind_wall import PutsApart
    from ascbridge.people.data_keys import DataKey, DataKeys
    from ascbridge.people.stray import Stray
    from ascbridge.storage.database import SqliteDatabase

    Announce = Callable[[Connection, Sequence[Kept], int], None]
    Beside = Callable[[Connection, Sequence[Kept]], None]
    """What is written in the same transaction, of what became of each message."""

_log = telemetry.log("intake_desk")
HOUR_MS = 3_600_000
MISCOUNTED = "batch_miscounted"
MOST_REMEMBERED = 50_000
"""Outside names whose keys the desk has at hand; each takes about half a kilobyte."""


@dataclass(frozen=True, slots=True)
class _Judging:
    """Who judges by which version of the profile, and until when that one holds."""

    door: inbox.Doorkeeper
    number: int
    until_ms: int


class IntakeDesk:
    """Keeps what arrives on one feed. `wake` tells the working process that there is something to do.

    What of it is about safeguarding goes through `wall` first; without one, such an arrival is not taken at all.
    """

    def __init__(
        self,
        doorkeeper: inbox.Doorkeeper,
        *,
        keyring: Keyring,
        data_keys: DataKeys,
        clock: Clock,
        resend_window_hours: float,
        wake: Callable[[], None],
        announce: Announce | None = None,
        wall: PutsApart | None = None,
    ) -> None:
        self._profile = doorkeeper.profile
        self._in_force: Callable[[int], Held] = lambda _: Held(doorkeeper.profile, THE_FILE)
        self._judging = _Judging(doorkeeper, THE_FILE, FOR_EVER)
        self._keyring, self._data_keys, self._clock = keyring, data_keys, clock
        self._window_ms = int(resend_window_hours * HOUR_MS)
        self._wake = wake
        self._announce = announce
        self._wall = wall
        self._last_ms = 0
        self._counted: dict[str, metrics.Counter] = {}
        self._refused = Ref("lane", self._profile.feed.name, "refused")
        self._remembered: dict[Ref, tuple[str, DataKey | None]] = {}
        self._remembered_at = data_keys.erasures
        self.answers_left = AnswersLeft(doorkeeper.profile.feed.name)
        self._numbers = Numbering() if doorkeeper.profile.feed.source == "hospital_adt" else None

    def judge_by(self, in_force: Callable[[int], Held]) -> None:
        """Judge by the version of the profile that holds when something comes, which `in_force` says of a moment."""
        self._in_force = in_force

    def keep_in_files(
        self,
        keys: SqliteDatabase,
        kept: SqliteDatabase,
        arrivals: Sequence[inbox.Arrival],
        beside: Beside | None = None,
    ) -> list[list[Kept]]:
        """Keep on SQLite, in the calling thread. Raises `NotNowBehind`."""
        judging = self._judging_now()
        groups = self._judge(judging.door, arrivals)
        flat = [one for group in groups for one in group]
        if not flat:
            return [[] for _ in arrivals]
        if strays := _strays(flat):
            self._through().put_now(strays)
        wanted = inbox.needed(flat, self._refused)
        known = self._keys(keys, wanted)
        results = kept.write_now(
            lambda connection: self._keep(connection, flat, self._how(judging, *known), beside)
        )
        return self._done(groups, results)

    async def put_apart(self, arrivals: Sequence[inbox.Arrival]) -> frozenset[Stray]:
        """Put what of these is about safeguarding behind its wall, which is another database; return what that was.

        Raises `NotNowBehind`.
        """
        door = self._judging_now().door
        strays = _strays([one for arrival in arrivals for one in door.candidates(arrival)])
        if strays:
            await self._through().put_apart(strays)
        return frozenset(strays)

    def keep_in_postgres(
        self,
        connection: Connection,
        arrivals: Sequence[inbox.Arrival],
        beside: Beside | None = None,
        *,
        put: frozenset[Stray] = frozenset(),
    ) -> list[list[Kept]]:
        """Keep on PostgreSQL, in the transaction of `connection`. `put`: what of it stands behind the wall already.

        Raises `NotNowBehind` for what ought to and does not.
        """
        judging = self._judging_now()
        groups = self._judge(judging.door, arrivals)
        flat = [one for group in groups for one in group]
        if not flat:
            return [[] for _ in arrivals]
        if not put.issuperset(_strays(flat)):
            raise NotNowBehind
        known = self._make(connection, inbox.needed(flat, self._refused))
        how = self._how(judging, *known)
        results = self._keep(connection, flat, how, beside)
        if self._announce is not None:
            kept = [one for one in results if one.outcome == "kept" and not one.apart]
            self._announce(connection, kept, how.now_ms)
        return self._done(groups, results)

    def _judging_now(self) -> _Judging:
        """By which version what comes now is judged; it is kept as received while that one holds."""
        held = self._in_force(max(self._last_ms, self._clock.now_ms()))
        known = self._judging
        if (held.number, held.until_ms) != (known.number, known.until_ms):
            same = held.number == known.number
            door = known.door if same else inbox.Doorkeeper(held.profile, self._keyring)
            self._judging = known = _Judging(door, held.number, held.until_ms)
        return known

    def _judge(
        self, door: inbox.Doorkeeper, arrivals: Sequence[inbox.Arrival]
    ) -> list[list[inbox.Candidate]]:
        for arrival in arrivals:
            if arrival.fault is not None:  # kept where somebody waits for an answer, and always told
                telemetry.misframed.labels(self._profile.feed.name, arrival.fault.kind.value).inc()
                _log.warning(
                    "not a frame",
                    feed=self._profile.feed.name,
                    address=arrival.peer,
                    reason=arrival.fault.reason,
                )
        groups = [door.candidates(arrival) for arrival in arrivals]
        for arrival, group in zip(arrivals, groups, strict=True):
            self._compare(door, arrival, group)
            if arrival.traceparent:
                for one in group:
                    one.flags.append(trace_context.FLAG + arrival.traceparent)
        return groups

    def _compare(self, door: inbox.Doorkeeper, arrival: inbox.Arrival, group: list[inbox.Candidate]) -> None:
        """Note on every message of a batch that its trailers count otherwise: some of it may be lost."""
        said = door.miscount(arrival)
        if said:
            telemetry.miscounted_batches.labels(self._profile.feed.name).inc()
            _log.warning("batch miscounted", feed=self._profile.feed.name, address=arrival.peer, reason=said)
            for one in group:
                one.flags.append(MISCOUNTED)

    @property
    def feed(self) -> str:
        """The name of the feed."""
        return self._profile.feed.name

    @property
    def repeats_since_ms(self) -> int:
        """When the resend window began (UTC ms): what is older is not recognised when it comes again."""
        return self._clock.now_ms() - self._window_ms

    def digest(self, raw: bytes) -> str:
        """What makes this content recognisable when it comes again."""
        return self._judging.door.digest(raw)

    def seal_note(self, plain: bytes, about: str) -> bytes:
        """Seal what a way in notes for itself about this feed; see `Keyring.seal_note`."""
        return self._keyring.seal_note(plain, f"{self.feed} {about}")

    def open_note(self, sealed: bytes, about: str) -> bytes:
        """Open what `seal_note` made. Raises `SealBroken`."""
        return self._keyring.open_note(sealed, f"{self.feed} {about}")

    def answers(self, results: list[list[Kept]]) -> list[list[bytes]]:
        """The payloads to send back for each arrival."""
        return [
            (inbox.Uncounted if any(one.apart for one in group) else list)(
                one.answer for one in group if one.answer
            )
            for group in results
        ]

    def _through(self) -> PutsApart:
        if self._wall is None:
            raise NotNowBehind
        return self._wall

    def answered(self) -> None:
        """Hear that what was kept last was answered: so it is committed."""
        if self._numbers is not None:
            self._numbers.told()
        self.answers_left.left(self._clock.now_ms())

    def not_now(self, arrival: inbox.Arrival) -> list[bytes]:
        """What to say when nothing could be kept."""
        return answers.not_now(arrival.payload, self._judging.door.profile, self._clock.now_ms())

    def _keys(
        self, database: SqliteDatabase, wanted: Sequence[Ref]
    ) -> tuple[dict[Ref, str], dict[str, DataKey]]:
        """Every key that is wanted. No other process writes keys here, so what was found holds until an erasure."""
        if self._remembered_at != self._data_keys.erasures or len(self._remembered) > MOST_REMEMBERED:
            self._remembered.clear()
            self._remembered_at = self._data_keys.erasures
        fresh = [ref for ref in wanted if ref not in self._remembered]
        if fresh:
            keys, data = database.write_now(lambda connection: self._make(connection, fresh))
            self._remembered |= {ref: (key, data.get(key)) for ref, key in keys.items()}
        known = {ref: self._remembered[ref] for ref in wanted}
        return (
            {ref: key for ref, (key, _) in known.items()},
            {key: data_key for key, data_key in known.values() if data_key is not None},
        )

    def _make(
        self, connection: Connection, wanted: Sequence[Ref]
    ) -> tuple[dict[Ref, str], dict[str, DataKey]]:
        now_ms = self._clock.now_ms()
        keys = identities.keys_for(connection, self._keyring, wanted, now_ms)
        owners = sorted({keys[ref] for ref in wanted if ref.kind != "spell"})
        return keys, self._data_keys.ensure(connection, owners, now_ms)

    def _how(self, judging: _Judging, keys: dict[Ref, str], data_keys: dict[str, DataKey]) -> Keeping:
        self._last_ms = min(max(self._last_ms, self._clock.now_ms()), judging.until_ms - 1)
        return Keeping(
            judging.door.profile, keys, data_keys, keys.get(self._refused, ""), self._window_ms, self._last_ms
        )

    def _keep(
        self,
        connection: Connection,
        candidates: Sequence[inbox.Candidate],
        how: Keeping,
        beside: Beside | None,
    ) -> list[Kept]:
        """Keep what is ordinary of these; of what stands behind the wall nothing is written but the answer."""
        ordinary = [one for one in candidates if not one.apart]
        kept = iter(keep(connection, ordinary, how) if ordinary else ())
        if ordinary:
            self.answers_left.write(connection)
            gaps = self._numbers.due(how.now_ms) if self._numbers is not None else ()
            number_gaps.write(connection, self.feed, gaps, how.now_ms)
        results = [
            put_apart(one, how, number) if one.apart else next(kept) for number, one in enumerate(candidates)
        ]
        if beside is not None:
            beside(connection, results)
        return results

    def _done(self, groups: list[list[inbox.Candidate]], results: list[Kept]) -> list[list[Kept]]:
        for outcome, n in Counter([result.outcome for result in results if not result.apart]).items():
            if outcome not in self._counted:
                self._counted[outcome] = telemetry.messages.labels(self._profile.feed.name, outcome)
            self._counted[outcome].inc(n)
        ahead = sum(result.clock_ahead for result in results)
        if ahead:
            telemetry.clock_ahead.labels(self._profile.feed.name).inc(ahead)
        if self._numbers is not None:
            for one in (each for group in groups for each in group):
                self._numbers.hear(one.sequence, one.control_id, self._last_ms)
        if any(one.answer and not one.apart for one in results):
            self.answers_left.kept(self._last_ms)
        self._wake()
        rest = iter(results)
        return [[next(rest) for _ in group] for group in groups]


def _strays(candidates: Sequence[inbox.Candidate]) -> list[Stray]:
    return [one.stray for one in candidates if one.stray is not None]
