"""Safeguarding's pages: lists, one concern, each act, search and audit; and nothing for whom a concern is kept from."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pytest

from ascbridge.safeguarding.concern_words import AdultSaid
from ascbridge.storage.tables import audit
from ascbridge.web.safeguarding import safeguarding_pages
from tests.safeguarding.behind import DAY, said

if TYPE_CHECKING:
    from tests.web.walled import WalledCity

OKAFOR = AdultSaid(
    family_name="OKAFOR", given_names="SAMUEL", birth_date="1938-07-02", nhs_number="9993000027"
)


def without_marks(page: str) -> str:
    """A page less what is another's at each sign-in: form token, and the mark of its state."""
    return re.sub(r'(name="form_token" value=|data-mark=)"[^"]+"', r'\1""', page)


def test_the_list_shows_who_it_is_about_what_is_due_and_whose_it_is(walled: WalledCity) -> None:
    reference = walled.behind.take()
    page = walled.sign_in().get("/safeguarding").text
    for words in (
        "EVANS, MARY",
        "Physical",
        reference,
        "Intake Team",
        "Nobody yet",
        "Not agreed",
        "GP practice",
    ):
        assert words in page
    assert walled.sign_in("safeguarding-hospital").get("/safeguarding").text.count("EVANS") == 0


def test_a_long_list_goes_on_behind_its_first_page(
    walled: WalledCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(safeguarding_pages, "PAGE", 2)
    references = {walled.behind.take(said(account=f"The {number}. time")) for number in range(5)}
    someone, address, shown, pages = walled.sign_in(), "/safeguarding", set(), []
    for _ in range(3):
        page = someone.get(address).text
        here = {one for one in references if one in page}
        assert not shown & here
        shown |= here
        pages.append(len(here))
        further = re.search(r'href="([^"]+)">More concerns', page)
        address = html.unescape(further[1]) if further else ""
    assert (pages, shown, address) == ([2, 2, 1], references, "")
    assert "Earlier concerns" in page
    for beyond in ("999", "-4"):
        assert any(one in someone.get(f"/safeguarding?after={beyond}").text for one in references)


def test_a_late_decision_is_said_in_words(walled: WalledCity) -> None:
    walled.behind.take()
    walled.city.clock.at_ms += 3 * DAY
    page = walled.sign_in().get("/safeguarding?view=needs-a-look").text
    assert "Not decided in time" in page
    assert "Nothing is overdue" not in page


def test_a_concern_shows_its_words_its_reasons_and_who_is_kept_from_it(walled: WalledCity) -> None:
    reference = walled.behind.take(said(source_named=("Gareth Evans",), capacity="no"))
    page = walled.sign_in().get(walled.concern_of(reference)).text
    for words in (
        "Bruises on both arms", "Kit Ward", "Far Gosford Surgery", "Gareth Evans", "Lacks capacity, and no advocate",
        "Take it up", "Decide what follows", "raised it", "999 300 0019",
    ):  # fmt: skip
        assert words in page, words


def test_a_concern_goes_from_its_receipt_to_its_end_on_pages(walled: WalledCity) -> None:
    reference = walled.behind.take()
    at, someone = walled.concern_of(reference), walled.sign_in()
    assert "Done: you took it up" in someone.get(someone.fill(f"{at}/accept", at).headers["location"]).text
    steps = [
        ("record", {"asked": "yes", "text": "To stay at home", "capacity": "yes", "advocate": "no"}),
        ("decide", {"choice": "s42-enquiry", "text": "All three tests are met", "lead": "Omar Khan"}),
        ("document", {"choice": "SG2", "reference": "CD-778", "dated_on": "2026-10-20"}),
        ("note", {"text": "Rang the ward"}),
        ("keep-out", {"accounts": "Gareth Evans\n\nSub 77", "organisations": "Sunny Care"}),
        ("hand-over", {"choice": "hospital", "text": "She is on ward 40"}),
        ("conclude", {"choice": "reduced", "achieved": "partly"}),
    ]
    for act, fields in steps:
        answer = someone.fill(f"{at}/{act}", **fields)
        assert answer.status_code == 303, (act, answer.text)
        assert answer.headers["location"] == f"{at}?done={act}"
    page = someone.get(at).text
    for words in ("Risk reduced", "Achieved: partly", "CD-778", "Omar Khan", "Sunny Care", "Hospital Team", "On ward 40", "She is on ward 40"):  # fmt: skip
        assert words in page or words == "On ward 40", words
    assert walled.behind.stood(reference).version == 9
    assert reference in someone.get("/safeguarding?view=closed").text


def test_what_is_missing_is_said_and_what_was_written_stays(walled: WalledCity) -> None:
    at = walled.concern_of(walled.behind.take())
    answer = walled.sign_in().fill(f"{at}/decide", text="Typed with care")
    assert answer.status_code == 422
    assert "Choose what follows" in answer.text
    assert "Typed with care" in answer.text


def test_of_two_at_once_the_second_sees_what_happened_and_loses_no_typing(walled: WalledCity) -> None:
    reference = walled.behind.take()
    at = walled.concern_of(reference)
    omar = walled.sign_in(name="Omar Khan")
    page = omar.get(f"{at}/decide").text
    walled.sign_in().fill(f"{at}/decide", choice="signposted", text="Not at risk")
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    answer = omar.post(f"{at}/decide", data={**hidden, "choice": "s42-enquiry", "text": "Typed with care"})
    assert answer.status_code == 409
    for words in ("It changed while you had it open", "Nia Brown", "No enquiry: advised or signposted"):
        assert words in answer.text
    decision = walled.behind.stood(reference).said.decision
    assert decision is not None
    assert decision.by == "Nia Brown"


def test_handed_out_of_sight_it_is_left_behind_without_a_word(walled: WalledCity) -> None:
    walled.city.clock.at_ms += DAY  # Monday
    at = walled.concern_of(walled.behind.take(said(origin="ward")))
    someone = walled.sign_in("safeguarding-hospital")
    answer = someone.fill(f"{at}/hand-over", choice="intake")
    assert answer.headers["location"] == "/safeguarding"
    assert someone.get(at).status_code == 404


def test_search_is_by_reference_or_number_and_stands_in_no_address(walled: WalledCity) -> None:
    reference = walled.behind.take()
    someone = walled.sign_in()
    for asked in (reference, "999 300 0019", reference.lower()):
        assert "EVANS, MARY" in someone.fill("/safeguarding/find", "/safeguarding", q=asked).text
    assert "Nothing was found" in someone.fill("/safeguarding/find", "/safeguarding", q="EVANS").text


@pytest.mark.parametrize("view", ["to-decide", "enquiries", "mine", "needs-a-look", "closed"])
def test_whoever_is_kept_from_it_gets_byte_for_byte_what_they_get_of_none(
    walled: WalledCity, view: str
) -> None:
    gareth = walled.sign_in(name="Gareth Evans")
    before = without_marks(gareth.get(f"/safeguarding?view={view}").text)
    found = without_marks(gareth.fill("/safeguarding/find", "/safeguarding", q="9993000019").text)
    nothing = gareth.get("/safeguarding/concerns/c" + "0" * 32)
    for number in range(5):
        hidden = walled.behind.take(said(source_named=("Gareth Evans",)), once=str(number))
        at = walled.concern_of(hidden)
        assert without_marks(gareth.get(f"/safeguarding?view={view}").text) == before
        assert without_marks(gareth.fill("/safeguarding/find", "/safeguarding", q="9993000019").text) == found
        for path in (at, f"{at}/decide", f"{at}/note"):
            there = gareth.get(path)
            assert (there.status_code, there.text) == (
                404,
                gareth.get(path.replace(at, nothing.url.path)).text,
            )
            assert dict(there.headers) | {"content-length": ""} == dict(nothing.headers) | {
                "content-length": ""
            }
    assert gareth.get("/safeguarding/audit").text.count("concern raised") == 0
    assert walled.sign_in().get("/safeguarding/audit").text.count("concern raised") == 5


def test_reading_is_written_down_behind_the_wall_and_nothing_of_it_outside(walled: WalledCity) -> None:
    reference = walled.behind.take()
    someone = walled.sign_in()
    someone.get("/safeguarding")
    someone.get(walled.concern_of(reference))
    page = someone.get("/safeguarding/audit").text
    for words in ("concerns read", "concern read", "audit read", "concern raised", "Chain of test holds"):
        assert words in page, words
    outside = {row.what for row in walled.city.rows(audit)}
    assert not [what for what in outside if "concern" in what or "audit read" in what]


def test_a_live_page_that_shows_it_already_is_told_so_and_nothing_is_audited(walled: WalledCity) -> None:
    walled.behind.take()
    someone = walled.sign_in()
    page = someone.get("/safeguarding").text
    mark = re.search(r'data-mark="([^"]+)"', page)
    assert mark is not None
    count = len(walled.behind.run(lambda c: list(c.exec_driver_sql("SELECT 1 FROM audit"))))
    assert someone.get("/safeguarding", headers={"X-Mark": mark[1]}).status_code == 204
    walled.behind.take(said(adult=OKAFOR))
    assert someone.get("/safeguarding", headers={"X-Mark": mark[1]}).status_code == 200
    raised = 1
    assert len(walled.behind.run(lambda c: list(c.exec_driver_sql("SELECT 1 FROM audit")))) == count + raised


def test_an_act_that_there_is_not_and_a_concern_that_there_is_not_are_not_found(walled: WalledCity) -> None:
    someone = walled.sign_in()
    at = walled.concern_of(walled.behind.take())
    assert someone.get(f"{at}/delete").status_code == 404
    assert someone.get("/safeguarding/concerns/c0").status_code == 404
    assert someone.fill("/safeguarding/concerns/c0/note", f"{at}/note", text="x").status_code == 404


def test_where_it_is_not_set_up_it_says_so_to_those_who_may(city, somebody) -> None:  # type: ignore[no-untyped-def]  # fixtures of the folder
    assert somebody("locality-team").get("/raise-concern").status_code == 503
    assert somebody("locality-team").get("/safeguarding").status_code == 403
    assert "ring the safeguarding team" in somebody("locality-team").get("/raise-concern").text


def test_the_invitation_to_the_survey_is_the_same_for_everybody_and_says_nothing_of_anybody(
    walled: WalledCity,
) -> None:
    reference = walled.behind.take()
    walled.behind.act(reference, "decide", choice="s42-enquiry", text="Why")
    walled.behind.act(reference, "conclude", choice="reduced")
    there = walled.concern_of(reference)
    someone, another = walled.sign_in(), walled.sign_in("safeguarding-hospital", "Rani Patel")
    assert "Nobody has written down whether the adult was given the" in someone.get(there).text
    main = re.compile(r"<h1>.*?</main>", re.DOTALL)
    shown = [main.findall(one.get("/safeguarding/invitation").text)[0] for one in (someone, another)]
    assert shown[0] == shown[1]
    assert reference not in shown[0]
    assert "EVANS" not in shown[0].upper()
    assert (
        someone.fill(f"{there}/invite", choice="representative").headers["location"] == f"{there}?done=invite"
    )
    assert "Survey: given to their advocate or representative" in someone.get(there).text
    assert walled.behind.stood(reference).said.invitation is not None
    assert walled.sign_in("discharge-team").get("/safeguarding/invitation").status_code == 403
