"""Every deployable by its name, built only when it is run."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

from ascbridge.bootstrap.parts.services import ONE_MACHINE, SERVICES, service

HEAVY = ("fastapi", "uvicorn", "jinja2", "aiohttp", "aiokafka", "ascbridge.web", "ascbridge.record")


@pytest.mark.parametrize("name", SERVICES)
def test_every_name_runs_something_with_settings_until_told_to_stop(name: str) -> None:
    run = service(name)
    assert inspect.iscoroutinefunction(run)
    assert run.__name__ == name
    assert list(inspect.signature(run).parameters) == ["settings", "stop"]


def test_a_name_that_is_no_service_is_not_run() -> None:
    with pytest.raises(KeyError):
        service("simulator")


def test_one_machine_runs_services_that_there_are() -> None:
    assert set(ONE_MACHINE) < set(SERVICES)


def test_listening_does_not_wait_for_what_only_work_needs() -> None:
    code = (
        "import sys\nfrom ascbridge.bootstrap.parts.services import service\nservice('listen')\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
