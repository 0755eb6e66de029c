"""Puts in force what a shadow was made with, and takes it back: all of it in one transaction, signed by two people.

Only what codes of a feed's map mean is put in force so: new codes, and codes that mean something else. They are rows
over what holds (`mapping`), which take effect and are taken back in every process without a restart. Everything else is
refused before anything is written, with what to do in its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.intake.agreed import profiles
from ascbridge.intake.reading import map_versions
from ascbridge.intake.reading.map_versions import MapRow
from ascbridge.operations.mending import mapping
from ascbridge.operations.mending.mapping import CannotMap
from ascbridge.operations.shadow import found, shadows
from ascbridge.operations.shadow.shadows import LIVE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from ascbridge.intake.reading.readings import Readings
    from ascbridge.intake.reading.translator import Translator
    from ascbridge.intake.sources.profile import Profile
    from ascbridge.operations.shadow.shadows import Shadow
    from ascbridge.people.actor import Actor

MOST = 50
_MAP = {"codes", "signed_off", "text_sha256"}


def rows_of(shadow: Shadow, running: Readings) -> list[MapRow]:
    """Return what a shadow's files say of codes and the maps in force do not. Raises `CannotMap` where they do more."""
    told = found.told(shadow.found)
    if told is None or told.before != LIVE:
        raise CannotMap("Compare this shadow with the running bridge first, and look at what differs")
    rows = []
    for one in shadow.plan.candidates:
        if one.made != "feed":
            raise CannotMap(
                f"{one.words}: only codes of feeds are put in force from here. Put the file in force as ever: a "
                "list by `reference load`, rules by the settings and a restart"
            )
        if one.of not in running.profiles:
            raise CannotMap(f"There is no feed {one.of}")
        if shadows.over(shadow).get(one.of) != running.stamp_now(one.of):
            raise CannotMap(
                f"{one.of}: what holds changed since this shadow began: make it anew, and compare again"
            )
        tried = profiles.read(str(shadow.folder / "with" / one.file))
        stay = running.rows_over(tried)
        rows += _otherwise(one.of, running.profiles[one.of], map_versions.over({one.of: tried}, stay)[one.of])
    if not rows:
        raise CannotMap("The maps in force say all of this already")
    if len(rows) > MOST:
        raise CannotMap(f"{len(rows)} codes are more than {MOST}: put the file in force, and restart")
    return rows


def _otherwise(feed: str, now: Profile, tried: Profile) -> list[MapRow]:
    if now.model_dump(exclude=_MAP) != tried.model_dump(exclude=_MAP):
        raise CannotMap(
            f"{feed}: more than the code map differs. Ask for the profile as a version of its own (Feed profiles)"
        )
    for name, codes in now.codes.items():
        for sent in codes:
            if sent not in tried.codes.get(name, {}):
                raise CannotMap(
                    f"{feed}: {name} {sent} would mean nothing any more, which a row cannot say. Ask for the "
                    "profile as a version of its own (Feed profiles), or take the row back"
                )
    return [
        MapRow(feed, name, sent, meant)
        for name, codes in sorted(tried.codes.items())
        for sent, meant in sorted(codes.items())
        if meant != now.codes.get(name, {}).get(sent)
    ]


def ask(
    connection: Connection,
    translator: Translator,
    name: str,
    rows: Sequence[MapRow],
    who: Actor,
    why: str,
    now_ms: int,
) -> int:
    """Ask for all rows of a shadow; return how many. Nothing takes effect. Raises `CannotMap`."""
    if map_versions.of_shadow(connection, name):
        raise CannotMap(f"{name} was asked for already: sign it, or roll it back")
    translator.adopt(connection)
    for row in rows:
        mapping.ask(connection, translator, row, who, why, now_ms, name)
        translator = translator.reading_by(row)
    who.did(connection, "shadow asked to be put in force", f"shadow:{name}", why, now_ms)
    return len(rows)


def sign(connection: Connection, translator: Translator, name: str, who: Actor, now_ms: int) -> int:
    """Put all of it in force, as a second person; return how many rows. All or nothing. Raises `CannotMap`."""
    asked = [one for one in map_versions.of_shadow(connection, name) if one.state == "asked"]
    if not asked:
        raise CannotMap(f"Nothing of {name} waits to be signed")
    for one in asked:
        mapping.sign(connection, translator, one.feed, one.number, who, now_ms)
    who.did(connection, "shadow put in force", f"shadow:{name}", asked[0].why, now_ms)
    return len(asked)


def roll_back(connection: Connection, name: str, who: Actor, why: str, now_ms: int) -> int:
    """Take all of it back, whether asked for or in force; return how many rows. All or nothing. Raises `CannotMap`."""
    standing = map_versions.of_shadow(connection, name)
    if not standing:
        raise CannotMap(f"Nothing of {name} is asked for or in force")
    for one in reversed(standing):
        mapping.refuse(connection, one.feed, one.number, who, why, now_ms)
    who.did(connection, "shadow rolled back", f"shadow:{name}", why, now_ms)
    return len(standing)
