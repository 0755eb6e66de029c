"""What must hold whatever comes in: three targets, each given bytes, each complaining by `AssertionError` or any other
exception. They are built with all that they need, so that one of them runs many examples.
"""

from __future__ import annotations

import hashlib
import random
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import func, select

from ascbridge.clock import Clock
from ascbridge.events.logs.cloud_event import rfc3339
from ascbridge.events.logs.sealing import Keyring, unseal
from ascbridge.intake.agreed import profiles
from ascbridge.intake.hl7v2.hl7 import NULL, Presence, UnreadableMessage, parse
from ascbridge.intake.hl7v2.hl7_ack import AckCode, AckError, build_ack, parse_ack
from ascbridge.intake.hl7v2.hl7_batch import miscount, split_batch
from ascbridge.intake.hl7v2.hl7_errors import ErrorCode
from ascbridge.intake.hl7v2.hl7_time import ImpossibleTime, format_ts, parse_ts
from ascbridge.intake.hl7v2.mllp import HEAD_BYTES, FaultKind, Frame, Framer, FramingFault, frame
from ascbridge.intake.keeping import answers
from ascbridge.intake.keeping.inbox import Arrival, Doorkeeper
from ascbridge.intake.keeping.intake_desk import IntakeDesk
from ascbridge.intake.sources import SOURCES
from ascbridge.intake.sources.door import SourceFault
from ascbridge.people import identities
from ascbridge.people.data_keys import DataKeys
from ascbridge.storage import migration
from ascbridge.storage.database import SqliteDatabase
from ascbridge.storage.tables import intake_count, message

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ascbridge.events.logs.envelope import Draft
    from ascbridge.intake.keeping.inbox import Candidate
    from ascbridge.intake.keeping.kept import Kept
    from ascbridge.intake.sources.profile import Profile
    from ascbridge.people.stray import Stray

LONGEST_FRAME = 4_000
_PATHS = (
    "MSH-9.2",
    "PID-3",
    "PID-3[2].4.1",
    "PID-5.1",
    "PID-32[6]",
    "PV1-19.1",
    "PV1-3.4",
    "EVN-2",
    "MRG-1",
    "NTE-3",
)
_NUMBERS = 1 << 63


def framer(stream: bytes) -> None:
    """However a stream is cut, the same frames and faults come of it, no byte is lost and little is held."""
    rng = _choices(stream)
    limit = rng.choice((60, LONGEST_FRAME, 1_000_000))
    at_once = _read(stream, [len(stream)], limit)
    whole = _joined(at_once)
    cuts = sorted(rng.randrange(len(stream) + 1) for _ in range(rng.choice((1, 3, 30))))
    assert _joined(_read(stream, [*cuts, len(stream)], limit)) == whole, "the cuts make a difference"
    _conserves(stream, at_once)
    assert all(len(one.payload) <= limit for one in whole if isinstance(one, Frame))
    assert all(len(one.head) <= HEAD_BYTES for one in whole if isinstance(one, FramingFault))
    after = Framer(limit)
    after.feed(stream)
    after.eof()
    assert after.feed(frame(b"MSH|")) == [Frame(b"MSH|")], (
        "a connection that ended leaves something to the next"
    )


def _read(stream: bytes, cuts: list[int], limit: int) -> list[Frame | FramingFault]:
    reader, found, at = Framer(limit), [], 0
    for cut in cuts:
        found += reader.feed(stream[at:cut])
        assert len(reader._buffer) <= limit + (cut - at) + 16, "it holds more than the limit and one packet"
        at = cut
    return [*found, *reader.eof()]


def _joined(found: list[Any]) -> list[Frame | FramingFault]:
    """Faults that report one thing in several parts, put together: where the parts end follows the packets."""
    whole: list[Frame | FramingFault] = []
    in_parts = (FaultKind.JUNK, FaultKind.DISCARDED, FaultKind.OVERSIZE, FaultKind.NO_START)
    for one in found:
        last = whole[-1] if whole else None
        if (
            isinstance(one, FramingFault)
            and isinstance(last, FramingFault)
            and {one.kind, last.kind} <= set(in_parts)
        ):
            whole[-1] = FramingFault(last.kind, last.count + one.count)
        elif isinstance(one, FramingFault) and one.kind in in_parts:
            whole.append(FramingFault(one.kind, one.count))
        else:
            whole.append(one)
    return whole


def _conserves(stream: bytes, found: list[Frame | FramingFault]) -> None:
    frames = [one for one in found if isinstance(one, Frame)]
    told = sum(one.count for one in found if isinstance(one, FramingFault))
    payload = sum(len(one.payload) for one in frames)
    marks = len(stream) - told - payload - 3 * len(frames)
    begun = sum(isinstance(one, FramingFault) for one in found)
    assert 0 <= marks <= 3 * begun, f"{marks} bytes are in no frame and in no fault"


def parser(payload: bytes) -> None:
    """A payload is read without loss or refused with a place; an answer can be built for it either way."""
    parts = split_batch(payload)
    miscount(payload, len(parts))
    assert sum(map(len, parts)) <= len(payload)
    for raw in parts or [payload]:
        _parses(raw)
        _can_be_answered(raw)


def _parses(raw: bytes) -> None:
    try:
        found = parse(raw)
    except UnreadableMessage:
        return
    assert found.raw == raw
    assert bytes(parse(bytes(found))) == bytes(found), "written back it reads otherwise"
    for path in _PATHS:
        value, wire = found.value(path), found.wire(path)
        assert value == "" or wire != ""
        assert "\x00" not in value, "PostgreSQL takes no NUL"
        value.encode()
        if found.presence(path) is Presence.ABSENT:
            assert value.strip(" ") == "" or NULL in wire
        for one in found.repetitions(path):
            one.component(1), one.sub(4, 2), one.presence()
        try:
            stamp = parse_ts(value)
        except ImpossibleTime:
            continue
        assert stamp.fhir_text
        assert stamp.utc_ms is None or abs(stamp.utc_ms) < _NUMBERS
    assert found.sequence_number is None or found.sequence_number < _NUMBERS
    assert found.trigger is not None


def _can_be_answered(raw: bytes) -> None:
    seen = answers.header_of(raw)
    error = AckError(ErrorCode.DATA_TYPE, "PID", 1, 3)
    for code in (AckCode.AA, AckCode.AE):
        ours = {"now_ms": 1_791_200_000_000, "our_app": "US", "our_facility": "COV", "control_id": "1"}
        answer = build_ack(raw, code, text="it's so", error=error if code is AckCode.AE else None, **ours)
        _is_an_answer(answer, code.value)
    assert len(seen.control_id) <= 200
    assert len(seen.trigger) <= 200


def _is_an_answer(answer: bytes, code: str) -> str:
    assert Framer().feed(frame(answer)) == [Frame(answer)], "the answer cannot be framed"
    ack = parse_ack(answer)
    assert ack.code.value == code
    return ack.control_id


# -- the sources and the whole door ------------------------------------------------------------------------------------


class _Steps(Clock):
    """A clock that goes on by a minute whenever it is asked to."""

    def __init__(self) -> None:
        super().__init__()
        self.at_ms = 1_791_200_000_000

    def now_ms(self) -> int:
        return self.at_ms


def feeds() -> list[Profile]:
    """The feeds that come to the door: those shipped, and one for each way of answering and reading."""
    shipped = [profiles.read(name) for name in profiles.shipped()]
    itk = profiles.read("itk-v24")

    def other(name: str, section: str, **change: str) -> Profile:
        changed = {section: getattr(itk, section).model_copy(update=change)}
        return itk.model_copy(update={"feed": itk.feed.model_copy(update={"name": name}), **changed})

    return [
        *shipped,
        other("enhanced", "acknowledgment", mode="enhanced", unsupported_trigger="reject"),
        other("original", "acknowledgment", mode="original", temporary="close"),
        other("lenient", "meaning", segment_end="any", nulls="ignore", trust_sequence=True),
    ]


class _LetterBox:
    """What was put behind the safeguarding wall since it was last emptied. The wall itself is no part of the door."""

    def __init__(self) -> None:
        self.put: list[Stray] = []

    def put_now(self, strays: Sequence[Stray]) -> None:
        self.put += strays

    async def put_apart(self, strays: Sequence[Stray]) -> None:
        self.put += strays


class DoorTarget:
    """Every feed's door, before one real SQLite file. What one stream leaves behind, the next one meets."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="fuzz-")
        path = Path(self._folder.name)
        migration.upgrade_sqlite(path)
        self._keys, self._kept = SqliteDatabase(path / "keys.db"), SqliteDatabase(path / "kept.db")
        self._keyring, self._clock = Keyring(bytes(range(32))), _Steps()
        self._data_keys = DataKeys(self._keyring)
        self._feeds = {profile.feed.name: profile for profile in feeds()}
        self._council = self._feeds["council-facts"]
        self._hospitals = [one for one in self._feeds.values() if one.feed.source == "hospital_adt"]
        self._behind = _LetterBox()
        self._desks = {name: self._desk(profile) for name, profile in self._feeds.items()}
        self._counts: dict[str, Counter[str]] = {name: Counter() for name in self._feeds}

    def _desk(self, profile: Profile) -> IntakeDesk:
        return IntakeDesk(
            Doorkeeper(profile, self._keyring), keyring=self._keyring, data_keys=self._data_keys,
            clock=self._clock, resend_window_hours=24, wake=lambda: None,
            wall=self._behind,
        )  # fmt: skip

    def close(self) -> None:
        for database in (self._keys, self._kept):
            if database._writing is not None:
                database._writing.close()
            for engine in (database._writer, database._readers):
                if engine is not None:
                    engine.dispose()
            database._write_thread.shutdown()
            database._read_threads.shutdown()
        self._folder.cleanup()

    def __call__(self, stream: bytes) -> None:
        """Take one connection's bytes: each frame is answered or silent as agreed, kept once, and translated."""
        rng = _choices(stream)
        profile = self._council if stream.lstrip()[:1] == b"{" else rng.choice(self._hospitals)
        desk, arrivals = self._desks[profile.feed.name], _arrivals(stream, profile)
        self._clock.at_ms += 60_000
        self._behind.put.clear()
        results = desk.keep_in_files(self._keys, self._kept, arrivals)
        sent = desk.answers(results)
        assert len(sent) == len(arrivals)
        for arrival, group, said in zip(arrivals, results, sent, strict=True):
            self._answered(arrival, group, said, profile)
            desk.not_now(arrival)
        every = [one for group in results for one in group]
        flat = [one for one in every if not one.apart]
        assert len(every) - len(flat) <= len(self._behind.put), "taken, and neither kept nor behind the wall"
        self._counts[profile.feed.name] += Counter(one.outcome for one in flat)
        self._kept_once(profile, flat)

    def _answered(self, arrival: Arrival, group: list[Kept], said: list[bytes], profile: Profile) -> None:
        judged = Doorkeeper(profile, self._keyring).candidates(arrival)
        assert len(judged) == len(group)
        if arrival.fault is None:
            assert group, "a frame that nobody took note of"
        elif not arrival.fault.wants_answer:
            assert (group, said) == ([], [])
        loud = [(one, kept) for one, kept in zip(judged, group, strict=True) if _hears(one, kept, profile)]
        assert len(loud) == len(said), "who should hear is not who heard"
        for (one, kept), answer in zip(loud, said, strict=True):
            code = parse_ack(answer).code.value
            assert (code in {"AA", "CA"}) == (kept.outcome != "refused")
            echoed = _is_an_answer(answer, code)
            if one.control_id.isalnum() and one.control_id.isascii():
                # Given back as it came, with the blanks around it, of which Python knows more than HL7 does.
                assert echoed.strip()[:200] == one.control_id, (
                    f"the answer names another message: {echoed[:40]}"
                )

    def _kept_once(self, profile: Profile, results: list[Kept]) -> None:
        rows = self._kept.read_now(
            lambda c: list(
                c.execute(select(message).where(message.c.message_id.in_({r.message_id for r in results})))
            )
        )
        assert Counter(row.message_id for row in rows) == Counter({r.message_id for r in results})
        keys = self._keys.read_now(lambda c: self._data_keys.by_id(c, {row.key_id for row in rows}))
        for row in rows:
            key = keys[row.key_id]
            assert key is not None, "kept and never to be opened"
            raw = unseal(row.body, key, row.message_id)
            for text in (row.control_id, row.trigger, row.reason, row.flags):
                assert "\x00" not in text
                assert len(text) <= 1000
            if row.outcome == "kept":
                self._translates(raw, profile)
        name = profile.feed.name
        kept = self._kept.read_now(
            lambda c: dict(
                c.execute(
                    select(intake_count.c.name, intake_count.c.n).where(intake_count.c.feed == name)
                ).all()
            )
        )
        received = kept.pop("received", 0)
        assert Counter(kept) == self._counts[name], "the counts are not what became of the messages"
        assert received == sum(kept.values())
        total = self._kept.read_now(
            lambda c: c.execute(
                select(func.count()).select_from(message).where(message.c.feed == name)
            ).scalar_one()
        )
        refusals_again = kept.get("refused", 0) + kept.get("kept", 0) - total
        assert 0 <= refusals_again <= kept.get("refused", 0)

    def _translates(self, raw: bytes, profile: Profile) -> None:
        door = SOURCES[profile.feed.source].check(raw, profile)
        refs = (door.lane, *door.refs)
        keys = self._keys.read_now(lambda c: identities.known(c, self._keyring, refs))
        assert set(keys) == set(refs), "somebody it names has no key"
        speaks(door.translate(keys).drafts)


def payloads_of(stream: bytes) -> list[bytes]:
    """The messages in what one connection sent, as the sources are given them."""
    if stream.lstrip()[:1] == b"{":
        return [line for line in stream.splitlines() if line.strip()]
    frames = [one.payload for one in Framer().feed(stream) if isinstance(one, Frame)]
    return [raw for payload in frames for raw in split_batch(payload)]


def _arrivals(stream: bytes, profile: Profile) -> list[Arrival]:
    if profile.feed.source == "council_facts":
        return [Arrival(line, "f.jsonl") for line in stream.splitlines() if line.strip()]
    reader = Framer(LONGEST_FRAME)
    found = [*reader.feed(stream), *reader.eof()]
    return [
        Arrival(one.payload, "peer") if isinstance(one, Frame) else Arrival(one.head, "peer", one)
        for one in found
    ]


def _hears(judged: Candidate, kept: Kept, profile: Profile) -> bool:
    """Whether the sender of this message is to hear of it: HL7 v2.4 section 2.9, as the profile has it."""
    seen = answers.header_of(judged.raw)
    if profile.feed.source == "council_facts" or seen.is_acknowledgment:
        return False
    if profile.acknowledgment.mode != "enhanced":
        return True
    wish = seen.accept_acknowledgment.upper()
    return {"NE": False, "ER": kept.outcome == "refused", "SU": kept.outcome != "refused"}.get(wish, True)


def sources(raw: bytes) -> None:
    """What a source lets in at the door it can say in our words, for every feed; else it says why and where."""
    speaks_json = raw.lstrip()[:1] == b"{"
    for profile in _FEEDS:
        if speaks_json != (profile.feed.source == "council_facts"):
            continue
        try:
            door = SOURCES[profile.feed.source].check(raw, profile)
        except (SourceFault, UnreadableMessage):
            continue
        keys = {ref: f"{ref.kind[0]}{number:032x}" for number, ref in enumerate((door.lane, *door.refs))}
        translation = door.translate(keys)
        assert "\x00" not in translation.note
        assert len(translation.note) < 1000
        speaks(translation.drafts)


def speaks(drafts: tuple[Draft, ...]) -> None:
    """Hold what a message says to what every reader can take: it is written, read back, and stored."""
    assert len({(draft.about, draft.slot) for draft in drafts}) == len(drafts), "two facts in one slot"
    for draft in drafts:
        written = orjson.dumps(draft.fact.model_dump(mode="json"))
        assert type(draft.fact).model_validate(orjson.loads(written)) == draft.fact
        sealed = draft.sealed.model_dump() if draft.sealed is not None else {}
        for value in (*_leaves(orjson.loads(written)), *_leaves(sealed), draft.happened_ms):
            if isinstance(value, str):
                assert "\x00" not in value
                value.encode()
            elif isinstance(value, int):
                assert -_NUMBERS <= value < _NUMBERS
        assert rfc3339(draft.happened_ms)
        assert format_ts(draft.happened_ms + 366 * 86_400_000), "no due time can be told from it"


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for one in value:
            yield from _leaves(one)
    else:
        yield value


def _choices(raw: bytes) -> random.Random:
    """Whatever else an example needs to be decided follows from its bytes, so that the bytes alone replay it."""
    return random.Random(hashlib.sha256(raw).digest())


_FEEDS = feeds()
