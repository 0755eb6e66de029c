"""Two of each service: measured against one, on servers that run already."""

import pytest

from ascbridge.simulator.bench import workers
from ascbridge.simulator.bench.bench_bridge import Servers
from ascbridge.simulator.bench.scenarios import Run
from tests.needs import require
from tests.servers import kafka


@pytest.mark.kafka
@pytest.mark.postgres
@pytest.mark.slow
@pytest.mark.timeout(1_500)
async def test_processor_time_is_told_for_one_and_for_two(tmp_path, monkeypatch, postgres_url):
    require(not kafka.missing(), kafka.missing())
    monkeypatch.setattr(workers, "MESSAGES", 20)
    monkeypatch.setattr(workers, "WARM", 8)
    with kafka.KafkaServer() as broker:
        figures = await workers.workers(Run(tmp_path, 1.0, servers=Servers(postgres_url, broker.bootstrap)))
    one, _, two, _, ratio = figures
    assert ratio.value == two.value / one.value > 0
