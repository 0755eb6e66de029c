"""What leaves, or is made beside: back-ups, shadows, traces for a collector, the ledger and files to take away hold no canary.

What of it is sealed cannot be looked through; so every text is looked at on its way into its seal.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from ascbridge.bootstrap.backups import backing_up
from ascbridge.bootstrap.jobs.exporting_traces import SETTLE_MS
from ascbridge.bootstrap.shadow import telling_apart
from ascbridge.storage.tables import patient
from ascbridge.web.safeguarding import safeguarding_acts
from tests.bootstrap.jobs.test_exporting_traces import exporter, spans_in
from tests.bootstrap.shadowed import built, city, publish
from tests.web.sealed_texts import sealed_texts
from tests.web.test_safeguarding_sweep import CANARIES, STRAYS, program, put_concerns
from tests.web.walled import WalledCity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.web.city import City

__all__ = ["city"]
BY_THE_WAY = ("AL1|1||766561000000109^QUETZAL^SCT", "NTE|1||AXOLOTL of safeguarding", "ZSG|SGC|ECHIDNA")
WHY = {"why": "Checking how the system is used"}


@pytest.fixture
def walled(city: City, monkeypatch: pytest.MonkeyPatch) -> Iterator[WalledCity]:
    monkeypatch.setattr(safeguarding_acts, "EVENLY_S", 0.0)
    made = WalledCity(city)
    key = city.folder / "safeguarding.key"
    key.write_bytes(bytes(range(32, 64)))
    key.chmod(0o600)
    yield made
    made.close()


def words_in(raw: bytes) -> list[str]:
    return [word for word in CANARIES if word.encode() in raw.upper()]


def test_what_leaves_or_is_made_beside_holds_no_word_of_it(
    walled: WalledCity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    city = walled.city
    put_concerns(walled)
    for feed, raw in STRAYS:
        city.arrive(feed, raw)
    city.hear("A08", local_id="L100", visit="V100", nhs_number="9993000019", extra=BY_THE_WAY)
    city.council(
        "C100", "9993000019", ("EVANS", "MARY"), "1941-03-14", "known", known=True, safeguarding="PLATYPUS"
    )
    sealed = sealed_texts(monkeypatch)
    publish(city)
    shadow = built(city)
    telling_apart.compare(city.settings, "next")
    assert shadow.found.exists(), "there is a shadow"
    backing_up.back_up(city.settings, tmp_path / "copy", with_key=True)
    left = [path for root in (city.folder, tmp_path / "copy") for path in root.rglob("*") if path.is_file()]
    assert {"found.db", "manifest.json"} <= {path.name for path in left}
    assert [
        path.name for path in left if path.name == "safeguarding.key" and path.parent == tmp_path / "copy"
    ] == []
    assert {path.name: words for path in left if (words := words_in(path.read_bytes()))} == {}
    assert sealed, "something was sealed meanwhile"
    assert [text for _, text in sealed if words_in(text)] == []

    bodies = list[dict[str, Any]]()
    traces = exporter(city, bodies)
    asyncio.run(traces.step(city.clock.at_ms + SETTLE_MS + 1))
    assert spans_in(bodies)
    taken = [orjson.dumps(bodies)]
    person = city.rows(patient)[0].person_id
    asked = (
        ("it-operations", "GET", "/api/operations/ledger/hours", {}),
        ("discharge-team", "POST", "/worklist/csv", {"data": WHY}),
        ("discharge-team", "POST", "/reports/csv", {"data": WHY | {"what": "discharged"}}),
        ("front-door", "POST", "/front-door/waits/csv", {"data": WHY | {"what": "people"}}),
        (
            "information-governance",
            "POST",
            f"/people/{person}/subject-access",
            {"data": {"reference": "SAR-7", "checked": "yes"}},
        ),
    )
    for role, method, path, what in asked:
        answer = program(walled, role).request(method, path, **what)
        assert answer.status_code == 200, (path, answer.text)
        taken.append(answer.content)
    assert [words_in(raw) for raw in taken] == [[]] * len(taken)
