"""The discharge team at its desk: reads the list over the interface, as another system would, and works it.

What is due first is done first, one step a task and look, so that people can watch. A task is finished when
the person has left and was visited. What a colleague changed meanwhile is left for the next look.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

STEPS_A_ROUND = 8
SETTLE_S = 30.0
_LEFT = ("discharged", "discharged-unclear")
_AT_WORK = ("in-hospital", "ready", *_LEFT)


@dataclass
class Work:
    """How many tasks were open at the last look (None: nobody looked yet), and what the team did so far."""

    open: int | None = None
    completed: int = 0
    steps: int = 0
    stale: int = 0


_NEXT: dict[str, tuple[str, dict[str, str]]] = {
    "new": ("claim", {}),
    "accepted": ("stage", {"choice": "triaged", "text": "Spoke to the ward and to the family."}),
    "triaged": ("confirm-pathway", {"choice": "home-with-support"}),
    "pathway-confirmed": ("stage", {"choice": "sourcing"}),
    "sourcing": ("stage", {"choice": "arranged"}),
    "discharged": ("stage", {"choice": "first-visit"}),
}
"""What the desk does at each stage, whatever the hospital says."""


class NotAllowedIn(Exception):
    """The interface refused the team; the text says what it answered."""


class Desk:
    """A bearer's way to the interface. A token lives an hour, so one that has run out is fetched anew."""

    def __init__(self, url: str, token: Callable[[], Awaitable[str]]) -> None:
        self._client = httpx.AsyncClient(base_url=url, timeout=30)
        self._token = token
        self._bearer = ""

    async def close(self) -> None:
        """Hang up."""
        await self._client.aclose()

    async def get(self, path: str, **query: str | int) -> Any:
        """The JSON at a path. Raises `NotAllowedIn`."""
        return (await self._ask("GET", path, params=query or None)).json()

    async def ask(self, path: str, form: dict[str, str]) -> Any:
        """The JSON that a form sent to a path is answered with. Raises `NotAllowedIn`."""
        return (await self._ask("POST", path, data=form)).json()

    async def find(self, path: str, body: dict[str, Any]) -> Any:
        """The JSON that what is posted to a path is answered with. Raises `NotAllowedIn`."""
        return (await self._ask("POST", path, json=body)).json()

    async def record(self, person_id: str, purpose: str) -> Any:
        """Return a person's record; one whom nothing connects with the team is opened first. Raises `NotAllowedIn`."""
        path = f"/api/persons/{person_id}"
        answer = await self._ask("GET", path, params={"purpose": purpose}, fine=(400,))
        if answer.status_code == 400:
            await self.find(f"{path}/open", {"reason": "Checking how the system is used", "words": purpose})
            return await self.get(path, purpose=purpose)
        return answer.json()

    async def act(self, path: str, body: dict[str, Any]) -> bool:
        """Do one act; false where somebody was quicker, or the task no longer allows it. Raises
        `NotAllowedIn`.
        """
        answer = await self._ask("POST", path, json=body, fine=(409,))
        return answer.status_code != 409

    async def _ask(
        self, method: str, path: str, *, fine: tuple[int, ...] = (), **what: Any
    ) -> httpx.Response:
        for _ in range(2):
            self._bearer = self._bearer or await self._token()
            answer = await self._client.request(
                method, path, headers={"Authorization": f"Bearer {self._bearer}"}, **what
            )
            if answer.status_code != 401:
                break
            self._bearer = ""
        if answer.is_success or answer.status_code in fine:
            return answer
        raise NotAllowedIn(f"{method} {path} was answered {answer.status_code}: {answer.text[:300]}")


GOES_HOME_WITH_THEM = ["summary", "needs", "getting-to-know-me", "medicines-checked"]
"""What information leaves hospital with somebody who goes home."""


class DischargeTeam:
    """Everybody on shift. `settled` returns when the bridge has dealt with all that was sent."""

    def __init__(self, desk: Desk, settled: Callable[[], Awaitable[None]]) -> None:
        self._desk, self._settled = desk, settled
        self.work = Work()

    async def round(self, now_ms: int) -> None:  # noqa: ARG002  # a team's signature; the bridge says what is due
        """Look at the lists, and do the next step of the tasks that are due first."""
        await self._settled()
        rows = await self._list("open")
        self.work.open = len(rows)
        ids = {row["task_id"] for row in rows}
        rows += [row for row in await self._list("needs-a-look") if row["task_id"] not in ids]
        steps = [(row, step) for row in rows if (step := next_step(row)) is not None]
        for row, step in steps[:STEPS_A_ROUND]:
            await self._do(row, *step)

    async def _list(self, view: str) -> list[dict[str, Any]]:
        """One list, in due order."""
        found: list[dict[str, Any]] = (await self._desk.get("/api/tasks", view=view, limit=200))["tasks"]
        return found

    async def _do(self, row: dict[str, Any], act: str, wish: dict[str, str]) -> None:
        done = await do_step(self._desk, row, act, wish)
        self.work.steps += done
        self.work.stale += not done
        self.work.completed += done and act == "complete"


async def do_step(desk: Desk, row: dict[str, Any], act: str, wish: dict[str, str]) -> bool:
    """Do one step of a task; false where somebody was quicker, or the task no longer allows it."""
    if act == "complete":  # what goes with the person is to be there first
        pack = {"version": 0, "items": GOES_HOME_WITH_THEM}
        await desk.act(f"/api/tasks/{row['task_id']}/pack/present", pack)
    return await desk.act(f"/api/tasks/{row['task_id']}/{act}", {"version": row["version"], **wish})


def next_step(row: dict[str, Any]) -> tuple[str, dict[str, str]] | None:
    """What the desk does next with a task: the act and its choice; None where it waits for the hospital."""
    stage, signal = row["stage"], row["signal"]
    if row["needs_a_look"]:
        return "settle-look", {"choice": row["needs_a_look"][0], "text": "Asked the ward; settled."}
    if signal not in _AT_WORK:
        return None
    if stage in _NEXT:
        return _NEXT[stage]
    if stage == "arranged" and signal in _LEFT:  # how they left is not clear: the desk says that they did
        return "stage", {"choice": "discharged"}
    return ("complete", {"choice": "support-at-home"}) if stage == "first-visit" else None


async def wait_until(
    check: Callable[[], Awaitable[bool]], *, most_s: float = SETTLE_S, longest_pause_s: float = 0.25
) -> bool:
    """Ask again and again until the answer is yes; false when that takes too long."""
    loop = asyncio.get_running_loop()
    until, pause = loop.time() + most_s, min(0.01, longest_pause_s)
    while not await check():
        if loop.time() > until:
            return False
        await asyncio.sleep(pause)
        pause = min(longest_pause_s, pause * 1.5)
    return True
