"""What people do with assessments made in hospital: attach one, say why another is needed, take one back.

The acts stand with those on the information pack, under its versions. Who made the assessment by name, where its paper
is, and what a document is called and where it is kept is sealed. The document itself is never fetched, and never kept.
Call each function inside one write transaction.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args
from urllib.parse import urlsplit

from ascbridge.calendars import iso_day
from ascbridge.discharge.acts.desk import NotAChoice, NotNow, check_choice
from ascbridge.discharge.acts.pack_desk import record_paper
from ascbridge.discharge.pack import pack_store
from ascbridge.discharge.pack.assessment_state import (
    HospitalAssessment,
    Written,
    as_written,
    hospital_assessments,
    to_seal,
)
from ascbridge.events.facts.hospital_assessment import (
    AssessedNeed,
    AssessmentDocument,
    HospitalAssessmentAttached,
    SealedDocument,
)
from ascbridge.events.logs.envelope import following_id
from ascbridge.own_codes import CARE_ACT_OUTCOME, SELF_ASSESSMENT_LEVEL
from ascbridge.people.opening import Erased, SealedValue, open_bytes
from ascbridge.uk_core import DISPLAYS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from ascbridge.discharge.acts.desk import Sitting
    from ascbridge.discharge.deciding.desk_state import Act
    from ascbridge.events.facts.catalogue import Fact, TaskFact
    from ascbridge.reference.pack_items import Packs

AssessmentActName = Literal["attach", "reassess", "withdraw"]
ASSESSMENT_ACTS: tuple[AssessmentActName, ...] = get_args(AssessmentActName)
_STORED: dict[AssessmentActName, str] = {
    "attach": "assess", "reassess": "reassess", "withdraw": "assess_withdrawn",
}  # fmt: skip


CONTENT_TYPES = {
    "application/pdf": "PDF",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
    "application/msword": "Word, before 2007",
    "application/vnd.oasis.opendocument.text": "OpenDocument",
    "application/rtf": "Rich text",
    "text/plain": "Plain text",
    "text/html": "Web page",
    "image/tiff": "Scan (TIFF)",
    "image/jpeg": "Picture (JPEG)",
    "image/png": "Picture (PNG)",
}
"""The kinds of file that an assessment may be, in words."""
LONGEST_TITLE, LONGEST_URL = 200, 1_000
_SHA1 = re.compile(r"[A-Za-z0-9+/]{27}=")
_NOT_SAID = re.compile(r"[\s\x00-\x20\x7f\\\\<>\"]")


@dataclass(frozen=True, slots=True)
class DocumentWish:
    """The document that an assessment is: what it is called, where it is kept (http or https), what kind of file."""

    title: str
    url: str = ""
    content_type: str = "application/pdf"
    size: int | None = None
    sha1: str = ""


@dataclass(frozen=True, slots=True)
class AssessmentWish:
    """One act. *attach* names the `assessor` (a code of the list) and the day; the others the `number` of one."""

    act: AssessmentActName
    assessor: str = ""
    on: str = ""
    needs: Mapping[str, str] = field(default_factory=dict)
    number: int = 0
    reason: str = ""
    text: str = ""
    document: DocumentWish | None = None


def assessment_change(connection: Connection, sitting: Sitting, task_id: str, wish: AssessmentWish) -> int:
    """Do one act and return the papers' new version. Raises as `pack_desk.pack_change` does."""

    def detail(packs: Packs, acts: Sequence[Act]) -> dict[str, Any]:
        return _detail(packs, hospital_assessments(acts), sitting, wish)

    def said(parent: TaskFact, acts: Sequence[Act], packs: Packs) -> Fact:
        changed = max(hospital_assessments(acts), key=lambda one: one.revision)
        return assessment_fact(parent, changed, packs)

    written = Written(wish.text)
    if wish.act == "attach" and wish.document is not None:
        written = Written(wish.text, wish.document.title.strip(), wish.document.url.strip())
        sealed = _sealed(written)
    else:
        sealed = _sealed(_once_written(connection, sitting, task_id, wish.number))
    text = to_seal(written)
    return record_paper(connection, sitting, task_id, _STORED[wish.act], detail, said, text, sealed)


def _sealed(written: Written | None) -> SealedDocument | None:
    return SealedDocument(title=written.title, url=written.url) if written and written.title else None


def _once_written(connection: Connection, sitting: Sitting, task_id: str, number: int) -> Written | None:
    """Return what was written when an assessment was attached; None where there is nothing, or nothing any more."""
    acts = pack_store.pack_story(connection, task_id)
    act = next((one for one in acts if one.version == number and one.sealed is not None), None)
    if act is None:
        return None
    value = SealedValue(act.sealed or b"", act.key_id, act.act_id)
    (plain,) = open_bytes(connection, sitting.desk.data_keys, [value])
    return None if isinstance(plain, Erased) else as_written(plain.decode())


def assessment_id(task_id: str, number: int) -> str:
    """Return the id of a task's assessment."""
    return following_id("a", task_id, f"{task_id}/assessment/{number}")


def assessment_fact(parent: TaskFact, one: HospitalAssessment, packs: Packs) -> HospitalAssessmentAttached:
    """Return an assessment as an event."""
    return HospitalAssessmentAttached(
        assessment=assessment_id(parent.task, one.number),
        task=parent.task,
        spell=parent.spell,
        revision=one.revision,
        kind=one.kind,
        assessor_team=packs.assessors[one.assessor].words
        if one.assessor in packs.assessors
        else one.assessor,
        assessed_on=one.on,
        needs=tuple(AssessedNeed(domain=domain, level=level) for domain, level in one.needs.items()),
        reassess=one.reassess,
        list_version=one.list_version,
        withdrawn=one.withdrawn,
        document=AssessmentDocument(attached_ms=one.at_ms, **one.document) if one.document else None,
    )


def _detail(
    packs: Packs, there: Sequence[HospitalAssessment], sitting: Sitting, wish: AssessmentWish
) -> dict[str, Any]:
    if wish.act == "attach":
        check_choice(packs.assessors, wish.assessor)
        if len(wish.on) != 10 or not "2000" < wish.on <= iso_day(sitting.now_ms):
            raise NotAChoice("say on which day it was made; that day has been")
        for domain, level in wish.needs.items():
            check_choice(DISPLAYS[CARE_ACT_OUTCOME], domain)
            check_choice(DISPLAYS[SELF_ASSESSMENT_LEVEL], level)
        said = {
            "assessor": wish.assessor, "kind": packs.assessors[wish.assessor].kind, "on": wish.on,
            "needs": dict(wish.needs), "list": packs.ident,
        }  # fmt: skip
        return said | ({"document": _document(wish.document)} if wish.document is not None else {})
    one = next((each for each in there if each.number == wish.number), None)
    if one is None:
        raise NotAChoice("there is no such assessment")
    if one.withdrawn:
        raise NotNow("This assessment was taken back.")
    if wish.act == "withdraw":
        return {"assessment": one.number}
    check_choice(packs.reassess_reasons, wish.reason)
    return {"assessment": one.number, "reason": wish.reason, "list": packs.ident}


def _document(wish: DocumentWish) -> dict[str, Any]:
    """Return what is kept openly of a document. Raises `NotAChoice`."""
    title, url = wish.title.strip(), wish.url.strip()
    if not title or len(title) > LONGEST_TITLE or not title.isprintable():
        raise NotAChoice(f"say what the document is called, in {LONGEST_TITLE} letters at the most")
    if url and not is_web_address(url):
        raise NotAChoice("where a document is kept begins with https:// or http://, and names no user")
    check_choice(CONTENT_TYPES, wish.content_type)
    if wish.size is not None and not 0 <= wish.size < 2**31:
        raise NotAChoice("the size of a document is a number of bytes")
    if wish.sha1 and not _SHA1.fullmatch(wish.sha1):
        raise NotAChoice("the hash of a document is its SHA-1 in base64")
    said = {"content_type": wish.content_type, "size": wish.size, "sha1": wish.sha1}
    return {name: value for name, value in said.items() if value not in (None, "")}


def is_web_address(url: str) -> bool:
    """Whether this is an address on the web that may be kept: with a host, and no user or password."""
    if len(url) > LONGEST_URL or _NOT_SAID.search(url):
        return False
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  # read for what it raises
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
