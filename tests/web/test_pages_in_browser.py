"""The pages in a real browser: live without reload, by keyboard alone, no barrier that axe-core finds, at every width."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from ascbridge.cutover.comparison_rules import shipped
from ascbridge.events.handlers import switches
from ascbridge.operations.changing import switching
from ascbridge.storage.tables import door_task, patient, possible_match, quarantine, said_event, task
from tests.intake.messages import adt
from tests.intake.sources.test_desk_entries import ENTRY, entry
from tests.operations.two_systems import MARY, NEW, OLD, TwoSystems
from tests.servers.fixtures import started
from tests.web.city import MINUTE
from tests.web.conftest import served
from tests.web.door import at_door, people_the_door
from tests.web.faults import bury_one, hold_one
from tests.web.operations.shadow_once import shadow_once

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.web.conftest import Site

pytestmark = pytest.mark.browser

RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "resultTypes": ["violations"],  # of what passed it would collect every node
}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Give one browser for all tests here, none of which has an event loop of its own; each opens its own windows."""
    with started() as browser:
        yield browser


@pytest.fixture(autouse=True)
def _no_window_stays_open(chromium: Any) -> Iterator[None]:
    yield
    for context in chromium.contexts:
        context.close()


@pytest.fixture
def two_site(tmp_path: Path) -> Iterator[Site]:
    """The pages of a city whose council changes its case system."""
    city = TwoSystems(tmp_path)
    with served(city) as made:
        yield made
    city.close()


def open_page(chromium: Any, **more: Any) -> Any:
    """A fresh browser window that fails its test where the page's script does, or where the policy blocks a thing."""
    page = chromium.new_context(viewport={"width": 1280, "height": 900}, **more).new_page()
    page.set_default_timeout(90_000)
    page.faults = []
    page.on("pageerror", lambda fault: page.faults.append(str(fault)))
    page.on("console", lambda said: page.faults.append(said.text) if said.type == "error" else None)
    return page


def sign_in(page: Any, site: Site, role: str = "discharge-team", name: str = "Nia Brown") -> None:
    page.goto(site.sign_in_address())
    page.fill("#name", name)
    page.check(f'input[value="{role}"]')
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)
    if page.url.split("?")[0].endswith("/reason"):
        page.check('input[value="Direct care of this person"]')
        page.get_by_role("button", name="Continue").click()
        page.wait_for_url(lambda url: "/reason" not in url)


def addresses(site: Site) -> dict[str, str]:
    """One of every page that the discharge team has."""
    row = site.city.task_of(0)
    look = next(one for one in site.city.rows(task) if one.looks)
    site.city.arrive("desk", entry(site="RKB01", person={**ENTRY["person"], "checked": False}))
    by_hand = next(one for one in site.city.rows(task) if b":entered-by-hand" in one.body)
    return {
        "enter": "/enter-stay", "entered": f"/tasks/{by_hand.task_id}", "joining": f"/tasks/{by_hand.task_id}/joining",
        "worklist": "/worklist", "worklist-empty": "/worklist?view=mine", "task": f"/tasks/{row.task_id}",
        "narrowed": "/worklist?ward=W12, RKB01&who=-&view=in-hospital", "wards": "/worklist/wards", "ward": "/worklist/wards?ward=-",
        "pathways": "/worklist/pathways", "changes": "/worklist/changes", "capacity": "/worklist/capacity",
        "huddle": "/worklist/huddle", "no-ward": "/worklist/wards?ward=W9", "csv": "/worklist/csv?view=mine", "late-csv": "/check-by-phone/csv", "no-huddle": "/worklist/huddle?ward=W9",
        "task-look": f"/tasks/{look.task_id}", "note": f"/tasks/{row.task_id}/note",
        "assign": f"/tasks/{row.task_id}/assign", "ask": f"/tasks/{row.task_id}/ask", "hold": f"/tasks/{row.task_id}/hold",
        "together": f"/worklist/together?act=assign&chosen={row.task_id}.0.{row.revision}",
        "escalated": "/worklist?view=escalated", "delay": f"/tasks/{row.task_id}/delay",
        "complete": f"/tasks/{row.task_id}/complete", "drop": f"/tasks/{row.task_id}/drop",
        "settle": f"/tasks/{look.task_id}/settle-look", "open": f"/stays/{row.spell_key}/open",
        "person": f"/people/{row.person_id}", "origin": f"/people/{row.person_id}/from/who", "elsewhere": f"/people/{row.person_id}/elsewhere", "people": "/people", "my-people": "/my-people", "api-docs": "/api/docs", "missing": "/nowhere",
        "reference": "/reference", "phone": "/check-by-phone", "reports": "/reports", "role": "/sign-in/role",
    }  # fmt: skip


def operations_addresses(site: Site) -> dict[str, str]:
    dead_id = bury_one(site.city, "feed itk-v24 has no profile here; add it to the settings", local_id="L201",
                       visit="V201", nhs_number="9993000094")  # fmt: skip
    hold_one(site.city, "a fault of the sender", local_id="L202", visit="V202", nhs_number="9993000108")
    site.city.arrive("itk-v24", adt("A40", control_id="BAD1"))  # a merge with nobody
    site.city.hear(
        "A03", local_id="L77", visit="V77", nhs_number="", pv1={36: "ZZ"}, extra=("AL1|1|DA|PENICILLIN",)
    )
    site.city.bridge.write_now(site.city.translator.unread.write)
    shadow_once(site.city)
    return {
        "shadows": "/operations/shadows", "shadow": "/operations/shadows/next",
        "operations": "/operations", "find": "/operations/find?q=nothing", "found": "/operations/find?feed=itk-v24",
        "trail": "/operations/find?q=T0009",
        "dead-letters": "/operations/dead-letters", "dead-letter": f"/operations/dead-letters/{dead_id}",
        "confirm": "/operations/confirm?act=try-now&consumer=translator&cause=a%20fault%20of%20the%20sender",
        "read-again": "/operations/read-again?consumer=record&start=2026-01-01T10:00",
        "read-again-error": "/operations/read-again?consumer=record&start=", "not-mapped": "/operations/not-mapped",
        "unmapped": "/operations/unmapped", "retention": "/operations/retention", "maps": "/operations/maps?name=discharge_method", "feed-profiles": "/operations/feed-profiles",
        "refused": "/operations/refused", "ledger": "/operations/ledger", "shared-record": "/operations/shared-record",
        "flows": "/operations/flows", "flow-stop": "/operations/flows/feed/itk-v24",
        "alerts": "/operations/alerts", "maintenance": "/operations/maintenance",
        "mend-why": f"/operations/dead-letters/{dead_id}/mend",
        "changes-waiting": "/operations/changes", "replays": "/operations/replays",
        "replay-new": "/operations/replays/new?consumer=translator&feed=itk-v24",
        "dead-letter-group": "/operations/dead-letters?consumer=translator&feed=itk-v24&cause=feed%20itk-v24%20has%20no%20profile%20here%3B%20add%20it%20to%20the%20settings",
    }  # fmt: skip


def settling_addresses(site: Site) -> dict[str, str]:
    """One of every page on which people are settled; a restricted person, two records, and a number that two share."""
    site.city.hear("A01", local_id="L900", visit="V900", name="EVANS^MARGARET^^^MRS^^L", born="19500101",
                   nhs_number="9993000019", ward="W1^^^RKB01")  # fmt: skip
    site.city.hear("A01", local_id="L951", visit="V951", name="HOLLOWAY^JANE^^^MS^^L", born="19700505", nhs_number="",
                   ward="W1^^^RKB01")  # fmt: skip
    hidden = next(row.person_id for row in site.city.rows(patient) if row.restricted)
    pair = next(row for row in site.city.rows(possible_match) if row.state == "open")
    case = next(row.patient_key for row in site.city.rows(quarantine) if row.state == "open")
    return {
        "settle": "/settle", "matching": "/settle/matching", "holds": "/settle/holds",
        "settle-number": f"/settle/numbers/{case}", "settle-pair": f"/settle/pairs/{pair.low}/{pair.high}",
        "settle-restricted": f"/settle/people/{hidden}",
        "settle-person": f"/settle/people/{site.city.task_of(0).person_id}",
        "subject-access": f"/people/{site.city.task_of(0).person_id}/subject-access",
    }  # fmt: skip


def cutover_addresses(city: TwoSystems) -> dict[str, str]:
    """One of every page about a change of the case system, with something on each."""
    path, due = "/operations/cutover", {"due_on": "2026-12-01"}
    for feed, number, review in ((OLD, "C100", "R1"), (NEW, "70001", "N1"), (NEW, "70001", "N2")):
        city.say(feed, number, MARY, "review", id=review, status="due", **due)
    city.switch("review")
    city.clock.at_ms += MINUTE
    city.say(OLD, "C100", MARY, "review", id="R1", status="due", due_on="2026-11-30")
    pair = city.pair
    late, *_ = city.bridge.read_now(lambda c: switching.corrections(c, shipped(), switches.load(c, pair)))
    assert late.old
    city.pair_events()
    told = [row.event_id for row in city.rows(said_event) if row.verdict in ("differs", "missing", "extra")]
    return {
        "events": f"{path}/events", "events-off": f"{path}/events/off?put_right=too", "event": f"{path}/events/{told[0]}",
        "cutover": path, "compared": f"{path}?compare=now", "sheet": f"{path}/sheet", "review": f"{path}/comparison/review",
        "quality": f"{path}/quality", "proposals": f"{path}/proposals", "corrections": f"{path}/corrections",
        "correction": f"{path}/corrections/{late.old.message_id}/{late.event_type}",
    }  # fmt: skip


def barriers(page: Any) -> list[str]:
    page.evaluate(AXE_SCRIPT)
    found = page.evaluate("(rules) => axe.run(rules).then((found) => found.violations)", RULES)
    return [f"{one['id']}: {node['target']} {node['html'][:120]}" for one in found for node in one["nodes"]]


def test_no_page_of_the_discharge_team_has_a_barrier(site: Site, chromium: Any) -> None:
    page = open_page(chromium)
    page.goto(f"{site.address}/sign-in")
    assert barriers(page) == []
    page.goto(site.sign_in_address())
    page.get_by_role("button", name="Continue").click()
    page.wait_for_selector(".nhsuk-error-summary")
    assert barriers(page) == []
    sign_in(page, site)
    for name, path in addresses(site).items():
        page.goto(site.address + path)
        page.evaluate("document.querySelectorAll('details').forEach((one) => one.setAttribute('open', ''))")
        assert barriers(page) == [], name
    for name, button in (("complete", "Complete the task"), ("enter", "Enter it")):
        page.goto(site.address + addresses(site)[name])
        page.get_by_role("button", name=button).click()
        page.wait_for_selector(".nhsuk-error-summary")
        assert barriers(page) == [], name


def test_no_page_of_it_operations_or_an_auditor_has_a_barrier(site: Site, chromium: Any) -> None:
    page = open_page(chromium)
    sign_in(page, site, "it-operations")
    for name, path in operations_addresses(site).items():
        page.goto(site.address + path)
        assert barriers(page) == [], name
    page.goto(f"{site.address}/sign-in/role")
    page.check('input[value="auditor"]')
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/reason**")
    assert barriers(page) == []
    page.check('input[value="Checking how the system is used"]')
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/opened-without-relationship")
    person = addresses(site)["person"]
    for path in ("/worklist", "/audit", person, f"{person}/seen-by"):
        page.goto(site.address + path)
        assert barriers(page) == [], path


def door_addresses(site: Site) -> dict[str, str]:
    """One of every page of the front door, with somebody who is late, a review, and a restricted person."""
    people_the_door(site.city)
    late = f"/front-door/tasks/{at_door(site.city, 'contact:CT-1').task_id}"
    hidden = f"/front-door/tasks/{at_door(site.city, 'contact:CT-3').task_id}"
    review = (
        f"/front-door/tasks/{next(row.task_id for row in site.city.rows(door_task) if row.kind == 'review')}"
    )
    return {
        "door": "/front-door", "door-empty": "/front-door?view=mine", "door-task": late, "door-hidden": hidden,
        "door-review": review, "door-note": f"{late}/note", "door-complete": f"{late}/complete",
        "door-undo": f"{late}/undo", "door-spoke": f"{late}/spoke", "door-waits": "/front-door/waits",
    }  # fmt: skip


def test_no_page_of_the_front_door_has_a_barrier_or_scrolls_sideways(site: Site, chromium: Any) -> None:
    page = open_page(chromium)
    pages = door_addresses(site)
    sign_in(page, site, "front-door", "Sam Lee")
    for name, path in pages.items():
        for width in (1280, 320):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(site.address + path)
            assert not page.evaluate(
                "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            ), (name, width)
            assert barriers(page) == [], (name, width)
    assert page.faults == []
    page.goto(site.address + pages["door-complete"])
    page.get_by_role("button", name="Complete the task").click()
    page.wait_for_selector(".nhsuk-error-summary")
    assert barriers(page) == []


def test_opening_without_a_relationship_and_looking_at_it_have_no_barrier(site: Site, chromium: Any) -> None:
    duty, governor = open_page(chromium), open_page(chromium)
    person = site.city.task_of(3).person_id
    sign_in(duty, site, "front-door", "Dee Duty")

    def judge(page: Any) -> None:
        for width in (1280, 320):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate(
                "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
            ), width
            assert barriers(page) == [], width

    duty.goto(f"{site.address}/people/{person}")
    duty.get_by_role("button", name="Open the record").click()
    duty.wait_for_selector(".nhsuk-error-summary")
    judge(duty)
    duty.get_by_label("Something else").check()
    duty.get_by_label("In your own words").fill("Fell at home, the daughter rang")
    duty.get_by_role("button", name="Open the record").click()
    duty.wait_for_selector("text=Opened without a relationship, until")
    sign_in(governor, site, "information-governance", "Imran Gill")
    governor.wait_for_selector("text=1 opening to look at")
    judge(governor)
    governor.get_by_role("button", name="Looked at").click()
    governor.wait_for_selector(".nhsuk-error-summary")
    judge(governor)
    governor.get_by_label("Talk to them").check()
    governor.get_by_label("In your words").fill("Rang her: the son had called")
    governor.get_by_role("button", name="Looked at").click()
    governor.wait_for_selector("text=Nothing waits to be looked at.")
    judge(governor)
    site.city.clock.at_ms += 60 * MINUTE
    duty.reload()
    duty.wait_for_selector("text=Nothing known connects you with this person")
    assert {*duty.faults, *governor.faults} == {
        "Failed to load resource: the server responded with a status of 422 (Unprocessable Entity)"
    }


def test_what_a_colleague_takes_shows_on_the_open_list_of_the_front_door(site: Site, chromium: Any) -> None:
    page, theirs = open_page(chromium), open_page(chromium)
    pages = door_addresses(site)
    sign_in(page, site, "front-door", "Sam Lee")
    page.wait_for_selector("[data-list] [data-row]")
    page.evaluate("window.sameDocument = true")
    sign_in(theirs, site, "front-door", "Ola Green")
    theirs.goto(site.address + pages["door-task"])
    theirs.get_by_role("button", name="Take it").click()
    page.wait_for_selector("tr:has-text('OKAFOR') >> text=Ola Green")
    assert page.evaluate("window.sameDocument") is True
    assert page.faults == theirs.faults == []


def test_two_people_lift_a_restriction_on_pages_without_a_barrier(site: Site, chromium: Any) -> None:
    anne, ben = open_page(chromium), open_page(chromium)
    sign_in(anne, site, "information-governance", "Anne Hall")
    pages = settling_addresses(site)
    for name, path in pages.items():
        anne.goto(site.address + path)
        assert barriers(anne) == [], name
        for width in (320, 1280):
            anne.set_viewport_size({"width": width, "height": 900})
            assert not anne.evaluate(
                "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            ), (name, width)
    anne.goto(site.address + pages["settle-restricted"])
    anne.get_by_role("button", name="Ask to lift it").click()
    anne.wait_for_selector(".nhsuk-error-summary")
    assert barriers(anne) == []
    anne.fill("#why-lift", "The national service lifted it")
    anne.get_by_role("button", name="Ask to lift it").click()
    anne.wait_for_url("**/settle/requests/**")
    asked = anne.url.split("?")[0]
    assert barriers(anne) == []
    anne.get_by_role("button", name="Approve lifting").click()
    anne.wait_for_selector("text=who asked may not approve")
    assert barriers(anne) == []
    sign_in(ben, site, "information-governance", "Ben Shah")
    ben.goto(asked)
    ben.get_by_role("button", name="Approve lifting").click()
    ben.wait_for_selector("text=It is approved.")
    assert not [row for row in site.city.rows(patient) if row.restricted]
    assert ben.faults == []


def test_an_objection_is_written_down_on_a_page_without_a_barrier(site: Site, chromium: Any) -> None:
    anne = open_page(chromium)
    sign_in(anne, site, "information-governance", "Anne Hall")
    person = site.city.task_of(1).person_id
    anne.goto(f"{site.address}/settle/people/{person}")
    wish = anne.get_by_role("region", name="They object to sharing")
    wish.get_by_role("button").click()
    anne.wait_for_selector(".nhsuk-error-summary")
    assert barriers(anne) == []
    wish.get_by_label("When did they say so?").fill("2026-01-02")
    wish.get_by_label("To whom, and how?").fill("To the front door, by letter")
    wish.get_by_role("button").click()
    anne.wait_for_selector("text=Their objection is written down.")
    site.city.work()
    anne.goto(f"{site.address}/settle")
    anne.wait_for_selector("text=2 Jan 2026")
    for address in (f"{site.address}/settle", f"{site.address}/settle/people/{person}"):
        anne.goto(address)
        assert barriers(anne) == [], address
        for width in (320, 1280):
            anne.set_viewport_size({"width": width, "height": 900})
            wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            assert not anne.evaluate(wide), (address, width)
    assert anne.get_by_role("button", name="Write down that they no longer object").is_visible()


def test_no_page_scrolls_sideways_from_a_telephone_to_a_wall_screen(site: Site, chromium: Any) -> None:
    page = open_page(chromium)
    wider_than_the_window = """() => [...document.querySelectorAll('body *')].filter((one) => {
        const box = one.getBoundingClientRect();
        return box.right > innerWidth + 1 && box.width > 1
          && !one.closest('.asc-scroll, .nhsuk-u-visually-hidden, thead');
      }).map((one) => one.tagName + '.' + one.className)"""
    scrolls = "document.documentElement.scrollWidth > document.documentElement.clientWidth"

    def check(name: str, path: str) -> None:
        page.goto(site.address + path)
        page.evaluate("document.querySelectorAll('details').forEach((one) => one.setAttribute('open', ''))")
        for width in (320, 768, 1280, 1920):
            page.set_viewport_size({"width": width, "height": 900})
            assert (page.evaluate(scrolls), page.evaluate(wider_than_the_window)) == (False, []), (
                name,
                width,
            )

    sign_in(page, site)
    for name, path in addresses(site).items():
        check(name, path)
    sign_in(page, site, "it-operations")
    for name, path in operations_addresses(site).items():
        check(name, path)


def test_pages_about_a_change_of_the_case_system(two_site: Site, chromium: Any) -> None:
    page, pages = open_page(chromium), cutover_addresses(two_site.city)  # type: ignore[arg-type]
    sign_in(page, two_site, "it-operations")
    for name, path in pages.items():
        page.goto(two_site.address + path)
        assert barriers(page) == [], name
        for width in (320, 768, 1280, 1920):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, width)
    page.goto(two_site.address + pages["sheet"])
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))) == 1
    for name, button in (("proposals", "Accept those chosen"), ("correction", "Have it heard")):
        page.goto(two_site.address + pages[name])
        page.get_by_role("button", name=button).click()
        page.wait_for_selector(".nhsuk-error-summary")
        assert barriers(page) == [], name


def test_what_the_hospital_says_appears_without_a_reload(site: Site, chromium: Any) -> None:
    page = open_page(chromium)
    sign_in(page, site)
    page.wait_for_selector("[data-list] [data-row]")
    page.evaluate("window.sameDocument = true")
    before = page.locator("[data-list] [data-row]").count()
    city = site.city
    fields = {"local_id": "L300", "visit": "V300", "name": "NEWCOMER^NORA^^^MRS^^L", "born": "19360229",
              "nhs_number": "9993000116", "ward": "W12^BAY 5^BED 1^RKB01"}  # fmt: skip
    city.hear("A01", **fields)
    city.clock.at_ms += MINUTE
    city.hear("A16", **fields)
    page.wait_for_selector("text=NEWCOMER, Nora (Mrs)")
    assert page.locator("[data-list] [data-row]").count() == before + 1
    row = page.locator("tr", has_text="NEWCOMER")
    assert row.locator("[data-fresh]").inner_text() == "New"
    assert "1 new, 0 changed" in page.inner_text("#said")
    city.clock.at_ms += MINUTE
    city.hear("A02", **{**fields, "ward": "W44^BAY 1^BED 7^RKB01"})
    page.wait_for_selector("text=W44")
    page.get_by_role("button", name="Mark all as seen").click()
    assert page.locator("[data-fresh]:visible").count() == 0
    city.clock.at_ms += MINUTE
    city.hear("A25", **fields)
    row.wait_for(state="detached")
    assert page.evaluate("window.sameDocument") is True
    assert page.faults == []


def test_what_a_colleague_does_shows_on_an_open_task_and_the_keyboard_stays_where_it_was(
    site: Site, chromium: Any
) -> None:
    page, theirs = open_page(chromium), open_page(chromium)
    path = f"{site.address}/tasks/{site.city.task_of(0).task_id}"
    sign_in(page, site)
    page.goto(path)
    page.locator("details").first.evaluate("(one) => { one.open = true; }")
    opened = page.locator("details").first.get_attribute("id")
    page.focus("text=Write a note")
    sign_in(theirs, site, name="Ola Green")
    theirs.goto(path)
    theirs.get_by_role("button", name="Claim it").click()
    page.wait_for_selector("text=Claimed by Ola Green")
    assert page.evaluate("document.activeElement.textContent") == "Write a note"
    assert page.locator(f"#{opened}").get_attribute("open") is not None
    assert page.faults == []


def test_a_task_is_claimed_noted_and_completed_by_keyboard_alone(site: Site, chromium: Any) -> None:
    page = open_page(chromium)
    page.goto(site.sign_in_address())

    def until(text: str) -> None:
        """Press Tab until something with this text, or this id, has the keyboard."""
        for _ in range(80):
            page.keyboard.press("Tab")
            here = page.evaluate("[document.activeElement.textContent.trim(), document.activeElement.id]")
            if text in here:
                return
        pytest.fail(f"{text!r} cannot be reached by keyboard on {page.url}")

    until("name")
    page.keyboard.type("Nia Brown")
    until("role")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**/worklist")
    until("Skip to main content")
    page.keyboard.press("Enter")
    until("EVANS, Mary Joy (Mrs)")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tasks/*")
    until("claim")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=You have claimed this task")
    until("Write a note")
    page.keyboard.press("Enter")
    page.wait_for_url("**/note")
    until("text")
    page.keyboard.type("Rang the daughter.")
    until("Save the note")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Rang the daughter.")
    until("Complete with an outcome")
    page.keyboard.press("Enter")
    page.wait_for_url("**/complete")
    until("Complete the task")
    page.keyboard.press("Enter")
    page.wait_for_selector(".nhsuk-error-summary")
    assert "nhsuk-error-summary" in page.evaluate("document.activeElement.className")
    until(page.inner_text(".nhsuk-error-summary li a"))
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "choice"
    page.keyboard.press("ArrowDown")
    until("Complete the task")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=The task is completed.")
    assert next(row for row in site.city.rows(task) if b"no-support" in row.body or row.status == "completed")


def test_the_keyboard_is_always_to_be_seen(site: Site, chromium: Any) -> None:
    page = open_page(chromium)
    sign_in(page, site)
    unseen = page.evaluate(
        """() => [...document.querySelectorAll('a, button, select, input:not([type=hidden]), summary, [tabindex="0"]')]
          .filter((one) => one.offsetParent !== null && one.checkVisibility({ contentVisibilityAuto: true })).filter((one) => {
            const before = JSON.stringify(['outline', 'boxShadow', 'backgroundColor'].map((n) => getComputedStyle(one)[n]));
            one.focus();
            const after = JSON.stringify(['outline', 'boxShadow', 'backgroundColor'].map((n) => getComputedStyle(one)[n]));
            return before === after;
          }).map((one) => one.outerHTML.slice(0, 100))"""
    )
    assert unseen == []


def test_a_lost_live_link_puts_up_a_banner_and_a_new_one_takes_it_down(site: Site, chromium: Any) -> None:
    page = open_page(chromium)
    sign_in(page, site)
    page.wait_for_selector("[data-list]")
    page.context.set_offline(True)
    site.app.state.live.stop()
    page.wait_for_selector("#link-lost:not([hidden])")
    assert "may be incomplete since 12:30" in page.inner_text("#link-lost")
    assert barriers(page) == []
    site.app.state.live._stopped = False
    page.context.set_offline(False)
    page.wait_for_selector("#link-lost", state="hidden")


def test_a_late_feed_puts_up_a_banner_by_itself(site: Site, chromium: Any) -> None:
    page = open_page(chromium)
    sign_in(page, site)
    page.wait_for_selector("[data-list]")
    site.city.clock.at_ms += 121 * MINUTE
    site.city.council("C9", "9993000124", ("QUIET", "QUENTIN"), "1950-01-01", "known", known=True)
    page.goto(f"{site.address}/worklist")
    page.wait_for_selector("text=Late feed.")
    assert (
        "Hospital patient administration system: this page may be incomplete since 12:25"
        in page.inner_text("#feeds")
    )
    assert barriers(page) == []


def test_pages_work_without_script(site: Site, chromium: Any) -> None:
    page = open_page(chromium, java_script_enabled=False)
    sign_in(page, site)
    page.click("text=OKAFOR, Samuel (Mr)")
    page.get_by_role("button", name="Claim it").click()
    page.wait_for_url("**?done=claim")
    page.click("text=Complete with an outcome")
    page.check("#choice")
    page.get_by_role("button", name="Complete the task").click()
    page.wait_for_url("**?done=complete")
