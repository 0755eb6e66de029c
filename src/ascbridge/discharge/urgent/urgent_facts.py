"""Which urgent facts there are about a stay, by what the hospital and the council said: never guessed. Pure.

What no message tells (whether somebody is alone) is no fact here: it is asked of people (`reference.urgent_matters`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ascbridge.discharge.deciding.pathway import Codes
    from ascbridge.events.facts.catalogue import StayChanged
    from ascbridge.reference.urgent_matters import When

_HERE = frozenset({"in-progress", "onleave"})
_NO_MORE = frozenset({"ended", "cancelled"})


@dataclass(frozen=True, slots=True)
class Because:
    """What a fact rests on: what was said (`input`, `value`), in which event, and since when (UTC ms)."""

    input: str
    value: str
    event: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class UrgentFact:
    """One urgent fact about a stay: which, since when (UTC ms, when it happened), and what it rests on."""

    when: When
    since_ms: int
    because: tuple[Because, ...]


Said = tuple[str, "Mapping[str, Any]"]
"""One thing that the council said of the person: the slot's kind and its value."""


def urgent_facts(
    stay: StayChanged, said: Iterable[Said], codes: Codes, *, died: bool
) -> tuple[UrgentFact, ...]:
    """Return the urgent facts about a stay; `said` is what the council says of the person, `died` by anybody's word.

    Whom a carer cares for may be alone whether the carer is ill or dead; else nothing about the dead is urgent.
    """
    said = list(said)
    found = list(_carer(stay, said, died=died))
    if not died and stay.status == "finished" and stay.discharged_ms is not None:
        by_themselves = _left_by_themselves(stay, codes)
        known = _known(said)
        if by_themselves and known is not None:
            left = Because("discharge_method", _code(stay.discharge_method), "", stay.discharged_ms)
            found.append(UrgentFact("left-by-themselves", stay.discharged_ms, (left, known)))
        lapsed = _lapsed(stay, said)
        if lapsed and not _went_on_in_hospital(stay, codes):
            found.append(UrgentFact("package-lapsed", stay.discharged_ms, lapsed))
    return tuple(found)


def _carer(stay: StayChanged, said: list[Said], *, died: bool) -> Iterator[UrgentFact]:
    """Somebody who is themselves a carer, by the council's word, is in hospital, or died."""
    if stay.admitted_ms is None or not (stay.status in _HERE or (died and stay.status == "finished")):
        return
    cares = [
        Because(f"{kind} of a carer", str(value.get("status") or "recorded"), str(value["event"]), value["since_ms"])
        for kind, value in said
        if value.get("client") == "carer" and value.get("status") not in _NO_MORE and not value.get("retracted")
    ]  # fmt: skip
    if cares:
        last = max(cares, key=lambda one: (one.at_ms, one.event))
        yield UrgentFact("carer-in-hospital", stay.admitted_ms, (last,))


def _known(said: list[Said]) -> Because | None:
    for kind, value in said:
        if kind == "known" and value.get("known"):
            return Because("known_to_care", "yes", str(value["event"]), int(value["since_ms"]))
    return None


def _lapsed(stay: StayChanged, said: list[Said]) -> tuple[Because, ...]:
    """Return the packages that stopped for this stay, where none runs: suspended, or ended since the admission."""
    packages = [
        value for kind, value in said if kind == "package" and value.get("client", "person") == "person"
    ]
    if any(one["status"] == "live" for one in packages):
        return ()
    began = stay.admitted_ms if stay.admitted_ms is not None else stay.discharged_ms or 0
    stopped = [
        one
        for one in packages
        if one["status"] == "suspended" or (one["status"] == "ended" and int(one["since_ms"]) >= began)
    ]
    return tuple(
        Because("package", str(one["status"]), str(one["event"]), int(one["since_ms"])) for one in stopped
    )


def _left_by_themselves(stay: StayChanged, codes: Codes) -> bool:
    return _code(stay.discharge_method) in codes.self_discharge_methods


def _went_on_in_hospital(stay: StayChanged, codes: Codes) -> bool:
    return _code(stay.discharge_destination) in codes.hospital_destinations


def _code(coded: Any) -> str:
    return coded.code or "" if coded is not None else ""
