"""The link of safeguarding's pages: a page is told of what it may show, and of nothing else."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy.exc import OperationalError

from ascbridge.safeguarding import concern_list
from ascbridge.safeguarding.vault import Insider
from ascbridge.web.safeguarding import walled_live
from ascbridge.web.safeguarding.walled_live import link_of, what_is_theirs
from tests.safeguarding.behind import NIA, RANI, said
from tests.web.test_live import next_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ascbridge.web.live import Live
    from tests.web.city import City
    from tests.web.conftest import Someone
    from tests.web.walled import WalledCity

GARETH = Insider("Gareth Evans", "safeguarding")
KEPT_OUT = {"source_named": ("Gareth Evans",), "origin": "ward"}


def link(walled: WalledCity) -> Live:
    vault = walled.behind.vault
    made = link_of(walled.city.parts(vault=vault), poll_s=0.01, together_s=0.01, heartbeat_s=0.05)
    assert made is not None
    return made


def page_of(walled: WalledCity, live: Live, who: Insider) -> AsyncIterator[str]:
    vault = walled.behind.vault

    async def theirs() -> str:
        return await vault.database.read(lambda c: concern_list.standing(c, vault, who))

    return what_is_theirs(live.stream(), theirs)


async def test_a_new_concern_and_each_act_is_told_to_the_page_of_its_owner(walled: WalledCity) -> None:
    live = link(walled)
    page = page_of(walled, live, NIA)
    await next_of(page, "hello")
    reference = walled.behind.take()
    assert await next_of(page, "changed") == "12:30 concerns"
    walled.behind.act(reference, "decide", choice="signposted", text="Why")
    assert await next_of(page, "changed") == "12:30 concerns"
    live.stop()


async def test_whoever_is_kept_from_it_or_of_another_team_hears_nothing(walled: WalledCity) -> None:
    live = link(walled)
    for who, words in ((GARETH, said(**KEPT_OUT)), (RANI, said(account="Again"))):
        page, owner = page_of(walled, live, who), page_of(walled, live, NIA)
        await next_of(page, "hello")
        await next_of(owner, "hello")
        walled.behind.take(words)
        await next_of(owner, "changed")
        heard = [await asyncio.wait_for(anext(page), 60) for _ in range(3)]
        assert [one.partition("\n")[0] for one in heard] == ["event: heartbeat"] * 3, who
    live.stop()


async def test_a_heartbeat_never_waits_until_it_is_known_whose_a_change_is() -> None:
    answers: asyncio.Queue[str] = asyncio.Queue()
    asked = asyncio.Event()
    went_on = asyncio.Event()

    async def said() -> AsyncIterator[str]:
        yield "event: hello\n"
        yield "event: changed\n"
        await asked.wait()
        yield "event: heartbeat\n"
        await went_on.wait()

    async def theirs() -> str:
        asked.set()
        return await answers.get()

    answers.put_nowait("as ever")
    page = what_is_theirs(said(), theirs)
    assert await anext(page) == "event: hello\n"
    asked.clear()
    assert await asyncio.wait_for(anext(page), 60) == "event: heartbeat\n", "though nobody has answered"
    answers.put_nowait("otherwise")
    assert await asyncio.wait_for(anext(page), 60) == "event: changed\n"
    went_on.set()
    assert await anext(page, None) is None


async def test_where_the_wall_cannot_be_asked_the_page_is_told_and_asks_itself(walled: WalledCity) -> None:
    live = link(walled)
    broken = False

    async def theirs() -> str:
        if broken:
            raise OperationalError("x", {}, OSError("gone"))
        return "as ever"

    page = what_is_theirs(live.stream(), theirs)
    await next_of(page, "hello")
    broken = True
    walled.behind.take()
    assert await next_of(page, "changed") == "12:30 concerns"
    live.stop()


async def test_a_way_in_that_fails_is_told_to_open_pages(walled: WalledCity) -> None:
    live = link(walled)
    stream = live.stream()
    await next_of(stream, "hello")
    walled.behind.vault.troubles["folder"] = lambda: "a file cannot be taken"
    await next_of(stream, "changed")
    live.stop()


def test_where_there_is_no_wall_there_is_no_link(city: City) -> None:
    assert link_of(city.parts()) is None


@pytest.mark.parametrize("role", ["discharge-team", "auditor", "it-operations", "referring-professional"])
def test_whoever_sees_no_concerns_may_not_listen(walled: WalledCity, role: str) -> None:
    assert walled.sign_in(role).get("/live/safeguarding").status_code == 403


def test_the_pages_name_their_link_and_others_the_common_one(walled: WalledCity) -> None:
    someone: Someone = walled.sign_in()
    reference = walled.behind.take()
    for path in ("/safeguarding", walled.concern_of(reference)):
        assert 'data-link="/live/safeguarding"' in someone.get(path).text
        assert 'data-views="concerns"' in someone.get(path).text
    assert 'data-link="/live"' in walled.sign_in("discharge-team").get("/worklist").text


async def test_what_happens_outside_the_wall_moves_nothing_here(walled: WalledCity) -> None:
    vault: Any = walled.behind.vault
    before = walled.behind.run(lambda c: walled_live._mark(c, vault))
    walled.city.hear("A02", local_id="L100", visit="V100", name="EVANS^MARY^JOY^^MRS^^L", ward="W50^^^RKB01")
    assert walled.behind.run(lambda c: walled_live._mark(c, vault)) == before
