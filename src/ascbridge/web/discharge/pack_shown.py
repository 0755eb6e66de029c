"""The information that goes with a person, for the page of their task: each item, who said so, and its receipt.

What people wrote (where a document is, who receives the person) says where somebody goes: it is shown as notes are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ascbridge.discharge.acts.assessment_desk import CONTENT_TYPES
from ascbridge.discharge.deciding.desk_state import Act
from ascbridge.discharge.pack import pack_store
from ascbridge.discharge.pack.assessment_state import Written, as_written, hospital_assessments
from ascbridge.discharge.pack.pack_state import pack_state, receipt_due
from ascbridge.own_codes import CARE_ACT_OUTCOME, SELF_ASSESSMENT_LEVEL
from ascbridge.uk_core import DISPLAYS
from ascbridge.web.discharge.notes_shown import texts_of
from ascbridge.web.wording import may_link

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.access import Access
    from ascbridge.discharge.pack.assessment_state import HospitalAssessment
    from ascbridge.discharge.pack.pack_state import PackEntry
    from ascbridge.events.facts.catalogue import TaskFact
    from ascbridge.reference.in_force import ReferenceLists
    from ascbridge.reference.pack_items import Packs
    from ascbridge.web.parts import WebParts
    from ascbridge.web.people.people_shown import PersonShown


@dataclass(frozen=True, slots=True)
class PackLine:
    """One item: *present*, *waived* or *missing*, by whom and when (UTC ms), why, and what they wrote."""

    code: str
    words: str
    state: str
    required: bool
    by: str = ""
    at_ms: int | None = None
    reason: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptShown:
    """Whether whoever receives the person said that the information came. Times are UTC ms."""

    asked_ms: int | None
    asked_by: str
    asked_of: str
    due_ms: int | None
    late: bool
    received_ms: int | None
    received_by: str
    written_by: str


@dataclass(frozen=True, slots=True)
class DocumentShown:
    """The document that an assessment is. `linked`: its address is one to which a page may link."""

    title: str
    url: str
    linked: bool
    hosts: tuple[str, ...]
    content_type: str
    kind: str
    size: int | None
    sha1: str


@dataclass(frozen=True, slots=True)
class AssessmentShown:
    """One assessment made in hospital. `text`: who made it and where its paper is; `because`: why another is needed."""

    number: int
    team: str
    kind: str
    on: str
    needs: tuple[tuple[str, str], ...]
    by: str
    at_ms: int
    text: str
    because: str
    because_by: str
    because_text: str
    document: DocumentShown | None = None


@dataclass(frozen=True, slots=True)
class PackShown:
    """A task's pack. `chosen` says whether a pathway is, which the checklist follows from."""

    lines: tuple[PackLine, ...]
    receipt: ReceiptShown
    chosen: bool
    version: int
    packs: Packs
    assessments: tuple[AssessmentShown, ...] = ()

    @property
    def missing(self) -> tuple[PackLine, ...]:
        """What is asked for and neither there nor waived."""
        return tuple(line for line in self.lines if line.state == "missing")


def pack_shown(
    connection: Connection,
    parts: WebParts,
    fact: TaskFact,
    person: PersonShown,
    access: Access,
    now_ms: int,
) -> PackShown:
    """Return how a task's pack stands."""
    story = pack_store.pack_story(connection, fact.task)
    texts = texts_of(connection, parts, story, person, access)
    said = {one.version: texts.get(one.act_id, "") for one in story}
    acts = [Act(one.version, one.act, one.actor, one.at_ms, one.detail) for one in story]
    state = pack_state(acts)
    lists = parts.reference.lists
    packs = lists.packs(now_ms)
    required = packs.required(fact.pathway, fact.setting)
    codes = [code for code in packs.words if code in required or code in state.entries]
    codes += [code for code in state.entries if code not in packs.words]
    due_ms = receipt_due(state, packs)
    return PackShown(
        lines=tuple(
            _line(
                (code, packs.words.get(code, code)),
                state.entries.get(code),
                lists,
                said,
                required=code in required,
            )
            for code in codes
        ),
        receipt=ReceiptShown(
            asked_ms=state.asked_ms,
            asked_by=state.asked_by,
            asked_of=said.get(state.asked, ""),
            due_ms=due_ms,
            late=due_ms is not None and due_ms < now_ms,
            received_ms=state.received_ms,
            received_by=said.get(state.received, ""),
            written_by=state.received_by,
        ),
        chosen=fact.pathway is not None,
        version=state.version,
        packs=packs,
        assessments=tuple(
            _assessment(one, packs, said, parts.settings.discharge.document_hosts)
            for one in hospital_assessments(acts)
            if not one.withdrawn
        ),
    )


def _assessment(
    one: HospitalAssessment, packs: Packs, said: dict[int, str], hosts: tuple[str, ...]
) -> AssessmentShown:
    outcomes, levels = DISPLAYS[CARE_ACT_OUTCOME], DISPLAYS[SELF_ASSESSMENT_LEVEL]
    assessor = packs.assessors.get(one.assessor)
    written = as_written(said.get(one.number, ""))
    return AssessmentShown(
        number=one.number,
        team=assessor.words if assessor is not None else one.assessor,
        kind=one.kind,
        on=one.on,
        needs=tuple(
            (outcomes.get(domain, domain), levels.get(level, level)) for domain, level in one.needs.items()
        ),
        by=one.by,
        at_ms=one.at_ms,
        text=written.text,
        because=packs.reassess_reasons.get(one.reassess, one.reassess),
        because_by=one.reassess_by,
        because_text=said.get(one.reassess_act, ""),
        document=_document(one, written, hosts) if one.document else None,
    )


def _document(one: HospitalAssessment, written: Written, hosts: tuple[str, ...]) -> DocumentShown:
    content_type = one.document["content_type"]
    return DocumentShown(
        title=written.title,
        url=written.url,
        linked=may_link(written.url, hosts),
        hosts=hosts,
        content_type=content_type,
        kind=CONTENT_TYPES.get(content_type, content_type),
        size=one.document.get("size"),
        sha1=one.document.get("sha1", ""),
    )


def _line(
    item: tuple[str, str],
    entry: PackEntry | None,
    lists: ReferenceLists,
    said: dict[int, str],
    *,
    required: bool,
) -> PackLine:
    code, words = item
    if entry is None:
        return PackLine(code, words, "missing", required)
    version = lists.find(entry.list_version)
    reasons = getattr(version.data, "waive_reasons", {}) if version is not None else {}
    return PackLine(
        code, words, entry.state, required, entry.by, entry.at_ms, reasons.get(entry.reason, entry.reason),
        said.get(entry.version, ""),
    )  # fmt: skip
