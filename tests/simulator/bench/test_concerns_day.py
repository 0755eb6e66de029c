"""A day of concerns: each way brings its own to every open page, and what is missing or there twice is counted."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.simulator.bench import concerns_day as scenario
from ascbridge.simulator.bench.bench_bridge import TooSlow
from ascbridge.simulator.bench.concerns_day import _Day, _Sent, concerns_day
from ascbridge.simulator.bench.scenarios import Run

if TYPE_CHECKING:
    from pathlib import Path

WAYS = ("form", "interface", "FHIR flag", "case system's folder")


async def test_each_concern_reaches_every_open_page_by_every_way(tmp_path: Path) -> None:
    figures = await concerns_day(Run(tmp_path, 0.05))
    assert [one.what for one in figures] == [
        "concerns raised, 3 open pages",
        *(
            f"sent until on the last open page, {way}, {share}"
            for way in ("all ways", *WAYS)
            for share in ("p50", "p99")
        ),
        "answered with a reference, p50",
        "answered with a reference, p99",
        "processor time a concern, the pages' questions included",
        "concerns lost or doubled",
    ]
    assert figures[0].value == 8
    assert figures[-1].value == 0
    assert all(one.value > 0 for one in figures[:-1])


@pytest.mark.parametrize(
    "standing, wrong",
    [
        ([("A", "SG-1"), ("B", "SG-9")], 0),
        ([("A", "SG-1")], 1),
        ([("A", "SG-2"), ("B", "SG-9")], 1),
        ([("A", "SG-1"), ("B", "SG-9"), ("B", "SG-8")], 1),
    ],
)
async def test_what_is_missing_doubled_or_under_another_reference_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, standing: list[tuple[str, str]], wrong: int
) -> None:
    rows = [
        {"concern": {"adult": {"family_name": name}, "reference": reference}} for name, reference in standing
    ]

    class Owner:
        def __init__(self, *_: object) -> None: ...

        async def get(self, _path: str, **_query: object) -> Any:
            return {"concerns": rows}

        async def close(self) -> None: ...

    monkeypatch.setattr(scenario, "Desk", Owner)
    bench: Any = SimpleNamespace(bridge=SimpleNamespace(url="", token=str))
    day = _Day(bench, tmp_path, 2)
    day.sent = {"A": _Sent("form", 0.0, 1.0, "SG-1"), "B": _Sent("case system's folder", 0.0, 1.0)}
    assert await day.wrong() == wrong


async def test_enquiries_that_are_never_taken_give_no_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scenario, "LONGEST_S", 0.0)
    bench: Any = SimpleNamespace()
    with pytest.raises(TooSlow, match="were not taken"):
        await _Day(bench, tmp_path / "in", 1).stand(1)
