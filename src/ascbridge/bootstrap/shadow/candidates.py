"""The files that a shadow is made with: what each is, and the parts of a bridge with them in place of its own.

A feed profile stands in for the one of its feed, as if it were signed. A list stands in for every version that would
hold at or after the beginning of the period. Rules, codes and outcomes stand in for those of the settings.
"""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import tempfile
import tomllib
from dataclasses import dataclass, replace
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

from ascbridge.bootstrap.parts import settled
from ascbridge.config import ConfigError
from ascbridge.discharge.deciding.reference import ReferenceFault
from ascbridge.discharge.deciding.reference import load as load_reference
from ascbridge.frontdoor.door_rules import DoorRulesFault
from ascbridge.frontdoor.door_rules import load as load_door_rules
from ascbridge.intake.agreed import profile_versions, profiles
from ascbridge.intake.reading import map_versions
from ascbridge.intake.reading.readings import Readings
from ascbridge.intake.sources.profile import SignedOff
from ascbridge.operations.changing.reference_lists import checked
from ascbridge.operations.shadow import shadows
from ascbridge.operations.shadow.shadows import Candidate
from ascbridge.reference import known_lists
from ascbridge.reference.in_force import Version
from ascbridge.reference.list_files import BadList
from ascbridge.storage.database import SqliteDatabase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from ascbridge.config import Settings
    from ascbridge.discharge.deciding.reference import Reference
    from ascbridge.discharge.folding.stays import Desk
    from ascbridge.frontdoor.front_work import FrontDoor
    from ascbridge.intake.sources.profile import Profile
    from ascbridge.operations.shadow.shadows import Made, Shadow

_SETTINGS: dict[str, Made] = {"codes.toml": "codes", "outcomes.toml": "outcomes"}


@dataclass(frozen=True, slots=True)
class Read:
    """One file as it was read: what it is, and its text."""

    told: Candidate
    text: bytes


def read(paths: Sequence[Path]) -> list[Read]:
    """Read the files that a shadow is to be made with. Raises `ConfigError` with every fault."""
    found, faults = [], []
    for path in paths:
        try:
            text = path.read_bytes()
            found.append(Read(_told(path, text), text))
        except OSError:
            faults.append(f"{path}: there is no such file")
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
            faults.append(f"{path}: not TOML: {fault}")
        except (ConfigError, DoorRulesFault, ReferenceFault, BadList) as fault:
            faults += [f"{path}: {line}" for line in str(fault).splitlines()]
    names = [one.told.file for one in found]
    same = [(one.told.made, one.told.of) for one in found]
    faults += [f"{name}: two files have this name" for name in sorted(names) if names.count(name) > 1]
    faults += [f"{of}: two files are of it" for made, of in sorted(set(same)) if same.count((made, of)) > 1]
    if faults:
        raise ConfigError("\n".join(faults))
    return found


def _told(path: Path, text: bytes) -> Candidate:
    given = tomllib.loads(text.decode())
    sha256 = hashlib.sha256(text).hexdigest()
    if path.name in _SETTINGS:
        _reference(path, "ready-opens")
        return Candidate(path.name, _SETTINGS[path.name], path.stem, "", sha256)
    if "feed" in given:
        profile = profiles.parse(text.decode(), path.name)
        return Candidate(path.name, "feed", profile.feed.name, "", sha256)
    if "kind" in given:
        data = checked(text.decode())
        return Candidate(path.name, "list", data.kind, str(data.version), sha256)
    if "rule" in given:
        rules = _reference(path, path.stem).rules
        return Candidate(path.name, "rules", rules.id, str(rules.version), sha256)
    load_door_rules(path)
    return Candidate(path.name, "front-door", "front-door", "", sha256)


def _reference(path: Path, rules: str, owner_team: str = "") -> Reference:
    """What the desk would go by with this one file in place of the shipped one of its name."""
    with tempfile.TemporaryDirectory(prefix="ascbridge-try-") as folder:
        return _reference_in(Path(folder), [path], rules, owner_team)


def _reference_in(folder: Path, paths: Sequence[Path], rules: str, owner_team: str) -> Reference:
    with as_file(files("ascbridge.discharge") / "settings") as shipped:
        for one in shipped.glob("*.toml"):
            shutil.copyfile(one, folder / one.name)
    for path in paths:
        shutil.copyfile(path, folder / path.name)
    return load_reference(rules, owner_team=owner_team, folder=folder)


def _of(shadow: Shadow, *made: Made) -> list[tuple[Candidate, Path]]:
    return [(one, shadow.folder / "with" / one.file) for one in shadow.plan.candidates if one.made in made]


def profiles_with(settings: Settings, shadow: Shadow) -> dict[str, Profile]:
    """Return every feed's profile, those that are tried as if somebody had signed them. Raises `ConfigError`."""
    known = settled.profiles_of(settings)
    for told, path in _of(shadow, "feed"):
        if told.of not in known:
            raise ConfigError(
                f"{told.file}: there is no feed {told.of!r}; there are {', '.join(sorted(known))}"
            )
        read = profiles.read(str(path))
        signed = SignedOff(by="tried in a shadow", on="2000-01-01", sha256=read.text_sha256)
        known[told.of] = read.model_copy(update={"signed_off": signed})
    return known


def desk_with(desk: Desk, settings: Settings, shadow: Shadow) -> Desk:
    """Return the desk going by the rules, codes and outcomes that are tried."""
    tried = _of(shadow, "rules", "codes", "outcomes")
    if not tried:
        return desk
    rules = next((path.stem for told, path in tried if told.made == "rules"), settings.discharge.rules)
    folder = shadow.folder / "desk"
    folder.mkdir(mode=0o700, exist_ok=True)
    chosen = settings.discharge.owner_team
    return replace(desk, reference=_reference_in(folder, [path for _, path in tried], rules, chosen))


def door_with(door: FrontDoor, shadow: Shadow) -> FrontDoor:
    """Return the front door going by the rules that are tried."""
    for _, path in _of(shadow, "front-door"):
        return replace(door, rules=load_door_rules(path))
    return door


def load_profiles(bridge: Path, settings: Settings, shadow: Shadow) -> None:
    """Have the feed profiles that are tried stand in for what people put in force, in a shadow's database.

    A row over a feed's map stays where the profile that is tried says of its code what the one that holds says. What
    held for these feeds is written down before, for whoever puts the shadow in force.
    """
    tried = [profiles.read(str(path)) for _, path in _of(shadow, "feed")]
    known = settled.profiles_of(settings)
    readings = Readings(known, settled.clock_of(settings).now_ms)

    def put(connection: Connection) -> dict[str, str]:
        readings.adopt(connection)
        over = {one.feed.name: readings.stamp_now(one.feed.name) for one in tried if one.feed.name in known}
        for one in tried:
            if one.feed.name in known:
                for row in readings.rows_under(one):
                    map_versions.set_aside(connection, row)
                profile_versions.forget_moments(connection, one.feed.name)
        return over

    database = SqliteDatabase(bridge)
    try:
        shadows.note_over(shadow.folder, database.write_now(put))
    finally:
        asyncio.run(database.close())


def load_lists(bridge: Path, shadow: Shadow) -> None:
    """Put the lists that are tried into a shadow's database, in place of what would hold in its period."""
    tried = _of(shadow, "list")
    if not tried:
        return
    begins_ms = shadow.plan.from_ms or 0

    def put(connection: Connection) -> None:
        for told, path in tried:
            text = path.read_text("utf-8")
            known_lists.forget_since(connection, told.of, int(told.version), begins_ms)
            version = Version(checked(text), begins_ms, None, "tried in a shadow", begins_ms)
            known_lists.save(connection, version, text)

    database = SqliteDatabase(bridge)
    try:
        database.write_now(put)
    finally:
        asyncio.run(database.close())
