"""What a mapping is given: the present state of one person, of each stay and of each task, free of any table.

`gathering` fills these in bulk; the mappings read nothing else. A restricted person's views still hold what
is known: leaving it out is the mappings' work, and their tests'. This module thinks; it does no input or
output.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ascbridge.events.facts.catalogue import SealedPatient, StayChanged, TaskFact
from ascbridge.events.facts.fact import CouncilFact, Part
from ascbridge.events.facts.front_door import FrontDoorTask
from ascbridge.events.facts.hospital_assessment import HospitalAssessmentAttached, SealedDocument
from ascbridge.events.facts.information_pack import InformationPackChanged
from ascbridge.events.facts.referral import RequestFact, SelfAssessmentAnswered
from ascbridge.events.facts.split_work import SubTaskFact

PersonState = Literal["present", "merged", "erased"]


@dataclass(frozen=True, slots=True)
class Council:
    """Who publishes: its name, its ODS code, and the address its own identifier systems begin with."""

    name: str
    ods_code: str
    identifier_base: str

    def system(self, kind: str) -> str:
        """Return the identifier system of one kind of number of ours, for example ``.../spell``."""
        return f"{self.identifier_base.rstrip('/')}/{kind}"


@dataclass(frozen=True, slots=True)
class LocalNumber:
    """A source's own number for its patient: `authority` is who gave it, an ODS code."""

    authority: str
    value: str


@dataclass(frozen=True, slots=True)
class PatientView:
    """One person as their sources have them, the last recorded statement first.

    `details` come from the source that spoke last; `nhs_number` is one that checks, or empty;
    `number_status` its indicator 01..08. `died` is None where no source said either. `successor` is the
    person a merged one now is. `objects` is whether they object to their record being shared: then nothing is.
    """

    person_id: str
    state: PersonState = "present"
    successor: str = ""
    restricted: bool = False
    details: SealedPatient = field(default_factory=SealedPatient)
    nhs_number: str = ""
    number_status: str = ""
    local_numbers: tuple[LocalNumber, ...] = ()
    gender: str = "unknown"
    ethnic_category: str = ""
    died: bool | None = None
    died_on: str = ""
    source: str = ""
    objects: bool = False


@dataclass(frozen=True, slots=True)
class StayView:
    """One hospital stay of a person; `visit_number` is the hospital's own, given by `authority`."""

    person_id: str
    fact: StayChanged
    restricted: bool = False
    visit_number: str = ""
    authority: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class TaskView:
    """One discharge task of a person; `facility` is the hospital of its stay, where a stay is published.

    `has_stay` says whether the stay is published too, and so may be referred to. `pack` is the information that goes
    with the person, where anybody saw to it.
    """

    person_id: str
    fact: TaskFact
    restricted: bool = False
    facility: str = ""
    has_stay: bool = False
    source: str = ""
    pack: InformationPackChanged | None = None


@dataclass(frozen=True, slots=True)
class DoorTaskView:
    """One task of the front door; `request_id` is the contact or referral that it is about, where that is published."""

    person_id: str
    fact: FrontDoorTask
    restricted: bool = False
    request_id: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class SubTaskView:
    """Work split off a discharge task; `has_parent` says whether that task is published too, and may be referred to."""

    person_id: str
    fact: SubTaskFact
    restricted: bool = False
    has_parent: bool = False
    has_stay: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True)
class AssessmentView:
    """An assessment made in hospital; `has_parent` and `has_stay` as with sub-tasks. `sealed` is what a document is
    called and where it is kept: None where it is none, or nothing is left to open.
    """

    person_id: str
    fact: HospitalAssessmentAttached
    restricted: bool = False
    has_parent: bool = False
    has_stay: bool = False
    source: str = ""
    sealed: SealedDocument | None = None


@dataclass(frozen=True, slots=True)
class RequestView:
    """Somebody's contact with the council, or their referral to it; `request_id` is ours."""

    person_id: str
    request_id: str
    fact: RequestFact
    restricted: bool = False
    source: str = ""

    @property
    def number(self) -> str:
        """The council's own number of it."""
        return str(getattr(self.fact, self.fact.about))


@dataclass(frozen=True, slots=True)
class AnswersView:
    """What somebody answered about themselves; `request_id` is what it belongs to, where that is published too."""

    person_id: str
    answers_id: str
    fact: SelfAssessmentAnswered
    restricted: bool = False
    request_id: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class CareView:
    """One thing that the council said of a person's care, as it was last said; `part_id` is its id, and ours.

    `sealed` is what its sealed part holds, None where it has none or a restriction withholds it. Of a restricted person
    `fact` is without what its type names as withheld. `request_id` is the contact or referral that it follows from,
    where that is published. `held` is whether the record holds, or held, anything of the person.
    """

    person_id: str
    part_id: str
    fact: CouncilFact
    sealed: Part | None = None
    restricted: bool = False
    died: bool = False
    died_on: str = ""
    request_id: str = ""
    held: bool = False
    source: str = ""

    @property
    def number(self) -> str:
        """The council's own number of it; empty where a person has one only."""
        return str(getattr(self.fact, self.fact.about)) if self.fact.about else ""


@dataclass(frozen=True, slots=True)
class PersonView:
    """All that is to be published of one person.

    `published` are the resources (``Encounter/s1``) that a sink holds under this person; what of them the
    views no longer make is withdrawn. `elsewhere` are those that are now another person's to publish. `keys` are
    the patient keys that are this person.
    """

    patient: PatientView
    stays: tuple[StayView, ...] = ()
    tasks: tuple[TaskView, ...] = ()
    sub_tasks: tuple[SubTaskView, ...] = ()
    assessments: tuple[AssessmentView, ...] = ()
    door_tasks: tuple[DoorTaskView, ...] = ()
    requests: tuple[RequestView, ...] = ()
    answers: tuple[AnswersView, ...] = ()
    care: tuple[CareView, ...] = ()
    published: tuple[str, ...] = ()
    elsewhere: frozenset[str] = frozenset()
    keys: tuple[str, ...] = ()
