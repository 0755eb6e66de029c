"""Dead letters sent again beside live messages, measured: all of them go, and none is given up again."""

import pytest

from ascbridge.simulator.bench.replay_live import replay_live
from ascbridge.simulator.bench.scenarios import Run


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_all_dead_letters_go_again_beside_live_messages(tmp_path):
    figures = await replay_live(Run(tmp_path, 1.0, events=300))
    found = {one.what: one.value for one in figures}
    assert found["dead letters"] >= 300
    assert "dead letters sent again and read, beside them" in found
    assert [one for one in figures if one.value <= 0] == []
