"""What the interface for programs takes and gives; the descriptions are the published ones."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from ascbridge.operations.flowing.balance import MEANINGS


class Model(BaseModel):
    """A shape of the interface. Times named ``*_ms`` are UTC epoch milliseconds."""

    model_config = ConfigDict(extra="forbid")


class WardOut(Model):
    """Where in the hospital (HL7 PL.1 to PL.4)."""

    ward: str
    room: str
    bed: str
    site: str


class PersonOut(Model):
    """Who somebody is, as far as the role may know."""

    person_id: str
    name: str = Field(
        description="*Erased* where nothing is kept any more; an id where the role sees no names"
    )
    born: str = Field(description="ISO date, as exact as the source was")
    nhs_number: str = Field(description="Ten digits, or empty where none can be trusted")
    number_note: str
    restricted: bool = Field(description="Where this person is must not be known: no address, no ward")
    erased: bool
    died: bool


class DelayOut(Model):
    """Why somebody who was ready stayed. What may not be told reads *other*."""

    reason: str
    list: str = Field(description="The list it was chosen from, with its version")
    words: str
    from_ms: int
    to_ms: int | None = Field(description="None: it still holds")


class TaskOut(Model):
    """One Discharge to Assess task. The four dates are four fields and never stand for one another."""

    task_id: str
    spell: str
    person: PersonOut
    status: str = Field(description="FHIR Task status")
    stage: str = Field(description="The desk's own word for where the work is")
    signal: str = Field(description="What the hospital's messages now say of the stay")
    reason: str
    rule: str = Field(description="Rule set, version and rule that decided")
    opened_ms: int
    due_ms: int | None
    closed_ms: int | None
    late: bool
    owner_team: str
    claimed_by: str
    ward: WardOut | None
    ready_on: str = Field(description="Ready to leave since")
    expected_discharge: str = Field(description="Estimated")
    planned_discharge: str = Field(description="Confirmed plan")
    discharged_ms: int | None = Field(description="When the person actually left")
    outcome: str
    stage_since_ms: int | None = Field(description="From when the time for this stage runs")
    milestones: dict[str, int] = Field(description="When each stage on the way to this one was entered")
    pathway: int | None = Field(description="National pathway, 0 to 3")
    setting: str
    sourcing: str = Field(description="How far the search for a package or bed is")
    sought: dict[str, int] = Field(description="When it was requested, offered, placed or failed")
    escalates_ms: int | None = Field(description="From when on late work is told to `escalates_to`")
    escalates_to: str
    blocks: list[str] = Field(description="What must be done first")
    delays: list[DelayOut]
    needs_a_look: list[str]
    not_confirmed: list[str]
    not_understood: list[str] = Field(description="Codes that nobody has mapped yet")
    asked_ms: int | None = Field(description="Since when a question to the ward waits for an answer")
    speak_first: bool = Field(description="Whether somebody must be spoken to before discharge")
    version: int = Field(description="To be sent back with the next act")
    revision: int
    invented: bool = Field(description="Whether a simulator made it")


class TaskList(Model):
    """One list in due order; `counts` holds the size of every list."""

    tasks: list[TaskOut]
    counts: dict[str, int]
    more: bool


class EvidenceOut(Model):
    """One event that a task rests on, or rested on until its message was read again (`replaced`)."""

    event_id: str
    message_id: str
    what: str
    happened_ms: int
    recorded_ms: int
    effect: str
    values: list[dict[str, Any]]
    replaced: bool


class ActOut(Model):
    """What somebody did."""

    version: int
    actor: str
    what: str
    choice: str
    text: str
    at_ms: int


class HoldOut(Model):
    """Whom to speak to before discharge; empty where the role or an erasure leaves none to be told."""

    who: str
    phone: str
    since_ms: int


class StoryOut(Model):
    """A task with all that led to it, oldest first, and the rules' explanation."""

    task: TaskOut
    evidence: list[EvidenceOut]
    acts: list[ActOut]
    explanation: dict[str, Any]
    speak_to: HoldOut | None = None
    sides: dict[str, list[str]] = Field(
        default_factory=dict, description="By what needs a look: the events that cannot both be so"
    )


class ActIn(Model):
    """What to do to a task. `choice` is what the act names: a stage, a route, an outcome, a reason, a look, a team to
    hand over to, ``person:NAME`` or ``team:NAME`` to assign to, or the version of the act that asked the question
    to be answered.
    """

    version: int = Field(description="The version that was shown; 409 where somebody was quicker")
    revision: int | None = Field(
        None, description="With it, 409 also where the hospital said something since"
    )
    choice: str = ""
    reason: str = Field("", description="Why, where the choice needs it: another way than home, a stage back")
    text: str = Field("", max_length=2000, description="Free text, kept sealed")
    who: str = Field("", max_length=80, description="Who was asked, or whom a hold names; kept sealed")
    phone: str = Field("", max_length=80, description="The telephone of whom a hold names; kept sealed")
    spoken_ms: int | None = Field(
        None,
        description="When whom the hold names was spoken to; a task with a hold is not completed without",
    )


class Done(Model):
    """What an act made of the task's version."""

    task_id: str
    version: int


class NumberIn(Model):
    """Which person to look for; in a body, so that no number stands in an address."""

    nhs_number: str = Field(description="Ten digits, spaces allowed")


class Found(Model):
    """Person ids with that number: more than one where nobody has said that they are one person."""

    person_ids: list[str]


class SectionOut(Model):
    """A part of a record, with its source and its age."""

    state: Literal["shown", "none recorded", "not shared", "late", "not supplied"]
    source: str
    updated_ms: int | None
    heard_ms: int | None = Field(description="When its feed last spoke")
    items: list[dict[str, Any]]


class CaseThingOut(Model):
    """One thing that the council holds of a person, as the council facts' contract says it; nothing that is sealed."""

    kind: str
    id: str = Field(description="The council's own number; empty where a person has but one of the kind")
    since_ms: int = Field(description="Since when it is so")
    stopped: bool = Field(description="It went on until the person died")
    says: dict[str, Any]


class ReminderOut(Model):
    """What is to be done about a person; `on` is empty where it is due now."""

    what: Literal["review", "check", "carer", "assessment", "equipment"]
    about: str
    on: str


class ChangeOut(Model):
    """A part of a record that changed since the reader last looked; nothing of what it was or is."""

    at_ms: int = Field(description="When we first heard what is so now")
    kind: str = Field(
        description="stay, task, sub, assessed, pack, door, a kind of thing of the council's case, or of the person "
        "name, address, phones, kin, practice"
    )


class OriginOut(Model):
    """The message that said a value, and by which profile of its feed it was read."""

    feed: str
    number: str = Field(description="The sender's number of the message: a control id, or a line's id")
    message_id: str
    received_ms: int | None = Field(description="Null where the message is not kept any more")
    profile: str


class ValueFromOut(Model):
    """One value of a record, and where it comes from."""

    name: str
    said: str
    place: str = Field(description="The field of the message: an HL7 place, a member, or a column")
    code_row: str = Field(description="The row of the feed's code map; empty where it stands as it was sent")
    recorded_ms: int
    origin: OriginOut


class ThingFromOut(Model):
    """A thing of a record with each of its values; `rules` make resources of it: ``device/1``."""

    title: str
    values: list[ValueFromOut]
    rules: list[str]


class RecordOut(Model):
    """One person's record, and the council's case of them, the newest first."""

    person: PersonOut
    state: str
    sections: dict[str, SectionOut]
    case: list[CaseThingOut]
    reminders: list[ReminderOut]
    looked_ms: int | None = Field(
        default=None,
        description="Since when `changed` says what changed; null where this reader never looked",
    )
    changed: list[ChangeOut] = Field(default=[], description="What changed since, the last first")


class QuietOut(Model):
    """What came for longer not than it ever does at this time of the week."""

    trigger: str = Field(
        description="A kind of message, as A03, or of one ward, as A03 W12; empty: the whole feed"
    )
    since_ms: int
    usual: int = Field(description="How many usually come by now")


class FeedOut(Model):
    """A feed, and when it last spoke."""

    name: str
    title: str
    last_ms: int | None = Field(description="Null: never")
    late: bool = Field(description="Quiet for longer than its profile allows")
    late_after_ms: int
    kept_last_hour: int
    refused_last_hour: int
    repeats_last_hour: int
    quiet: list[QuietOut] = Field(description="Of a hospital's feed, by what it sent in the weeks before")


class LedgerOut(Model):
    """One feed's ledger: received = refused + duplicate + kept; kept = all that stands below it, added."""

    feed: str
    received: int = Field(description=MEANINGS["received"])
    refused: int = Field(description=MEANINGS["refused"])
    duplicate: int = Field(description=MEANINGS["duplicate"])
    kept: int = Field(description=MEANINGS["kept"])
    delivered: int = Field(description=MEANINGS["delivered"])
    no_effect: int = Field(description=MEANINGS["no_effect"])
    waiting: int = Field(description=MEANINGS["waiting"])
    held: int = Field(description=MEANINGS["held"])
    parked: int = Field(description=MEANINGS["parked"])
    dead: int = Field(description=MEANINGS["dead"])
    adds_up: bool = Field(description="Whether both sums come out")


class DeadLetterOut(Model):
    """An event given up on, without its content."""

    dead_id: str
    consumer: str
    topic: str
    event_id: str
    message_id: str
    event_type: str
    cause: str
    dead_ms: int
    state: str = Field(description="open, replayed or dismissed")


class DismissIn(Model):
    """Why a dead letter is not to be sent again; no names or numbers of people."""

    why: str = Field(min_length=1, max_length=200)


class ReadAgainIn(Model):
    """From where a reader is to read again: a time or a position, one of the two."""

    from_time: AwareDatetime | None = Field(None, description="With its zone, such as 2026-11-22T10:00:00Z")
    from_position: str | None = Field(None, description="topic/partition/offset", max_length=200)
    dry_run: bool = Field(False, description="Only say what would be read again")
    why: str = Field("", max_length=200, description="No names or numbers of people")

    @model_validator(mode="after")
    def _one_of_the_two(self) -> Self:
        if (self.from_time is None) == (self.from_position is None):
            raise ValueError("give from_time or from_position, one of the two")
        return self


class StepOut(Model):
    """One partition: it is read again from `offset` on, and had been read to just before `next_offset`."""

    topic: str
    partition: int
    offset: int
    next_offset: int


class ReadAgainOut(Model):
    """What a reader reads again, or would."""

    consumer: str
    events: int = Field(description="Exact up to ten thousand in a partition, then at most so many")
    done: bool = Field(description="False for a dry run")
    steps: list[StepOut]


class NotMappedOut(Model):
    """Codes that a feed's profile does not know, and how many messages have just these."""

    feed: str
    codes: str
    messages: int


class CompletedOut(Model):
    """What came of completing: a sentence about each feed's map, and what is still not mapped."""

    maps: list[str]
    completed: int = Field(description="Messages that are complete now")
    not_mapped: list[NotMappedOut]


class MessageOut(Model):
    """A message as it arrived, and where it stands; nothing of its content."""

    message_id: str
    feed: str
    control_id: str
    trigger: str
    received_ms: int
    outcome: str
    reason: str
    answer_code: str
    flags: list[str]
    repeats: int
    state: str
    note: str
    changed_ms: int | None
