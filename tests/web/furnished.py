"""A city in which no page is empty: something of everything that a page or interface can be asked for, by its own number.

It is the peopled city, whose council changes its case system and whose hospital is told how work stands, with people to
settle, entries by hand, shadows, runs, alerts, holds, code maps, hours that are closed and messages that are mended.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ascbridge.events.facts.task_progress import STEPS
from ascbridge.events.ledgers import hour_chain, hour_findings
from ascbridge.events.ledgers.hour_count import HOUR_MS
from ascbridge.events.ledgers.hour_gaps import Missing
from ascbridge.intake.agreed import profiles
from ascbridge.operations.changing import id_table
from ascbridge.operations.changing.id_table import Row
from ascbridge.replies.telling import Telling, Wanted
from ascbridge.storage.tables import (
    dead_letter,
    door_task,
    mending,
    message,
    opening,
    patient,
    people_request,
    possible_match,
    quarantine,
    replay_run,
    resource,
    said_event,
    task,
)
from tests.intake.revised import itk
from tests.journeys.read_back import publish
from tests.operations.two_systems import MARY, NEW, OLD, SAM, WHO, TwoSystems
from tests.web.city import MINUTE, NOON, people_the_city
from tests.web.door import EVANS, people_the_door
from tests.web.faults import bury_one, hold_one
from tests.web.nights import matter_once
from tests.web.operations.shadow_once import shadow_once
from tests.web.operations.test_alert_pages import DOWN, judge
from tests.web.operations.test_ledger_pages import HOUR, SHORT, WHOLE
from tests.web.record.test_in_context_pages import link
from tests.web.record.test_opening_pages import open_it
from tests.web.splitting import split_once

if TYPE_CHECKING:
    from pathlib import Path

    from ascbridge.intake.sources.profile import Profile
    from tests.web.conftest import Someone
    from tests.web.walled import WalledCity

CAUSE = "the profile of feed itk-v24 no longer reads it: PV1-14: a code"
CARE: dict[str, dict[str, Any]] = {
    "package": {"id": "PK-9", "kind": "home-support", "status": "live", "started_on": "2026-01-05"},
    "worker": {"team": "Older People", "name": "Amina Yusuf"},
    "carer": {"id": "CA-9", "name": "Joan Evans", "lives_with": True},
    "contact-person": {"id": "CP-9", "name": "Joan Evans", "relationship": "daughter"},
}
ENTRY: dict[str, Any] = {
    "id": "ward-system-entry-000001", "nhs_number": "9993000094", "number_checked": False, "family_name": "Nowak",
    "given_names": "Ewa", "birth_date": "1955-02-03", "site": "RKB01", "ward": "W12", "ready": True,
}  # fmt: skip
NOWAK = {"local_id": "L950", "visit": "V950", "name": "NOWAK^EWA^^^MRS^^L", "born": "19550203", "nhs_number": "9993000094",
         "ward": "W21^BAY 3^BED 4^RKB01"}  # fmt: skip
ANOTHER_EVANS = {"local_id": "L900", "visit": "V900", "name": "EVANS^MARGARET^^^MRS^^L", "born": "19500101",
                 "nhs_number": "9993000019", "ward": "W1^^^RKB01"}  # fmt: skip

ANOTHER_HOLLOWAY = {"local_id": "L951", "visit": "V951", "name": "HOLLOWAY^JANE^^^MS^^L", "born": "19700505",
                    "nhs_number": "", "ward": "W1^^^RKB01"}  # fmt: skip


class FurnishedCity(TwoSystems):
    """The peopled city with the council's two case systems."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, replies={"uhcw": {"facility": "RKB", "host": "127.0.0.1", "port": 2580}})
        now_ms, self.clock.at_ms = self.clock.at_ms, 0
        self.handlers.append(Telling([Wanted("uhcw", "RKB", frozenset(STEPS))], 1, self.clock))
        self.clock.at_ms = now_ms

    def _profiles(self) -> dict[str, Profile]:
        return super()._profiles() | {name: profiles.read(name) for name in ("council-facts", "desk")}


@dataclass
class Numbers:
    """The numbers under which what was made can be asked for: by the name of a path's parameter, under an address."""

    of: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def put(self, under: str, name: str, *values: Any) -> None:
        self.of.setdefault(under, {}).setdefault(name, []).extend(map(str, values))

    def values(self, path: str, name: str) -> list[str]:
        """Of the longest address that leads to this path."""
        fits = [
            under
            for under in self.of
            if path.removeprefix("/api").startswith(under) and name in self.of[under]
        ]
        return self.of[max(fits, key=len)][name] if fits else []


def furnish(walled: WalledCity) -> Numbers:
    """Let there be something of everything; return the numbers of it."""
    city = walled.city
    assert isinstance(city, FurnishedCity)
    people_the_city(city)
    found = Numbers()
    _the_record(walled, found)
    _two_case_systems(city, found)
    _entries(walled, found)
    _operations(walled, found)
    _to_settle(walled, found)
    city.work()
    publish(city)
    _by_number(city, found)
    return found


def _the_record(walled: WalledCity, found: Numbers) -> None:
    city = walled.city
    for fact, said in CARE.items():
        city.council(*EVANS, fact, **{fact: said})
    people_the_door(city)
    open_it(walled.sign_in("front-door", "Dee Duty"), city.task_of(3).person_id)
    found.put("/night", "matter_id", matter_once(city))
    found.put("/urgent", "matter_id", matter_once(city))
    found.put("/sub-tasks", "sub_id", split_once(city, "transport"))
    found.put("/in-context", "code", link(city, city.task_of(0).person_id).rpartition("/")[2])


def _two_case_systems(city: TwoSystems, found: Numbers) -> None:
    """Reviews of both that agree and do not, somebody whom only one knows, and a correction after a switch."""
    due = {"status": "due", "due_on": "2026-12-01"}
    city.say(OLD, "C100", MARY, "review", id="R1", **due)
    city.say(NEW, "70001", MARY, "review", id="N1", **due | {"outcome": "continues"})
    city.say(NEW, "70002", ("", *SAM[1:]), "worker", team="Team North")
    city.say(OLD, "C300", SAM, "review", id="R3", **due)
    city.say(NEW, "70003", SAM, "review", id="N3", **due)
    pair = city.pair
    assert pair is not None
    rows = [Row("person", "C100", "70001"), Row("review", "R1", "N1")]
    city.bridge.write_now(
        lambda c: id_table.load(c, city.keyring, pair, city.profiles, rows, WHO, city.clock.at_ms)
    )
    city.clock.at_ms += 60 * MINUTE
    city.pair_events()
    city.switch("review")
    city.clock.at_ms += MINUTE
    city.say(OLD, "C100", MARY, "review", id="R1", status="due", due_on="2026-11-30")
    found.put("/operations/cutover", "word", "review")
    found.put("/operations/cutover/events", "event_id", *(row.event_id for row in city.rows(said_event)))


def _entries(walled: WalledCity, found: Numbers) -> None:
    """Somebody entered by hand whom the hospital's messages may be about, and a code that nobody mapped."""
    city = walled.city
    nurse = programme(walled, "discharge-team", "ward system")
    made = nurse.post("/api/entries", json=ENTRY)
    assert made.status_code == 202, made.text
    found.put("/entries", "id", ENTRY["id"])
    found.put("/enter-stay", "once", ENTRY["id"])
    city.clock.at_ms += MINUTE
    city.hear("A01", **NOWAK)
    city.clock.at_ms += MINUTE
    found.put("/tasks", "task_id", made.json()["task_id"])
    city.hear("A03", local_id="L77", visit="V77", nhs_number="", pv1={36: "ZQ", 37: "19"},
              extra=("AL1|1|DA|PENICILLIN",))  # fmt: skip
    city.bridge.write_now(city.translator.unread.write)


def _operations(walled: WalledCity, found: Numbers) -> None:
    city = walled.city
    engineer = programme(walled, "it-operations", "Ola Green")
    letters = [bury_one(city, CAUSE, local_id=f"L30{n}", visit=f"V30{n}", nhs_number="") for n in (1, 2)]
    letters.append(bury_one(city, "a cause", local_id="L100", visit="V100", nhs_number="9993000019"))
    hold_one(city, "another cause", local_id="L101", visit="V101", nhs_number="9993000027")
    found.put("/operations/dead-letters", "dead_id", *letters)
    done(engineer, f"/api/operations/dead-letters/{letters[2]}/changes", values={"PV1-4": "21"}, why="a code")
    begin = {"consumer": "translator", "cause": CAUSE, "feed": "itk-v24", "dry_run": False, "why": "mended"}
    done(engineer, "/api/operations/replays", **begin, per_second=1)
    done(engineer, "/api/operations/republish", everybody=True, per_second=3, why="restored")
    row = {
        "feed": "itk-v24",
        "name": "discharge_method",
        "sent": "ZQ",
        "meant": "1",
        "why": "the sender says so",
    }
    sooner = itk(("late_after_minutes = 120", "late_after_minutes = 60"))
    done(engineer, "/api/operations/feed-profiles", text=sooner, why="the sender says so")
    done(engineer, "/api/operations/maps", **row)
    judge(city, DOWN)
    judge(city, DOWN, later_ms=6_000)
    done(engineer, "/api/operations/maintenance", about="sink:icr", minutes=60, why="a release")
    drained = {
        "kind": "feed",
        "name": "council-facts",
        "mode": "drain",
        "why": "a release",
        "ring": "extension 1",
    }
    done(engineer, "/api/operations/pauses", **drained)
    shadow_once(city)
    for number, counted in enumerate((WHOLE, SHORT)):
        hour = HOUR + number * HOUR_MS
        city.bridge.write_now(
            lambda c, h=hour, n=counted: hour_chain.seal(c, h, {"itk-v24": n}, NOON, "work")
        )
    kept = city.rows(message)[-1].message_id
    lost = Missing("understood", "itk-v24", HOUR, kept, "translator", "", HOUR + 5 * MINUTE)
    city.bridge.write_now(lambda c: hour_findings.note(c, [lost], NOON))
    found.put("/operations/shadows", "name", "next")
    found.put("/operations/alerts", "number", 1)
    found.put("/operations/flows", "kind", "feed")
    found.put("/operations/flows", "name", "itk-v24")


def _to_settle(walled: WalledCity, found: Numbers) -> None:
    city = walled.city
    city.hear("A01", **ANOTHER_EVANS)
    city.hear("A01", **ANOTHER_HOLLOWAY)
    anne = walled.sign_in("information-governance", "Anne Hall")
    anne.say_why()
    hidden = next(row for row in city.rows(patient) if row.restricted).person_id
    path = f"/settle/people/{hidden}"
    assert anne.fill(f"{path}/lift", path, why="The national service lifted it").status_code == 303
    settler = programme(walled, "information-governance", "Anne Long")
    person = city.task_of(0).person_id
    done(settler, "/api/settle/holds", kind="person", about=person, why="inquest 12/26")
    done(
        programme(walled, "safeguarding", "Sue Guard"), f"/api/tasks/{city.task_of(1).task_id}/hold",
        who="Sol Grey", phone="024 7600 0000", version=city.task_of(1).desk_version,
    )  # fmt: skip


def _by_number(city: TwoSystems, found: Numbers) -> None:
    """What has a number by now."""
    tasks = [row.task_id for row in city.rows(task)]
    first = city.task_of(0)
    found.put("/tasks", "task_id", *[one for one in tasks if one not in found.values("/tasks", "task_id")])
    found.put("/check-by-phone", "task_id", first.task_id)
    found.put("/stays", "spell", *(row.spell_key for row in city.rows(task)))
    found.put("/front-door", "task_id", *(row.task_id for row in city.rows(door_task)))
    found.put("/", "person_id", *dict.fromkeys(row.person_id for row in city.rows(task)))
    found.put("/", "patient_key", *(row.patient_key for row in city.rows(quarantine)))
    for row in city.rows(possible_match):
        found.put("/settle/pairs", "patient_key", row.low)
        found.put("/settle/pairs", "other_key", row.high)
    found.put("/", "request_id", *(row.request_id for row in city.rows(people_request)))
    found.put("/", "opening_id", *(row.opening_id for row in city.rows(opening)))
    found.put("/", "mending_id", *(row.mending_id for row in city.rows(mending)))
    found.put("/", "run_id", *(row.run_id for row in city.rows(replay_run)))
    found.put("/", "message_id", *(row.message_id for row in _some(city.rows(message), "feed")))
    found.put("/", "thing", "who")
    found.put(
        "/operations/cutover/corrections",
        "message_id",
        *(row.message_id for row in city.rows(message) if row.feed == OLD),
    )
    found.put("/operations/cutover/corrections", "event_type", "care.review-stated.v1")
    assert city.rows(dead_letter)
    for row in _some(city.rows(resource), "resource_type"):
        found.put("/fhir", "resource_type", row.resource_type)
        found.put(f"/fhir/{row.resource_type}", "resource_id", row.resource_id)
        found.put("/fhir/Provenance", "resource_id", f"{row.resource_type}.{row.resource_id}")
    found.put("/fhir", "version", 1)
    patient_id = found.values("/fhir/Patient", "resource_id")[0]
    found.put("/fhir/Provenance", "?", f"target=Patient/{patient_id}")
    found.put("/messages", "?", "find=T0009")
    found.put("/operations/messages", "?", "find=T0009")
    found.put("/operations/confirm", "?", "act=try-now&consumer=translator&cause=another+cause")
    found.put("/late-news/csv", "?", "purpose=Ringing+them")
    found.put(
        "/worklist/together", "?", f"act=claim&chosen={first.task_id}.{first.desk_version}.{first.revision}"
    )


def _some(rows: Any, kind: str) -> list[Any]:
    """The first of each kind and the last."""
    first = {getattr(row, kind): row for row in reversed(rows)}
    last = {getattr(row, kind): row for row in rows}
    return list(dict.fromkeys([*first.values(), *last.values()]))


def programme(walled: WalledCity, role: str, name: str) -> Someone:
    from tests.web.test_safeguarding_sweep import program  # it takes the city from here

    return program(walled, role, name)


def done(someone: Someone, path: str, **said: Any) -> Any:
    """Post something, and see that it was taken."""
    answer = someone.post(path, json=said)
    assert answer.status_code < 300, (path, answer.status_code, answer.text)
    return answer.json() if answer.content else None
