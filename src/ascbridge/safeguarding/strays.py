"""What came in by a feed that is not for safeguarding: kept here whole, and raised for somebody to look at.

A line as the case system's own folder takes it is taken as if it had come there. Of all else somebody of the team whose
it would be reads the sender's own words; what only says that nothing was found is kept and raised for nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from ascbridge.events.facts.concerns import AbuseType
from ascbridge.safeguarding import concern_store as store
from ascbridge.safeguarding.case_lines import wrong_fields
from ascbridge.safeguarding.case_words import hear
from ascbridge.safeguarding.concern_words import (
    LONGEST_ACCOUNT,
    LONGEST_LINE,
    AdultSaid,
    ConcernSaid,
    SenderSaid,
)
from ascbridge.safeguarding.raising import Came, take
from ascbridge.safeguarding.vault import Insider

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from ascbridge.people.stray import Stray
    from ascbridge.safeguarding.vault import Vault

WAY = "stray"
BY_THE_WAY = "Came by a feed that is not for safeguarding."


def take_strays(connection: Connection, vault: Vault, strays: Sequence[Stray]) -> None:
    """Keep each once, and raise what somebody must look at. Call it inside one write transaction."""
    for stray in strays:
        _take(connection, vault, stray)


def _take(connection: Connection, vault: Vault, stray: Stray) -> None:
    body = stray.body.decode("utf-8", "backslashreplace")
    if stray.whole and not wrong_fields(vault.rules, stray.body):
        hear(connection, vault, stray.body)
        return
    once = body if stray.whole or not stray.about else "\n".join((stray.about, *stray.told))
    who = Insider(stray.feed, "feed")
    if stray.raises:
        take(connection, vault, _said(stray, body), Came(WAY, who, once, body))
        return
    digest = vault.keyring.lookup("walled message", WAY, who.name, once)
    if store.message_of(connection, WAY, digest) is None:
        kept = {"body": body, "who": who.name}
        store.keep_message(
            connection,
            vault,
            digest,
            kept,
            vault.clock.now_ms(),
            way=WAY,
            digest=digest,
            outcome="nothing-raised",
        )


def _said(stray: Stray, body: str) -> ConcernSaid:
    words = body if stray.whole else "\n".join(stray.told)
    hospital = stray.sender == "hospital"
    return ConcernSaid(
        origin="ward" if hospital else "practitioner",
        place="hospital" if hospital else "community",
        abuse_types=tuple(one for one in get_args(AbuseType) if one in stray.abuse),
        account=f"{BY_THE_WAY}\n{words}"[:LONGEST_ACCOUNT],
        adult=AdultSaid(
            family_name=stray.family_name[:LONGEST_LINE], given_names=stray.given_names[:LONGEST_LINE],
            birth_date=stray.birth_date[:LONGEST_LINE], nhs_number=stray.nhs_number[:LONGEST_LINE],
            council_id=stray.council_id[:LONGEST_LINE],
        ),
        raised_by=SenderSaid(name=stray.feed, role="feed"),
    )  # fmt: skip
