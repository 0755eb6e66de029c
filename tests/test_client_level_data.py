"""The four kinds of row of the national client level data return can be made from the events of one person's year.

Fields: standards of the return, release 2 (DHSC). Who the person is comes from sealed parts, as the bridge opens them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
YEAR = ROOT / "contracts" / "samples" / "council-facts" / "a-year-of-care.events.json"
PERSON = (
    "LA_Person_Unique_Identifier", "NHS_Number", "GP_Practice_Code", "Gender", "Ethnicity", "Date_of_Birth",
    "Date_of_Death", "Primary_Support_Reason", "Postcode", "Accommodation_Status", "Employment_Status",
    "Has_Unpaid_Carer", "Autism", "Visual_Impairment", "Hearing_Impairment", "Dementia", "Client_Funding_Status",
)  # fmt: skip
EVENT = ("Client_Type", "Event_Type", "Event_Reference", "Event_Start_Date", "Event_End_Date", "Event_Description",
         "Event_Outcome")  # fmt: skip
OF_ITS_OWN = {
    "Request": ("Request_Route_of_Access",),
    "Assessment": ("Assessment_Type", "Eligible_Needs_Identified", "Assessment_Method"),
    "Service": ("Service_Type", "Service_Component", "Delivery_Mechanism", "Provider_CQC_Location_ID"),
    "Review": ("Review_Reason", "Review_Outcomes_Achieved", "Review_Method"),
}
ROUTES = {"hospital-discharge": "Discharge from Hospital", "community": "Community / Other route"}
DECISIONS = {
    "assessment": "Progress to assessment, review or reassessment",
    "short-term": "Progress to reablement/ST-Max",
    "long-term": "Progress to support planning or services",
    "low-level": "Progress to support planning or services",
    "signposted": "NFA: Information and advice or signposting",
    "resolved": "NFA: Other",
}
OUTCOMES = {
    "support": "Progress to support planning or services",
    "ended-as-planned": "NFA: Support ended as planned",
    "continues": "Continuation of support or services",
}
SERVICES = {"long-term-community": "Long term support: Community"}
CLIENTS = {"person": "Service User", "carer": "Carer"}
Event = dict[str, Any]


def events() -> list[Event]:
    return [event for told in json.loads(YEAR.read_text("utf-8")) for event in told["events"]]


def last(kind: str) -> Event:
    return [event for event in events() if event["type"].split(".")[1] == kind][-1]["open"]


def who() -> dict[str, str]:
    """The person's part of every row."""
    details = [event for event in events() if event["type"].startswith("person.patient-details")][-1]
    opened, sealed, lives = details["open"], details["sealed"], last("circumstances-recorded")
    return {
        "LA_Person_Unique_Identifier": sealed["local_id"],
        "NHS_Number": sealed["nhs_number"],
        "GP_Practice_Code": sealed["gp_practice"],
        "Gender": opened["gender"],
        "Ethnicity": opened["ethnic_category"],
        "Date_of_Birth": sealed["birth_date"],
        "Date_of_Death": last("death-status-recorded")["died_on"],
        "Primary_Support_Reason": lives["primary_support_reason"],
        "Postcode": sealed["postcode"],
        "Accommodation_Status": lives["accommodation"],
        "Employment_Status": lives["employment"],
        "Has_Unpaid_Carer": lives["has_unpaid_carer"],
        "Autism": lives["autism"],
        "Visual_Impairment": lives["visual_impairment"],
        "Hearing_Impairment": lives["hearing_impairment"],
        "Dementia": lives["dementia"],
        "Client_Funding_Status": lives["funding"],
    }


def row(
    kind: str, reference: str, begins: str, ends: str, about: str, outcome: str, **more: str
) -> dict[str, str]:
    client = CLIENTS[more.pop("client", "person")]
    shared = dict(zip(EVENT, (client, kind, reference, begins, ends, about, outcome), strict=True))
    return who() | shared | more


def request() -> dict[str, str]:
    said = last("referral-recorded")
    return row(
        "Request", said["referral"], said["received_on"], said["decided_on"], said["reason"],
        DECISIONS[said["outcome"]], client=said["client"], Request_Route_of_Access=ROUTES[said["route"]],
    )  # fmt: skip


def assessment() -> dict[str, str]:
    said = last("care-act-assessment-stated")
    return row(
        "Assessment", said["assessment"], said["started_on"], said["completed_on"], said["kind"],
        OUTCOMES[said["outcome"]], client=said["client"], Assessment_Type=said["kind"],
        Eligible_Needs_Identified=said["eligible_needs"], Assessment_Method=said["method"],
    )  # fmt: skip


def service() -> dict[str, str]:
    said = last("package-stated")
    return row(
        "Service", said["package"], said["started_on"], said["ended_on"], said["kind"],
        OUTCOMES.get(said["ending"], ""), client=said["client"], Service_Type=SERVICES[said["service"]],
        Service_Component=said["component"], Delivery_Mechanism=said["delivery"],
        Provider_CQC_Location_ID=said["provider_location"],
    )  # fmt: skip


def short_term() -> dict[str, str]:
    said = last("short-term-episode-stated")
    return row(
        "Service", said["episode"], said["started_on"], said["ended_on"], said["kind"], OUTCOMES[said["outcome"]],
        Service_Type="Short term support: ST-Max", Service_Component=said["kind"],
        Delivery_Mechanism="council-managed", Provider_CQC_Location_ID="",
    )  # fmt: skip


def review() -> dict[str, str]:
    said = last("review-stated")
    return row(
        "Review", said["review"], said["due_on"], said["done_on"], said["reviews"], OUTCOMES[said["outcome"]],
        client=said["client"], Review_Reason=said["reason"], Review_Outcomes_Achieved=said["outcomes_achieved"],
        Review_Method=said["method"],
    )  # fmt: skip


MAY_BE_EMPTY = {"Date_of_Death"}
STILL_GOES_ON = {"Event_End_Date", "Event_Outcome"}
BY_US = {"Provider_CQC_Location_ID"}


@pytest.mark.parametrize(
    "made, empty",
    [
        (request, set()),
        (assessment, set()),
        (service, STILL_GOES_ON),
        (short_term, BY_US),
        (review, set()),
    ],
)  # fmt: skip
def test_a_row_of_the_return_can_be_made_from_events(
    made: Callable[[], dict[str, str]], empty: set[str]
) -> None:
    found = made()
    wanted = {*PERSON, *EVENT, *OF_ITS_OWN[found["Event_Type"]]}
    assert set(found) == wanted
    assert {name for name, value in found.items() if not value} == MAY_BE_EMPTY | empty


def test_all_four_kinds_are_made() -> None:
    assert {made()["Event_Type"] for made in (request, assessment, service, review)} == set(OF_ITS_OWN)
