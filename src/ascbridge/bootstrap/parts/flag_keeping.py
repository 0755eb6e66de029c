"""Runs the switch for a bare Flag where settings have one: who an adult is on the bridge's side, and the rounds.

It reads the bridge's database and never writes it, and nothing of what it does is logged or counted.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from ascbridge.events.handlers import pauses
from ascbridge.events.logs.sealing import SealBroken
from ascbridge.people.lookups import find_by_number
from ascbridge.record.fhir_server import FhirServer
from ascbridge.record.gathering import gather
from ascbridge.record.views import Council
from ascbridge.safeguarding.flag_rounds import FlagRounds, Shared, Sought
from ascbridge.uk_core import fhir_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from ascbridge.bootstrap.parts.ground import Ground
    from ascbridge.record.views import PersonView
    from ascbridge.safeguarding.vault import Vault

EVERY_S = 5.0
VERIFIED = "verified"


async def keep_flags(ground: Ground, vault: Vault, stop: asyncio.Event) -> None:
    """Have the sink hold bare Flags as the switch says, until told to stop; withdraw all of them where it is off."""
    sink, council = ground.settings.sink, ground.settings.council
    switch = sink.safeguarding_flag
    if sink.kind != "fhir":
        return
    server = FhirServer(sink.url, token_file=sink.token_file, timeout_s=sink.timeout_seconds)
    issuer = Council(council.name, council.ods_code, council.identifier_base)
    why = (
        f"approved by {switch.approved_by} on {switch.approved_on}, read by {switch.read_by}"
        if switch.on
        else "switched off"
    )

    async def people(sought: Sequence[Sought]) -> list[Shared | None] | None:
        return await ground.database.read(lambda connection: shared_people(connection, ground, sought))

    rounds = FlagRounds(vault, server, issuer, people, why, switch.on)
    vault.troubles["flag"] = lambda: rounds.trouble
    try:
        while not stop.is_set():
            try:
                await rounds.round()
            except Exception as fault:  # noqa: BLE001  # told inside alone: an end of the service would be told to all
                rounds.trouble = f"A flag cannot be set or withdrawn now: {type(fault).__name__}"
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), EVERY_S)
    finally:
        await server.close()


def shared_people(
    connection: Connection, ground: Ground, sought: Sequence[Sought]
) -> list[Shared | None] | None:
    """Return which one person each of these adults is, where the sink holds them whole; None while it is stopped."""
    sink = ground.settings.sink.name
    if pauses.is_paused(connection, "sink", sink):
        return None
    one_each = [_only(connection, ground, each) for each in sought]
    wanted = sorted({one for one in one_each if one})
    views = _views(connection, ground, wanted) if wanted else {}
    return [_shared(views[one]) if one in views else None for one in one_each]


def _views(connection: Connection, ground: Ground, people: Sequence[str]) -> dict[str, PersonView]:
    """Return these people; of whom what is known was tampered with has no view, and so no Flag."""
    sink, desk = ground.settings.sink.name, ground.desk
    try:
        return gather(connection, desk.data_keys, sink, people, desk.generation)
    except SealBroken:
        if len(people) == 1:
            return {}
    return {person: view for one in people for person, view in _views(connection, ground, [one]).items()}


def _only(connection: Connection, ground: Ground, adult: Sought) -> str:
    """Return the id of the one person to whom all numbers of an adult lead; empty where that is none, or several."""
    found = find_by_number(connection, ground.keyring, adult.nhs_number) if adult.nhs_number else []
    people = {one.person_id for one in found if one.number_state == VERIFIED}
    if adult.nhs_number and not people:
        return ""
    people |= {adult.person_id} if adult.person_id else set()
    return people.pop() if len(people) == 1 else ""


def _shared(view: PersonView) -> Shared | None:
    """Return a person as the sink holds them, unless anything of them is withheld."""
    about = view.patient
    gone = about.state != "present" or about.restricted or about.objects or about.died
    if gone or f"Patient/{fhir_id(about.person_id)}" not in view.published:
        return None
    own = (("council", one.value) for one in about.local_numbers)
    return Shared(about.person_id, (("person", about.person_id), ("nhs", about.nhs_number), *own))
