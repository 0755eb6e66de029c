"""What a decision about a stay needs of its person, put together from that person's patient keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from ascbridge.discharge.deciding.decision import Person
from ascbridge.discharge.deciding.pathway import Death
from ascbridge.discharge.deciding.rules import Told
from ascbridge.events.facts.catalogue import PatientDetailsRecorded
from ascbridge.people.stamps import recorded_ms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ascbridge.discharge.keeping.store import PatientRow


def person_view(person_id: str, rows: Sequence[PatientRow], persons: Mapping[str, str]) -> Person:
    """Put the person together; `persons` says who each patient key is that the stay was ever under."""
    details = [(orjson.loads(row.details), row.details_event) for row in rows if row.details]
    details.sort(key=lambda pair: int(pair[0]["stamp"]["recorded_ms"]))
    return Person(
        person_id=person_id,
        death=_death(rows),
        restricted=any(row.restricted for row in rows),
        age=_last(details, "age_band"),
        residence=_last(details, "residence"),
        authority=_last(details, "authority", beside="residence"),
        authority_code=_last(details, "authority_code"),
        fixed_address=_last(details, "fixed_address"),
        persons=persons,
    )


def _last(details: Sequence[tuple[dict[str, Any], str]], name: str, beside: str = "") -> Told | None:
    """Return what was stated last, of whichever key, or by whoever stated `beside` last. Open parts are read as JSON:
    facts are slow to build.
    """
    for fact, event in reversed(details):
        if value := fact.get(name):
            return Told(value, event, PatientDetailsRecorded.__name__, fact["stamp"]["recorded_ms"])
        if beside and fact.get(beside):
            return None
    return None


def _death(rows: Sequence[PatientRow]) -> Death:
    """One source that says so makes a death; one that says *alive* later makes it disputed."""
    said = [row for row in rows if row.died]
    denied = max(
        (recorded_ms(row.death_stamp) for row in rows if row.death_stamp and not row.died), default=0
    )
    if not said:
        return Death(denied_ms=denied)
    last = max(said, key=lambda row: row.death_stamp)
    return Death(True, last.died_on, recorded_ms(last.death_stamp), denied)
