"""What is counted of concerns: each once, by what is so on the day that is asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.safeguarding import concern_store as store
from ascbridge.safeguarding.learning import tables
from tests.safeguarding.behind import DAY, EVANS, said

if TYPE_CHECKING:
    from tests.safeguarding.behind import Behind


def learned(behind: Behind) -> dict[str, dict[str, int]]:
    stood: list[Any] = behind.run(lambda c: store.raised_since(c, behind.vault, 0))
    found = tables(behind.vault.rules, stood, stood, behind.clock.at_ms)
    return {one.code: one.groups for one in found}


def test_of_no_concerns_there_is_nothing_to_count(behind: Behind) -> None:
    found = learned(behind)
    drift = found.pop("drift")
    assert set(drift.values()) == {0}
    assert set(map(str, found.values())) == {"{}"}


def test_each_concern_is_counted_by_what_followed_and_how_soon(behind: Behind) -> None:
    soon, late, waits = (
        behind.take(said(account="1")),
        behind.take(said(account="2")),
        behind.take(said(account="3")),
    )
    assert waits
    behind.act(soon, "decide", choice="s42-enquiry", text="Why")
    behind.clock.at_ms += 3 * DAY
    behind.act(late, "decide", choice="signposted", text="Why")
    found = learned(behind)
    assert found["followed"] == {
        "Enquiry under section 42": 1, "No enquiry: advised or signposted": 1, "Not decided yet": 1,
    }  # fmt: skip
    assert found["decided"] == {"In time": 1, "Within a week": 1, "Not decided yet": 1}
    assert found["drift"]["Not decided, past its time"] == 1
    assert found["sg1"] == {"85 and over": 3}
    assert found["sg1-s42"] == {"85 and over": 1}
    assert found["months"] == {"2026-10": 3}
    assert found["origin"] == {"GP practice": 3}


def test_enquiries_are_counted_by_how_long_they_took_and_what_became_of_them(behind: Behind) -> None:
    ended, open_ = behind.take(said(account="1", capacity="no")), behind.take(said(account="2"))
    for one in (ended, open_):
        behind.act(one, "decide", choice="s42-enquiry", text="Why")
    behind.clock.at_ms += 100 * DAY
    behind.act(ended, "record", asked="yes")
    behind.act(ended, "conclude", choice="reduced", text="Safer", achieved="partly")
    behind.clock.at_ms += 100 * DAY
    found = learned(behind)
    assert found["concluded"] == {"Concluded: three to six months": 1, "Open: over six months": 1}
    assert found["drift"]["Enquiry open, to be audited (6 months)"] == 1
    assert found["sg2-risk"] == {"Risk reduced": 1}
    assert found["sg2-type"] == {"physical": 1}
    assert found["survey"] == {"Nothing written down yet": 1}
    behind.act(ended, "invite", choice="adult")
    assert learned(behind)["survey"] == {"Given to the adult": 1}
    assert found["wishes"] == {"Asked: partly achieved": 1}
    assert found["capacity"] == {"Lacks capacity, no advocate recorded": 1}
    assert found["sg2-place"] == {"In the community": 1}
    assert found["sg2-source"] == {"Not said": 1}


@pytest.mark.parametrize("many, name", [(1, "One concern"), (2, "Several, never"), (4, "More than 3")])
def test_adults_are_counted_by_how_often_somebody_spoke_for_them(
    behind: Behind, many: int, name: str
) -> None:
    for number in range(many):
        behind.take(said(account=str(number)))
    ((group, adults),) = learned(behind)["repeats"].items()
    assert group.startswith(name)
    assert adults == 1


def test_the_age_is_that_of_the_day_and_what_is_no_day_is_not_said(behind: Behind) -> None:
    for number, born in enumerate(("2026-10-21", "2008-10-21", "2008-10-20", "1961-10-21", "1941-10-20", "")):
        behind.take(said(account=str(number), adult=EVANS.model_copy(update={"birth_date": born})))
    assert learned(behind)["sg1"] == {"Under 18": 2, "18 to 64": 2, "85 and over": 1, "Not said": 1}
