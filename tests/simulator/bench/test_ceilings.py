"""Ceilings are measured on this machine and leave nothing behind."""

from ascbridge.simulator.bench import ceilings


def test_a_disk_writes_for_good_some_times_a_second(tmp_path):
    assert ceilings.fsyncs_a_second(tmp_path, 0.05) > 0
    assert list(tmp_path.iterdir()) == []


def test_sqlite_takes_whole_transactions(tmp_path):
    assert ceilings.sqlite_rows_a_second(tmp_path, 0.05) > 0
    assert list(tmp_path.iterdir()) == []


async def test_a_process_that_only_answers_answers():
    assert await ceilings.echoes_a_second(2, 0.5) > 0
