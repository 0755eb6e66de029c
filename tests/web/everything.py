"""A city where something stands on every list and behind every address, and what that is called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ascbridge.events.ledgers import hour_chain, hour_findings
from ascbridge.events.ledgers.hour_count import HOUR_MS, Counted
from ascbridge.events.ledgers.hour_gaps import Missing
from ascbridge.operations.changing import id_table
from ascbridge.operations.changing.id_table import Row
from ascbridge.record.preparing import Preparation
from ascbridge.record.publisher import Publisher
from ascbridge.record.sinks import BuiltinSink
from ascbridge.storage.tables import (
    dead_letter,
    door_task,
    mending,
    message,
    patient,
    people_request,
    possible_match,
    quarantine,
    resource,
    said_event,
    task,
)
from tests.intake.revised import itk
from tests.operations.two_systems import MARY, NEW, OLD, SAM, WHO
from tests.web.city import COUNCIL, NOON, people_the_city
from tests.web.conftest import Someone
from tests.web.door import people_the_door
from tests.web.faults import bury_one, hold_one
from tests.web.nights import matter_once
from tests.web.operations.shadow_once import shadow_once
from tests.web.operations.test_alert_pages import DOWN, judge
from tests.web.splitting import split_once

if TYPE_CHECKING:
    from fastapi import FastAPI

    from tests.operations.two_systems import TwoSystems
    from tests.web.city import City

CAUSE = "unreadable"


def fill(city: City) -> None:
    """Messages, faults, alerts and counts, as services leave them."""
    people_the_city(city)
    people_the_door(city)
    city.hear("A03", local_id="L77", visit="V77", nhs_number="", pv1={36: "ZQ", 37: "19"})
    twin = {"local_id": "L900", "visit": "V900", "name": "EVANS^MARGARET^^^MRS^^L", "born": "19500101"}
    city.hear("A01", **twin, nhs_number="9993000019", ward="W1^^^RKB01")
    split_once(city, "transport")
    matter_once(city)
    shadow_once(city)
    for number in (300, 301):
        bury_one(city, CAUSE, local_id=f"L{number}", visit=f"V{number}", nhs_number="", pv1={4: "ZZ"})
    hold_one(city, CAUSE, local_id="L302", visit="V302", nhs_number="")
    city.hear(
        "A01", local_id="L951", visit="V951", name="HOLLOWAY^JANE^^^MS^^L", born="19700505", nhs_number=""
    )
    judge(city, DOWN)
    judge(city, DOWN, later_ms=6_000)
    hour = (NOON - 3 * HOUR_MS) // HOUR_MS * HOUR_MS
    short = {"itk-v24": Counted({"received": 3, "kept": 3, "stored": 2, "delivered": 2}, {"stored": "cd"})}
    kept = city.rows(message)[-1].message_id
    lost = Missing("understood", "itk-v24", hour, kept, "translator", "", hour + 1)
    city.bridge.write_now(lambda c: hour_chain.seal(c, hour, short, NOON, "work"))
    city.bridge.write_now(lambda c: hour_findings.note(c, [lost], NOON))


def change_systems(two: TwoSystems) -> None:
    """Two case systems that agree, differ and miss each other, with a switch and what came after it."""
    for number, due in ((1, "2026-12-01"), (2, "2027-02-01")):
        two.say(OLD, "C100", MARY, "review", id="R1", status="due", due_on=f"2026-12-0{number}")
        two.say(NEW, "70001", MARY, "review", id="N9", status="due", due_on=due)
    two.say(OLD, "C100", MARY, "package", id="P1", status="live", provider="Invented Care")
    two.say(NEW, "70002", ("", *SAM[1:]), "worker", team="Team North")
    pair = two.pair
    assert pair is not None
    rows = [Row("person", "C100", "70001"), Row("review", "R1", "N9")]
    two.bridge.write_now(
        lambda c: id_table.load(c, two.keyring, pair, two.profiles, rows, WHO, two.clock.at_ms)
    )
    two.switch("review")
    two.clock.at_ms += 60_000
    two.say(OLD, "C100", MARY, "review", id="R1", status="due", due_on="2026-11-30")
    two.pair_events()


async def publish(city: City) -> None:
    """Have the record publish whatever changed."""
    preparation = Preparation("icr", COUNCIL, city.data_keys)
    publisher = Publisher(city.bridge, BuiltinSink(city.keyring), preparation, city.clock)
    while await publisher.round():
        pass


def act_on_pages(app: FastAPI, city: City) -> dict[str, str]:
    """Leave behind what people leave: a stay by hand, questions to a second person, a run. Returns what has no row."""
    nurse, ola, anne = (
        Someone(app).sign_in("discharge-team"),
        Someone(app).sign_in("it-operations", "Ola Green"),
        Someone(app).sign_in("information-governance", "Anne Hall"),
    )
    stay = {"nhs_number": "999 300 0124", "checked": "yes", "family_name": "Kaur", "given_names": "Jas",
            "birth_date": "1941-03-14", "site": "RKB01", "ward": "W12", "ready": "yes"}  # fmt: skip
    entered = nurse.fill("/enter-stay", **stay).headers["location"]
    city.work()
    anne.say_why()
    hidden = next(row.person_id for row in city.rows(patient) if row.restricted)
    lifting = f"/settle/people/{hidden}"
    done = [
        anne.fill(f"{lifting}/lift", lifting, why="The national service lifted it"),
        ola.fill("/operations/maintenance", about="sink:icr", minutes="60", why="a release"),
        ola.fill("/operations/feed-profiles", text=itk(("late_after_minutes = 120", "late_after_minutes = 60")), why="they say so", act="ask"),
        ola.fill("/operations/maps", feed="itk-v24", name="discharge_method", sent="ZQ", meant="1", why="they say so"),
        ola.fill("/operations/replays", f"/operations/replays/new?consumer=translator&feed=itk-v24&cause={CAUSE}", why="x"),
        _mend(ola, str(city.rows(dead_letter)[0].dead_id)),
    ]  # fmt: skip
    assert [answer.status_code for answer in done] == [303] * len(done)
    by_hand = nurse.get(entered).headers["location"].partition("?")[0].rpartition("/")[2]
    return {"once": entered.rpartition("/")[2], "id": entered.rpartition("/")[2], "entered_id": by_hand}


def _mend(engineer: Someone, dead_id: str) -> Any:
    page = f"/operations/dead-letters/{dead_id}/mend"
    form = engineer.fill(page, why="the ward rang")
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form.text))
    return engineer.post(f"{page}/try", data=hidden | {"how": "", "place_0": "PV1-4", "value_0": "21"})


def ids(city: City) -> dict[str, str]:
    """Something that is there, for every place in an address."""
    found = {
        "message_id": city.rows(message)[0].message_id,
        "act": "note", "kind": "feed", "name": "itk-v24", "thing": "who", "number": "1", "version": "1",
        "word": "review", "event_type": "care.review-stated.v1", "resource_type": "Patient",
    }  # fmt: skip
    if city.rows(task):
        first = city.task_of(0)
        found |= {"task_id": first.task_id, "spell": first.spell_key, "patient_key": first.patient_key}
        found |= {"person_id": first.person_id}
        found |= {"sub_id": split_once(city, "transport"), "matter_id": matter_once(city)}
    else:
        found |= {"person_id": city.rows(patient)[0].person_id}
    tables = {
        "dead_id": dead_letter,
        "mending_id": mending,
        "request_id": people_request,
        "event_id": said_event,
    }
    found |= {
        name: str(getattr(rows[0], name)) for name, table in tables.items() if (rows := city.rows(table))
    }
    here = {
        "patient_key": [row.patient_key for row in city.rows(quarantine)],
        "alike_key": [row.low for row in city.rows(possible_match)],
        "other_key": [row.high for row in city.rows(possible_match)],
        "resource_id": [row.resource_id for row in city.rows(resource) if row.resource_type == "Patient"],
        "door_id": [row.task_id for row in city.rows(door_task)],
    }
    return found | {name: some[0] for name, some in here.items() if some}
