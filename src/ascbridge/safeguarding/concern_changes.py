"""What each act makes of a concern: accept, decide, record, hand over, conclude. Pure: a concern in, a concern out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from pydantic import BaseModel, ConfigDict

from ascbridge.discharge.acts.desk import NotAChoice, NotNow
from ascbridge.events.facts.concerns import (
    Conclusion,
    Decision,
    Document,
    Enquiry,
    Form,
    Invitation,
    Invited,
    Outcome,
    Risk,
)
from ascbridge.safeguarding.concern_clocks import audit_from, conclude_by
from ascbridge.safeguarding.concern_words import COUNTED_BY, LONGEST_LINE, Line, Names, Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from ascbridge.events.facts.concerns import Concern
    from ascbridge.safeguarding.practice_rules import PracticeRules
    from ascbridge.safeguarding.vault import Insider

ConcernAct = Literal[
    "accept", "decide", "record", "document", "hand-over", "conclude", "invite", "keep-out", "note"
]
CONCERN_ACTS: tuple[ConcernAct, ...] = get_args(ConcernAct)
OUTCOME_WORDS: dict[Outcome, str] = {
    "s42-enquiry": "Enquiry under section 42",
    "other-enquiry": "Other enquiry",
    "signposted": "No enquiry: advised or signposted",
    "no-further-action": "No enquiry: nothing further",
}
RISK_WORDS: dict[Risk, str] = {
    "removed": "Risk removed", "reduced": "Risk reduced", "remained": "Risk remained",
}  # fmt: skip
INVITED_WORDS: dict[Invited, str] = {
    "adult": "Given to the adult",
    "representative": "Given to their advocate or representative",
    "declined": "They did not want it",
    "not-appropriate": "Not appropriate: it would put them at risk, or they have died",
}
FORM_WORDS: dict[Form, str] = {
    "SG1": "SG1 Record of concern, enquiry and closure",
    "SG2": "SG2 Safeguarding plan",
    "SG3": "SG3 Minutes or planning discussion",
    "SG4": "SG4 Lead enquiry officer's report",
}


class ConcernWish(BaseModel):
    """What somebody wants to do. `choice` is an outcome, a risk, a team or a form; what is empty stays as it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    act: ConcernAct
    choice: Line = ""
    text: Text = ""
    reference: Line = ""
    dated_on: Line = ""
    lead: Line = ""
    asked: Literal["yes", "no", "unknown", ""] = ""
    achieved: Literal["fully", "partly", "not", ""] = ""
    capacity: Literal["yes", "no", "unknown", ""] = ""
    advocate: Literal["yes", "no", "unknown", ""] = ""
    severity: Line = ""
    gender: Line = ""
    ethnicity: Line = ""
    support_reason: Line = ""
    accounts: Names = ()
    organisations: Names = ()


def changed(rules: PracticeRules, concern: Concern, wish: ConcernWish, who: Insider, now_ms: int) -> Concern:
    """Return the concern after an act. Raises `NotNow` where its state does not allow it, else `NotAChoice`."""
    return _ACTS[wish.act](rules, concern, wish, who, now_ms)


def may(concern: Concern) -> frozenset[ConcernAct]:
    """Return which acts its state allows."""
    always: frozenset[ConcernAct] = frozenset({"record", "document", "keep-out", "note"})
    match concern.status:
        case "new":
            return always | {"accept", "decide", "hand-over"}
        case "accepted":
            return always | {"decide", "hand-over"}
        case "enquiry":
            return always | {"conclude", "hand-over"}
        case _:
            invites = concern.conclusion is not None and concern.invitation is None
            return always | {"invite"} if invites else always


def _accept(
    _rules: PracticeRules, concern: Concern, _wish: ConcernWish, who: Insider, _now_ms: int
) -> Concern:
    if concern.accepted_by:
        raise NotNow(f"{concern.accepted_by} has taken it up.")
    _allowed(concern, "accept")
    return concern.model_copy(update={"status": "accepted", "accepted_by": who.name})


def _decide(rules: PracticeRules, concern: Concern, wish: ConcernWish, who: Insider, now_ms: int) -> Concern:
    if concern.decision is not None:
        raise NotNow(f"{concern.decision.by} has decided: {OUTCOME_WORDS[concern.decision.outcome]}.")
    _allowed(concern, "decide")
    outcome = next((one for one in OUTCOME_WORDS if one == wish.choice), None)
    if outcome is None:
        raise NotAChoice("Choose what follows")
    if not wish.text:
        raise NotAChoice("Say why")
    decision = Decision(outcome=outcome, by=who.name, role=who.role, at_ms=now_ms, why=wish.text)
    taken = {"decision": decision, "accepted_by": concern.accepted_by or who.name}
    if outcome not in {"s42-enquiry", "other-enquiry"}:
        return concern.model_copy(update=taken | {"status": "closed"})
    kind: Literal["s42-enquiry", "other-enquiry"] = (
        "s42-enquiry" if outcome == "s42-enquiry" else "other-enquiry"
    )
    opened = {
        "status": "enquiry",
        "enquiry": Enquiry(kind=kind, opened_ms=now_ms, lead=wish.lead),
        "conclude_by_ms": conclude_by(rules, now_ms),
        "audit_from_ms": audit_from(rules, now_ms),
    }
    return concern.model_copy(update=taken | opened)


def _conclude(
    _rules: PracticeRules, concern: Concern, wish: ConcernWish, who: Insider, now_ms: int
) -> Concern:
    if concern.conclusion is not None:
        raise NotNow(f"{concern.conclusion.by} has concluded it: {RISK_WORDS[concern.conclusion.risk]}.")
    _allowed(concern, "conclude")
    risk = next((one for one in RISK_WORDS if one == wish.choice), None)
    if risk is None:
        raise NotAChoice("Choose what became of the risk")
    ended = Conclusion(risk=risk, by=who.name, role=who.role, at_ms=now_ms, words=wish.text)
    wishes = concern.wishes.model_copy(update={"achieved": wish.achieved or concern.wishes.achieved})
    return concern.model_copy(update={"status": "closed", "conclusion": ended, "wishes": wishes})


def _invite(_rules: PracticeRules, concern: Concern, wish: ConcernWish, who: Insider, now_ms: int) -> Concern:
    if concern.invitation is not None:
        raise NotNow(
            f"{concern.invitation.by} has written it down: {INVITED_WORDS[concern.invitation.given]}."
        )
    _allowed(concern, "invite")
    given = next((one for one in INVITED_WORDS if one == wish.choice), None)
    if given is None:
        raise NotAChoice("Choose what became of the invitation")
    if given == "not-appropriate" and not wish.text:
        raise NotAChoice("Say why it is not appropriate")
    done = Invitation(given=given, by=who.name, role=who.role, at_ms=now_ms, why=wish.text)
    return concern.model_copy(update={"invitation": done})


def _record(
    rules: PracticeRules, concern: Concern, wish: ConcernWish, _who: Insider, _now_ms: int
) -> Concern:
    if wish.severity and wish.severity not in rules.severity.words:
        raise NotAChoice("Choose a severity of the list")
    counted = {name: value for name in COUNTED_BY if (value := getattr(wish, name))}
    if any(value not in getattr(rules, name).words for name, value in counted.items()):
        raise NotAChoice("Choose gender, ethnicity and support reason of their lists")
    said = {"asked": wish.asked, "words": wish.text, "achieved": wish.achieved}
    wishes = concern.wishes.model_copy(update={name: value for name, value in said.items() if value})
    plain = {"capacity": wish.capacity, "advocate": wish.advocate, "severity": wish.severity}
    update = {name: value for name, value in plain.items() if value}
    adult = concern.adult.model_copy(update=counted)
    after = concern.model_copy(update=update | {"wishes": wishes, "adult": adult})
    if after == concern:
        raise NotAChoice("Nothing was changed: choose or write something")
    return after


def _document(
    _rules: PracticeRules, concern: Concern, wish: ConcernWish, _who: Insider, _now_ms: int
) -> Concern:
    form = next((one for one in FORM_WORDS if one == wish.choice), None)
    if form is None:
        raise NotAChoice("Choose which form it is")
    if not wish.reference:
        raise NotAChoice("Write its reference in the case system")
    one = Document(form=form, reference=wish.reference[:LONGEST_LINE], dated_on=wish.dated_on)
    if one in concern.documents:
        raise NotAChoice("This one is written down already")
    return concern.model_copy(update={"documents": (*concern.documents, one)})


def _hand_over(
    rules: PracticeRules, concern: Concern, wish: ConcernWish, who: Insider, _now_ms: int
) -> Concern:
    _allowed(concern, "hand-over")
    if wish.choice not in rules.teams:
        raise NotAChoice("Choose a team")
    if wish.choice == concern.team:
        raise NotAChoice(f"{rules.teams[wish.choice].name} has it already")
    status = "enquiry" if concern.status == "enquiry" else "new"
    because = f"Handed over by {who.name}"
    return concern.model_copy(
        update={
            "team": wish.choice,
            "day_team": wish.choice,
            "because": because,
            "status": status,
            "accepted_by": "",
        }
    )


def _keep_out(
    _rules: PracticeRules, concern: Concern, wish: ConcernWish, _who: Insider, _now_ms: int
) -> Concern:
    accounts = tuple(dict.fromkeys((*concern.excluded_accounts, *filter(None, wish.accounts))))
    organisations = tuple(dict.fromkeys((*concern.excluded_organisations, *filter(None, wish.organisations))))
    if (accounts, organisations) == (concern.excluded_accounts, concern.excluded_organisations):
        raise NotAChoice("Name who is to be kept from it")
    return concern.model_copy(update={"excluded_accounts": accounts, "excluded_organisations": organisations})


def _note(_rules: PracticeRules, concern: Concern, wish: ConcernWish, _who: Insider, _now_ms: int) -> Concern:
    if not wish.text:
        raise NotAChoice("Write the note")
    return concern


_ACTS: dict[ConcernAct, Callable[[PracticeRules, Concern, ConcernWish, Insider, int], Concern]] = {
    "accept": _accept, "decide": _decide, "record": _record, "document": _document, "hand-over": _hand_over,
    "conclude": _conclude, "invite": _invite, "keep-out": _keep_out, "note": _note,
}  # fmt: skip


def _allowed(concern: Concern, act: ConcernAct) -> None:
    if act not in may(concern):
        raise NotNow("It is closed." if concern.status == "closed" else "It is not so far yet, or past that.")
