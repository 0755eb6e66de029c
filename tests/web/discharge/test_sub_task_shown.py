"""One sub-task opened: what people chose in words, and texts only for whoever may read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from ascbridge.discharge.acts.sub_desk import SUB_ACTS
from ascbridge.discharge.deciding.pathway import Signal
from ascbridge.web.discharge.sub_task_shown import STOP_WORDS, SUB_ACT_WORDS, SubShown, sub_shown
from ascbridge.web.visitors import Visitor
from tests.web.splitting import act, split

if TYPE_CHECKING:
    from tests.web.city import City


def shown(city: City, id: str, role: Any = "discharge-team", name: str = "Nia Brown") -> SubShown | None:
    visitor = Visitor(name, role, "session", employer="council")
    return city.bridge.read_now(lambda c: sub_shown(c, city.parts(), id, city.clock.at_ms, visitor))


def test_every_act_and_every_stop_has_words() -> None:
    assert set(SUB_ACT_WORDS) == {"split", *SUB_ACTS}
    goes_on = {"planned", "in-hospital", "ready", "not-ready", "discharged", "discharged-unclear"}
    assert set(get_args(Signal)) - goes_on <= set(STOP_WORDS)


def test_what_was_chosen_reads_in_words(city: City) -> None:
    id = split(city, "equipment", thing="hoist", before_discharge=True)
    act(city, id, "state", "failed", reason="no-access", text="Ring the son")
    act(city, id, "reopen")
    act(city, id, "need", "no")
    act(city, id, "stop", "declined")
    found = shown(city, id)
    assert found is not None
    assert [one.choice for one in found.acts] == [
        "Hoist", "Could not be delivered, Nobody let the driver in", "To be ordered", "not needed",
        "The person declined it",
    ]  # fmt: skip
    assert found.acts[1].text == "Ring the son"
    assert found.undoable is None  # a colleague did it
    theirs = shown(city, id, name="Amina Yusuf")
    assert theirs is not None
    assert theirs.undoable is not None
    assert theirs.undoable.what == "stopped it"


def test_who_sees_no_names_sees_no_texts_and_the_erased_have_none(city: City) -> None:
    id = split(city, "transport", text="Ring the son")
    masked = shown(city, id, "auditor")
    assert masked is not None
    assert "Ring the son" not in str(masked.acts)
    found = shown(city, id)
    assert found is not None
    city.erase(found.story.row.patient_key)
    erased = shown(city, id)
    assert erased is not None
    assert erased.acts[0].text == "Erased"
    assert shown(city, "u0") is None
