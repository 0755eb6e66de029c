"""A profile backwards: what a sender writes is read as what was meant."""

import pytest

from ascbridge.intake.rows.columns import put
from ascbridge.intake.sources.profile import Column
from ascbridge.simulator.sender_forms import as_sent

STAMP = "%Y-%m-%dT%H:%M:%SZ"
COLUMNS = {
    "Status": Column(to="package.status", values={"Open": "live", "On hold": "suspended"}),
    "Start": Column(to="package.started_on", date="%d/%m/%Y"),
    "Begins": Column(to="package.started_on", date=STAMP, zone="UTC"),
    "Written": Column(to="recorded", date="%d/%m/%Y %H:%M:%S"),
    "Goals": Column(to="support_plan.goals", split="; "),
    "Hygiene": Column(to="self_assessment.answers[domain=hygiene].level", values={"1": "manages"}),
    "Open": Column(to="known", values={"Y": True, "N": False}),
}


@pytest.mark.parametrize(
    "name, fact, sent",
    [
        ("Status", {"package": {"status": "suspended"}}, "On hold"),
        ("Start", {"package": {"started_on": "2026-06-15"}}, "15/06/2026"),
        ("Begins", {"package": {"started_on": "2026-06-15"}}, "2026-06-14T23:00:00Z"),
        ("Written", {"recorded": "2026-06-15T08:30:00+00:00"}, "15/06/2026 09:30:00"),
        ("Goals", {"support_plan": {"goals": ["Walk", "Cook"]}}, "Walk; Cook"),
        ("Hygiene", {"self_assessment": {"answers": [{"domain": "hygiene", "level": "manages"}]}}, "1"),
        ("Open", {"known": False}, "N"),
    ],
)
def test_a_fact_is_written_as_the_sender_does_and_read_back(name, fact, sent):
    assert as_sent(fact, {name: COLUMNS[name]}) == {name: sent}
    back = {}
    put(back, name, sent, COLUMNS[name])
    if name != "Written":
        assert back == fact


def test_what_is_not_said_is_not_written():
    assert as_sent({"package": {"status": ""}, "self_assessment": {"answers": []}}, COLUMNS) == {}
