"""A wall for tests: a database of its own, keys of its own, a clock that stands where it is put, and invented words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import select

from ascbridge.clock import Clock
from ascbridge.events.logs.outbox import Outbox
from ascbridge.events.logs.sealing import Keyring
from ascbridge.people.behind_wall import NotNowBehind
from ascbridge.people.data_keys import DataKeys
from ascbridge.safeguarding import concern_desk, concern_list, practice_rules, raising
from ascbridge.safeguarding import concern_store as store
from ascbridge.safeguarding.concern_changes import ConcernWish
from ascbridge.safeguarding.concern_words import AdultSaid, ConcernSaid, SenderSaid
from ascbridge.safeguarding.raising import Came
from ascbridge.safeguarding.strays import take_strays
from ascbridge.safeguarding.vault import Insider, Vault
from ascbridge.storage.tables import event_log, walled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from ascbridge.people.stray import Stray
    from ascbridge.safeguarding.concern_list import ConcernView, Listed
    from ascbridge.safeguarding.concern_store import Stood
    from ascbridge.storage.database import Database

T = TypeVar("T")
NOON = 1_792_497_600_000  # Tuesday 20 October 2026, 11:00 in Coventry, British summer time
HOUR, DAY = 3_600_000, 86_400_000
NIA = Insider("Nia Brown", "safeguarding")
OMAR = Insider("Omar Khan", "safeguarding")
RANI = Insider("Rani Patel", "safeguarding-hospital")
MEDIC = Insider("Kit Ward", "referring-professional")
EVANS = AdultSaid(family_name="EVANS", given_names="MARY", birth_date="1941-03-14", nhs_number="999 300 0019")


class SetClock(Clock):
    """A clock that stands where a test puts it."""

    def __init__(self, at_ms: int = NOON) -> None:
        super().__init__()
        self.at_ms = at_ms

    def now_ms(self) -> int:
        return self.at_ms


def said(**more: Any) -> ConcernSaid:
    """Words of a concern that has no fault."""
    values: dict[str, Any] = {
        "origin": "gp", "account": "Bruises on both arms, and she is afraid of somebody at home.", "adult": EVANS,
        "abuse_types": ("physical",), "raised_by": SenderSaid(name="Kit Ward", organisation="Far Gosford Surgery"),
    }  # fmt: skip
    return ConcernSaid(**(values | more))


def vault_on(database: Database, clock: Clock | None = None) -> Vault:
    keyring = Keyring(bytes(range(32, 64)))
    rules = practice_rules.load()
    prefix = "uk.gov.coventry.asc"
    return Vault(
        database,
        keyring,
        DataKeys(keyring),
        Outbox(1, prefix, {}),
        prefix,
        rules,
        clock or SetClock(),
        "test",
    )


def create_walled(connection: Connection) -> None:
    walled.create_all(connection)


@dataclass
class Box:
    """The letter box in that wall. While it is `shut` nothing goes through."""

    behind: Behind
    shut: bool = False

    def put_now(self, strays: Sequence[Stray]) -> None:
        if self.shut:
            raise NotNowBehind
        self.behind.run(lambda c: take_strays(c, self.behind.vault, strays))

    async def put_apart(self, strays: Sequence[Stray]) -> None:
        self.put_now(strays)


@dataclass
class Behind:
    """A vault, and how tests ask it: `run` does something in one transaction."""

    vault: Vault
    run: Callable[[Callable[[Connection], Any]], Any]

    @property
    def clock(self) -> SetClock:
        assert isinstance(self.vault.clock, SetClock)
        return self.vault.clock

    def with_rules(self, **more: Any) -> Behind:
        """The same with other values."""
        return replace(self, vault=replace(self.vault, rules=self.vault.rules.model_copy(update=more)))

    def take(
        self, words: ConcernSaid | None = None, way: str = "form", once: str = "", who: Insider = MEDIC
    ) -> str:
        """Raise a concern; return its reference."""
        reference: str = self.run(
            lambda c: raising.take(c, self.vault, words or said(), Came(way, who, once))
        )
        return reference

    def stood(self, reference: str) -> Stood:
        found = self.run(lambda c: store.by_reference(c, self.vault, reference))
        assert found is not None
        return found  # type: ignore[no-any-return]  # what `run` gives is the test's to know

    def act(self, told: str, act: Any, who: Insider = NIA, /, version: int = 0, **more: Any) -> int:
        """Do one act on the concern as it stands, or as it stood at `version`."""
        before = self.stood(told)
        wish = ConcernWish(act=act, **more)
        done: int = self.run(
            lambda c: concern_desk.act(
                c, self.vault, who, before.said.concern, version or before.version, wish
            )
        )
        return done

    def lists(self, who: Insider = NIA, team: str = "") -> dict[ConcernView, list[Listed]]:
        found: dict[ConcernView, list[Listed]] = self.run(
            lambda c: concern_list.lists(c, self.vault, who, team)
        )
        return found

    def events(self) -> list[Any]:
        return self.run(lambda c: list(c.execute(select(event_log).order_by(event_log.c.position))))  # type: ignore[no-any-return]  # rows
