"""docker-compose.yml and the image it builds: readable by Compose, pinned, and pointing at things that exist."""

import re
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
COMPOSE = ROOT / "docker-compose.yml"
PINNED = re.compile(r"^[\w./-]+:v?\d[\w.-]*(@sha256:[0-9a-f]{64})?$")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def each(part: object) -> Iterable[str]:
    """Return the names in a Compose list or mapping, which say the same thing in two ways."""
    return list(part) if isinstance(part, (list, dict)) else []


def test_every_service_is_built_here_or_pinned(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        if "build" in service:
            build = service["build"] if isinstance(service["build"], dict) else {"context": service["build"]}
            context = ROOT / build.get("context", ".")
            assert (context / build.get("dockerfile", "Dockerfile")).is_file(), name
        else:
            assert PINNED.match(service["image"]), f"{name}: {service['image']} is not one exact version"


def test_services_name_only_services_volumes_and_secrets_that_exist(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert set(each(service.get("depends_on"))) <= set(compose["services"]), name
        for kind in ("networks", "configs", "secrets"):
            wanted = {
                one["source"] if isinstance(one, dict) else one
                for one in service.get(kind, [])
                if one != "default"
            }
            assert wanted <= set(compose.get(kind, {})), f"{name}: {kind}"
        for volume in service.get("volumes", []):
            source = volume["source"] if isinstance(volume, dict) else volume.split(":")[0]
            if source.startswith("."):
                assert (ROOT / source).exists(), f"{name}: {source}"
            elif not source.startswith("/"):
                assert source in compose.get("volumes", {}), f"{name}: {source}"


def test_every_service_says_whether_it_is_well(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        ends_by_itself = service.get("restart") == "no"
        assert ends_by_itself or "healthcheck" in service, f"{name} has no healthcheck"


def test_ports_open_on_this_machine_only(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        for port in service.get("ports", []):
            host = port.get("host_ip", "") if isinstance(port, dict) else str(port)
            assert host.startswith("127.0.0.1"), f"{name}: {port} is open to the network by accident"


def test_no_secret_is_written_in_the_file(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        environment = service.get("environment", {})
        pairs = (
            environment.items()
            if isinstance(environment, dict)
            else (one.split("=", 1) for one in environment)
        )
        for key, *_ in pairs:
            secret = re.search(r"PASSWORD|SECRET|TOKEN|_KEY$", key, re.IGNORECASE)
            assert not secret or key.endswith("_FILE"), f"{name}: {key} belongs in a secrets file"


@pytest.mark.parametrize(
    "dockerfile", sorted((ROOT / "deploy").glob("**/*Dockerfile")), ids=lambda path: path.name
)
def test_an_image_copies_only_what_exists_and_does_not_run_as_root(dockerfile: Path) -> None:
    lines = dockerfile.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    for line in lines:
        word, *rest = shlex.split(line, comments=True) or [""]
        if word.upper() == "COPY" and not any(one.startswith("--from") for one in rest):
            sources = [one for one in rest if not one.startswith("--")][:-1]
            assert [one for one in sources if not list(ROOT.glob(one))] == [], line
        if word.upper() == "FROM" and ":" in rest[0]:
            assert PINNED.match(rest[0]), line
    assert any(line.startswith("USER ") and "root" not in line for line in lines)
