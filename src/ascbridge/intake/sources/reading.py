"""One ADT message seen through its feed's profile: who, which stay, whose ward, when. Thinks only.

Everything here follows from the bytes and the profile alone, never from our own clock or from what came before.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ascbridge.events.facts.catalogue import Coded, Stamp
from ascbridge.events.logs.envelope import Ref
from ascbridge.intake.hl7v2.hl7 import Message, Presence
from ascbridge.intake.hl7v2.hl7_errors import ErrorCode
from ascbridge.intake.hl7v2.hl7_segment import place_of
from ascbridge.intake.hl7v2.hl7_time import ImpossibleTime, Timestamp, parse_ts
from ascbridge.intake.hl7v2.once import once
from ascbridge.intake.sources.door import SourceFault
from ascbridge.people.nhs_numbers import checks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ascbridge.intake.sources.profile import Profile

HOUR_MS = 3_600_000
FIRST_YEAR, LAST_YEAR = 1800, 2199
"""The years that can be meant. Systems write 0001 and 9999 for *never*, and their calendars end there."""
_FIRST, _LAST = str(FIRST_YEAR), str(LAST_YEAR)


def _in_our_times(raw: str) -> Timestamp:
    """Read a time stamp of a year that can be meant. Raises `ImpossibleTime`."""
    stamp = parse_ts(raw)
    if not _FIRST <= raw[:4] <= _LAST:
        raise ImpossibleTime(raw, f"no year from {FIRST_YEAR} to {LAST_YEAR}")
    return stamp


def _first(message: Message, places: Sequence[str]) -> str:
    for place in places:
        if value := message.value(place):
            return value
    return ""


@dataclass(eq=False)
class Reading:
    """A message and its profile; each property is one question about them, answered once."""

    message: Message
    profile: Profile
    trigger: str
    not_known: list[tuple[str, str]] = field(default_factory=list)
    """Codes that the profile does not know, with their lists, as they were asked for."""

    # -- who ------------------------------------------------------------------------------------------------------

    @once
    def nhs_number(self) -> str:
        """The NHS number as sent, spaces apart, from PID-3 by its authority or type, else from the profile's places."""
        for number, authority, kind in self._identifiers:
            if authority == self.profile.where.nhs_authority or kind == "NH":
                return number.replace(" ", "")
        return _first(self.message, self.profile.where.nhs_number).replace(" ", "")

    @once
    def _identifiers(self) -> list[tuple[str, ...]]:
        """What PID-3 says, one by one: the number, who assigned it, and its type (CX.1, CX.4, CX.5)."""
        return self._numbers("PID-3")

    def _numbers(self, place: str) -> list[tuple[str, ...]]:
        return [one.components(1, 4, 5) for one in self.message.repetitions(place)]

    @once
    def local(self) -> Ref | None:
        """The patient's own number with the authority that gave it: ours first, then any other that is named."""
        return self._local_of([*self._identifiers, *self._numbers("PID-2")])

    def _local_of(self, identifiers: Sequence[tuple[str, ...]]) -> Ref | None:
        feed, nhs = self.profile.feed, self.profile.where.nhs_authority
        named = [
            (authority or feed.authority, number)
            for number, authority, kind in identifiers
            if number and authority != nhs and kind != "NH"
        ]
        ours = [pair for pair in named if pair[0] in feed.authorities]
        return next((Ref("patient", *pair) for pair in ours or named), None)

    @once
    def patient(self) -> Ref:
        """Whom the message is about. Without a local number a checked NHS number stands in, never an unchecked one."""
        if self.local is not None:
            return self.local
        if checks(self.nhs_number):
            return Ref("patient", "NHS", self.nhs_number)
        raise SourceFault(
            "no local patient number and no NHS number that checks",
            segment="PID", field=3, code=ErrorCode.REQUIRED_FIELD_MISSING,
        )  # fmt: skip

    def merged_away(self) -> Ref | None:
        """The patient that MRG-1 names, who is now the one in PID."""
        return self._local_of(self._numbers("MRG-1"))

    # -- which stay, and whose ------------------------------------------------------------------------------------

    @once
    def visit(self) -> Ref | None:
        """The stay, by the visit number that the profile names."""
        where = self.profile.where
        number = _first(self.message, where.visit_number)
        authority = _first(self.message, where.visit_authority) or self.profile.feed.authority
        return Ref("spell", authority, number) if number else None

    @once
    def facility(self) -> str:
        """Where the stay is: the site, else the visit number's authority, else the sending facility."""
        where = self.profile.where
        return _first(self.message, (*where.facility, *where.visit_authority, "MSH-4"))

    @once
    def ours(self) -> bool:
        """Whether site and visit authority, where stated, are both ours: one domain may serve several trusts."""
        where, ours = self.profile.where, self.profile.ours
        site, authority = _first(self.message, where.facility), _first(self.message, where.visit_authority)
        if not (site or authority):
            return ours(self.facility)
        return (not site or ours(site)) and (not authority or ours(authority))

    @once
    def elsewhere(self) -> bool:
        """Whether the message says where somebody is, and that is not with us."""
        value = self.message.value
        return bool(value("PV1-3") or value("PV1-1")) and not self.ours

    # -- when -----------------------------------------------------------------------------------------------------

    def time(self, place: str) -> Timestamp | None:
        """A time that decides something. Raises `SourceFault` where it is impossible."""
        raw = self.message.value(place)
        if not raw:
            return None
        try:
            return _in_our_times(raw)
        except ImpossibleTime as fault:
            at = place_of(place)
            raise SourceFault(
                f"impossible time ({fault.why})", segment=at.segment, field=at.field,
                code=ErrorCode.DATA_TYPE,
            ) from None  # fmt: skip

    def date(self, place: str) -> tuple[str, bool]:
        """A date that only informs, as ISO text, and whether it could be read."""
        raw = self.message.value(place)
        if not raw:
            return "", True
        try:
            return iso_text(_in_our_times(raw)), True
        except ImpossibleTime:
            return "", False

    @once
    def recorded_ms(self) -> int:
        """EVN-2, else MSH-7: when the source wrote the fact down."""
        for place in ("EVN-2", "MSH-7"):
            stamp = self.time(place)
            if stamp is not None and stamp.utc_ms is not None:
                return stamp.utc_ms
        raise SourceFault(
            "neither EVN-2 nor MSH-7 says when", segment="MSH", field=7, code=ErrorCode.REQUIRED_FIELD_MISSING
        )

    @once
    def occurred_ms(self) -> int:
        """EVN-6, else when it was recorded. Raises `SourceFault` where it lies far ahead of its own recording."""
        occurred = self.time("EVN-6")
        if occurred is None or occurred.utc_ms is None:
            return self.recorded_ms
        self.not_ahead(occurred.utc_ms, "EVN", 6)
        return occurred.utc_ms

    def not_ahead(self, moment_ms: int, segment: str, field: int) -> None:
        """Refuse something that already happened after it was recorded, by more than clocks explain."""
        if moment_ms - self.recorded_ms > self.profile.meaning.max_hours_ahead * HOUR_MS:
            raise SourceFault(
                "happened later than it was recorded", segment=segment, field=field, code=ErrorCode.DATA_TYPE
            )

    def _not_before_recorded(self, sent_ms: int) -> None:
        """Refuse what was sent before it was recorded: a recording in the future would outlive every later one."""
        if self.recorded_ms - sent_ms > self.profile.meaning.max_hours_ahead * HOUR_MS:
            raise SourceFault(
                "recorded later than it was sent", segment="EVN", field=2, code=ErrorCode.DATA_TYPE
            )

    @once
    def sent_ms(self) -> int:
        """MSH-7: when it was sent; 0 where that is not said. Raises `SourceFault` where it was recorded long after."""
        sent = self.time("MSH-7")
        if sent is None or sent.utc_ms is None:
            return 0
        self._not_before_recorded(sent.utc_ms)
        return sent.utc_ms

    def check_times(self) -> None:
        """Raise `SourceFault` where there can be no stamp: for the door, which needs to know only that."""
        _ = self.sent_ms, self.recorded_ms

    def stamp(self, rank: int = 0) -> Stamp:
        """The stamp that orders every statement of this message."""
        number = self.message.sequence_number if self.profile.meaning.trust_sequence else 0
        return Stamp(recorded_ms=self.recorded_ms, sequence=number or 0, sent_ms=self.sent_ms, rank=rank)

    # -- what it means ---------------------------------------------------------------------------------------------

    def coded(self, name: str) -> Coded | None:
        """A code, from where the profile says it is, with its signed-off meaning or with none; None: nothing sent."""
        sent = _first(self.message, getattr(self.profile.where, name))
        return Coded(source_code=sent, code=self.meaning(name, sent)) if sent else None

    def meaning(self, name: str, sent: str) -> str | None:
        """What a code means on this feed; None where nothing was sent, or nobody has said, which is noted."""
        meant = self.profile.code(name, sent)
        if meant is None and sent and (name, sent) not in self.not_known:
            self.not_known.append((name, sent))
        return meant

    def cleared(self, *places: str) -> bool:
        """Whether the message empties what stands at the first of these places that it mentions."""
        if self.profile.meaning.nulls == "ignore" or not self.message.has_null:
            return False
        return any(self.message.presence(place) is Presence.NULL for place in places)


def iso_text(stamp: Timestamp) -> str:
    """A FHIR date or dateTime: as precise as it was sent, with its offset where a time was (FHIR R4 datatypes)."""
    return stamp.fhir_text
