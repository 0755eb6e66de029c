"""What goes wrong on a feed gets the answer that the schedule expects of it, judged by the door itself."""

from datetime import date

import pytest

from ascbridge.intake.agreed.profiles import read
from ascbridge.intake.hl7v2.hl7_errors import UnreadableMessage
from ascbridge.intake.sources import hospital_adt
from ascbridge.intake.sources.door import SourceFault
from ascbridge.simulator import adt_writer, feed_faults
from ascbridge.simulator.city import City

PROFILE = read("itk-v24")
NOON = 1_772_539_200_000
SAID = feed_faults.faulty(City(1, date(2026, 3, 3)), lambda: "V1", [NOON, NOON + 60_000])


def judged(raw: bytes) -> str:
    try:
        hospital_adt.check(raw, PROFILE)
    except SourceFault as fault:
        return fault.answer
    except UnreadableMessage as fault:
        return "AR" if fault.segment == "MSH" else "AE"
    return "AA"


@pytest.mark.parametrize("said", SAID, ids=range(len(SAID)))
def test_each_is_answered_as_expected(said):
    raw = said.raw or adt_writer.message(
        said.trigger, said.segments, sent_ms=said.at_ms, control_id="P1", sequence=1, charset=said.charset
    )
    assert judged(raw) == said.expect


def test_some_are_taken_some_refused_for_their_content_and_some_for_their_header():
    answers = [said.expect for said in SAID]
    assert (answers.count("AA"), answers.count("AE"), answers.count("AR")) == (2, 6, 3)


def test_they_come_at_the_moments_given():
    assert {said.at_ms for said in SAID} == {NOON, NOON + 60_000}
