"""The inner side of the slot in the wall: what a desk puts through it becomes a concern, for its owners to look at."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ascbridge.people.behind_wall import WallShut
from ascbridge.safeguarding.concern_words import LONGEST_ACCOUNT, AdultSaid, ConcernSaid, SenderSaid, faults
from ascbridge.safeguarding.raising import Came, take
from ascbridge.safeguarding.vault import Insider

if TYPE_CHECKING:
    from ascbridge.people.behind_wall import ToldApart
    from ascbridge.safeguarding.vault import Vault

FROM_ROLE = {"discharge-team": "hospital-team"}
"""Of which origin a concern from a desk is; any other is a practitioner's."""


class WallSlot:
    """Takes what desks put behind the wall."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def put(self, told: ToldApart) -> None:
        """Take it as a concern. Raises `WallShut` where there is nothing in it that could be one."""
        said = ConcernSaid(
            origin=FROM_ROLE.get(told.role, "practitioner"),
            place="hospital" if told.role == "discharge-team" else "community",
            account=told.text[:LONGEST_ACCOUNT],
            adult=AdultSaid(
                person_id=told.person_id, nhs_number=told.nhs_number, family_name=told.family_name,
                given_names=told.given_names, birth_date=told.birth_date,
            ),
            raised_by=SenderSaid(name=told.who, role=told.role),
        )  # fmt: skip
        wrong = faults(self._vault.rules, said)
        if wrong:
            raise WallShut("; ".join(wrong.values()))
        came = Came("desk", Insider(told.who, told.role, where_from=told.where_from), told.once)
        await self._vault.database.write(partial(take, vault=self._vault, said=said, came=came))
