"""What waits is told when it has waited for too long, and not before."""

from ascbridge.intake.doors.waits import Waits


def test_a_thing_is_told_once_it_has_waited_for_too_long() -> None:
    now = [100.0]
    waits = Waits(7200, clock=lambda: now[0])
    waits.see({"a.csv": "for its manifest"})
    now[0] += 7199
    waits.see({"a.csv": "for its manifest", "b.csv": "to become whole"})
    assert waits.told() == {}
    now[0] += 1
    assert waits.told() == {"a.csv": "has waited for more than 2 hours for its manifest"}
    waits.see({"b.csv": "to become whole"})
    assert waits.told() == {}
    waits.see({"a.csv": "for its manifest"})
    assert waits.told() == {}, "it came anew"
