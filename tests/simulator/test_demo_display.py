"""How far a story is, in plain lines where nobody sits at a terminal."""

from ascbridge.simulator.demo_display import DemoDisplay, clock_text
from ascbridge.simulator.discharge_team import Work
from ascbridge.simulator.hospital_sender import Answers
from ascbridge.simulator.schedule import Schedule
from ascbridge.simulator.wards import HOUR_MS

SIX = 1_772_517_600_000  # Tuesday 3 March 2026, 06:00


def test_each_shown_hour_is_one_line_with_the_counts(capsys, small_day: Schedule):
    with DemoDisplay(
        small_day, Answers(kept=12, refused=2, repeats=1), Work(open=3, completed=4), terminal=False
    ) as display:
        for minutes in range(0, 180, 10):
            display.at(SIX + minutes * 60_000)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("Tue 3 Mar 07:00  12 kept, 2 refused; list: 3 open, 4 done")


def test_on_a_terminal_one_line_moves(small_day: Schedule):
    with DemoDisplay(small_day, Answers(kept=12), Work(), terminal=True) as display:
        display.at(SIX + 12 * HOUR_MS)
        task = display._progress.tasks[0]
        assert (task.percentage, task.fields["clock"]) == (50.0, "Tue 3 Mar 18:00")
        assert task.description == "12 kept, 0 refused"


def test_time_is_told_on_the_hospitals_clock():
    assert clock_text(SIX) == "Tue 3 Mar 06:00"
    assert clock_text(1_782_984_600_000) == "Thu 2 Jul 10:30"
