"""What is counted of concerns: each once, by what is so on the day that is asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.discharge.acts.desk import NotAChoice
from ascbridge.safeguarding import concern_store as store
from ascbridge.safeguarding.concern_words import faults
from ascbridge.safeguarding.learning import tables
from tests.safeguarding.behind import DAY, EVANS, said

if TYPE_CHECKING:
    from ascbridge.safeguarding.concern_words import AdultSaid
    from tests.safeguarding.behind import Behind


def learned(behind: Behind) -> dict[str, dict[str, int]]:
    stood: list[Any] = behind.run(lambda c: store.raised_since(c, behind.vault, 0))
    found = tables(behind.vault.rules, stood, stood, behind.clock.at_ms)
    return {one.code: one.groups for one in found}


def another(number: int, **more: str) -> AdultSaid:
    """Somebody who is nobody else."""
    return EVANS.model_copy(update={"nhs_number": "", "council_id": f"C{number}"} | more)


def test_of_no_concerns_there_is_nothing_to_count(behind: Behind) -> None:
    found = learned(behind)
    assert set((found.pop("drift") | found.pop("sg1-cases")).values()) == {0}
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
    assert found["sg1-cases"] == {"Concerns": 3, "Section 42 enquiries": 1, "Other enquiries": 0}
    assert found["sg1"] == found["sg1-s42"] == {"85 and over": 1}, "all are about one adult"
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
        behind.take(said(account=str(number), adult=another(number, birth_date=born)))
    assert learned(behind)["sg1"] == {"Under 18": 2, "18 to 64": 2, "85 and over": 1, "Not said": 1}


def test_sg1_counts_adults_once_by_what_was_said_last_of_them(behind: Behind) -> None:
    behind.take(said(account="1", adult=another(1, gender="male", ethnicity="white")))
    behind.clock.at_ms += DAY
    again = behind.take(said(account="2", adult=another(1, gender="female")))
    behind.take(said(account="3", adult=another(2)))
    behind.act(again, "decide", choice="other-enquiry", text="Why")
    behind.act(again, "record", support_reason="mental-health")
    found = learned(behind)
    assert found["sg1-gender"] == {"Female": 1, "Not said": 1}
    assert found["sg1-ethnicity"] == {"White": 1, "Not said": 1}
    assert found["sg1-support-reason"] == {"Mental health support": 1, "Not said": 1}
    assert found["sg1-other-support-reason"] == {"Mental health support": 1}
    assert found["sg1-other-ethnicity"] == {"Not said": 1}, "nothing was said of it with that enquiry"
    assert found["sg1-s42-gender"] == {}
    assert found["sg1-cases"] == {"Concerns": 3, "Section 42 enquiries": 0, "Other enquiries": 1}


def test_what_occurred_in_another_councils_area_is_counted_there(behind: Behind) -> None:
    for number, council in enumerate(("", " coventry ", "E08000026", "Solihull")):
        one = behind.take(said(account=str(number), adult=another(number), council=council))
        behind.act(one, "decide", choice="s42-enquiry", text="Why")
        behind.act(one, "conclude", choice="removed", text="Safe")
    found = learned(behind)
    assert found["council"] == {"Ours": 3, "Another council's, which counts it": 1}
    assert (
        found["sg1-cases"]["Concerns"]
        == found["sg1-s42"]["85 and over"]
        == found["sg2-risk"]["Risk removed"]
        == 3
    )
    assert found["followed"] == {"Enquiry under section 42": 4}, "the work is counted all the same"


@pytest.mark.parametrize("name", ["gender", "ethnicity", "support_reason"])
def test_what_adults_are_counted_by_is_of_a_list(behind: Behind, name: str) -> None:
    rules = behind.vault.rules
    for code in getattr(rules, name).words:
        assert faults(rules, said(adult=another(1, **{name: code}))) == {}
    assert list(faults(rules, said(adult=another(1, **{name: "blue"})))) == [name]
    reference = behind.take()
    with pytest.raises(NotAChoice, match="of their lists"):
        behind.act(reference, "record", **{name: "blue"})
