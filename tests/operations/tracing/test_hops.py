"""A message's hops: every step in the order of time, with what it changed, and nothing that names anybody."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from ascbridge.operations.tracing import hops, trace
from ascbridge.operations.tracing.hop_values import HIDDEN
from ascbridge.storage.tables import patient
from tests.web.city import MINUTE, hl7_time
from tests.web.faults import bury_one, hold_one

if TYPE_CHECKING:
    from tests.web.city import City

WORDS = ("EVANS", "9993000019", "1941", "V100", "W12", "INVENTED")


def traced(city: City, control_id: str = "T0009", *, opened: bool = False) -> hops.Traced:
    (seen,) = city.bridge.read_now(lambda c: trace.find(c, control_id))

    def read(connection: object) -> hops.Traced:
        trail = trace.trail(connection, seen.message_id, city.readers)  # type: ignore[arg-type]  # what read_now gives
        assert trail is not None
        return hops.traced(connection, trail, opened=opened)  # type: ignore[arg-type]  # what read_now gives

    return city.bridge.read_now(read)


def test_hops_are_in_the_order_of_time_and_each_says_how_long_it_took(city: City) -> None:
    found = traced(city)
    assert [one.kind for one in found.hops][:2] == ["received", "understood"]
    assert {"event", "decision", "task"} <= {one.kind for one in found.hops}
    moments = [one.at_ms for one in found.hops]
    assert moments == sorted(moments)
    assert [one.after_ms for one in found.hops] == [at - moments[0] for at in moments]
    assert sum(one.since_ms for one in found.hops) == found.took_ms == moments[-1] - moments[0]
    assert found.traceparent[3:35] == found.trace_id == found.trail.seen.message_id.replace("-", "")


def test_when_the_answer_left_is_a_hop_or_is_said_not_to_be_known(empty_city: City) -> None:
    city = empty_city
    desk = city._desks["itk-v24"]
    for number in (1, 2):
        city.hear("A01", local_id=f"L{number}", visit=f"V{number}")
        city.clock.at_ms += 4
        desk.answered()
        city.clock.at_ms += MINUTE
    first, second = traced(city, "T0001"), traced(city, "T0002")
    (answered,) = [one for one in first.hops if one.kind == "answered"]
    assert (answered.title, answered.after_ms) == ("Answer AA left", 4)
    assert "not known" not in first.hops[0].words
    assert [one.kind for one in second.hops if one.kind == "answered"] == []
    assert second.hops[0].words == "When the answer left is not known."


def test_a_decision_names_its_rule_its_version_and_its_words(city: City) -> None:
    found = traced(city)
    (decision,) = [one for one in found.hops if one.kind == "decision"]
    (task,) = [one for one in found.hops if one.kind == "task"]
    assert decision.codes["then"] == "open"
    assert decision.codes["rule"] == task.codes["rule"]
    assert decision.words
    assert "@" in decision.codes["rule"]


def test_a_task_s_change_is_told_beside_how_it_stood_before(city: City) -> None:
    city.clock.at_ms += MINUTE
    who = {
        "local_id": "L100",
        "visit": "V100",
        "name": "EVANS^MARY^JOY^^MRS^^L",
        "born": "19410314",
        "nhs_number": "9993000019",
    }
    city.hear("A03", **who, pv1={36: "1", 37: "19", 45: hl7_time(city.clock.at_ms)})
    control_id = f"T{int(city.control_id()[1:]) - 1:04d}"
    (changed, *_) = [one for one in traced(city, control_id).hops if one.kind == "task"]
    values = {one.name: one for one in changed.values}
    assert values["signal"].changed
    assert values["signal"].before != values["signal"].now
    assert "opened_ms" not in values, "what did not change is not told"
    assert {one.now for one in changed.values if one.name.endswith("_ms")} <= {HIDDEN, "gone"}


@pytest.mark.parametrize("opened", [False, True])
def test_hops_say_nothing_of_what_the_message_held(city: City, opened: bool) -> None:  # noqa: FBT001  # both are tried
    told = [asdict(one) for one in traced(city, opened=opened).hops]
    wanted = WORDS if not opened else [word for word in WORDS if word != "W12"]
    assert not [word for word in wanted if word in str(told)]


def test_where_a_restricted_person_is_stands_on_no_trace_opened_or_not(city: City) -> None:
    found = traced(city, opened=True)
    assert "ward" in str([one.values for one in found.hops])
    city.bridge.write_now(lambda c: c.execute(update(patient).values(restricted=1)))
    hidden = traced(city, opened=True)
    assert "ward" not in str([[value.name for value in one.values] for one in hidden.hops])


def test_what_waits_or_was_given_up_is_a_hop_with_its_cause(empty_city: City) -> None:
    hold_one(empty_city, "a cause")
    stuck = [one for one in traced(empty_city, "T0001").hops if one.kind == "stuck"]
    assert [one.words for one in stuck] == ["a cause"]
    behind = [one for one in traced(empty_city, "T0002").hops if one.kind == "stuck"]
    assert ["behind an earlier one" in one.title for one in behind] == [True]
    dead_id = bury_one(empty_city, "another", local_id="L2", visit="V2", nhs_number="9993000027")
    (dead,) = [one for one in traced(empty_city, "T0003").hops if one.kind == "stuck"]
    assert (dead.ident, dead.words) == (dead_id, "another")


def test_a_refused_message_has_one_hop(empty_city: City) -> None:
    from tests.intake.messages import adt

    empty_city.arrive(
        "itk-v24", adt("A01", control_id="BAD1", pid={3: ""}, nhs_number="", local_id="", visit="")
    )
    (hop,) = traced(empty_city, "BAD1").hops
    assert (hop.kind, hop.codes["outcome"]) == ("received", "refused")
    assert hop.words
