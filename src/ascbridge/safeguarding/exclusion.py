"""Who is kept from a concern though their role would see it: whom it excludes by name, and whoever it accuses. Pure.

Names are compared as people write them: case, spaces and order of the parts apart. It errs towards keeping somebody
out, since whoever should be let in can ask, and whoever should not be must never learn that there was something.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ascbridge.events.facts.concerns import Concern
    from ascbridge.safeguarding.vault import Insider

_PARTS = re.compile(r"[^\W_]+")


def kept_from(concern: Concern, who: Insider) -> bool:
    """Whether this concern is not there for them, by their account, their name or their organisation."""
    accounts = {_plain(one) for one in (*concern.excluded_accounts, *concern.source_named) if _plain(one)}
    organisations = {
        _plain(one) for one in (*concern.excluded_organisations, *concern.source_named) if _plain(one)
    }
    return (
        _plain(who.name) in accounts
        or (bool(who.account) and _plain(who.account) in accounts)
        or (bool(who.organisation) and _plain(who.organisation) in organisations)
    )


def visible(concern: Concern, who: Insider) -> bool:
    """Whether a concern is there for somebody: their role sees its team, and they are not kept from it."""
    return who.sees_team(concern.team) and not kept_from(concern, who)


def _plain(name: str) -> tuple[str, ...]:
    return tuple(sorted(_PARTS.findall(name.casefold())))
