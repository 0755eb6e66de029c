"""The story of a cut-over: one case system takes over from another in a bridge that is killed again and again.

The new system runs in shadow, with three faults in how it is read and two in what it holds. They are found, named and
put right; then it is switched to, back and again, with a day of both systems in between.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import httpx

from ascbridge.simulator import cut_over_verdict as verdict
from ascbridge.simulator.case_faults import MAPPING_FAULTS, faulty_profile
from ascbridge.simulator.case_timeline import LETTERS
from ascbridge.simulator.crosswalk import old_number, write_crosswalk
from ascbridge.simulator.cut_over_stage import NEW, OLD
from ascbridge.simulator.cut_over_tale import DAYS, FRIDAY, MORNING, NOON, SATURDAY
from ascbridge.simulator.discharge_team import NotAllowedIn, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ascbridge.simulator.case_faults import Difference
    from ascbridge.simulator.cut_over_stage import CutOverStage
    from ascbridge.simulator.cut_over_tale import CutOverTale
    from ascbridge.simulator.cut_over_verdict import Record

ABOUT = (
    "A change of case systems: in shadow, faults found and put right, switched, back and again, with kills."
)
EVENING, BEFORE_MIDNIGHT = 20.0, 23.0
LONGEST_S = 120.0
POLL_S = 0.005


class CutOver:
    """Plays a tale on a stage. `faults` is what was not as it must be, in words; `tell` is told each step."""

    def __init__(
        self, tale: CutOverTale, stage: CutOverStage, folder: Path, tell: Callable[[str], None]
    ) -> None:
        self._tale, self._stage, self._tell = tale, stage, tell
        self._ids = folder / "ids.csv"
        self.faults: list[str] = []
        self.record: Record | None = None

    async def play(self) -> str:
        """Play it to its end, and return the last line. Raises `NotStarted`, `NotAllowedIn`, `NotTaken`."""
        await self._in_shadow()
        await self._found()
        await self._put_right()
        await self._switched(NEW, "cut-over weekend")
        await self._day(1)
        await self._switched(OLD, "to see that it can be done")
        await self._day(2, killed=True)
        await self._switched(NEW, "for good")
        await self._day(3)
        await self._judged()
        return verdict.last_line(self.faults, self.record, self._stage.kills)

    async def _in_shadow(self) -> None:
        """Both systems tell all that they hold; of the new one nothing may come."""
        stage = self._stage
        stage.show(FRIDAY, BEFORE_MIDNIGHT)
        stage.read_by(faulty_profile(MAPPING_FAULTS))
        await stage.start()
        stage.drop(self._tale.files(0))
        await stage.settled()
        await self._looked(0)
        await self._posted(0, killed=True)
        await self._crosswalk(0)
        # what was said of somebody whom the crosswalk did not know is kept without what a restriction would withhold
        stage.show(SATURDAY, MORNING)
        await stage.post(self._tale.told_again(right=False))
        await stage.settled()
        await self._looked(0)
        self._tell(
            f"in shadow: {len(stage.rows)} rows of the old system, {len(stage.keys)} posts of the new one"
        )

    async def _found(self) -> None:
        """The reconciler names what is wrong, and a switch is refused."""
        people = {one.citizen.council_id: one.citizen.nhs_number for one in self._tale.said}
        wrong = []
        for one in self._tale.differences:
            found = await self._stage.desk.find("/api/persons/search", {"nhs_number": people[one.council_id]})
            wrong.append((one, (found["person_ids"] or [""])[0], self._slot(one)))
        things = (await self._stage.asked("/comparison"))["things"]
        self.faults += verdict.named(things, wrong)
        await self._stage.paired()
        pairs = (await self._stage.asked("/events?word=package&verdict=differs"))["pairs"]
        self.faults += verdict.named_by_events(pairs)
        code, _ = await self._stage.command("compare")
        self._must(code == 1, "the comparison did not say that something differs")
        code, _ = await self._stage.command("switch", "all", "--to", NEW, "--why", "too early")
        self._must(code == 1 and await self._stage.heard() == {OLD}, "a switch was not refused")
        self._tell(
            f"compared: {len(things)} things and {len(pairs)} events differ; the faults are named, a switch is refused"
        )

    async def _put_right(self) -> None:
        """Somebody mends the profile, and what the new system holds; it tells all again."""
        stage = self._stage
        await stage.kill()
        stage.read_by(faulty_profile(()))
        stage.show(SATURDAY, NOON)
        await stage.start()
        await stage.post(self._tale.told_again(right=True))
        await stage.settled()
        await self._looked(0)
        await self._agreed()
        await self._paired()
        code, said = await stage.command("report")
        self._must(code == 0, f"the sheet says no-go: {said.strip()}")
        self._tell("put right: everything agrees, event by event too; the sheet says go")

    async def _switched(self, to: str, why: str) -> None:
        """Switch all, and kill the bridge as soon as it is switched: the rest is done at the next start."""
        stage = self._stage
        await stage.paired()
        switching = asyncio.create_task(stage.command("switch", "all", "--to", to, "--why", why))
        while not switching.done():
            with contextlib.suppress(httpx.HTTPError, NotAllowedIn):
                if await stage.heard() == {to}:
                    break
            await asyncio.sleep(POLL_S)
        await stage.kill()
        code, said = await switching
        await stage.start()
        await stage.settled()
        self._must(await stage.heard() == {to}, f"{to} is not heard: {said.strip()}")
        self._tell(f"{to} is heard; killed {'when it was done' if code == 0 else 'before it was done'}")

    async def _day(self, number: int, *, killed: bool = False) -> None:
        """Both systems tell a day; who is new is in the crosswalk once they have spoken."""
        self._stage.show(DAYS[number], EVENING)
        write_crosswalk(self._ids, self._tale.until(number))
        await self._stage.command("crosswalk", str(self._ids), "--why", "what is new")
        await self._looked(number - 1)
        self._stage.drop(self._tale.files(number))
        await self._posted(number, killed=killed)
        await self._crosswalk(number)
        await self._looked(number)
        await self._agreed()
        await self._paired()
        self._tell(
            f"{DAYS[number]:%A}: {len(self._tale.on(number))} things said by both, and everything agrees"
        )

    async def _posted(self, number: int, *, killed: bool) -> None:
        """The new system posts; with a kill half-way, after which it posts all of it again."""
        posts = self._tale.posts(number)
        if killed:
            await self._stage.post(posts[: len(posts) // 2])
            await self._stage.kill()
            await self._stage.start()
        await self._stage.post(posts)
        await self._stage.settled()

    async def _crosswalk(self, number: int) -> None:
        write_crosswalk(self._ids, self._tale.until(number))
        code, said = await self._stage.command("crosswalk", str(self._ids), "--why", "the supplier's table")
        self._must(code == 0, f"the crosswalk is not whole: {said.strip()}")

    async def _agreed(self) -> None:
        found = await self._stage.asked("/comparison")
        less = [one["word"] for one in found["counts"] if one["agreement"] < 1]
        self._must(not less, f"not all agrees of {', '.join(less)}")

    async def _paired(self) -> None:
        """Every event has its partner, or is put right."""
        await self._stage.paired()
        self.faults += verdict.still_off((await self._stage.asked("/trend?days=366"))["tallies"])

    async def _looked(self, number: int) -> None:
        """Look at the shared record until it shows what was said, and nothing of it twice."""
        faults: list[str] = []
        now: list[Record] = []

        async def right() -> bool:
            now[:] = [await verdict.record(self._stage.desk)]
            faults[:] = verdict.doubled_or_lost(now[0], self.record, self._tale.until(number))
            return not faults

        await wait_until(right, most_s=LONGEST_S)
        self.faults += faults
        self.record = now[0]

    async def _judged(self) -> None:
        stage = self._stage
        self.faults += await verdict.everybody(stage.desk, self._tale.said)
        self.faults += await verdict.balance(stage.operations, {OLD: len(stage.rows), NEW: len(stage.keys)})

    def _slot(self, one: Difference) -> str:
        """What the reconciler calls a thing, which has the number of the old system."""
        if one.fact not in LETTERS:
            return one.fact
        numbers = [
            each.value["id"]
            for each in self._tale.on(0)
            if (each.citizen.council_id, each.fact) == (one.council_id, one.fact)
            and not isinstance(each.value, bool)
        ]
        return f"{one.fact}:{old_number(one.fact, numbers[-1])}"

    def _must(self, good: bool, fault: str) -> None:  # noqa: FBT001  # what must be so
        if not good:
            self.faults.append(fault)
