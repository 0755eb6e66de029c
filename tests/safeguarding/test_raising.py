"""A concern comes in: once, routed, timed, with a reference, and with nothing readable anywhere in its file."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from ascbridge.events.facts.concerns import SealedConcern
from ascbridge.events.logs.cloud_event import from_record
from ascbridge.events.logs.log_table import as_record
from ascbridge.people.opening import open_sealed
from ascbridge.safeguarding.concern_words import AdultSaid
from tests.safeguarding.behind import DAY, EVANS, HOUR, NIA, NOON, Behind, said


def test_it_has_an_owner_a_time_and_a_reference_that_tells_nothing(behind: Behind) -> None:
    reference = behind.take()
    stood = behind.stood(reference)
    assert (stood.said.team, stood.said.status, stood.version) == ("intake", "new", 1)
    assert stood.said.decide_by_ms == NOON + 2 * DAY
    assert stood.said.adult.nhs_number == "9993000019"
    assert len(reference) == 11
    assert reference not in {behind.take(once=str(n)) for n in range(50)}


def test_the_same_words_of_the_same_sender_are_one_concern(behind: Behind) -> None:
    first = behind.take()
    behind.clock.at_ms += 20 * DAY
    assert behind.take() == first
    assert behind.take(who=NIA) != first
    assert behind.take(once="form-1") == behind.take(said(account="Other words"), once="form-1") != first
    assert len(behind.lists()["to-decide"]) == 3


def test_one_adult_is_known_again_by_any_of_their_numbers(behind: Behind) -> None:
    both = AdultSaid(nhs_number="9993000019", council_id="C100")
    first = behind.stood(behind.take(said(adult=both)))
    second = behind.stood(behind.take(said(adult=AdultSaid(council_id="C100"))))
    third = behind.stood(behind.take(said(adult=AdultSaid(person_id="n1", nhs_number="999 300 0019"))))
    fourth = behind.stood(behind.take(said(adult=AdultSaid(person_id="n1"))))
    assert len({one.subject_key for one in (first, second, third, fourth)}) == 1
    named = behind.stood(behind.take(said(adult=AdultSaid(family_name="EVANS"))))
    again = behind.stood(behind.take(said(adult=AdultSaid(family_name="EVANS"), account="More")))
    assert named.subject_key != again.subject_key != first.subject_key, "a name alone joins nobody"


def test_two_numbers_that_are_two_adults_join_nobody(behind: Behind) -> None:
    one = behind.stood(behind.take(said(adult=AdultSaid(nhs_number="9993000019"))))
    two = behind.stood(behind.take(said(adult=AdultSaid(council_id="C101"))))
    both = behind.stood(behind.take(said(adult=AdultSaid(nhs_number="9993000019", council_id="C101"))))
    assert both.subject_key == one.subject_key
    assert (
        behind.stood(behind.take(said(adult=AdultSaid(council_id="C101"), account="x"))).subject_key
        == two.subject_key
    )


def test_the_fourth_in_twelve_months_is_said_on_the_topic_once(behind: Behind) -> None:
    for number in range(4):
        behind.clock.at_ms = NOON + number * 30 * DAY
        behind.take(once=str(number))
    types = [as_record(row).event_type.rpartition(".")[0].rpartition(".")[2] for row in behind.events()]
    assert types == ["concern-raised"] * 4 + ["concerns-repeated"]


def test_an_event_says_which_concern_and_nothing_of_what(behind: Behind) -> None:
    reference = behind.take(said(excluded_accounts=("Gareth Evans",)))
    (row,) = behind.events()
    event = from_record(as_record(row))
    assert (event.topic, set(event.data)) == ("safeguarding", {"concern", "revision", "sealed"})
    opened = behind.run(
        lambda c: open_sealed(
            c,
            behind.vault.data_keys,
            str(event.data["sealed"]),
            event.key_id,
            event.id,
            restricted=False,
            model=SealedConcern,
        )
    )
    assert isinstance(opened, SealedConcern)
    assert opened.said == behind.stood(reference).said
    assert event.subject == behind.stood(reference).subject_key


def test_no_word_of_it_stands_readable_in_its_own_file(behind: Behind, tmp_path: Path) -> None:
    behind.take(
        said(account="UNMISTAKABLE bruises", abuse_types=("modern-slavery",), source_named=("GARETHCANARY",))
    )
    behind.run(lambda c: c.exec_driver_sql("SELECT 1"))
    raw = b"".join(path.read_bytes() for path in sorted(tmp_path.glob("safeguarding.db*")))
    assert raw
    for word in (b"UNMISTAKABLE", b"modern-slavery", b"GARETHCANARY", b"EVANS", b"9993000019", b"physical"):
        assert word not in raw


@pytest.mark.parametrize("hour", [0, 9])
def test_at_night_it_is_out_of_hours_and_knows_whose_it_is_by_day(behind: Behind, hour: int) -> None:
    behind.clock.at_ms = NOON + (hour + 9) * HOUR  # 20:00 and 05:00
    stood = behind.stood(behind.take(said(origin="ambulance")))
    assert (stood.said.team, stood.said.day_team) == ("out-of-hours", "hospital")


def test_what_came_is_kept_sealed_with_the_adults_key(behind: Behind) -> None:
    behind.take(said(adult=EVANS))
    rows = behind.run(
        lambda c: list(c.exec_driver_sql("SELECT way, outcome, body, key_id FROM walled_message"))
    )
    ((way, outcome, body, key_id),) = rows
    assert (way, outcome) == ("form", "taken")
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(body)
    owner = behind.run(
        lambda c: c.exec_driver_sql("SELECT owner_key FROM data_key WHERE key_id = ?", (key_id,)).scalar()
    )
    assert owner.startswith("p")


def test_it_works_on_both_databases(real_behind: Behind) -> None:
    reference = real_behind.take()
    assert real_behind.take() == reference
    assert real_behind.act(reference, "accept") == 2
    assert real_behind.stood(reference).said.accepted_by == "Nia Brown"
