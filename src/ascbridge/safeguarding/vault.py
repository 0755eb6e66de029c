"""What stands behind the wall: a database, keys, a log and rules of its own. Whoever holds it is inside.

Nothing of the bridge is handed to it but a clock and the prefix of event names, and it hands nothing out: what leaves
this package goes to the safeguarding pages alone (docs/decisions/0044).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ascbridge.calendars import Calendar
from ascbridge.events.ledgers.audit import AuditEntry, record

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from ascbridge.clock import Clock
    from ascbridge.events.facts.concerns import Concern
    from ascbridge.events.logs.outbox import Outbox
    from ascbridge.events.logs.sealing import Keyring
    from ascbridge.people.data_keys import DataKeys
    from ascbridge.safeguarding.practice_rules import PracticeRules
    from ascbridge.storage.database import Database

ALL_TEAMS = "*"
TEAMS_OF: dict[str, str] = {
    "safeguarding": ALL_TEAMS,
    "safeguarding-hospital": "hospital",
    "safeguarding-mental-health": "mental-health",
    "out-of-hours": "out-of-hours",
}
"""Of which team a role sees concerns; a role that is not here sees none."""


@dataclass(frozen=True, slots=True)
class Vault:
    """One installation's safeguarding. `writer` names the process in the audit that is kept in here."""

    database: Database
    keyring: Keyring
    data_keys: DataKeys
    outbox: Outbox
    prefix: str
    rules: PracticeRules
    clock: Clock
    writer: str
    calendar: Calendar = field(default_factory=Calendar)
    troubles: dict[str, Callable[[], str]] = field(default_factory=dict)
    """What is wrong with each way in that is set, for those inside alone ('' while nothing is)."""
    opened: dict[tuple[str, int], Concern] = field(default_factory=dict, repr=False)
    """Concerns that were opened lately, by id and version: what never changes need not be unsealed for each look."""


@dataclass(frozen=True, slots=True)
class Insider:
    """Who asks, as their sign-in has it. `account` is the sign-in provider's own id, where it gave one."""

    name: str
    role: str
    account: str = ""
    organisation: str = ""
    where_from: str = ""

    def sees_team(self, team: str) -> bool:
        """Whether this role sees what that team has."""
        mine = TEAMS_OF.get(self.role, "")
        return mine == ALL_TEAMS or (bool(mine) and mine == team)


def write_down(
    connection: Connection,
    vault: Vault,
    who: Insider,
    what: str,
    whom: str = "",
    why: str = "",
    result: str = "done",
) -> None:
    """Write to the audit behind the wall who did what with which concern (`whom`, its id)."""
    entry = AuditEntry(vault.writer, who.name, who.role, what, whom, why, who.where_from, result)
    record(connection, entry, vault.clock.now_ms())
