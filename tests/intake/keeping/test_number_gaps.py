"""What never came is written with what is kept next; what stands behind the wall came, and leaves no gap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.intake.keeping import number_gaps
from ascbridge.intake.keeping.inbox import Arrival
from ascbridge.intake.keeping.number_gaps import Noticed
from ascbridge.intake.keeping.numbering import LEAST, MESSAGES_AFTER, PATIENCE_MS
from tests.intake.messages import adt
from tests.intake.test_told_apart import FLAG, behind, box, hospital

if TYPE_CHECKING:
    from tests.intake.conftest import Intake

__all__ = ["behind", "box", "hospital"]


def send(intake: Intake, numbers: range) -> None:
    raws = [adt("A31", control_id=f"N{number:05d}") for number in numbers]
    intake.desk.keep_in_files(intake.keys, intake.kept, [Arrival(raw) for raw in raws])
    intake.desk.answered()


def noticed(intake: Intake) -> list[Noticed]:
    return intake.kept.read_now(lambda c: number_gaps.noticed(c, 0))


def test_what_never_came_is_written_down_with_what_is_kept_next(intake: Intake) -> None:
    send(intake, range(1, LEAST + 2))
    since_ms = intake.clock.at_ms
    after = LEAST + 4 + MESSAGES_AFTER
    send(intake, range(LEAST + 4, after + 1))
    assert noticed(intake) == []
    intake.clock.at_ms += PATIENCE_MS
    for number in (after + 1, after + 2):
        send(intake, range(number, number + 1))
    found = Noticed("itk-v24", f"N{LEAST + 2:05d}", f"N{LEAST + 3:05d}", 2, since_ms, since_ms + PATIENCE_MS)
    assert noticed(intake) == [found]
    assert intake.kept.read_now(lambda c: number_gaps.noticed(c, found.noticed_ms + 1)) == []


def test_what_stands_behind_the_wall_came_and_leaves_no_gap(hospital: Intake) -> None:
    send(hospital, range(1, LEAST + 2))
    walled = adt("A01", control_id=f"N{LEAST + 2:05d}", msh={9: "REF^I12"}, extra=(FLAG,))
    hospital.take(walled)
    send(hospital, range(LEAST + 3, LEAST + 4 + MESSAGES_AFTER))
    hospital.clock.at_ms += PATIENCE_MS
    for number in range(LEAST + 4 + MESSAGES_AFTER, LEAST + 8 + MESSAGES_AFTER):
        send(hospital, range(number, number + 1))
    assert noticed(hospital) == []
    assert len(hospital.rows()) == LEAST + 6 + MESSAGES_AFTER, "it is kept behind the wall and nowhere else"


def test_what_is_due_is_never_written_with_what_stands_behind_the_wall(hospital: Intake) -> None:
    send(hospital, range(1, LEAST + 2))
    send(hospital, range(LEAST + 4, LEAST + 6 + MESSAGES_AFTER))
    hospital.clock.at_ms += PATIENCE_MS
    hospital.take(adt("A01", control_id="T2", msh={9: "REF^I12"}, extra=(FLAG,)))
    assert noticed(hospital) == []
    send(hospital, range(LEAST + 6 + MESSAGES_AFTER, LEAST + 7 + MESSAGES_AFTER))
    assert [one.n for one in noticed(hospital)] == [2]
