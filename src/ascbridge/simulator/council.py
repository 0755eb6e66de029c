"""The council's case system: which people it knows, what support they have and who looks after them.

It writes lines of the contract `contracts/sources/council-facts`, as a nightly extract and as changes
through the day. One line of the extract breaks the contract on purpose, so that a refused line can be seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

import orjson

from ascbridge.simulator.wards import at

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from ascbridge.simulator.city import Citizen, City
    from ascbridge.simulator.journeys import Journey

KNOWN_ELSEWHERE = 40
"""People whom the council knows and who are not in hospital."""
TEAMS = ("Integrated Locality Team North", "Integrated Locality Team East", "Integrated Locality Team West")
WORKERS = ("Alex Sample", "Sam Example", "Jo Specimen", "Chris Pattern", "Robin Model", "Kim Draft")
PACKAGES = (
    "Home support, two calls a day",
    "Home support, four calls a day",
    "Housing with Care",
    "Day opportunities",
)
GENDERS = {"1": "male", "2": "female"}


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
    """The case system on one day."""

    def __init__(self, seed: int, city: City, day: date, *, number: int) -> None:
        self._random = Random(f"council {seed} {number}")
        self._city = city
        self._day = day
        self._lines = 0
        self._packages: dict[str, dict[str, str]] = {}

    def files(self, journeys: Sequence[Journey], scale: float) -> list[FactsFile]:
        """The extract of the morning, then a file of changes at ten and at two."""
        known = [journey for journey in journeys if journey.known]
        extract: list[bytes] = []
        for journey in known:
            extract += self._about(journey.citizen, worker=journey.worker)
        for _ in range(round(KNOWN_ELSEWHERE * scale)):
            extract += self._about(self._city.citizen(youngest=60), worker=self._random.random() < 0.5)
        spoilt = orjson.loads(extract[0]) | {"id": self._next_id(), "fact": "remembered"}
        extract.append(orjson.dumps(spoilt))
        name = self._day.strftime("%Y%m%d")
        return [
            FactsFile(at(self._day, 6.05), f"extract-{name}", tuple(extract), refused=1),
            FactsFile(at(self._day, 10), f"changes-{name}-10", tuple(self._suspended(known[::4]))),
            FactsFile(at(self._day, 14), f"changes-{name}-14", tuple(self._allocated(known[1::5]))),
        ]

    def _about(self, citizen: Citizen, *, worker: bool) -> list[bytes]:
        began = datetime(self._day.year, self._day.month, self._day.day, 1, tzinfo=UTC)
        recorded = began - timedelta(days=self._random.randint(1, 300), minutes=self._random.randint(0, 600))
        lines = [self._line(citizen, recorded, "known", True)]
        if self._random.random() < 0.7:
            package = {
                "id": f"P{citizen.council_id[1:]}",
                "status": "live",
                "kind": self._random.choice(PACKAGES),
                "started_on": (recorded.date() - timedelta(days=30)).isoformat(),
            }
            self._packages[citizen.council_id] = package
            lines.append(self._line(citizen, recorded, "package", package))
        if worker:
            lines.append(self._line(citizen, recorded, "worker", self._worker()))
        return lines

    def _suspended(self, journeys: Sequence[Journey]) -> list[bytes]:
        """Home support stops while somebody is in hospital. Each line is a whole statement, as the contract asks."""
        recorded = datetime.fromtimestamp(at(self._day, 9.75) / 1000, UTC)
        return [
            self._line(one.citizen, recorded, "package", package | {"status": "suspended"})
            for one in journeys
            if (package := self._packages.get(one.citizen.council_id)) is not None
        ]

    def _allocated(self, journeys: Sequence[Journey]) -> list[bytes]:
        recorded = datetime.fromtimestamp(at(self._day, 13.75) / 1000, UTC)
        return [self._line(one.citizen, recorded, "worker", self._worker()) for one in journeys]

    def _worker(self) -> dict[str, str]:
        return {"team": self._random.choice(TEAMS), "name": self._random.choice(WORKERS)}

    def _line(self, citizen: Citizen, recorded: datetime, fact: str, value: object) -> bytes:
        person = {
            "council_id": citizen.council_id,
            "nhs_number": citizen.nhs_number,
            "number_status": "01",
            "family_name": citizen.family_name,
            "given_names": list(citizen.given_names),
            "birth_date": citizen.birth_date.isoformat(),
            "gender": GENDERS[citizen.gender],
            "address_lines": [citizen.street, "Coventry"],
            "postcode": citizen.postcode,
        }
        line = {
            "id": self._next_id(),
            "recorded": recorded.isoformat(),
            "person": person,
            "fact": fact,
            fact: value,
        }
        return orjson.dumps(line)

    def _next_id(self) -> str:
        self._lines += 1
        return f"F{self._day.strftime('%y%m%d')}-{self._lines:05d}"
