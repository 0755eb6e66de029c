"""A city whose council changes its case system: two feeds say the same of the same people, each in its own numbers."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, TypeVar

from ascbridge.cutover import comparing, strands
from ascbridge.cutover.comparing import Comparison
from ascbridge.cutover.comparison_rules import shipped
from ascbridge.cutover.whole import Whole, summed
from ascbridge.events.ledgers.audit import AuditEntry
from ascbridge.intake.agreed import profiles
from ascbridge.intake.sources.profile import text_hash
from ascbridge.operations.changing import switching
from ascbridge.storage.tables import event_log
from tests.web.city import City, iso

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Connection

    from ascbridge.cutover.comparison_rules import Rules
    from ascbridge.events.handlers.switches import Switch
    from ascbridge.intake.sources.profile import Profile
    from ascbridge.storage.database import Database

T = TypeVar("T")
OLD, NEW = "case-old", "case-new"
MARY = ("9993000019", "EVANS", "MARY", "1941-03-14")
SAM = ("9993000027", "OKAFOR", "SAMUEL", "1938-07-02")
WHO = AuditEntry("work", "Ola Green", "it-operations", "")


def council_profile(name: str, authority: str, *, signed: bool = True) -> Profile:
    """A council feed of that name, whose numbers that authority gives."""
    return profiles.parse(profile_text(name, authority, signed=signed), name)


def profile_text(name: str, authority: str, *, signed: bool = True) -> str:
    """The same as text."""
    text = (
        f'[feed]\nname = "{name}"\ntitle = "{name}"\nsource = "council_facts"\nsource_name = "{name}"\n'
        f'authority = "{authority}"\nauthorities = ["{authority}"]\nfacilities = []\nlate_after_minutes = 1440\n'
    )
    if signed:
        text += f'\n[signed_off]\nby = "the tests"\non = "2026-11-22"\nsha256 = "{text_hash(text)}"\n'
    return text


class Between:
    """A database in which something else happens just before its so-many-th write."""

    dialect = "sqlite"

    def __init__(self, database: Database, number: int, happens: Callable[[], None]) -> None:
        self.writes = 0
        self._database, self._number, self._happens = database, number, happens

    async def write(self, work: Callable[[Connection], T]) -> T:
        self.writes += 1
        if self.writes == self._number:
            self._happens()
        return await self._database.write(work)

    async def read(self, work: Callable[[Connection], T]) -> T:
        return await self._database.read(work)

    async def close(self) -> None:
        raise AssertionError("it is somebody else's")


class TwoSystems(City):
    """A hospital, the council's old case system and its new one. `say` brings one fact of either all the way."""

    signed = True
    authority = "COVNEW"

    def __init__(self, folder: Path, **settings: Any) -> None:
        self._lines = 0
        super().__init__(folder, **{"cutover": {"old": OLD, "new": NEW}, **settings})

    def _profiles(self) -> dict[str, Profile]:
        return {
            "itk-v24": profiles.read("itk-v24"),
            OLD: council_profile(OLD, "COVASC"),
            NEW: council_profile(NEW, self.authority, signed=self.signed),
        }

    def say(
        self, feed: str, number: str, person: tuple[str, str, str, str], fact: str, *, at_ms: int = 0,
        work: bool = True, about: dict[str, Any] | None = None, **said: Any,
    ) -> None:  # fmt: skip
        """Have a case system say a fact of a person whom it calls `number`, recorded at `at_ms` (default: now, a second after the last)."""
        nhs_number, family, given, born = person
        who = {
            "council_id": number, "nhs_number": nhs_number, "number_status": "01" if nhs_number else "",
            "family_name": family, "given_names": [given], "birth_date": born, "gender": "female",
            "address_lines": ["1 Invented Street"], "postcode": "CV9 9ZZ",
        }  # fmt: skip
        self._lines += 1
        line = {
            "id": f"{feed}-{self._lines}", "fact": fact, "recorded": iso(at_ms or self.clock.at_ms + 1_000 * self._lines),
            "person": {**who, **(about or {})}, fact: said.pop("value", said),
        }  # fmt: skip
        self.arrive(feed, json.dumps(line).encode(), work=work)

    def switch(
        self, *words: str, to: str = NEW, why: str = "the weekend", anyway: bool = True
    ) -> list[Switch]:
        """Switch, as the command does."""
        wish = switching.asked(words, to, why, anyway=anyway, pair=self.pair)
        assert self.pair is not None
        pair = self.pair
        made = self.bridge.write_now(
            lambda c: switching.switch(c, pair, shipped(), self.profiles, wish, WHO, self.clock.at_ms)
        )
        while self.bridge.write_now(self.translator.apply_words):
            continue
        self.work()
        return made

    def compared(self, rules: Rules | None = None, at_once: int = 1) -> Comparison:
        """Everybody compared, a few at a time, as one."""
        pair = self.pair
        assert pair is not None
        read = self.bridge.read_now(
            lambda c: list(comparing.parts(c, pair, rules or shipped(), at_once=at_once))
        )
        closed = Counter[str]()
        for part in read:
            closed.update(part.closed)
        things = sorted(
            (one for part in read for one in part.things), key=lambda one: (one.patient_key, one.slot)
        )
        assert len({(one.patient_key, one.slot) for one in things}) == len(things)  # nobody is compared twice
        return Comparison(tuple(things), closed)

    def whole(self, rules: Rules | None = None) -> Whole:
        """What comes of comparing everybody."""
        pair, by = self.pair, rules or shipped()
        assert pair is not None
        return self.bridge.read_now(lambda c: summed(comparing.parts(c, pair, by, at_once=1), pair, by))

    def pair_events(self, rules: Rules | None = None, most: int = strands.AT_ONCE) -> None:
        """Pair what both told, until nothing is left to pair."""
        pair = self.pair
        assert pair is not None
        while self.bridge.write_now(lambda c: strands.pair_some(c, pair, rules or shipped(), most)):
            continue

    def said(self, topic: str) -> list[str]:
        """The event types on a topic, in order, without prefix."""
        types = [
            json.loads(row.headers)["ce_type"]
            for row in self.rows(event_log.select().subquery())
            if row.topic == topic
        ]
        return [one.removeprefix(f"{self.prefix}.") for one in types]
