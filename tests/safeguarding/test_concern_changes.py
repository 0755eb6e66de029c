"""What each act makes of a concern, in which state it may be done, and what it needs."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from ascbridge.discharge.acts.desk import NotAChoice, NotNow
from ascbridge.events.facts.concerns import Concern, Form, Invited, Outcome, Risk
from ascbridge.safeguarding import practice_rules
from ascbridge.safeguarding.concern_changes import (
    CONCERN_ACTS,
    FORM_WORDS,
    INVITED_WORDS,
    OUTCOME_WORDS,
    RISK_WORDS,
    ConcernWish,
    changed,
    may,
)
from ascbridge.safeguarding.concern_clocks import months_after
from tests.safeguarding.behind import NIA, NOON, OMAR

RULES = practice_rules.load()
NEW = Concern(concern="c1", reference="SG-1", team="intake", raised_ms=NOON)


def do(concern: Concern, act: Any, who: Any = NIA, **more: Any) -> Concern:
    return changed(RULES, concern, ConcernWish(act=act, **more), who, NOON)


def test_every_choice_has_words() -> None:
    assert set(OUTCOME_WORDS) == set(get_args(Outcome))
    assert set(RISK_WORDS) == set(get_args(Risk))
    assert set(FORM_WORDS) == set(get_args(Form))
    assert set(INVITED_WORDS) == set(get_args(Invited))


def test_after_an_enquiry_the_invitation_to_the_survey_is_written_down_once() -> None:
    enquiry = do(NEW, "decide", choice="s42-enquiry", text="Why")
    with pytest.raises(NotNow):
        do(enquiry, "invite", choice="adult")
    ended = do(enquiry, "conclude", choice="reduced")
    assert "invite" in may(ended)
    for wrong in ({"choice": "by-post"}, {"choice": "not-appropriate"}):
        with pytest.raises(NotAChoice):
            do(ended, "invite", **wrong)
    invited = do(ended, "invite", OMAR, choice="not-appropriate", text="He would read it")
    assert invited.invitation is not None
    assert (invited.invitation.given, invited.invitation.by, invited.invitation.why) == (
        "not-appropriate", "Omar Khan", "He would read it",
    )  # fmt: skip
    assert "invite" not in may(invited)
    with pytest.raises(NotNow, match="Omar Khan has written it down"):
        do(invited, "invite", choice="adult")
    without = do(NEW, "decide", choice="signposted", text="Why")
    assert "invite" not in may(without), "who was no enquiry's is not asked how it was"


def test_accepting_takes_it_once() -> None:
    accepted = do(NEW, "accept")
    assert (accepted.status, accepted.accepted_by) == ("accepted", "Nia Brown")
    with pytest.raises(NotNow, match="Nia Brown has taken it up"):
        do(accepted, "accept", OMAR)


@pytest.mark.parametrize("kind", ["s42-enquiry", "other-enquiry"])
def test_a_decision_shows_who_when_and_why_and_opens_an_enquiry(kind: str) -> None:
    decided = do(NEW, "decide", choice=kind, text="All three tests are met", lead="Omar Khan")
    assert decided.decision is not None
    assert (decided.decision.by, decided.decision.role, decided.decision.at_ms) == (
        "Nia Brown",
        "safeguarding",
        NOON,
    )
    assert decided.decision.why == "All three tests are met"
    assert decided.enquiry is not None
    assert (decided.enquiry.kind, decided.enquiry.lead, decided.status) == (kind, "Omar Khan", "enquiry")
    assert decided.conclude_by_ms == months_after(NOON, 3)
    assert decided.audit_from_ms == months_after(NOON, 6)


@pytest.mark.parametrize("outcome", ["signposted", "no-further-action"])
def test_a_decision_for_no_enquiry_closes_it(outcome: str) -> None:
    decided = do(NEW, "decide", choice=outcome, text="Not at risk")
    assert (decided.status, decided.enquiry) == ("closed", None)
    assert may(decided) == {"record", "document", "keep-out", "note"}


def test_a_decision_is_made_once_and_needs_its_reason() -> None:
    with pytest.raises(NotAChoice, match="Say why"):
        do(NEW, "decide", choice="signposted")
    with pytest.raises(NotAChoice, match="Choose what follows"):
        do(NEW, "decide", choice="maybe", text="x")
    decided = do(NEW, "decide", choice="signposted", text="Why")
    with pytest.raises(NotNow, match="Nia Brown has decided: No enquiry: advised or signposted"):
        do(decided, "decide", OMAR, choice="s42-enquiry", text="No")


def test_an_enquiry_ends_with_what_became_of_the_risk_and_of_the_wishes() -> None:
    enquiry = do(NEW, "decide", choice="s42-enquiry", text="Why")
    asked = do(enquiry, "record", asked="yes", text="She wants to stay at home")
    ended = do(asked, "conclude", choice="reduced", text="Key safe changed", achieved="partly")
    assert ended.conclusion is not None
    assert (ended.conclusion.risk, ended.status) == ("reduced", "closed")
    assert ended.wishes.model_dump() == {
        "asked": "yes",
        "words": "She wants to stay at home",
        "achieved": "partly",
    }
    with pytest.raises(NotNow, match="Nia Brown has concluded it"):
        do(ended, "conclude", OMAR, choice="removed")
    with pytest.raises(NotNow):
        do(NEW, "conclude", choice="removed")
    with pytest.raises(NotAChoice):
        do(enquiry, "conclude", choice="gone")


def test_documents_are_references_and_each_once() -> None:
    one = do(NEW, "document", choice="SG2", reference="CD-778", dated_on="2026-10-20")
    assert [(doc.form, doc.reference) for doc in one.documents] == [("SG2", "CD-778")]
    for wrong in ({"choice": "SG9", "reference": "x"}, {"choice": "SG1"}, {"choice": "SG2", "reference": "CD-778", "dated_on": "2026-10-20"}):  # fmt: skip
        with pytest.raises(NotAChoice):
            do(one, "document", **wrong)


def test_handing_over_frees_it_and_keeps_an_enquiry_open() -> None:
    handed = do(do(NEW, "accept"), "hand-over", choice="hospital")
    assert (handed.team, handed.day_team, handed.status, handed.accepted_by) == (
        "hospital",
        "hospital",
        "new",
        "",
    )
    enquiry = do(NEW, "decide", choice="s42-enquiry", text="Why")
    assert do(enquiry, "hand-over", choice="mental-health").status == "enquiry"
    for wrong in ("intake", "nobody"):
        with pytest.raises(NotAChoice):
            do(NEW, "hand-over", choice=wrong)


def test_recording_changes_what_is_said_and_leaves_the_rest() -> None:
    once = do(NEW, "record", capacity="no")
    twice = do(once, "record", advocate="yes")
    assert (twice.capacity, twice.advocate) == ("no", "yes")
    with pytest.raises(NotAChoice, match="Nothing was changed"):
        do(twice, "record", advocate="yes")
    with pytest.raises(NotAChoice):
        do(NEW, "record", severity="severe")


def test_keeping_out_adds_and_never_lets_in() -> None:
    out = do(NEW, "keep-out", accounts=("Gareth Evans", ""), organisations=("Sunny Care",))
    more = do(out, "keep-out", accounts=("Omar Khan",))
    assert more.excluded_accounts == ("Gareth Evans", "Omar Khan")
    assert more.excluded_organisations == ("Sunny Care",)
    with pytest.raises(NotAChoice):
        do(more, "keep-out", accounts=("Omar Khan",))


def test_a_note_changes_nothing_and_is_not_empty() -> None:
    assert do(NEW, "note", text="Rang the ward") == NEW
    with pytest.raises(NotAChoice):
        do(NEW, "note")


def test_what_may_be_done_is_what_does_not_fail() -> None:
    good = {"decide": {"choice": "signposted", "text": "Why"}, "hand-over": {"choice": "hospital"},
            "conclude": {"choice": "removed"}, "record": {"capacity": "no"}, "note": {"text": "x"},
            "document": {"choice": "SG1", "reference": "r"}, "keep-out": {"accounts": ("X Y",)}}  # fmt: skip
    states = [NEW, do(NEW, "accept"), do(NEW, "decide", choice="s42-enquiry", text="w"),
              do(NEW, "decide", choice="signposted", text="w")]  # fmt: skip
    for state in states:
        for act in CONCERN_ACTS:
            try:
                do(state, act, **good.get(act, {}))
            except NotNow:
                assert act not in may(state), (state.status, act)
            else:
                assert act in may(state), (state.status, act)
