"""What pages say of support whose provider takes no new work. Of a restricted person nothing is said: it would tell
where they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from ascbridge.discharge.keeping.store import read_placed
from ascbridge.discharge.stay.case_view import case_view
from ascbridge.discharge.stay.stopped_providers import any_stopped, stopped_providers
from ascbridge.people.identities import in_lists
from ascbridge.people.membership import keys_of, restricted
from ascbridge.storage.tables import patient
from ascbridge.web.wording import written_date

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

    from ascbridge.discharge.stay.stopped_providers import Stopped
    from ascbridge.reference.in_force import ReferenceLists


def provider_marks(
    connection: Connection, person_ids: Collection[str], lists: ReferenceLists, now_ms: int
) -> dict[str, tuple[str, ...]]:
    """Return, for each person of whom there is something to say, a sentence for each package or placement."""
    if not any_stopped(lists):
        return {}
    people = keys_of(connection, person_ids)
    keys = [key for some in people.values() for key in some]
    silent = restricted(connection, keys) | _dead(connection, keys)
    said = read_placed(connection, keys)
    found = {}
    for person, mine in people.items():
        if silent.isdisjoint(mine):
            case = case_view({key: said[key] for key in mine if key in said}, died=False, review_years=None)
            if sentences := tuple(map(_sentence, stopped_providers(case, lists, now_ms))):
                found[person] = sentences
    return found


def _dead(connection: Connection, keys: Collection[str]) -> set[str]:
    """Return whom somebody said to have died: their support has stopped."""
    return {
        key
        for part in in_lists(keys)
        for (key,) in connection.execute(
            select(patient.c.patient_key).where(patient.c.patient_key.in_(part), patient.c.died != 0)
        )
    }


def _sentence(one: Stopped) -> str:
    number = one.by.partition("@")[2]
    by = f"({one.why}; list of providers, version {number})"
    what = one.what.capitalize()
    if one.now:
        also = f", nor did on {written_date(one.began_on)}, when this began" if one.began_on else ""
        return f"{what}: {one.provider} takes no new work {by}{also}."
    return f"{what}: it began on {written_date(one.began_on)}, when {one.provider} took no new work {by}."
