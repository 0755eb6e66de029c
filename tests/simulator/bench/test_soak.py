"""A steady load: what is sampled, and how the end stands to the beginning."""

import pytest

from ascbridge.simulator.bench import soak
from ascbridge.simulator.bench.scenarios import Run
from ascbridge.simulator.bench.soak import Sample


def samples(*memory_mb: float) -> list[Sample]:
    return [Sample(mb, 0.02, 0.01, 16.0, 80, n * 2.0) for n, mb in enumerate(memory_mb)]


def test_the_last_fifth_is_told_against_the_first():
    figures = {one.what: one for one in soak._figures(samples(100, 100, *[120] * 6, 150, 150))}
    assert figures["memory, first fifth"].value == 100
    assert figures["memory, last fifth"].value == 150
    assert figures["memory, last against first"].value == 1.5
    assert figures["task on the list, p99, last against first"].value == 1.0
    assert figures["processor seconds a sample, first fifth"].value == 2.0


@pytest.mark.slow
async def test_a_short_soak_samples_a_real_bridge(tmp_path, monkeypatch):
    monkeypatch.setattr(soak, "RATE", 10.0)
    rate, *figures = await soak.soak(Run(tmp_path, 1.0))
    assert rate.value > 0
    found = {one.what: one.value for one in figures}
    assert found["memory, last fifth"] > 20
    assert found["open files, first fifth"] > 10
    assert found["task on the list, p50, first fifth"] > 0
