"""Alerts against real databases, a real mail server and a real webhook."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from ascbridge.alerts import alert_store
from ascbridge.alerts.alert_rules import SETTLED_MS, Terms, Trouble, Window
from ascbridge.alerts.alert_store import CannotAnswer, Routes
from ascbridge.alerts.alerter import Alerter, Ways
from ascbridge.events.ledgers.audit import AuditEntry
from ascbridge.nudges.mailing import MailServer, send
from ascbridge.storage.alone import AlwaysMine
from ascbridge.storage.tables import alert_post, audit
from tests.nudges.mail_server import mail_server
from tests.web.city import MINUTE, City

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.nudges.mail_server import MailServer as Receiving

DOWN = Trouble("sink-down", "sink:icr", "Shared record takes nothing: HTTP 503")
OLA = AuditEntry("work", "Ola Green", "it-operations", "", why="restarting it")


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    made = City(tmp_path / "city")
    yield made
    made.close()


@pytest.fixture
def mail() -> Iterator[Receiving]:
    with mail_server() as server:
        yield server


class Bench:
    """An alerter whose world is a list, on a city's own database and clock."""

    def __init__(self, city: City, mail: Receiving, **ways: Any) -> None:
        self.city, self.wrong, self.fault = city, list[Trouble](), None
        server = MailServer("127.0.0.1", mail.port, "none")
        given = Ways(
            Terms(2, link="https://bridge.example"),
            Routes((("desk@council.example",), ("oncall@council.example",))),
            partial(send, server, "bridge@council.example"),
        )
        self.alerter = Alerter(
            city.bridge, self._look, self._adrift, replace(given, **ways), city.clock, AlwaysMine()
        )
        self.fault: Exception | None = None

    async def _look(self) -> Sequence[Trouble]:
        if self.fault is not None:
            raise self.fault
        return self.wrong

    def _adrift(self, fault: Exception) -> Trouble:
        return Trouble(
            "database-down", "machine:database", f"The database cannot be used: {type(fault).__name__}"
        )

    def pass_(self, ms: int) -> None:
        """Let so long pass, looking at its end as at every few seconds before."""
        step = max(1, min(5_000, ms))
        for _ in range(ms // step):
            self.city.clock.at_ms += step
            asyncio.run(self.alerter.step())

    @property
    def standing(self) -> list[tuple[str, str]]:
        return [(one.about, one.state) for one in self.city.bridge.read_now(alert_store.standing)]


def test_the_mail_names_the_cause_and_nobody(city: City, mail: Receiving) -> None:
    bench = Bench(city, mail)
    bench.wrong = [DOWN, Trouble("way-in", "way:safeguarding folder", "waits")]
    bench.pass_(15_000)
    assert bench.standing == [("sink:icr", "new")]
    (got,) = mail.got
    assert got["Subject"] == "ascbridge: Alert: Nothing can be sent (icr)"
    assert "HTTP 503" in got.get_content()
    assert "safeguarding" not in got.get_content().lower()
    bench.pass_(60_000)
    assert len(mail.got) == 1


def test_nobody_answers_and_the_next_hears_and_both_hear_the_end(city: City, mail: Receiving) -> None:
    bench = Bench(city, mail)
    bench.wrong = [DOWN]
    bench.pass_(16 * MINUTE)
    assert [one["To"] for one in mail.got] == ["desk@council.example", "oncall@council.example"]
    assert bench.standing == [("sink:icr", "escalated")]
    bench.wrong = []
    bench.pass_(SETTLED_MS + 10_000)
    assert bench.standing == []
    assert sorted(one["To"] for one in mail.got[2:]) == ["desk@council.example", "oncall@council.example"]
    assert all(one["Subject"].startswith("ascbridge: Over") for one in mail.got[2:])


def test_who_has_it_ends_the_row_and_stands_in_the_audit(city: City, mail: Receiving) -> None:
    bench = Bench(city, mail)
    bench.wrong = [DOWN]
    bench.pass_(15_000)
    (one,) = city.bridge.read_now(alert_store.standing)
    now_ms = city.clock.now_ms()
    city.bridge.write_now(lambda c: alert_store.acknowledge(c, one.number, OLA, now_ms))
    bench.pass_(20 * MINUTE)
    assert len(mail.got) == 1
    assert bench.standing == [("sink:icr", "acknowledged")]
    for number, said in ((one.number, "Ola Green has it already"), (999, "no such alert")):
        with pytest.raises(CannotAnswer, match=said):
            city.bridge.write_now(partial(alert_store.acknowledge, number=number, who=OLA, now_ms=now_ms))
    done = city.bridge.read_now(lambda c: c.execute(select(audit.c.what, audit.c.whom, audit.c.why)).all())
    assert ("acknowledge alert", f"alert:{one.number}", "restarting it") in list(map(tuple, done))


def test_what_is_seen_is_told_within_half_a_minute_on_the_bridges_clock(city: City, mail: Receiving) -> None:
    bench, began_ms = Bench(city, mail), city.clock.at_ms
    bench.wrong = [DOWN]
    while not mail.got:
        bench.pass_(5_000)
    print(f"told {(city.clock.at_ms - began_ms) / 1000:g} s after it was so")
    assert city.clock.at_ms - began_ms <= 30_000


def test_a_fault_that_comes_and_goes_is_one_alert(city: City, mail: Receiving) -> None:
    bench = Bench(city, mail)
    for wrong in ([DOWN], [], [DOWN], [], [DOWN]):
        bench.wrong = list(wrong)
        bench.pass_(10_000)
    assert len(city.bridge.read_now(alert_store.standing)) == 1
    assert len(mail.got) == 1


def test_planned_work_is_written_down_and_not_told(city: City, mail: Receiving) -> None:
    bench, now_ms = Bench(city, mail), city.clock.now_ms()
    window = Window(0, "sink:icr", now_ms, now_ms + 30 * MINUTE, "a release", "")
    city.bridge.write_now(lambda c: alert_store.plan(c, window, {"sink:icr"}, OLA, now_ms))
    bench.wrong = [DOWN]
    bench.pass_(20 * MINUTE)
    assert bench.standing == [("sink:icr", "new")]
    assert mail.got == []
    (planned,) = city.bridge.read_now(partial(alert_store.maintenance_now, now_ms=now_ms))
    city.bridge.write_now(lambda c: alert_store.finish(c, planned.number, OLA, city.clock.now_ms()))
    bench.pass_(10_000)
    assert len(mail.got) == 1


def test_what_was_laid_down_is_sent_after_a_restart(city: City, mail: Receiving) -> None:
    bench = Bench(city, mail)
    bench.wrong, mail.refuses = [DOWN], True
    bench.pass_(15_000)
    assert bench.alerter.trouble_now() == "mail cannot be sent: SMTPRecipientsRefused"
    mail.refuses = False
    again = Bench(city, mail)  # as after a kill: only the database remembers
    again.wrong = [DOWN]
    again.pass_(MINUTE)
    assert [one["Subject"] for one in mail.got] == ["ascbridge: Alert: Nothing can be sent (icr)"]
    assert city.bridge.read_now(lambda c: c.scalars(select(alert_post.c.tries)).all()) == [1]


def test_a_database_that_cannot_be_written_to_is_told_past_it(city: City, mail: Receiving) -> None:
    bench = Bench(city, mail)
    bench.pass_(10_000)
    bench.fault = OperationalError("", {}, Exception("gone"))
    bench.pass_(MINUTE)
    (got,) = mail.got
    assert "The database cannot be used" in got.get_content()
    bench.fault = None
    bench.pass_(10_000)
    assert bench.standing == [("machine:database", "new")]
    bench.pass_(SETTLED_MS + 10_000)
    assert bench.standing == []
    assert [one["Subject"].split(":")[1].strip() for one in mail.got] == ["Alert", "Over"]


class Given(AlwaysMine):
    """A turn that somebody gives and takes away."""

    is_mine = True

    async def mine(self) -> bool:
        return self.is_mine


def test_what_was_told_past_the_database_ends_though_another_has_the_turn_by_then(
    city: City, mail: Receiving
) -> None:
    bench, other, turn = Bench(city, mail), Bench(city, mail), Given()
    bench.alerter._turn = turn
    bench.pass_(5_000)
    bench.fault = OperationalError("INSERT", {}, Exception("gone"))
    bench.pass_(5_000)
    turn.is_mine = False
    bench.pass_(5_000)
    other.pass_(SETTLED_MS + 15_000)
    assert bench.standing == []
    assert [one["Subject"].split(":")[1].strip() for one in mail.got] == ["Alert", "Over"]


def test_who_looks_anew_does_not_end_what_it_has_not_seen_yet(city: City, mail: Receiving) -> None:
    bench = Bench(city, mail)
    bench.wrong = [DOWN]
    bench.pass_(15_000)
    city.clock.at_ms += 60 * MINUTE
    again = Bench(city, mail)
    again.pass_(5_000)
    assert again.standing == [("sink:icr", "new")]


def test_after_the_clock_was_set_back_what_is_over_ends_all_the_same(city: City, mail: Receiving) -> None:
    bench = Bench(city, mail)
    bench.wrong = [DOWN]
    bench.pass_(15_000)
    bench.wrong = []
    city.clock.at_ms -= 60 * MINUTE
    bench.pass_(SETTLED_MS + 10_000)
    assert bench.standing == []
    assert [one["Subject"].split(":")[1].strip() for one in mail.got] == ["Alert", "Over"]


def test_what_waits_to_be_sent_by_a_clock_that_was_set_back_is_sent(city: City, mail: Receiving) -> None:
    bench = Bench(city, mail)
    post = {
        "route": "mail", "goes_to": '["desk@council.example"]', "subject": "x", "text": "x",
        "made_ms": city.clock.at_ms, "next_ms": city.clock.at_ms,
    }  # fmt: skip
    city.bridge.write_now(lambda c: c.execute(alert_post.insert(), [post]))
    city.clock.at_ms -= 60 * MINUTE
    bench.pass_(5_000)
    assert len(mail.got) == 1
