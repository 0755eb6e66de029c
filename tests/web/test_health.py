"""Alive, ready and measured, without sign-in and without anything personal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.alerts.alert_rules import Trouble
from ascbridge.web.app import create_app
from tests.web.conftest import Someone
from tests.web.operations.test_alert_pages import judge

if TYPE_CHECKING:
    from fastapi import FastAPI

    from tests.web.city import City


def test_a_well_system_is_live_and_ready(app: FastAPI) -> None:
    nobody = Someone(app)
    assert nobody.get("/health/live").json() == {"status": "live"}
    assert nobody.get("/health/ready").json() == {"status": "ready", "wrong": {}}


def test_a_part_that_does_not_work_makes_it_not_ready_and_is_named(city: City) -> None:
    checks = {"discharge": lambda: "", "record": lambda: "has not moved for 5 minutes"}
    answer = Someone(create_app(city.parts(checks=checks))).get("/health/ready")
    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "wrong": {"record": "has not moved for 5 minutes"}}


def test_what_is_wrong_though_every_part_works_makes_it_degraded_with_its_cause(city: City) -> None:
    down = Trouble("sink-down", "sink:icr", "Shared record takes nothing: connection refused")
    old = Trouble("certificate-ends", "certificate:mllp", "The certificate of mllp ends in 7 days")
    judge(city, down, old)
    answer = Someone(create_app(city.parts())).get("/health/ready")
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "status": "degraded", "wrong": {},
            "degraded": {"sink-down": "Nothing can be sent", "certificate-ends": "A certificate ends soon"},
        },
    )  # fmt: skip
    checks = {"record": lambda: "has not moved for 5 minutes"}
    unready = Someone(create_app(city.parts(checks=checks))).get("/health/ready")
    assert (unready.status_code, unready.json()["status"]) == (503, "not ready")
    city.clock.at_ms += 60_000
    judge(city)
    assert Someone(create_app(city.parts())).get("/health/ready").json() == {"status": "ready", "wrong": {}}


def test_a_sink_that_takes_nothing_makes_it_degraded_and_a_part_that_fails_beside_it_not_ready(
    city: City,
) -> None:
    away = {"publisher": lambda: "connection refused"}
    checks = {**away, "record": lambda: ""}
    answer = Someone(create_app(city.parts(checks=checks, apart=away))).get("/health/ready")
    assert (answer.status_code, answer.json()) == (
        200, {"status": "degraded", "wrong": {}, "degraded": {"publisher": "connection refused"}}
    )  # fmt: skip
    gone = {"publisher": lambda: "the database refuses: OperationalError"}
    answer = Someone(create_app(city.parts(checks=gone, apart={"publisher": lambda: ""}))).get(
        "/health/ready"
    )
    assert (answer.status_code, answer.json()["wrong"]) == (503, {"publisher": gone["publisher"]()})


def test_nothing_that_stands_behind_the_wall_degrades_what_everybody_reads(city: City) -> None:
    judge(city, Trouble("sink-down", "sink:safeguarding", "Safeguarding takes nothing"))
    assert Someone(create_app(city.parts())).get("/health/ready").json() == {"status": "ready", "wrong": {}}


def test_a_database_that_cannot_be_read_makes_it_not_ready(city: City) -> None:
    class Gone:
        async def read(self, work: object) -> object:
            raise OSError("disk gone")

    answer = Someone(create_app(city.parts(database=Gone()))).get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["wrong"] == {"database": "cannot be read: OSError"}


def test_metrics_are_in_the_form_that_prometheus_reads(app: FastAPI) -> None:
    answer = Someone(app).get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "# TYPE ascbridge_messages_total counter" in answer.text


class Beside:
    """A listening process that says what a test has it say."""

    name = "listen"

    def __init__(self, trouble: str, counts: str | None, *, is_ready: bool = False) -> None:
        self._trouble, self._counts, self._is_ready = trouble, counts, is_ready

    async def how(self) -> tuple[bool, str]:
        return self._is_ready or not self._trouble, self._trouble

    async def counts(self) -> str | None:
        return self._counts


def test_a_dead_or_stuck_listener_makes_it_not_ready(city: City) -> None:
    well = Someone(create_app(city.parts(beside=Beside("", None))))
    assert well.get("/health/ready").status_code == 200
    dead = Someone(create_app(city.parts(beside=Beside("does not answer", None)))).get("/health/ready")
    assert dead.status_code == 503
    assert dead.json()["wrong"] == {"listen": "does not answer"}


def test_a_council_file_that_cannot_be_taken_degrades_it_and_takes_nothing_from_hospitals(city: City) -> None:
    beside = Beside("folder council-facts: a.csv cannot be read", None, is_ready=True)
    told = Someone(create_app(city.parts(beside=beside))).get("/health/ready")
    assert (told.status_code, told.json()["status"]) == (200, "degraded")
    assert told.json()["degraded"]["listen"] == "folder council-facts: a.csv cannot be read"
    assert told.json()["wrong"] == {}


def test_metrics_are_those_of_the_listener_too_and_say_whose(city: City) -> None:
    theirs = '# TYPE ascbridge_messages_total counter\nascbridge_messages_total{feed="f",outcome="kept"} 7\n'
    text = Someone(create_app(city.parts(beside=Beside("", theirs)))).get("/metrics").text
    assert 'ascbridge_messages_total{feed="f",outcome="kept",service="listen"} 7.0' in text
    assert 'ascbridge_answers{other="listen",service="work"} 1.0' in text
    alone = Someone(create_app(city.parts(beside=Beside("does not answer", None)))).get("/metrics").text
    assert 'ascbridge_answers{other="listen",service="work"} 0.0' in alone


def test_on_many_machines_it_says_what_the_database_knows_of_the_others(city: City) -> None:
    many = city.settings.model_copy(update={"database_url": "postgresql+asyncpg://x/y"})
    city.clock.at_ms += 60_000
    body = Someone(create_app(city.parts(settings=many))).get("/health/ready").json()
    assert body["status"] == "ready"
    assert body["readers"]["translator"]["waiting"] == 0
    assert body["readers"]["discharge"]["moved_s_ago"] >= 60
    assert body["readers"]["sink:icr"]["waiting"] > 0
    assert body["readers"]["sink:icr"]["waiting_s"] >= 60
