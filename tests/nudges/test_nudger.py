"""Teams are nudged by real mail about a real worklist, and the mail names nobody."""

from __future__ import annotations

import asyncio
from datetime import time
from functools import partial
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from ascbridge.discharge.lists import worklist
from ascbridge.discharge.lists.worklist import Lists
from ascbridge.nudges import nudge_store
from ascbridge.nudges.mailing import MailServer, send
from ascbridge.nudges.nudge_rules import Reader, Rhythm
from ascbridge.nudges.nudger import Nudger
from ascbridge.storage.alone import AlwaysMine
from ascbridge.storage.tables import task
from tests.nudges.mail_server import mail_server
from tests.web.city import MINUTE, City, people_the_city
from tests.web.door import EVANS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tests.nudges.mail_server import MailServer as Receiving

TEAM = "Community Discharge Team"


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    made = City(tmp_path / "city")
    people_the_city(made)
    yield made
    made.close()


@pytest.fixture
def mail() -> Iterator[Receiving]:
    with mail_server() as server:
        yield server


TO = {
    Reader(TEAM): ("cdt@council.example", "lead@council.example"),
    Reader("Nobody's team"): ("x@council.example",),
}


def nudger(city: City, mail: Receiving, to: Mapping[Reader, Sequence[str]] = TO) -> Nudger:
    server = MailServer("127.0.0.1", mail.port, "none")
    return Nudger(
        to,
        Rhythm(30 * MINUTE, 15 * MINUTE, time(20), time(8)), city.bridge,
        send=partial(send, server, "bridge@council.example"), link="https://bridge.example", desk=city.desk,
        clock=city.clock, turn=AlwaysMine(),
    )  # fmt: skip


def test_a_team_hears_of_its_work_and_of_nobody(city: City, mail: Receiving) -> None:
    made = nudger(city, mail)
    asyncio.run(made.look())
    (morning,) = mail.got
    assert morning["Subject"] == "Today: 5 tasks overdue, 2 due"
    assert morning["To"] == "cdt@council.example, lead@council.example"
    text = morning.get_content()
    for name in ("EVANS", "Evans", "999 300", "9993000019", "W12", "t01"):
        assert name not in text
    assert "https://bridge.example/worklist?view=breaching" in text
    asyncio.run(made.look())
    assert len(mail.got) == 1, "the same again is told once"


def test_who_hears_of_late_work_is_written_to_once_with_the_list_of_it_and_no_name(
    city: City, mail: Receiving
) -> None:
    asked = Lists(city.clock.at_ms, told_to="Hospital social work team")
    told = city.bridge.read_now(lambda c: worklist.rows(c, "escalated", asked))
    made = nudger(city, mail, {Reader("Hospital social work team"): ("hsw@council.example",)})
    asyncio.run(made.look())
    asyncio.run(made.look())
    (said,) = mail.got
    assert said["To"] == "hsw@council.example"
    assert f"{len(told)} tasks escalated to you" in said["Subject"]
    assert len(told) > 1
    text = said.get_content()
    assert "/worklist?view=escalated&told=Hospital+social+work+team" in text
    assert not any(row.fact.task in text or row.person_id in text for row in told)


def test_new_work_that_will_be_late_is_told_and_a_restart_does_not_repeat_it(
    city: City, mail: Receiving
) -> None:
    asyncio.run(nudger(city, mail).look())
    city.clock.at_ms += 16 * MINUTE
    before = len(mail.got)
    city.hear("A16", local_id="L103", visit="V103", name="KOWALCZYK^ZOFIA", born="19610930",
              nhs_number="9993000043", ward="W12^BAY 1^BED 2^RKB01")  # fmt: skip
    asyncio.run(nudger(city, mail).look())
    asyncio.run(nudger(city, mail).look())
    told = city.bridge.read_now(lambda c: nudge_store.told(c, [TEAM]))[TEAM]
    work = city.bridge.read_now(lambda c: nudge_store.work_of(c, 1, city.clock.at_ms, 30 * MINUTE))[TEAM]
    assert work.soon <= told.tasks
    assert len(mail.got) - before <= 1


def test_mail_that_cannot_be_sent_is_told_and_sent_later(city: City, mail: Receiving) -> None:
    made = nudger(city, mail)
    mail.refuses = True
    asyncio.run(made.look())
    assert made.trouble_now() == "mail cannot be sent: SMTPRecipientsRefused"
    assert mail.got == []
    mail.refuses = False
    asyncio.run(made.look())
    assert made.trouble_now() == ""
    assert len(mail.got) == 1


def test_it_stops_when_it_is_told_to(city: City, mail: Receiving) -> None:
    async def run() -> None:
        stop = asyncio.Event()
        running = asyncio.create_task(nudger(city, mail).run(stop))
        async with asyncio.timeout(60):
            while not mail.got:  # noqa: ASYNC110  # it comes about in another thread
                await asyncio.sleep(0.01)
        stop.set()
        await asyncio.wait_for(running, 60)

    asyncio.run(run())


AMINA = Reader("Amina Yusuf", worker=True)


def test_a_worker_hears_of_what_they_took_and_of_whom_they_look_after_and_of_nobody_else(
    city: City, mail: Receiving
) -> None:
    city.council(*EVANS, "worker", worker={"team": "North Base", "name": "Amina  YUSUF"})
    late = city.bridge.read_now(lambda c: worklist.rows(c, "open", Lists(city.clock.at_ms), limit=50))
    mine = next(row for row in late if row.late and row.patient_key)
    took = update(task).where(task.c.task_id == mine.fact.task).values(claimed_by="Amina Yusuf")
    city.bridge.write_now(lambda c: c.execute(took))
    to = {AMINA: ("amina@council.example",), Reader("Ben Shah", worker=True): ("ben@council.example",)}
    made = nudger(city, mail, to)
    asyncio.run(made.look())
    asyncio.run(made.look())
    (said,) = mail.got
    assert said["To"] == "amina@council.example"
    assert said["Subject"] == "Today: 1 task overdue, 0 due, 1 of your people in hospital"
    text = said.get_content()
    assert "1 person allocated to you is in hospital" in text
    assert "https://bridge.example/worklist?view=mine" in text
    for name in ("EVANS", "Evans", "9993000019", "W12", mine.fact.task):
        assert name not in text


def test_what_a_worker_was_told_is_kept_apart_from_a_team_of_the_same_name(
    city: City, mail: Receiving
) -> None:
    both = {Reader(TEAM): ("cdt@council.example",), Reader(TEAM, worker=True): ("one@council.example",)}
    asyncio.run(nudger(city, mail, both).look())
    told = city.bridge.read_now(lambda c: nudge_store.told(c, [one.key for one in both]))
    assert len(told) == 2
    assert [said["To"] for said in mail.got] == ["cdt@council.example"]
