"""What is held of one person, for the person who asks: a file that marks what is about others, and says what it lacks.

Never anything of safeguarding, which answers such requests behind its wall. Of a restricted person nothing that tells
where they are: such a file is sent to an address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from ascbridge.operations.finding.seen_by import seen_by
from ascbridge.record.gathering import gather
from ascbridge.record.reader import read_person
from ascbridge.web.wording import iso

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.record.views import PatientView, PersonView
    from ascbridge.web.parts import WebParts

ABOUT_OTHERS = frozenset(
    {
        "worker_name", "worker_phone", "carer_name", "carer_phone", "holder_name", "holder_phone", "next_of_kin",
        "next_of_kin_phone", "who", "claimed_by",
    }
)  # fmt: skip
"""Fields that name somebody else, or are somebody else's."""
OWN_WORDS = frozenset({"goals", "note", "comments", "reason", "words"})
"""Fields in somebody's own words, which may name others."""
NOT_HERE = (
    "Anything of safeguarding: whoever answers for it is asked for that by itself.",
    "Messages as they came, notes on tasks, and words about openings: by message and task in the bridge itself.",
    "What this file marks third_party or may_name_others is to be looked at before it is given to anybody.",
)
_KINDS = ("stays", "tasks", "sub_tasks", "assessments", "door_tasks", "requests", "answers", "care")
_TELLS_PLACE = frozenset(
    {"ward", "facility", "team", "allocated_team", "provider", "provider_location", "host_authority"}
)
_OURS = {"marks", "stamp"}


def subject_access(
    connection: Connection, parts: WebParts, person_id: str, now_ms: int
) -> dict[str, Any] | None:
    """Return what is held of a person; None where there is nobody, or nobody any more."""
    view = gather(connection, parts.data_keys, "", [person_id])[person_id]
    if view.patient.state != "present":
        return None
    record = read_person(connection, parts.data_keys, person_id, now_ms=now_ms, sources=parts.sources)
    hidden = view.patient.restricted
    return {
        "person": person_id,
        "made": iso(now_ms),
        "restricted": hidden,
        "not_in_this_file": [*NOT_HERE, *(["Where this person is: they are restricted."] if hidden else [])],
        "who": _who(view.patient),
        **{kind: _things(view, kind, hidden=hidden) for kind in _KINDS},
        "timeline": [
            {"what": one.what, "happened": iso(one.happened_ms), "recorded": iso(one.recorded_ms)}
            for one in record.timeline.items
        ],
        "seen_by": [
            {
                "who": {"value": one.who, "third_party": True}, "role": one.role, "what": one.what, "why": one.why,
                "times": one.times, "first": iso(one.first_ms), "last": iso(one.last_ms),
            }
            for one in seen_by(connection, person_id)
        ],
    }  # fmt: skip


def _who(about: PatientView) -> dict[str, Any]:
    details = about.details.model_dump(mode="json")
    shown = {
        name: value
        for name, value in details.items()
        if not (about.restricted and name in type(about.details).withheld)
    }
    return _marked(
        {
            **shown,
            "nhs_number": about.nhs_number,
            "local_numbers": [
                {"authority": one.authority, "value": one.value} for one in about.local_numbers
            ],
            "gender": about.gender,
            "ethnic_category": about.ethnic_category,
            "died": about.died,
            "died_on": about.died_on,
        }
    )


def _things(view: PersonView, kind: str, *, hidden: bool) -> list[dict[str, Any]]:
    return [_thing(one, hidden=hidden) for one in getattr(view, kind)]


def _thing(one: Any, *, hidden: bool) -> dict[str, Any]:
    said = _plain(one.fact, hidden=hidden)
    inside = getattr(one, "sealed", None)
    if inside is not None and not hidden:
        said |= inside.model_dump(mode="json")
    return {"kind": type(one.fact).__name__, **_marked(said), "message": one.source}


def _plain(fact: BaseModel, *, hidden: bool) -> dict[str, Any]:
    said = fact.model_dump(mode="json", exclude=_OURS)
    return {name: value for name, value in said.items() if not (hidden and name in _TELLS_PLACE)}


def _marked(said: dict[str, Any]) -> dict[str, Any]:
    """Return what was said without what is empty, marked where it is about others or in somebody's own words."""
    return {name: _mark(name, value) for name, value in said.items() if value not in (None, "", [], {})}


def _mark(name: str, value: Any) -> Any:
    if name in ABOUT_OTHERS:
        return {"value": value, "third_party": True}
    return {"value": value, "may_name_others": True} if name in OWN_WORDS else value
