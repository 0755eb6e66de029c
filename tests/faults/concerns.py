"""What is said to safeguarding in one round, by every way in, and what must stand behind the wall when all is answered.

Each sender says its things in order, each again and again until it is answered, and remembers every answer. What
stands is judged by those answers alone: nothing here asks the bridge what it has.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from tests.intake.messages import adt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Way = Literal["form", "api", "flag", "folder", "webhook", "hospital"]
WAYS: tuple[Way, ...] = ("form", "api", "flag", "folder", "webhook", "hospital")
OF_CASE_SYSTEM = ("folder", "webhook")
WHEN = datetime.now(UTC).isoformat()
"""When it was decided and concluded: lately, so that it is on the list of what was."""


@dataclass(slots=True)
class Told:
    """One concern as its sender remembers it: words that no other has, and the references that it was answered.

    `answers` counts the answers, with a reference or without one; `acts` is what its sender did with it afterwards.
    """

    way: Way
    number: str
    words: str
    acts: tuple[str, ...] = ()
    tries: int = 0
    answers: int = 0
    references: set[str] = field(default_factory=set)

    def body(self) -> dict[str, Any]:
        """The concern as interfaces take it."""
        adult = {"family_name": "INVENTED", "council_id": self.number}
        return {"origin": "asc-direct", "account": self.words, "adult": adult}

    def lines(self) -> list[dict[str, Any]]:
        """The concern as a case system says it, and each thing that became of it; the last one first."""
        about = {"by": "Ann Lee", "at": WHEN}
        become: dict[str, dict[str, Any]] = {
            "decide": {"decision": {"outcome": "s42-enquiry", "why": self.words, **about}},
            "conclude": {"conclusion": {"risk": "reduced", "words": self.words, **about}},
            "note": {"note": {"text": self.words, **about}},
        }
        later = [
            {"id": f"{self.number}_{act}", "about": self.number} | become[act] for act in reversed(self.acts)
        ]
        return [*later, {"id": self.number, "concern": self.body()}]

    def message(self) -> bytes:
        """The concern as a hospital sends it to a feed that is not for it."""
        note = f"NTE|1||safeguarding: {self.words}"
        return adt(
            "A01",
            control_id=self.number,
            local_id=f"L{self.number}",
            nhs_number="",
            msh={9: "REF^I12"},
            extra=(note,),
        )


@dataclass(frozen=True, slots=True)
class Stands:
    """One concern as its owners see it: its reference, all its words, its version, its acts, and its events.

    Each event is its type's last part with its revision: ``concern-raised 1``.
    """

    reference: str
    words: str
    version: int
    acts: tuple[str, ...]
    events: tuple[str, ...]


def plan(seed: int, many: int) -> dict[Way, list[Told]]:
    """Draw a round: so many concerns by each way."""
    rng = random.Random(seed)
    return {way: list(_of(way, many, rng)) for way in WAYS}


def _of(way: Way, many: int, rng: random.Random) -> Iterator[Told]:
    for n in range(many):
        number = f"{way.upper()[:3]}{n:03d}"
        words = f"What {number} says {rng.getrandbits(64):016x}"
        stories = ((), ("decide",), ("decide", "conclude"), ("note",))
        yield Told(way, number, words, rng.choice(stories) if way in OF_CASE_SYSTEM else ())


def faults(told: Iterable[Told], standing: Iterable[Stands]) -> list[str]:
    """Return what is wrong: what is lost, doubled, mixed up, or said on the topic otherwise than it stands."""
    return list(_faults(list(told), list(standing)))


def _faults(told: list[Told], standing: list[Stands]) -> Iterator[str]:
    for one in told:
        if not one.answers:
            yield f"{one.number} was never answered"
            continue
        found = [other for other in standing if one.words in other.words]
        if len(found) != 1:
            yield f"{one.number} was acknowledged and stands {len(found)} times"
            continue
        yield from _of_one(one, found[0])
    known = [one.words for one in told]
    yield from (
        f"{other.reference} was said by nobody"
        for other in standing
        if not any(words in other.words for words in known)
    )
    twice = [name for name, count in Counter(one.reference for one in standing).items() if count > 1]
    yield from (f"two concerns have the reference {name}" for name in twice)


def _of_one(one: Told, found: Stands) -> Iterator[str]:
    if len(one.references) > 1:
        yield f"{one.number} was answered {len(one.references)} references"
    if one.references and found.reference not in one.references:
        yield f"{one.number} was answered {sorted(one.references)} and stands as {found.reference}"
    if Counter(found.acts) != Counter(("raise", *one.acts)):
        yield f"{one.number} was {', '.join(one.acts) or 'only raised'} and stands with {', '.join(found.acts)}"
    if found.version != len(found.acts):
        yield f"{one.number} has version {found.version} after {len(found.acts)} acts"
    revisions = Counter(int(event.split()[1]) for event in found.events)
    if revisions != Counter(range(1, found.version + 1)):
        yield f"{one.number} is on the topic with {sorted(found.events)} and stands at version {found.version}"
