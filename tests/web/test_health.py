"""Alive, ready and measured, without sign-in and without anything personal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.web.app import create_app
from tests.web.conftest import Someone

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
