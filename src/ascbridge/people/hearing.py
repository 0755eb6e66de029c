"""Hears one message out: it changes the case file, and what follows from that is told. It thinks only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.events.facts.catalogue import (
    DeathStatusRecorded,
    PatientDetailsRecorded,
    PatientRestricted,
    PatientsLinked,
    PatientsUnlinked,
    SealedPatient,
    Stamp,
)
from ascbridge.events.logs.envelope import Draft
from ascbridge.people.details import first, merge
from ascbridge.people.groups import NUMBER, Pair, Statement, deciding, pair_of
from ascbridge.people.identities import ref_of
from ascbridge.people.matching import called, compare
from ascbridge.people.release import KnownDraft, event_id
from ascbridge.people.renewed_parts import differing
from ascbridge.people.stamps import origin, sortable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ascbridge.events.facts.catalogue import Fact
    from ascbridge.events.logs.envelope import Cause
    from ascbridge.people.casefile import CaseFile, Patient
    from ascbridge.people.matching import Marking


class Hearing:
    """One message, heard with a case file that holds everybody whom it may concern."""

    def __init__(self, file: CaseFile, marking: Marking, cause: Cause) -> None:
        self._file = file
        self._marking = marking
        self._cause = cause
        self._stamp = Stamp(recorded_ms=cause.kept_ms)
        self._compared_anew: set[str] = set()
        self._joined_before: dict[Pair, bool] = {}
        self._level_before: dict[str, str] = {}

    def hear(self, items: Sequence[KnownDraft]) -> list[Draft]:
        """Take in what the message says and return the drafts that follow from it."""
        if self._cause.translation:
            self._retract({item.patient_key for item in items})
        for item in items:
            self._take(item)
        self._compare()
        flipped = self._flipped()
        self._remember_levels(key for pair in flipped for key in pair)
        if flipped:
            self._file.regroup(key for pair in flipped for key in pair)
        return [*self._links(flipped, items), *self._restrictions(items)]

    def _take(self, item: KnownDraft) -> None:
        one = self._file.patients[item.patient_key]
        match item.fact:
            case PatientDetailsRecorded() as fact:
                self._details(one, item, fact)
            case DeathStatusRecorded() as fact:
                self._death(one, fact)
            case PatientRestricted(level=level):
                self._restrict(one, level)
            case (PatientsLinked() | PatientsUnlinked()) as fact:
                self._link(one, item, fact)
            case _:
                pass  # about a stay, care or a task: nothing to learn about who is who

    def _order(self, stamp: Stamp) -> str:
        return sortable(stamp, self._cause.message_id, self._cause.translation)

    def _details(self, one: Patient, item: KnownDraft, fact: PatientDetailsRecorded) -> None:
        sealed = item.sealed if isinstance(item.sealed, SealedPatient) else SealedPatient()
        order, before, marks = self._order(fact.stamp), one.details, one.marks()
        one.details = first(fact, sealed, order) if before is None else merge(before, fact, sealed, order)
        if before is not None and one.details.said == before.said:
            return  # it is older than all that is known
        if before is not None:
            one.renewed |= differing(before, one.details)
        self._stamp = fact.stamp
        one.postcode = self._marking.postcode(one.details.sealed)
        one.family = self._marking.family(one.details.sealed)
        one.details_event = event_id(self._cause, item.slot, one.key)
        one.changed.add("details")
        renumbered = self._file.renumber(one, *self._marking.of(one.details.open, one.details.sealed))
        if renumbered or before is None or called(before) != called(one.details):
            self._compared_anew.add(one.key)
        if one.key in self._compared_anew or one.marks() != marks:
            one.stirred |= marks
            one.stir()

    def _death(self, one: Patient, fact: DeathStatusRecorded) -> None:
        order = self._order(fact.stamp)
        if order > one.death_order:
            one.died, one.died_on, one.death_order = fact.died, fact.died_on, order
            one.changed.add("death")

    def _restrict(self, one: Patient, level: str) -> None:
        if one.level in {level, "national"}:
            return
        self._remember_levels([one.key])
        one.level = level
        one.changed.add("restriction")

    def _link(self, one: Patient, item: KnownDraft, fact: PatientsLinked | PatientsUnlinked) -> None:
        if fact.other == one.key or fact.statement == NUMBER:
            return  # numbers are compared here, from what the sources said; nobody's word for it is taken
        self._stamp = fact.stamp
        pair = pair_of(one.key, fact.other)
        self._touch(pair)
        said = Statement(pair, isinstance(fact, PatientsLinked), fact.statement, self._order(fact.stamp))
        self._file.state(event_id(self._cause, item.slot, one.key), said)

    def _retract(self, keys: Iterable[str]) -> None:
        """Take back what earlier translations of this message said of links."""
        for pair in sorted({pair for key in keys for pair in self._file.beside(key)}):
            for id, said in list(self._file.statements[pair].items()):
                message_id, translation = origin(said.order)
                earlier = message_id == self._cause.message_id and translation < self._cause.translation
                if earlier and said.kind != NUMBER:
                    self._touch(pair)
                    self._file.retract(pair, id)

    def _compare(self) -> None:
        """State for each pair of whom the matching table now says otherwise that it does."""
        for key in sorted(self._compared_anew):
            one = self._file.patients[key]
            pairs = {
                pair_of(key, other) for other in self._file.sharing[one.number] if one.number and other != key
            }
            for pair in sorted(pairs.union(self._file.beside(key))):
                low, high = (self._file.patients.get(member) for member in pair)
                if low is None or high is None:
                    continue  # not read, because neither before nor now could their numbers have agreed
                id = f"number:{':'.join(pair)}"
                said = self._file.statements[pair].get(id)
                joins = compare(low, high).joins
                if joins != (said is not None and said.joined):
                    self._touch(pair)
                    self._file.state(id, Statement(pair, joins, NUMBER, self._order(self._stamp)))

    def _touch(self, pair: Pair) -> None:
        self._joined_before.setdefault(pair, self._file.joined(pair))

    def _flipped(self) -> dict[Pair, bool]:
        now = {pair: self._file.joined(pair) for pair in sorted(self._joined_before)}
        return {pair: joined for pair, joined in now.items() if joined != self._joined_before[pair]}

    def _remember_levels(self, keys: Iterable[str]) -> None:
        for key in self._file.members(keys):
            self._level_before.setdefault(key, self._file.level(key))
            self._file.patients[key].stir()

    def _links(self, flipped: dict[Pair, bool], items: Sequence[KnownDraft]) -> Iterator[Draft]:
        """Tell each side of each pair that changed, unless the message itself does."""
        told = {
            (item.patient_key, item.fact.other, isinstance(item.fact, PatientsLinked))
            for item in items
            if isinstance(item.fact, PatientsLinked | PatientsUnlinked)
        }
        for (low, high), joined in flipped.items():
            said = deciding(self._file.statements[low, high].values())
            kind = said.kind if said else "decided"
            for about, other in ((low, high), (high, low)):
                if (about, other, joined) not in told:
                    slot = f"{'linked' if joined else 'unlinked'}.{other}"
                    yield self._draft(about, slot, self._fact(other, kind, joined=joined))

    def _fact(self, other: str, kind: str, *, joined: bool) -> Fact:
        if joined:
            return PatientsLinked.model_validate({"other": other, "statement": kind, "stamp": self._stamp})
        return PatientsUnlinked(
            other=other, statement="number" if kind == NUMBER else "decided", stamp=self._stamp
        )

    def _restrictions(self, items: Sequence[KnownDraft]) -> Iterator[Draft]:
        """Tell of each patient who is restricted now, because another key of the same person is."""
        told = {item.patient_key for item in items if isinstance(item.fact, PatientRestricted)}
        for key in sorted(self._level_before.keys() - told):
            level = self._file.level(key)
            if level and not self._level_before[key]:
                yield self._draft(key, "restricted", PatientRestricted.model_validate({"level": level}))

    def _draft(self, about: str, slot: str, fact: Fact) -> Draft:
        return Draft(ref_of(about), f"people.{slot}", self._stamp.recorded_ms, fact)
