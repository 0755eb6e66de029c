"""What a case system says, a line or a request at a time: a new concern, or what became of one that it told before.

Each has the case system's own number (`id`). What became of a concern names it by the number that it was told under
(`about`), and says one thing: a decision, what was recorded, a document, a conclusion or a note. It thinks only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    StringConstraints,
    ValidationError,
    model_validator,
)

from ascbridge.events.facts.concerns import Form, Known, Outcome, Risk
from ascbridge.safeguarding.concern_changes import ConcernAct, ConcernWish
from ascbridge.safeguarding.concern_words import COUNTED_BY, LONGEST_LINE, ConcernSaid, Line, Text, faults

if TYPE_CHECKING:
    from ascbridge.safeguarding.practice_rules import PracticeRules

Number = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_LINE)]
_Words = Annotated[Text, StringConstraints(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Said(_Part):
    """Who did it, and when."""

    by: Annotated[Line, StringConstraints(min_length=1)]
    at: AwareDatetime


class Decided(_Said):
    """It was decided what follows; `lead` leads the enquiry that opened."""

    outcome: Outcome
    why: _Words
    lead: Line = ""


class Recorded(_Said):
    """What the adult wants and whether it was achieved, capacity, an advocate, severity, and what is counted by yearly.

    What is left out stays as it is.
    """

    asked: Known | Literal[""] = ""
    wishes: Text = ""
    achieved: Literal["fully", "partly", "not", ""] = ""
    capacity: Known | Literal[""] = ""
    advocate: Known | Literal[""] = ""
    severity: Line = ""
    gender: Line = ""
    ethnicity: Line = ""
    support_reason: Line = ""


class Filed(_Said):
    """A form was written, SG1 to SG4, by its reference; never the form itself."""

    form: Form
    reference: Annotated[Line, StringConstraints(min_length=1)]
    dated_on: Line = ""


class Concluded(_Said):
    """The enquiry ended."""

    risk: Risk
    words: Text = ""
    achieved: Literal["fully", "partly", "not", ""] = ""


class Noted(_Said):
    """Something was written."""

    text: _Words


class CaseLine(_Part):
    """One line: a concern, or one thing about a concern."""

    id: Number
    concern: ConcernSaid | None = None
    about: Number | None = None
    decision: Decided | None = None
    recorded: Recorded | None = None
    document: Filed | None = None
    conclusion: Concluded | None = None
    note: Noted | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        later = [
            one for one in (self.decision, self.recorded, self.document, self.conclusion, self.note) if one
        ]
        if len(later) + (self.concern is not None) != 1 or bool(later) != (self.about is not None):
            raise ValueError("a line says one thing: a concern, or one thing about one")
        return self

    @property
    def said(self) -> _Said:
        """Who did what became of a concern, and when."""
        found = self.decision or self.recorded or self.document or self.conclusion or self.note
        assert found is not None
        return found

    def wish(self) -> ConcernWish:
        """What became of a concern, as an act at its desk."""
        if self.decision is not None:
            one = self.decision
            return ConcernWish(act="decide", choice=one.outcome, text=one.why, lead=one.lead)
        if self.recorded is not None:
            plain = self.recorded.model_dump(exclude={"by", "at", "wishes"})
            return ConcernWish(act="record", text=self.recorded.wishes, **plain)
        if self.document is not None:
            filed = self.document
            return ConcernWish(
                act="document", choice=filed.form, reference=filed.reference, dated_on=filed.dated_on
            )
        if self.conclusion is not None:
            end = self.conclusion
            return ConcernWish(act="conclude", choice=end.risk, text=end.words, achieved=end.achieved)
        assert self.note is not None
        return ConcernWish(act="note", text=self.note.text)

    def in_words(self) -> str:
        """What became of it as a note, where it cannot be done here: nothing that was said is lost."""
        wish, said = self.wish(), self.said
        parts = (wish.choice, wish.reference, wish.text, wish.lead, wish.asked, wish.achieved, wish.capacity,
                 wish.advocate, wish.severity, *(getattr(wish, name) for name in COUNTED_BY))  # fmt: skip
        told = "; ".join(filter(None, parts))
        return f"The case system says: {_DONE[wish.act]} by {said.by}, {said.at.isoformat()}: {told}"


_DONE: dict[ConcernAct, str] = {
    "decide": "decided", "record": "recorded", "document": "document", "conclude": "concluded", "note": "noted",
}  # fmt: skip


def read_line(line: bytes) -> CaseLine:
    """Read one line. Raises `ValidationError`."""
    return CaseLine.model_validate_json(line)


def wrong_fields(rules: PracticeRules, line: bytes) -> list[str]:
    """Return the fields of a line that cannot be taken, by name alone; nothing where it can."""
    try:
        read = read_line(line)
    except ValidationError as fault:
        return sorted({".".join(str(step) for step in one["loc"][:3]) or "line" for one in fault.errors()})
    if read.concern is not None:
        return sorted(faults(rules, read.concern))
    if read.recorded is None:
        return []
    said = {name: getattr(read.recorded, name) for name in ("severity", *COUNTED_BY)}
    wrong = [name for name, value in said.items() if value and value not in getattr(rules, name).words]
    return [f"recorded.{name}" for name in wrong]
