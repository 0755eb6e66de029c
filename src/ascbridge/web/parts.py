"""What the pages are given when they are built: nothing is global, and nothing is looked up elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ascbridge.access import Access
from ascbridge.cutover.comparison_rules import shipped
from ascbridge.intake.doors.desk_door import NotKept
from ascbridge.operations.flowing import pausing
from ascbridge.operations.flowing.flows import Feed
from ascbridge.operations.flowing.paces import Paces
from ascbridge.people.behind_wall import NoWall
from ascbridge.record.reader import Source

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from ascbridge.clock import Clock
    from ascbridge.config import Settings
    from ascbridge.cutover.comparison_rules import Rules
    from ascbridge.discharge.deciding.reference import Reference
    from ascbridge.discharge.folding.stays import Desk
    from ascbridge.events.handlers.switches import Pair
    from ascbridge.events.logs.log import EventLog
    from ascbridge.events.logs.sealing import Keyring
    from ascbridge.frontdoor.front_work import FrontDoor
    from ascbridge.intake.sources.profile import Profile
    from ascbridge.operations.flowing.neighbour import Neighbour
    from ascbridge.operations.flowing.pausing import Known
    from ascbridge.operations.mending.completing import Completing
    from ascbridge.operations.mending.mend import Mender
    from ascbridge.people.behind_wall import BehindTheWall
    from ascbridge.people.data_keys import DataKeys
    from ascbridge.reference.localities import Localities
    from ascbridge.safeguarding.vault import Vault
    from ascbridge.storage.database import Database

    Enter = Callable[[bytes], Awaitable[str]]


def _nothing() -> None:
    return None


async def _nobody_keeps(_entry: bytes) -> str:
    raise NotKept("nothing is entered by hand here")


@dataclass(frozen=True)
class WebParts:
    """What bootstrap hands to `create_app`.

    `database` is the bridge's, in which the kept messages and the keys can be read. `profiles` are those of
    the feeds that must be heard from. `readers` says which consumer reads which topics. `checks` answer, by
    name, what is wrong with a part of the system, or nothing; what is wrong by `apart` makes nothing unready, also
    where a check says it too. `paces`: how far everything was at the last looks. `one_time_code` opens the sign-in
    page once, on loopback only; empty where people sign in with OpenID Connect. `writer` names this process's audit
    chain. `wake` tells the deliveries that there is something new. `log` is where events are read from.
    `beside` is the listening process, on one machine. `completing` translates again what was not mapped,
    and `mender` what somebody changed.
    `pair` are the feeds of the cut-over that the settings name, and `rules` those by which both are compared.
    `enter` has what a discharge worker entered kept, returns its message id, and raises `NotKept`.
    `vault` is what stands behind the safeguarding wall, for the safeguarding pages alone; every other page has the
    slot in it, `behind_wall`.
    """

    settings: Settings
    clock: Clock
    database: Database
    keyring: Keyring
    desk: Desk
    door: FrontDoor
    log: EventLog
    completing: Completing
    mender: Mender
    profiles: Mapping[str, Profile]
    readers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    checks: Mapping[str, Callable[[], str]] = field(default_factory=dict)
    apart: Mapping[str, Callable[[], str]] = field(default_factory=dict)
    paces: Paces = field(default_factory=Paces)
    one_time_code: str = ""
    writer: str = "work"
    wake: Callable[[], None] = _nothing
    beside: Neighbour | None = None
    pair: Pair | None = None
    rules: Rules = field(default_factory=shipped)
    enter: Enter = _nobody_keeps
    vault: Vault | None = None
    behind_wall: BehindTheWall = field(default_factory=NoWall)

    @property
    def feeds(self) -> tuple[Feed, ...]:
        """The feeds, and after which silence each is late. History is not expected to speak, nor what people enter."""
        return tuple(
            Feed(name, profile.feed.source_name, profile.feed.late_after_minutes * 60_000)
            for name, profile in sorted(self.profiles.items())
            if not profile.feed.history and profile.feed.source != "desk_entries"
        )

    @property
    def sources(self) -> tuple[Source, ...]:
        """The same by what people call them, which is how a record names its sources."""
        return tuple(
            Source(
                feed.title,
                feed.name,
                feed.late_after_ms,
                self.profiles[feed.name].feed.source == "hospital_adt",
            )
            for feed in self.feeds
        )

    @property
    def can_be_paused(self) -> Known:
        """What can be stopped, by kind and name, with what people call it."""
        return pausing.known(self.settings, self.profiles)

    @property
    def data_keys(self) -> DataKeys:
        """What opens sealed parts, by way of `people.opening`."""
        return self.desk.data_keys

    def areas_for(self, contact: Access) -> Localities | None:
        """Return which base looks after which postcodes, to a reader who may see addresses; else None."""
        return self.reference.lists.localities(self.clock.now_ms()) if contact is Access.full else None

    @property
    def reference(self) -> Reference:
        """Words and outcomes, and the lists as they were last read (`Pages.around` reads them for each page)."""
        return replace(self.desk.reference, lists=self.desk.known_lists.now)
