"""Who is sent now, and who waits for what is still to be read."""

from ascbridge.record.patience import WHILE_BEHIND_MS, Patience

NOW = 1_793_600_000_000


def test_nobody_waits_once_everything_is_read() -> None:
    assert Patience(lambda: False).due_by(NOW) == NOW


def test_while_there_is_more_to_read_only_who_has_waited_long_is_sent() -> None:
    assert Patience(lambda: True).due_by(NOW) == NOW - WHILE_BEHIND_MS
