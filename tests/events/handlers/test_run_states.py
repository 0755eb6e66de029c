"""A run is held still, goes on and ends; what is over stays over."""

from ascbridge.events.handlers.run_states import ACTS, after


def test_each_act_leads_from_its_state_and_from_no_other() -> None:
    led = {
        (state, act): after(state, act) for state in ("running", "paused", "done", "stopped") for act in ACTS
    }
    assert {what: then for what, then in led.items() if then} == {
        ("running", "pause"): "paused",
        ("paused", "resume"): "running",
        ("running", "stop"): "stopped",
        ("paused", "stop"): "stopped",
    }
