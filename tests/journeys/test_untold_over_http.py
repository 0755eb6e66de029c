"""Over a real connection to a real bridge: neither the time nor the size of an answer tells a person with concerns from one without.

Two bridges run, each a copy of one: of six concerns in each, those of the first are about Ada and those of its twin about
Bea. Time and size are of what goes over the wire, headers and all (docs/safety/telling-apart.md).
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import random
import shutil
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.events.logs.sealing import Keyring
from ascbridge.intake.hl7v2.mllp_client import MllpClient
from ascbridge.operations import tokens
from tests.intake.messages import adt
from tests.journeys.bridge import Bridge, on_sqlite
from tests.journeys.test_discharge import READY
from tests.web.alike_times import BLOCKS, LIMIT, chance, differences, score, shift

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_800)]
Which = bool  # the first of two, or the second
GARETH = "Gareth Narwhal"
CONCERNS = 6
NUMBERS = {True: "9993000116", False: "9993000124"}
NAMES = {True: "MARLOWE^ADA^JOY^^MRS^^L", False: "MARLOWE^BEA^JOY^^MRS^^L"}
Place = tuple[str, str, str, str]
"""Role, method, address, and the body as JSON; with ``{task}``, ``{person}`` and ``{number}``."""
PLACES: tuple[Place, ...] = (
    ("discharge-team", "GET", "/tasks/{task}", ""),
    ("discharge-team", "GET", "/api/tasks/{task}", ""),
    ("discharge-team", "GET", "/people/{person}", ""),
    ("discharge-team", "GET", "/api/persons/{person}", ""),
    ("discharge-team", "POST", "/api/persons/search", '{"nhs_number": "{number}"}'),
    ("integration", "GET", "/fhir/Task?patient={patient}", ""),
    ("it-operations", "POST", "/api/operations/find", '{"nhs_number": "{number}", "why": "the ward rang"}'),
    (
        "it-operations",
        "POST",
        "/api/operations/no-task",
        '{"nhs_number": "{number}", "why": "the ward rang"}',
    ),
    ("auditor", "GET", "/people/{person}/seen-by", ""),
)
GROWS = {"/people/{person}/seen-by"}
"""What shows each look at it: as long as the looks are many, so only its time is compared."""
DOORS = ("raise", "find")


class Caller:
    """One program on one connection to one bridge, that stays open."""

    def __init__(self, bridge: Bridge, role: Any, name: str) -> None:
        keyring = Keyring.load(bridge.folder / "data" / "master.key")
        text, slip = tokens.mint(keyring, role, name, "test")
        tokens.leave_slip(bridge.folder / "data", slip)
        self._headers = {"Authorization": f"Bearer {text}", "X-Purpose": "direct care"}
        self._link = http.client.HTTPConnection("127.0.0.1", bridge.http, timeout=120)

    def ask(
        self, method: str, path: str, body: str = "", kind: str = "application/json"
    ) -> tuple[int, int, bytes]:
        """Ask; return the status, the bytes of the answer with its headers, and what it says."""
        more = {"Content-Type": kind} if body else {}
        try:
            answer = self._answer(method, path, body, more)
        except ConnectionError:  # it was idle for so long that it was closed
            self._link.close()
            answer = self._answer(method, path, body, more)
        said = answer.read()
        return (
            answer.status,
            len(said) + sum(len(name) + len(value) + 4 for name, value in answer.getheaders()),
            said,
        )

    def _answer(self, method: str, path: str, body: str, more: dict[str, str]) -> http.client.HTTPResponse:
        self._link.request(method, path, body.encode() or None, self._headers | more)
        return self._link.getresponse()

    def close(self) -> None:
        self._link.close()

    def json(self, path: str) -> Any:
        status, _, said = self.ask("GET", path)
        assert status == 200, (path, status, said)
        return json.loads(said)


class Twins:
    """Two running bridges that are one but for whom the concerns are about."""

    def __init__(self, bridges: dict[Which, Bridge], about: dict[Which, dict[str, str]]) -> None:
        self.bridges, self.about = bridges, about
        self._callers: dict[tuple[Which, str, str], Caller] = {}

    def caller(self, which: Which, role: str, name: str = "Nia Brown") -> Caller:
        if (which, role, name) not in self._callers:
            self._callers[which, role, name] = Caller(self.bridges[which], role, name)
        return self._callers[which, role, name]

    def ask(self, place: Place, which: Which, person: Which) -> tuple[int, int]:
        role, method, path, body = place
        for name, value in self.about[person].items():
            path, body = path.replace(f"{{{name}}}", value), body.replace(f"{{{name}}}", value)
        status, size, _ = self.caller(which, role).ask(method, path, body)
        return status, size

    def close(self) -> None:
        for one in self._callers.values():
            one.close()

    def raise_concerns(self) -> None:
        for which in (True, False):
            about = self.about[which]
            for number in range(CONCERNS):
                said = concern(f"Bruises {number}", about["number"], about["person"])
                status, _, answer = self.caller(which, "referring-professional").ask(
                    "POST", "/api/concerns", said
                )
                assert status == 201, answer


def concern(account: str, number: str, person: str = "") -> str:
    adult = {"family_name": "MARLOWE", "nhs_number": number, "person_id": person}
    return json.dumps({"origin": "gp", "account": account, "adult": adult, "source_named": [GARETH]})


@pytest.fixture
async def twins(tmp_path: Path) -> AsyncIterator[Twins]:
    """A bridge that heard of two people, and its copy, both running."""
    (tmp_path / "a").mkdir()
    first = on_sqlite(tmp_path / "a")
    second: Bridge | None = None
    first.start()
    try:
        await first.ready()
        async with await MllpClient.connect("127.0.0.1", first.mllp) as client:
            for which, number in NUMBERS.items():
                who = {
                    "local_id": f"L{which:d}",
                    "visit": f"V{which:d}",
                    "nhs_number": number,
                    "name": NAMES[which],
                }
                for trigger, extra in (("A01", ()), ("A16", READY)):
                    raw = adt(
                        trigger, control_id=f"{trigger}{which:d}", sent="202610061130", extra=extra, **who
                    )
                    assert (await client.send(raw)).code.value == "AA"
        await first.settled(4)
        about = {which: await _about(first, which) for which in NUMBERS}
        first.stop()
        shutil.copytree(tmp_path / "a", tmp_path / "b")
        second = on_sqlite(tmp_path / "b")
        for one in (first, second):
            one.start()
        for one in (first, second):
            await one.ready()
        made = Twins({True: first, False: second}, about)
        yield made
        made.close()
    finally:
        first.kill()
        if second is not None:
            second.kill()


async def _about(bridge: Bridge, which: Which) -> dict[str, str]:
    """The task, the person and the patient of one of the two, once the record has them."""
    found: dict[str, str] = {"number": NUMBERS[which]}

    desk, reader = Caller(bridge, "discharge-team", "Nia Brown"), Caller(bridge, "integration", "Nia Brown")
    name = NAMES[which].split("^")[1].title()

    async def there() -> bool:
        tasks = await asyncio.to_thread(desk.json, "/api/tasks?view=open")
        mine = [one for one in tasks["tasks"] if name in json.dumps(one)]
        patients = await asyncio.to_thread(reader.json, f"/fhir/Patient?identifier={NUMBERS[which]}")
        if not mine or not patients.get("entry"):
            return False
        patient = patients["entry"][0]["resource"]["id"]
        found.update(task=mine[0]["task_id"], person=mine[0]["person"]["person_id"], patient=patient)
        return True

    await bridge.until(there, "both are on the list and in the record")
    desk.close()
    reader.close()
    return found


def each(ask: Callable[[Which, Which], object]) -> dict[tuple[bool, bool], Callable[[], object]]:
    return {
        (which, person): partial(ask, which, person) for which in (True, False) for person in (True, False)
    }


def told(name: str, found: list[float]) -> float:
    """Print what was measured, and return the score."""
    low, high = shift(found)
    print(
        f"{name}: score {score(found):+.1f}, a concern adds {low * 1000:+.2f} to {high * 1000:+.2f} ms ({len(found)})"
    )
    return score(found)


def test_answers_over_the_wire_are_of_one_size_and_take_the_same_time(twins: Twins) -> None:
    before = {
        (place, person): twins.ask(place, person, person) for place in PLACES for person in (True, False)
    }
    assert {status for status, _ in before.values()} == {200}
    twins.raise_concerns()
    scores = {}
    for place in PLACES:
        for person in (True, False):
            sizes = {twins.ask(place, which, person) for which in (True, False)}
            assert place[2] in GROWS or sizes == {before[place, person]}, place
        scores[place[2]] = told(place[2], differences(each(partial(twins.ask, place))))
    assert {path: round(one, 1) for path, one in scores.items() if abs(one) >= LIMIT} == {}


@pytest.mark.parametrize("door", DOORS)
def test_the_walls_own_door_answers_whoever_may_not_know_alike(twins: Twins, door: str) -> None:
    twins.raise_concerns()
    role, name = ("referring-professional", "Kit Ward") if door == "raise" else ("safeguarding", GARETH)
    lots, sizes = random.Random(8), set()

    def ask(which: Which, person: Which) -> None:
        number = NUMBERS[person]
        if door == "raise":
            path, body, kind = "/api/concerns", concern(f"{lots.random():.15f}", number), "application/json"
        else:
            path, body, kind = "/safeguarding/find", f"q={number}", "application/x-www-form-urlencoded"
        sizes.add(twins.caller(which, role, name).ask("POST", path, body, kind)[:2])

    assert abs(told(door, differences(each(ask)))) < LIMIT
    assert len(sizes) == 1


def test_the_live_link_of_everybody_else_says_nothing_when_concerns_come(twins: Twins) -> None:
    """What is heard first after concerns were raised is what happened afterwards to something else."""
    with _listening(twins.caller(True, "discharge-team"), twins.bridges[True]) as heard:
        assert next(heard).startswith("event: hello")
        twins.raise_concerns()
        asyncio.run(_moved(twins.bridges[True]))
        before = []
        for one in heard:
            if "changed" in one:
                break
            before.append(one.partition("\n")[0])
        assert set(before) <= {"event: heartbeat"}


async def _moved(bridge: Bridge) -> None:
    """Let somebody go to another ward."""
    who = {"local_id": "L0", "visit": "V0", "nhs_number": NUMBERS[False], "name": NAMES[False]}
    async with await MllpClient.connect("127.0.0.1", bridge.mllp) as client:
        raw = adt("A02", control_id="A02", sent="202610071130", ward="W50^BAY B^BED 4^RKB01", **who)
        assert (await client.send(raw)).code.value == "AA"


class _listening:  # noqa: N801  # read as what is done, not as a thing
    """The live link, event by event."""

    def __init__(self, caller: Caller, bridge: Bridge) -> None:
        self._link = http.client.HTTPConnection("127.0.0.1", bridge.http, timeout=120)
        self._headers = caller._headers

    def __enter__(self) -> Iterator[str]:
        self._link.request("GET", "/live", headers=self._headers)
        answer = self._link.getresponse()
        assert answer.status == 200
        return self._events(answer)

    def __exit__(self, *_: object) -> None:
        self._link.close()

    @staticmethod
    def _events(answer: http.client.HTTPResponse) -> Iterator[str]:
        said = ""
        while line := answer.readline().decode():
            said += line
            if line == "\n":
                yield said
                said = ""


def test_that_it_can_fail_over_the_wire(twins: Twins) -> None:
    """An answer that takes longer for whoever has a concern is found out, the sooner the longer it takes."""
    place, found = PLACES[1], 0.0
    for more_s in (0.02, 0.1, 0.5):

        def ask(which: Which, person: Which, more_s: float = more_s) -> None:
            twins.ask(place, which, person)
            if which == person:
                time.sleep(more_s)

        found = told(f"{more_s} s more", differences(each(ask)))
        if found >= LIMIT:
            break
    assert found >= LIMIT


def test_by_chance_it_fails_less_than_once_in_a_million_times() -> None:
    assert chance(len(PLACES) + len(DOORS)) < 1e-6
    assert BLOCKS >= 72 or "BLOCKS" in os.environ
