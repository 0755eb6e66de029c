"""What somebody sees: every list, count and search less what they are kept from, as if it were not there."""

from __future__ import annotations

from typing import Any

from ascbridge.safeguarding import concern_list
from ascbridge.safeguarding.concern_list import CONCERN_VIEWS
from ascbridge.safeguarding.concern_words import AdultSaid
from ascbridge.safeguarding.vault import Insider
from tests.safeguarding.behind import DAY, NIA, NOON, OMAR, RANI, Behind, said

GARETH = Insider("Gareth Evans", "safeguarding")


def names(rows: list[Any]) -> list[str]:
    return [one.stood.said.reference for one in rows]


def found(behind: Behind, who: Insider, asked: str) -> list[str]:
    return names(behind.run(lambda c: concern_list.found(c, behind.vault, who, asked)))


def shown(behind: Behind, who: Insider, reference: str) -> Any:
    concern = behind.stood(reference).said.concern
    return behind.run(lambda c: concern_list.shown(c, behind.vault, who, concern))


def test_each_list_holds_what_its_name_says_the_soonest_due_first(behind: Behind) -> None:
    late, mine, enquiry, closed = (behind.take(once=str(n)) for n in range(4))
    behind.act(mine, "accept")
    behind.act(enquiry, "decide", OMAR, choice="s42-enquiry", text="Why")
    behind.act(closed, "decide", OMAR, choice="signposted", text="Why")
    behind.clock.at_ms = NOON + 2 * DAY
    later = behind.take(once="later")
    lists = behind.lists()
    assert set(names(lists["to-decide"])[:2]) == {late, mine}
    assert names(lists["to-decide"])[2:] == [later]
    assert names(lists["enquiries"]) == [enquiry]
    assert names(lists["mine"]) == [mine]
    assert {late, mine, enquiry, later} == set(names(lists["needs-a-look"])), "one adult, five in a year"
    assert names(lists["closed"]) == [closed]
    assert all(one.late for one in lists["to-decide"] if one.stood.said.reference != later)
    behind.clock.at_ms += 31 * DAY
    assert names(behind.lists()["closed"]) == []


def test_a_team_sees_its_own_and_everybody_may_look_at_one_team(behind: Behind) -> None:
    community, ward = behind.take(), behind.take(said(origin="ward"))
    assert names(behind.lists(RANI)["to-decide"]) == [ward]
    assert set(names(behind.lists()["to-decide"])) == {community, ward}
    assert names(behind.lists(NIA, "intake")["to-decide"]) == [community]


def test_for_whoever_is_kept_from_it_there_is_nothing_in_any_list_count_or_search(behind: Behind) -> None:
    empty = {view: [] for view in CONCERN_VIEWS}
    hidden = behind.take(said(source_named=("Gareth Evans",)))
    assert behind.lists(GARETH) == empty
    assert found(behind, GARETH, hidden) == found(behind, GARETH, "999 300 0019") == []
    assert shown(behind, GARETH, hidden) is None
    assert found(behind, NIA, hidden.lower()) == found(behind, NIA, "9993000019") == [hidden]


def test_of_an_adults_concerns_not_even_the_number_shows_to_whoever_is_kept_from_one(behind: Behind) -> None:
    for number in range(3):
        behind.take(said(source_named=("Gareth Evans",), account=f"Hidden {number}"))
    open_one = behind.take(said(account="Open"))
    (for_nia,) = [one for one in behind.lists()["to-decide"] if one.stood.said.reference == open_one]
    (for_gareth,) = behind.lists(GARETH)["to-decide"]
    assert for_nia.alerts == ("repeated",)
    assert for_gareth.alerts == ()
    assert len(shown(behind, NIA, open_one).others) == 3
    assert shown(behind, GARETH, open_one).others == ()


def test_a_concern_shows_what_was_done_and_the_adults_others(behind: Behind) -> None:
    first, second = behind.take(), behind.take(said(account="Again"))
    other = behind.take(said(adult=AdultSaid(family_name="OKAFOR")))
    behind.act(first, "note", text="Rang her")
    page = shown(behind, NIA, first)
    assert [one.act for one in page.acts] == ["raise", "note"]
    assert [one.said.reference for one in page.others] == [second]
    assert shown(behind, NIA, other).others == ()
    assert behind.run(lambda c: concern_list.shown(c, behind.vault, NIA, "c0")) is None


def test_a_search_for_nobody_finds_nobody(behind: Behind) -> None:
    behind.take()
    for asked in ("", " ", "9993000027", "SG-22222222", "EVANS"):
        assert found(behind, NIA, asked) == []


def test_what_stands_for_somebody_changes_with_what_they_see_and_with_nothing_else(behind: Behind) -> None:
    def standing(who: Insider) -> str:
        found: str = behind.run(lambda c: concern_list.standing(c, behind.vault, who))
        return found

    empty = standing(GARETH)
    hidden = behind.take(said(source_named=("Gareth Evans",)))
    before = standing(NIA)
    assert (standing(GARETH), standing(RANI)) == (empty, empty)
    assert before != empty
    behind.act(hidden, "note", text="Rang her")
    assert standing(NIA) != before
    assert standing(GARETH) == empty
