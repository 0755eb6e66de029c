"""The team at its desk: the next step of what is due first, over the interface, with the version that was shown."""

import json

import httpx
import pytest

from ascbridge.simulator.discharge_team import (
    STEPS_A_ROUND,
    Desk,
    DischargeTeam,
    NotAllowedIn,
    next_step,
    wait_until,
)


def a_task(n: int = 1, **more) -> dict:
    return {"task_id": f"t{n}", "version": 3, "stage": "new", "signal": "ready", "needs_a_look": [], **more}


class Interface:
    """Stands for the bridge: lists by view, and what was asked of it."""

    def __init__(self, answer=lambda request: httpx.Response(200, json={})) -> None:
        self.lists: dict[str, list[dict]] = {"open": [], "needs-a-look": []}
        self.acts: list[tuple[str, dict]] = []
        self.bearers: list[str] = []
        self.tokens = 0
        self._answer = answer

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.bearers.append(request.headers["authorization"])
        if request.method == "GET":
            return httpx.Response(200, json={"tasks": self.lists[request.url.params["view"]]})
        self.acts.append((request.url.path, json.loads(request.content)))
        return self._answer(request)

    async def token(self) -> str:
        self.tokens += 1
        return f"token-{self.tokens}"

    def desk(self) -> Desk:
        desk = Desk("http://bridge", self.token)
        desk._client = httpx.AsyncClient(base_url="http://bridge", transport=httpx.MockTransport(self))
        return desk


async def nothing_waits() -> None:
    return None


@pytest.mark.parametrize(
    "task, step",
    [
        (a_task(), ("claim", None)),
        (a_task(stage="accepted"), ("stage", "triaged")),
        (a_task(stage="triaged"), ("confirm-pathway", "home-with-support")),
        (a_task(stage="pathway-confirmed"), ("stage", "sourcing")),
        (a_task(stage="sourcing"), ("stage", "arranged")),
        (a_task(stage="arranged"), None),
        (a_task(stage="arranged", signal="discharged-unclear"), ("stage", "discharged")),
        (a_task(stage="discharged", signal="discharged"), ("stage", "first-visit")),
        (a_task(stage="first-visit", signal="discharged"), ("complete", "support-at-home")),
        (a_task(stage="new", signal="discharged"), ("claim", None)),
        (a_task(signal="not-ready"), None),
        (a_task(signal="died"), None),
        (
            a_task(signal="died", needs_a_look=["admitted-after-death"]),
            ("settle-look", "admitted-after-death"),
        ),
    ],
)
def test_the_next_step_follows_from_stage_and_signal(task, step):
    found = next_step(task)
    assert (found and (found[0], found[1].get("choice"))) == step


async def test_a_round_does_one_step_of_each_of_the_first_tasks_with_the_version_shown():
    interface = Interface()
    interface.lists["open"] = [a_task(n) for n in range(STEPS_A_ROUND + 3)]
    team = DischargeTeam(interface.desk(), nothing_waits)
    await team.round(0)
    assert interface.acts == [(f"/api/tasks/t{n}/claim", {"version": 3}) for n in range(STEPS_A_ROUND)]
    assert (team.work.open, team.work.steps, team.work.completed) == (STEPS_A_ROUND + 3, STEPS_A_ROUND, 0)


async def test_tasks_that_wait_for_the_hospital_do_not_use_up_a_round():
    interface = Interface()
    waiting = [a_task(n, stage="arranged") for n in range(STEPS_A_ROUND)]
    interface.lists["open"] = [*waiting, a_task(99, stage="first-visit", signal="discharged")]
    team = DischargeTeam(interface.desk(), nothing_waits)
    await team.round(0)
    assert [path for path, _ in interface.acts] == [
        "/api/tasks/t99/pack/present",  # the information goes with the person first
        "/api/tasks/t99/complete",
    ]
    assert team.work.completed == 1


async def test_what_only_needs_a_look_is_looked_at_too():
    interface = Interface()
    interface.lists["needs-a-look"] = [a_task(7, signal="died", needs_a_look=["death-disputed"])]
    await DischargeTeam(interface.desk(), nothing_waits).round(0)
    assert interface.acts[0][0] == "/api/tasks/t7/settle-look"
    assert interface.acts[0][1]["choice"] == "death-disputed"


async def test_a_task_that_somebody_else_changed_is_left_for_the_next_look():
    interface = Interface(lambda request: httpx.Response(409, json={}))
    interface.lists["open"] = [a_task()]
    team = DischargeTeam(interface.desk(), nothing_waits)
    await team.round(0)
    assert (team.work.steps, team.work.stale) == (0, 1)


async def test_a_look_waits_until_everything_sent_is_on_the_list():
    interface, order = Interface(), []

    async def settled() -> None:
        order.append(len(interface.bearers))

    await DischargeTeam(interface.desk(), settled).round(0)
    assert order == [0]


async def test_a_token_that_has_run_out_is_fetched_anew():
    answers = iter([401, 200])
    interface = Interface(lambda request: httpx.Response(next(answers), json={}))
    assert await interface.desk().act("/api/tasks/t1/claim", {"version": 1})
    assert interface.bearers == ["Bearer token-1", "Bearer token-2"]


async def test_a_refusal_is_told_with_what_was_answered():
    interface = Interface(lambda request: httpx.Response(403, text="not this role"))
    with pytest.raises(NotAllowedIn, match="403: not this role"):
        await interface.desk().act("/api/tasks/t1/claim", {"version": 1})


async def test_waiting_ends_with_a_yes_or_after_the_time_given():
    answers = iter([False, False, True])

    async def check() -> bool:
        return next(answers)

    async def never() -> bool:
        return False

    assert await wait_until(check)
    assert not await wait_until(never, most_s=0.05)
