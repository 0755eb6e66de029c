"""What there is to settle about people, opened for a page or a program as far as the role may see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ascbridge.access import Access
from ascbridge.people import links, objections, possible_matches, quarantine, requests
from ascbridge.people.details import full_birth_date
from ascbridge.people.links import Joined
from ascbridge.people.lookups import OpenedPatient, open_patients
from ascbridge.people.matching import Traits, likeness, traits_of
from ascbridge.people.matching_table import Likeness, Row, row_of
from ascbridge.people.membership import keys_of, person_of, restricted
from ascbridge.people.nhs_numbers import standard
from ascbridge.people.objections import Objection
from ascbridge.people.possible_matches import Possible
from ascbridge.people.quarantine import Case
from ascbridge.people.requests import Request
from ascbridge.web.people.people_shown import UNKNOWN, PersonShown, people_shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from ascbridge.web.parts import WebParts


@dataclass(frozen=True, slots=True)
class RecordShown:
    """One source's record of a person. `local_id` is the source's own number, empty where not to be shown."""

    patient_key: str
    person_id: str
    source: str
    shown: PersonShown
    local_id: str = ""


@dataclass(frozen=True, slots=True)
class ToSettle:
    """The list: nothing in it names anybody. `people` gives the person id of each patient key in it."""

    waiting: list[Request]
    under_way: list[Request]
    cases: list[Case]
    links: list[Joined]
    people: dict[str, str]
    objections: list[Objection]
    """One for each person who objects, of the newest."""
    possible: list[Possible]
    """Two records for each two persons who may be one; `more` is how many wait that are not in the list."""
    more: int = 0


@dataclass(frozen=True, slots=True)
class PersonToSettle:
    """One person: the records that are theirs, how those were joined, and what was asked about them."""

    person_id: str
    records: list[RecordShown]
    links: list[Joined]
    cases: list[Case]
    requests: list[Request]
    restricted: bool
    objections: list[Objection]
    possible: list[Possible]

    @property
    def erased(self) -> bool:
        """Whether nothing is left of them."""
        return all(one.shown.erased for one in self.records)

    def asked(self, kind: str) -> Request | None:
        """What of this kind was asked and is not over."""
        return next(
            (one for one in self.requests if one.kind == kind and one.state in {"asked", "approved"}), None
        )


@dataclass(frozen=True, slots=True)
class NumberToSettle:
    """An NHS number in quarantine: the record that it waits for, and the other person's, where two share it.

    `compared` is what comparing the two records says now, and the row of the matching table that decides; None where
    one of them is erased or there is but one.
    """

    case: Case
    mine: list[RecordShown]
    theirs: list[RecordShown]
    compared: tuple[Likeness, Row] | None = None


@dataclass(frozen=True, slots=True)
class PairToSettle:
    """Two persons who may be one by all but a number. `theirs` is empty where too many are like the first.

    `compared` is as of `NumberToSettle`.
    """

    case: Possible
    mine: list[RecordShown]
    theirs: list[RecordShown]
    compared: tuple[Likeness, Row] | None = None


def to_settle(connection: Connection) -> ToSettle:
    """Read the list."""
    cases = _one_each(quarantine.open_cases(connection))
    joined = links.linked(connection)
    keys = {key for case in cases for key in (case.patient_key, case.other_key) if key}
    objecting = objections.newest(connection)
    keys |= {one.patient_key for one in objecting}
    pairs = possible_matches.waiting(connection)
    keys |= {key for one in pairs for key in (one.low, one.high) if key}
    people = person_of(connection, keys | {key for one in joined for key in (one.low, one.high)})
    return ToSettle(
        waiting=requests.in_state(connection, "asked"),
        under_way=requests.in_state(connection, "approved"),
        cases=cases,
        links=joined,
        people=people,
        objections=list({people.get(one.patient_key, ""): one for one in reversed(objecting)}.values())[::-1],
        possible=_one_pair_each(pairs, people),
        more=max(0, possible_matches.how_many_wait(connection) - len(pairs)),
    )


def person_to_settle(
    connection: Connection, parts: WebParts, person_id: str, access: Access, now_ms: int
) -> PersonToSettle | None:
    """Open a person; None where there is none by this id, or none any more."""
    keys = keys_of(connection, [person_id]).get(person_id)
    if keys is None:
        return None
    return PersonToSettle(
        person_id=person_id,
        records=_records(connection, parts, keys, access, now_ms),
        links=links.linked(connection, keys) if len(keys) > 1 else [],
        cases=[case for key in keys for case in quarantine.open_cases(connection, key)],
        requests=requests.of_person(connection, person_id, ("asked", "approved", "refused", "done")),
        restricted=bool(restricted(connection, keys)),
        objections=objections.standing(connection, keys),
        possible=possible_matches.waiting(connection, keys),
    )


def number_to_settle(
    connection: Connection, parts: WebParts, patient_key: str, access: Access, now_ms: int
) -> NumberToSettle | None:
    """Open a case with both persons' records; None where nothing waits."""
    cases = quarantine.open_cases(connection, patient_key)
    case = next((one for one in cases if one.cause == quarantine.NUMBER_SHARED), next(iter(cases), None))
    if case is None:
        return None
    people = person_of(connection, [case.patient_key, case.other_key])
    keys = keys_of(connection, people.values())

    def side(key: str) -> list[RecordShown]:
        return _records(connection, parts, keys.get(people.get(key, ""), ()), access, now_ms)

    if not case.other_key:
        return NumberToSettle(case, side(case.patient_key), [])
    compared = _compared(connection, parts, case.patient_key, case.other_key)
    return NumberToSettle(case, side(case.patient_key), side(case.other_key), compared)


def pair_to_settle(
    connection: Connection, parts: WebParts, pair: tuple[str, str], access: Access, now_ms: int
) -> PairToSettle | None:
    """Open two persons who may be one, with all their records; None where nothing waits of this pair."""
    one, other = pair
    waits = possible_matches.between(connection, [one], [other] if other else [])
    if not waits:
        return None
    people = person_of(connection, [key for key in pair if key])
    keys = keys_of(connection, people.values())
    mine, theirs = (
        _records(connection, parts, keys.get(people.get(key, ""), ()), access, now_ms) for key in pair
    )
    compared = _compared(connection, parts, one, other) if other else None
    return PairToSettle(waits[0], mine, theirs, compared)


def _compared(connection: Connection, parts: WebParts, mine: str, theirs: str) -> tuple[Likeness, Row] | None:
    opened = open_patients(connection, parts.data_keys, [mine, theirs])
    one, other = opened.get(mine), opened.get(theirs)
    if not isinstance(one, OpenedPatient) or not isinstance(other, OpenedPatient):
        return None
    said = likeness(_traits(one), _traits(other))
    return said, row_of(said)


def _traits(one: OpenedPatient) -> Traits:
    if one.details is None:
        return Traits("", verified=False, birth="")
    state, sealed = one.details.number_state, one.sealed
    number = "" if state in ("invalid", "none") else standard(sealed.nhs_number)
    born = full_birth_date(sealed.birth_date)
    return traits_of(one.details, sealed, number, state, born, restricted=one.restricted)


def _one_each(cases: Iterable[Case]) -> list[Case]:
    """Leave out the other half of a case that two records share: it is settled with the first."""
    found: list[Case] = []
    seen: set[frozenset[str]] = set()
    for case in cases:
        pair = frozenset({case.cause, case.patient_key, case.other_key})
        if pair not in seen:
            found.append(case)
        seen.add(pair)
    return found


def _one_pair_each(pairs: Iterable[Possible], people: dict[str, str]) -> list[Possible]:
    """Leave of all the records of two persons the two that wait longest: they are settled with them."""
    found: dict[frozenset[str], Possible] = {}
    for one in pairs:
        both = (people.get(one.low, one.low), people.get(one.high, one.high) or f"many {one.low}")
        found.setdefault(frozenset(both), one)
    return list(found.values())


def _records(
    connection: Connection, parts: WebParts, keys: Sequence[str], access: Access, now_ms: int
) -> list[RecordShown]:
    shown = people_shown(connection, parts.data_keys, keys, access, now_ms)
    opened = open_patients(connection, parts.data_keys, keys)
    people = person_of(connection, keys)
    found = []
    for key in keys:
        one = opened.get(key)
        known = one if isinstance(one, OpenedPatient) else None
        found.append(
            RecordShown(
                key,
                people.get(key, ""),
                known.details.source_name if known and known.details else "",
                shown.get(key, UNKNOWN),
                known.sealed.local_id if known and access is Access.full else "",
            )
        )
    return found
