"""Canaries once more, where every page has something to show: each route is asked by the number of something that exists.

So what answers *there is none* to the other sweeps is walked here: the change of the case system, people to settle, entries by
hand and what they are joined with, alerts, shadows, code maps, runs, traces, holds, what is not used, the hourly ledger.
"""

from __future__ import annotations

import asyncio
import re
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.access import ROLES, may
from ascbridge.storage.tables import data_key, message
from ascbridge.web import visitors
from ascbridge.web.auth import HUMAN_ROLES
from ascbridge.web.safeguarding import safeguarding_acts
from ascbridge.web.visitors import Needs, rules
from tests.journeys.read_back import publish
from tests.web.conftest import Someone
from tests.web.furnished import NOWAK, FurnishedCity, Numbers, furnish, programme
from tests.web.sealed_texts import sealed_texts
from tests.web.test_app import filled
from tests.web.test_safeguarding_sweep import (
    CANARIES,
    GARETH,
    LINKS,
    NOT_COMPARED,
    OWN_LOOKS,
    STRAYS,
    program,
    put_canaries,
    put_concerns,
)
from tests.web.walled import WalledCity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Asked = tuple[str, str, dict[str, Any]]
"""Method, address, and what is posted."""
WHY = {"why": "the ward rang"}
FEW = 3
NOTHING_TO_SHOW = {
    "/sign-in/back": "an identity provider sends people there",
    "/sign-in/start": "the same",
    "/in-context/{code}": "leads on, and is used up by it",
    "/in-context": "leads on to where a link led",
    "/": "leads on to the first page",
    "/sign-in/role": "leads on whoever is signed in",
    "/people/{person_id}/open": "asks people, and no programs: the walk of organisations is people's",
    "/fhir/{path:path}": "answers what is no resource",
    "/enter-stay/{once}": "leads on to the task",
    "/tasks/{task_id}/lift-hold": "leads back where there is no hold",
    "/static/{path:path}": "files of the program",
    "/raise-concern/taken/{reference}": "shows what stands in the address",
    "/safeguarding/concerns/{concern_id}": "behind the wall",
    "/safeguarding/concerns/{concern_id}/{act}": "behind the wall",
    "/api/concerns/{concern_id}": "behind the wall",
}
"""Routes that answer no page about anything that could be furnished, and why."""
BY_THE_WAY = ("AL1|1||766561000000109^QUETZAL^SCT", "NTE|1||AXOLOTL of safeguarding", "ZSG|SGC|ECHIDNA")


@pytest.fixture
def walled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WalledCity]:
    monkeypatch.setattr(safeguarding_acts, "EVENLY_S", 0.0)
    city = FurnishedCity(tmp_path)
    made = WalledCity(city)
    yield made
    made.close()
    city.close()


def addresses(walled: WalledCity, found: Numbers, path: str) -> list[str]:
    """The addresses of a route with numbers that exist, a few of each; where none does, one that any number makes."""
    made = [path]
    while "{" in made[0]:
        made = [
            re.sub(r"\{\w+(:path)?\}", value, one, count=1) if value else filled(one, walled.city)
            for one in made
            for value in found.values(one.partition("{")[0].rstrip("/") or "/", _name(one))[:FEW] or [""]
        ]
    return [f"{one}?{asks}" for one in made for asks in found.values(path, "?")] or made


def _name(path: str) -> str:
    first = re.search(r"\{(\w+)", path)
    assert first is not None
    return first[1]


def shown(walled: WalledCity, found: Numbers) -> dict[str, list[Asked]]:
    """Everything that can be looked at, by route."""
    made: dict[str, list[Asked]] = {}
    for path, methods, _ in rules(walled.app):
        if "GET" in methods and path not in LINKS:
            made[path] = [("GET", one, {}) for one in addresses(walled, found, path)]
    return made | {there: [("POST", there, what)] for there, what in _asked_by_form(walled, found)}


def _asked_by_form(walled: WalledCity, found: Numbers) -> Iterator[tuple[str, dict[str, Any]]]:
    """What is asked with something in it and changes nothing."""
    for number in ("9993000116", "9993000019"):
        yield f"/api/operations/no-task?{number}", {"json": {"nhs_number": number} | WHY}
        yield f"/api/operations/find?{number}", {"json": {"nhs_number": number} | WHY}
        yield f"/api/persons/search?{number}", {"json": {"nhs_number": number}}
    for word in ("NUMBAT", "QUETZAL"):
        yield f"/api/operations/find?{word}", {"json": {"words": word}}
    for one in found.values("/operations/messages", "message_id"):
        yield f"/api/operations/messages/{one}/open", {"json": WHY}
    for one in found.values("/operations/dead-letters", "dead_id")[-1:]:
        yield f"/api/operations/dead-letters/{one}/open", {"json": WHY}
    yield "/api/operations/replays", {"json": {"consumer": "translator"}}
    yield "/api/operations/republish", {"json": {"everybody": True, "dry_run": True}}
    for kind in ("Patient", "Flag", "Task", "ServiceRequest", "Encounter", "EpisodeOfCare"):
        yield f"/fhir/{kind}/_search", {"data": {"_count": "100"}}


def look(someone: Someone, asked: Asked) -> tuple[int, str]:
    """What an address answers, less what is another's at each request."""
    method, there, what = asked
    answer = someone.request(method, there, **what)
    text = re.sub(r'(name="(?:form_token|once)" value=|data-mark=)"[^"]*"', "", answer.text)
    return answer.status_code, text


def words_in(text: str) -> list[str]:
    """The canaries that sing in an answer; the name under which somebody signed in is none."""
    said = text.upper().replace(GARETH.upper(), "")
    return [word for word in CANARIES if word in said]


def stray(walled: WalledCity) -> None:
    """Everything of the canaries that comes by a feed that is not for it, as a whole message and by the way."""
    for feed, raw in STRAYS:
        walled.city.arrive(feed, raw)
    for feed in ("case-old", "case-new"):
        walled.city.arrive(
            feed, b'{"id": "S1", "concern": {"account": "QUETZAL", "adult": {"family_name": "ECHIDNA"}}}'
        )


def by_the_way(walled: WalledCity) -> None:
    """Messages of the people of the city that carry some of it, brought all the way and published."""
    city = walled.city
    for who in (NOWAK, {"local_id": "L100", "visit": "V100", "nhs_number": "9993000019"}):
        city.clock.at_ms += 60_000
        city.hear("A08", **who, extra=BY_THE_WAY)
    city.council(
        "C100", "9993000019", ("EVANS", "MARY"), "1941-03-14", "known", known=True, safeguarding="PLATYPUS"
    )
    assert isinstance(city, FurnishedCity)
    for feed, number in (("case-old", "C100"), ("case-new", "70001")):
        city.say(feed, number, ("9993000019", "EVANS", "MARY", "1941-03-14"), "worker", team="North",
                 about={"safeguarding": "DUGONG", "note": "MARAC: PANGOLIN"})  # fmt: skip
    city.bridge.write_now(city.translator.unread.write)
    city.pair_events()
    publish(city)


def behind(rule: Any) -> bool:
    return isinstance(rule, Needs) and rule.section in {"concerns", "concern-desk"}


def test_every_route_has_something_to_show_and_shows_the_same_with_concerns_as_without(
    walled: WalledCity,
) -> None:
    found = furnish(walled)
    asked = shown(walled, found)
    inside = {path for path, _, rule in rules(walled.app) if behind(rule[0])}
    programs = {role: program(walled, role) for role in ROLES}
    before: dict[tuple[Any, str, int], tuple[int, str]] = {}
    reached: set[str] = set()
    for _ in range(2):  # what a page shows of the look before it is there from now on
        for path, ways in asked.items():
            for role, someone in programs.items():
                for number, one in enumerate(ways):
                    seen = look(someone, one)
                    if seen[0] == 403:
                        break
                    before[role, path, number] = seen
                    reached |= {path} if seen[0] == 200 else set()
    empty = set(asked) - reached - set(NOTHING_TO_SHOW)
    none = {path: {seen[0] for (_, there, _), seen in before.items() if there == path} for path in empty}
    assert none == {}, str(none)
    asyncio.run(put_canaries(walled))
    stray(walled)
    changed, heard = [], []
    for (role, path, number), seen in before.items():
        if path in inside and may("council", role, "concerns"):
            continue
        now = look(programs[role], asked[path][number])
        if now != seen and path not in NOT_COMPARED:
            changed.append((role, asked[path][number][:2]))
        heard += [(role, path, word) for word in words_in(now[1]) if word not in words_in(seen[1])]
    assert (changed, heard) == ([], []), str((changed, heard))


def test_messages_that_carry_some_by_the_way_show_it_to_no_role_on_any_route(walled: WalledCity) -> None:
    furnish(walled)
    kept_before = len(walled.city.rows(message))
    by_the_way(walled)
    assert len(walled.city.rows(message)) > kept_before, "what else they say is kept"
    found = Numbers()
    newest = [row.message_id for row in walled.city.rows(message)][kept_before:]
    found.put("/", "message_id", *newest[-FEW:])
    found.put("/", "person_id", walled.city.task_of(0).person_id)
    found.put("/", "task_id", walled.city.task_of(0).task_id)
    found.put("/operations/cutover", "word", "worker")
    heard = []
    for role in ROLES:
        someone = program(walled, role)
        for path, ways in shown(walled, found).items():
            for one in ways:
                if not path.startswith(("/safeguarding", "/api/concerns")):
                    heard += [
                        (role, one[:2], word)
                        for word in words_in(look(someone, one)[1])
                        if word not in repr(one)
                    ]
    assert heard == []
    assert len(walled.behind.lists()["to-decide"]) >= 5, "and all of it is there"


def test_nothing_that_is_sealed_with_a_key_of_the_bridge_holds_a_word_of_it(
    walled: WalledCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is sealed cannot be looked through from outside; so every text is looked at on its way into its seal."""
    furnish(walled)
    sealed = sealed_texts(monkeypatch)
    put_concerns(walled)
    stray(walled)
    by_the_way(walled)
    city = walled.city
    rows = city.keys.read_now(lambda c: [row.key_id for row in c.execute(data_key.select())])
    outside = set(city.keys.read_now(lambda c: city.data_keys.by_id(c, set(rows))).values())
    singing = {key for key, text in sealed if any(word.encode() in text for word in CANARIES)}
    assert singing, "the canaries sing behind the wall"
    assert singing & (outside | {city.keyring._wrapping, city.keyring._noting}) == set()
    assert {key for key, _ in sealed} & outside, "and what else came was sealed outside"


@pytest.mark.slow
@pytest.mark.parametrize("organisation", ["PANGOLIN Trust", "Care, Echidna"])
def test_an_organisation_that_is_kept_out_is_shown_the_same_in_every_role(
    walled: WalledCity, monkeypatch: pytest.MonkeyPatch, organisation: str
) -> None:
    monkeypatch.setattr(visitors, "begin_session", partial(visitors.begin_session, organisation=organisation))
    found = furnish(walled)
    asked = [(path, one) for path, ways in shown(walled, found).items() for one in ways if one[0] == "GET"]
    people = {role: walled.sign_in(role, "Pat Doe") for role in HUMAN_ROLES}
    before = {}
    for _ in range(2):  # what a page shows of the look before it is there from now on
        for role, someone in people.items():
            for path, one in asked:
                if (seen := look(someone, one))[0] != 403:
                    before[role, path, one[1]] = seen
    put_concerns(walled)
    ways = {one[1]: one for _, one in asked}
    changed = [
        (role, there)
        for (role, path, there), seen in before.items()
        if path not in NOT_COMPARED | OWN_LOOKS and look(people[role], ways[there]) != seen
    ]
    assert changed == [], str(changed)
    owner = programme(walled, "safeguarding", "Omar Khan")
    assert "QUETZAL" in owner.get("/api/concerns?view=enquiries").text, "though it is there for others"
