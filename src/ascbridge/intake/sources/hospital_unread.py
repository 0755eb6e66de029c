"""What of an ADT message nobody here reads: segments, fields, components, codes without a row. Thinks only.

Which places are read, the readers say themselves: for each profile they are let loose on messages that write down
where they look, one for every trigger, empty and full. So a new reader is known here without a list that could drift,
and a message costs one look at each of its fields. Of a field with several repetitions a component counts as read where
it is read of any; subcomponents are not told apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ascbridge.events.logs.envelope import Ref
from ascbridge.intake.hl7v2.hl7 import Message, Presence, Repetition, Segment
from ascbridge.intake.hl7v2.hl7_segment import place_of
from ascbridge.intake.hl7v2.hl7_text import STANDARD
from ascbridge.intake.sources.door import SourceFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ascbridge.intake.sources.profile import Profile
    from ascbridge.intake.sources.reading import Reading
    from ascbridge.intake.sources.unread import Thing

Read = dict[tuple[str, int], set[int]]
"""Of each field that is read, which of its components; 0: all of it."""
ENVELOPE: Read = {("MSH", number): {0} for number in (1, 2, 3, 4, 7, 9, 10, 11, 12, 13, 15, 17, 18, 19, 21)}
"""What the door reads of a header itself: separators, character set, what an answer gives back (a test holds it to)."""
ALWAYS = ENVELOPE | {("EVN", 1): {1}}
"""And EVN-1 stands in for a trigger that MSH-9 does not say."""
_A_TIME = "20260101120000"
_NULL = '""'
_MOST_PLANS = 64

Plan = dict[str, "list[frozenset[int] | None]"]
"""Of each segment that is read, by field number the components that are read; None: nobody reads the field."""
_plans: dict[int, tuple[Profile, Plan]] = {}


class Watched(Message):
    """A message that writes down where somebody looks: `looked`. What it answers, `answer` says by the place."""

    __slots__ = ("answer", "looked")

    def __init__(self, answer: Callable[[str, int, int], str], looked: Read) -> None:
        super().__init__(b"", (), STANDARD, ())
        self.answer, self.looked = answer, looked
        self.has_null = False

    def value(self, path: str) -> str:
        """Note the place; a whole field is read by its first component."""
        place = place_of(path)
        return self.look(place.segment, place.field, place.component or 1)

    def look(self, segment: str, field: int, component: int) -> str:
        """Note one place, and answer for it."""
        self.looked.setdefault((segment, field), set()).add(component)
        return self.answer(segment, field, component)

    def wire(self, path: str) -> str:
        """Note that all of it is read."""
        place = place_of(path)
        return self.look(place.segment, place.field, place.component)

    def presence(self, path: str) -> Presence:
        """Whether something stands there is no reading of what stands there."""
        place = place_of(path)
        said = self.answer(place.segment, place.field, place.component or 1)
        return Presence.VALUE if said else Presence.ABSENT

    def repetitions(self, path: str) -> list[Repetition]:
        """One repetition that notes which of its components are read."""
        place = place_of(path)
        one = _WatchedRepetition("X", STANDARD)
        one.message, one.place = self, (place.segment, place.field)
        return [one] if self.answer(place.segment, place.field, 1) else []

    def segments_named(self, name: str) -> list[Segment]:
        """There is one of every name."""
        return [Segment(name, STANDARD)]


class _WatchedRepetition(Repetition):
    message: Watched
    place: tuple[str, int]

    def component(self, number: int) -> str:
        return self.message.look(*self.place, number)

    def components(self, *numbers: int) -> tuple[str, ...]:
        return tuple(self.component(number) for number in numbers)

    def sub(self, component: int, subcomponent: int) -> str:  # noqa: ARG002  # its component counts as read
        return self.component(component)


def places_read(profile: Profile, triggers: Iterable[str], read: Callable[[Watched, str], object]) -> Read:
    """Return every place that is read under a profile. `read` reads one message, as one of a trigger."""
    looked: Read = {key: set(numbers) for key, numbers in ALWAYS.items()}
    for trigger in sorted(triggers):
        for answer in (_full(profile, "1"), _full(profile, _A_TIME), _sparse(profile)):
            try:
                read(Watched(answer, looked), trigger)
            except SourceFault:
                continue  # what was read up to there was noted
    return looked


def _full(profile: Profile, usual: str) -> Callable[[str, int, int], str]:
    """Something everywhere: our own site where sites stand, codes that mean something where codes stand."""
    where, ours = profile.where, (profile.feed.facilities or ("X",))[0]
    said: dict[tuple[str, int, int], str] = {("PV1", 2, 1): _meaning(profile, "patient_class", "E")}
    for place in ("PV1-3.4", "MSH-4", *where.facility, *where.visit_authority):
        said[_spot(place)] = ours
    for segment, field in (("EVN", 2), ("EVN", 6), ("MSH", 7), ("PV1", 44), ("PV1", 45)):
        said[segment, field, 1] = _A_TIME
    if usual == _A_TIME:
        said["PV1", 3, 1] = ""  # whoever looks there first looks further

    def answer(segment: str, field: int, component: int) -> str:
        return said.get((segment, field, component), usual)

    return answer


def _sparse(profile: Profile) -> Callable[[str, int, int], str]:
    """Only what no message can do without, so that whoever looks in several places looks in all of them."""
    full = _full(profile, "1")
    needed = {("PID", 3), ("MRG", 1), ("MRG", 5), ("PV1", 2), ("PV1", 3), ("EVN", 2), ("EVN", 6), ("MSH", 7)}
    visit = {_spot(place) for place in profile.where.visit_number[-1:]}

    def answer(segment: str, field: int, component: int) -> str:
        wanted = (segment, field) in needed or (segment, field, component) in visit
        return full(segment, field, component) if wanted else ""

    return answer


def _spot(path: str) -> tuple[str, int, int]:
    place = place_of(path)
    return place.segment, place.field, place.component or 1


def _meaning(profile: Profile, name: str, wanted: str) -> str:
    return next((sent for sent, meant in profile.codes.get(name, {}).items() if meant == wanted), wanted)


class AnyKey(dict[Ref, str]):
    """Gives every person and stay a key: for reading a message that names nobody."""

    def __missing__(self, ref: Ref) -> str:
        """One key for all."""
        return "key"


def plan_of(profile: Profile, places: Callable[[Profile], Read]) -> Plan:
    """Return how to look for what a profile does not read; it is worked out once."""
    known = _plans.get(id(profile))
    if known is not None and known[0] is profile:
        return known[1]
    plan: Plan = {}
    for (segment, field), components in places(profile).items():
        fields = plan.setdefault(segment, [frozenset({0})])
        fields.extend([None] * (field + 1 - len(fields)))
        fields[field] = frozenset(components)
    if len(_plans) >= _MOST_PLANS:
        _plans.clear()
    _plans[id(profile)] = profile, plan
    return plan


def tell_unread(
    message: Message, plan: Plan, readings: Sequence[Reading], tell: Callable[[Thing, str], Any]
) -> None:
    """Tell of each thing in a message that nobody reads, and of each code that the profile does not know."""
    for segment in message.segments:
        fields = plan.get(segment.name)
        if fields is None:
            tell(("segment", segment.name), segment.text)
            continue
        known = len(fields)
        for number, text in enumerate(segment.fields):
            if not text or text == _NULL:
                continue
            read = fields[number] if number < known else None
            if read is None:
                tell(("field", segment.name, number), text)
            elif 0 not in read and message.dialect.component in text:
                _components(segment, number, text, read, tell)
    for reading in readings:
        for name, code in reading.not_known:
            tell(("code", name, code), code)


def _components(
    segment: Segment, number: int, text: str, read: frozenset[int], tell: Callable[[Thing, str], Any]
) -> None:
    dialect = segment.dialect
    for repetition in text.split(dialect.repetition):
        for component, piece in enumerate(repetition.split(dialect.component), 1):
            if piece and component not in read:
                tell(("component", segment.name, number, component), piece)
