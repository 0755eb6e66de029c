"""Whom or what stay messages are looked for about: numbers and names of the outside world become keys of ours.

Numbers are found by keyed hash and names among those who were born on a day or live at a postcode, as everywhere:
nothing is opened that somebody without a right to names would see, and nothing of it stands in an address.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ascbridge.events.logs.envelope import Ref
from ascbridge.people import nhs_numbers
from ascbridge.people.finding import enough_of_a_name, find_anywhere
from ascbridge.people.identities import known
from ascbridge.people.lookups import find_by_number
from ascbridge.people.membership import keys_of, person_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from ascbridge.events.logs.sealing import Keyring
    from ascbridge.intake.sources.profile import Profile
    from ascbridge.people.data_keys import DataKeys


class CannotLook(ValueError):
    """What was given finds nobody as it stands; the text says why."""


@dataclass(frozen=True, slots=True)
class Whom:
    """What the outside world calls a person or a stay. `authority` gave the local id or visit number; empty: any."""

    nhs_number: str = ""
    local_id: str = ""
    visit: str = ""
    authority: str = ""
    name: str = ""
    born: str = ""
    postcode: str = ""

    @property
    def nobody(self) -> bool:
        """Whether nobody and nothing is named."""
        return not (self.nhs_number or self.local_id or self.visit or self.name)

    def checked(self) -> Whom:
        """Return it without spaces around. Raises `CannotLook` where that can find nobody."""
        clean = Whom(**{name: str(getattr(self, name)).strip() for name in self.__dataclass_fields__})
        if clean.nhs_number and not nhs_numbers.checks("".join(clean.nhs_number.split())):
            raise CannotLook("This is not an NHS number: check its ten digits")
        if clean.name and not (enough_of_a_name(clean.name) and (clean.born or clean.postcode)):
            raise CannotLook("Give two letters of the name at least, and a birth date or a postcode")
        return clean


@dataclass(frozen=True, slots=True)
class Keys:
    """Persons and stays that were found, by our keys."""

    people: frozenset[str] = frozenset()
    stays: frozenset[str] = frozenset()


def look(
    connection: Connection, keyring: Keyring, data_keys: DataKeys, whom: Whom, authorities: Iterable[str]
) -> Keys:
    """Find the people and stays of that number or name. What is given beside another narrows nothing: all are found."""
    wanted = [whom.authority] if whom.authority else sorted(set(authorities))
    patients = [Ref("patient", authority, whom.local_id) for authority in wanted if whom.local_id]
    stays = [Ref("spell", authority, whom.visit) for authority in wanted if whom.visit]
    number = "".join(whom.nhs_number.split())
    if number:
        patients.append(Ref("patient", "NHS", number))
    keys = known(connection, keyring, [*patients, *stays]) if patients or stays else {}
    people = set(person_of(connection, [keys[ref] for ref in patients if ref in keys]).values())
    people |= {one.person_id for one in find_by_number(connection, keyring, number)} if number else set()
    if whom.name:
        named = find_anywhere(
            connection, keyring, data_keys, whom.name, born=whom.born, postcode=whom.postcode
        )
        people |= {one.person_id for one in named}
    return Keys(frozenset(people), frozenset(keys[ref] for ref in stays if ref in keys))


def authorities_of(profiles: Mapping[str, Profile]) -> frozenset[str]:
    """Who gives local ids and visit numbers, by the feeds' profiles."""
    return frozenset(
        name for one in profiles.values() for name in (one.feed.authority, *one.feed.authorities) if name
    )


def patients_of(connection: Connection, people: Iterable[str]) -> frozenset[str]:
    """Return every patient key of these persons."""
    return frozenset(key for keys in keys_of(connection, people).values() for key in keys)
