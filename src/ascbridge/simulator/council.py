"""The council on one day: what its case system holds of the people it knows, and what changes through the day.

It writes lines of the contract `contracts/sources/council-facts`: an extract of the morning with all that is open, then
files of changes. One line of the extract breaks the contract on purpose, so that a refused line can be seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import orjson

from ascbridge.simulator import case_plots
from ascbridge.simulator.case_timeline import CaseTimeline
from ascbridge.simulator.caseload import Caseload
from ascbridge.simulator.wards import at

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from ascbridge.simulator.case_timeline import Statement
    from ascbridge.simulator.city import Citizen, City
    from ascbridge.simulator.journeys import Journey

EXTRACT_HOUR, CHANGES_HOURS = 6.05, (10, 14, 18)
GENDERS = {"1": "male", "2": "female"}
CARER_IN_HOSPITAL, HOSPITAL_REFERRAL = 3, 2
"""One in so many of the people in hospital whom the council knows."""


@dataclass(frozen=True, slots=True)
class FactsFile:
    """A file that the case system drops at a moment (UTC milliseconds); `refused` of its lines break the
    contract.
    """

    at_ms: int
    name: str
    lines: tuple[bytes, ...]
    refused: int = 0


class Council:
    """The council on one day. `said` is the truth that its files tell, by person."""

    def __init__(self, seed: int, city: City, day: date, *, number: int) -> None:
        self._random = Random(f"council {seed} {number}")
        self._caseload = Caseload(seed, city, number=number)
        self._day = day
        self._lines = 0
        self.said: list[Statement] = []

    def files(self, journeys: Sequence[Journey], scale: float) -> list[FactsFile]:
        """The extract of the morning, then the changes; with a scale of 0 only of the people of the journeys."""
        known = [journey for journey in journeys if journey.known]
        self.said = [
            one for number, journey in enumerate(known) for one in self._in_hospital(journey, number)
        ]
        if scale:
            self.said += [one for case in self._caseload.on(self._day, scale) for one in case]
        files, since = [], 0
        for hour in (EXTRACT_HOUR, *CHANGES_HOURS):
            until = at(self._day, hour)
            lines = [self._line(one) for one in self.said if since <= one.at_ms < until]
            files.append(FactsFile(until, self._name(hour), tuple(lines)))
            since = until
        extract = files[0]
        spoilt = orjson.loads(extract.lines[0]) | {"id": self._next_id(), "fact": "remembered"}
        files[0] = FactsFile(extract.at_ms, extract.name, (*extract.lines, orjson.dumps(spoilt)), refused=1)
        return [file for file in files if file.lines]

    def _name(self, hour: float) -> str:
        name = self._day.strftime("%Y%m%d")
        return f"extract-{name}" if hour == EXTRACT_HOUR else f"changes-{name}-{hour:.0f}"

    def _in_hospital(self, journey: Journey, number: int) -> list[Statement]:
        """What the council holds of somebody in hospital, and what it learns of them today."""
        days = self._random.randint(1, 300)
        one = CaseTimeline(journey.citizen, self._day - timedelta(days=days), self._random)
        one.known(0)
        supported = self._random.random() < 0.7
        if supported:
            case_plots.support(one, 0)
        if journey.worker:
            case_plots.allocate(one, 0)
        if number % HOSPITAL_REFERRAL == 0:
            case_plots.speak(one, 0)
        if supported and number % 4 == 0:
            one.say(days, "package", status="suspended", suspended_on=one.day(days), suspended_for="hospital")
        if journey.opens_ms and journey.ending == "completed" and number % HOSPITAL_REFERRAL == 0:
            case_plots.contact(
                one, days, channel="hospital", route="hospital-discharge", made_by="professional"
            )
            case_plots.decide(one, days, "short-term")
            case_plots.refer(one, days, channel="hospital", route="hospital-discharge")
        if number % CARER_IN_HOSPITAL == 0:
            name = one.citizen.kin_name.replace("^", ", ")
            one.say(
                days,
                "carer",
                status="identified",
                name=name,
                found_in="hospital",
                identified_on=one.day(days),
            )
        if number % 5 == 1:
            case_plots.allocate(one, days)
        return one.said

    def _line(self, one: Statement) -> bytes:
        return orjson.dumps(contract_line(one, self._next_id()))

    def _next_id(self) -> str:
        self._lines += 1
        return f"F{self._day.strftime('%y%m%d')}-{self._lines:05d}"


def contract_line(one: Statement, line_id: str) -> dict[str, Any]:
    """Return what is said as a line of the contract."""
    recorded = datetime.fromtimestamp(one.at_ms / 1000, UTC).isoformat()
    return {
        "id": line_id,
        "recorded": recorded,
        "person": person(one.citizen),
        "fact": one.fact,
        one.fact: one.value,
    }


def person(citizen: Citizen) -> dict[str, Any]:
    """Return somebody as the contract names them."""
    return {
        "council_id": citizen.council_id,
        "nhs_number": citizen.nhs_number,
        "number_status": citizen.number_status,
        "family_name": citizen.family_name,
        "given_names": list(citizen.given_names),
        "birth_date": citizen.birth_date.isoformat(),
        "gender": GENDERS[citizen.gender],
        "address_lines": [citizen.street, "Coventry"],
        "postcode": citizen.postcode,
    }
