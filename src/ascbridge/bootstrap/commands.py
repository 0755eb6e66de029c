"""What the commands that change or check an installation need."""

from __future__ import annotations

import contextlib
import os
import pwd
import sqlite3
from typing import TYPE_CHECKING

from ascbridge.access import as_role, holds, may, organisation_at, organisation_of
from ascbridge.bootstrap.parts import posting, proving, settled, walled
from ascbridge.bootstrap.parts.certificates import tls_context
from ascbridge.bootstrap.parts.claims import claimed
from ascbridge.bootstrap.parts.services import ONE_MACHINE
from ascbridge.config import ConfigError
from ascbridge.cutover.comparison_rules import load as load_comparison_rules
from ascbridge.discharge.deciding.reference import ReferenceFault
from ascbridge.discharge.deciding.reference import load as load_reference
from ascbridge.frontdoor.door_rules import load as load_door_rules
from ascbridge.intake.agreed import profile_differences, profiles
from ascbridge.operations import tokens
from ascbridge.operations.scopes import scopes_of
from ascbridge.storage import files, migration

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from ascbridge.config import Settings


def prepare(settings: Settings) -> None:
    """Make a data directory ready: profiles that read, a master key, files at the present schema.

    Raises `ConfigError` or `ReferenceFault` before anything is made, also where files or keys are missing or another's,
    and `CannotStart` where a bridge works on it.
    """
    settled.profiles_of(settings)
    load_reference(settings.discharge.rules)
    load_door_rules(settings.front_door.rules_file)
    load_comparison_rules(settings.cutover.rules_file)
    walled.rules_are_sound(settings)
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    proving.files_belong(settings)
    walled.nothing_lost(settings)
    with claimed(settings.data_dir, *ONE_MACHINE):
        # A new key beside old data would make all of it unreadable: then the missing file is the fault to tell.
        keyring = settled.keyring_of(settings, create=not settled.file_of(settings, "keys").exists())
        proving.key_opens_files(settings, keyring)
        migration.upgrade_sqlite(settings.data_dir)


async def migrate(settings: Settings) -> str:
    """Bring the databases to the present schema, and return which that is; the release before may be at work.

    Raises `ConfigError` where a table cannot be had.
    """
    if settings.on_postgres:
        await migration.upgrade_postgres(settings.database_url)
        if settings.safeguarding.database_url:
            await migration.upgrade_walled_postgres(settings.safeguarding.database_url)
    else:
        migration.upgrade_sqlite(settings.data_dir)
    return migration.head()


async def create_topics(settings: Settings) -> list[str]:
    """Create the topics that the topics file declares; returns a line for each that differs. Raises `ConfigError`."""
    from ascbridge.events import topics  # Kafka's client is not needed by any other command
    from ascbridge.events.logs import kafka_topics  # Kafka's client is not needed by any other command

    if not settings.kafka.bootstrap:
        raise ConfigError("kafka.bootstrap is not set: on one machine there are no topics to make")
    return await kafka_topics.create(
        settings.kafka, topics.load(settings.kafka.topics_file or topics.shipped())
    )


def mint_token(
    settings: Settings,
    role: str,
    facility: str = "",
    scope: Sequence[str] = (),
    person: str = "",
    organisation: str = "",
) -> str:
    """Make a bearer token for `role` and leave its slip for the audit. A hospital's is for its own sites' stays.

    With `scope` it reads no more than these SMART scopes say; `person` is whom ``patient/`` ones are for. Whose it is
    stands in `organisation`: empty, whose the facility is, else the installation's own. Raises `ConfigError`,
    `OSError` or `ValueError`.
    """
    known = as_role(role)
    if known is None:
        raise ValueError(f"there is no role {role!r}")
    if (role == "hospital") != bool(facility):
        raise ValueError("role hospital, and no other, needs the ODS code of its sites (--facility)")
    ours = settings.sign_in
    whose = organisation_at(facility) if facility and not organisation else organisation
    employer = organisation_of(whose, ours.own_organisation, ours.organisations)
    if not holds(employer, role):
        raise ValueError(f"role {role} is not held at {organisation or employer or 'no organisation'}")
    if (scope or person) and not may(employer, role, "fhir"):
        raise ValueError(f"role {role} reads no FHIR, so it has no scopes")
    scopes = scopes_of(scope, person) if scope or person else None
    token, slip = tokens.mint(
        settled.keyring_of(settings), known, _account(), "command line", facility, scopes, organisation
    )
    tokens.leave_slip(settings.data_dir, slip)
    return token


def _account() -> str:
    """Who runs this command, by the system's word: a variable such as LOGNAME may say anybody."""
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:  # a container may run under a number that has no name
        return f"uid {number}"


def differences(before: str, after: str) -> tuple[str, ...]:
    """Say what one feed profile says otherwise than another. Raises `ConfigError` naming every fault of both."""
    read, wrong = [], []
    for name in (before, after):
        try:
            read.append(profiles.read(name))
        except ConfigError as fault:
            wrong.append(str(fault))
    if wrong:
        raise ConfigError("\n".join(wrong))
    return profile_differences.differences(*read)


def describe(profile_name: str) -> list[str]:
    """Say what a feed profile is, whether it is signed, and what nobody knows yet. Raises `ConfigError`."""
    profile = profiles.read(profile_name)
    signed = profile.signed_off
    return [
        f"profile   {profile.feed.name}: {profile.feed.title}",
        f"text      sha256 {profile.text_sha256}",
        f"signed    by {signed.by} on {signed.on}, sha256 {signed.sha256}"
        if signed
        else "signed    by nobody",
        "runs      in shadow: events and evidence, no task, nothing published"
        if profile.shadow
        else "runs      live",
        *(f"not known {one}" for one in profile.not_known),
    ]


def examine(settings: Settings) -> tuple[list[str], bool]:
    """Look at what a start needs; returns what to say and whether all is sound. Changes nothing."""
    questions: list[tuple[str, Callable[[], str]]] = [
        ("feed profile", lambda: _profile_state(settings)),
        ("reference data", lambda: _reference_state(settings)),
        ("master key", lambda: _key_state(settings)),
        ("mllp certificates", lambda: "usable" if tls_context(settings.mllp.tls) else "none"),
    ]
    if settings.webhook.address is not None:
        questions.append(("webhook", lambda: _webhook_state(settings)))
    if not settings.on_postgres:
        questions += [
            (f"{group}.db", _file_question(settings, group)) for group in (*files.GROUPS, files.WALLED)
        ]
    lines, sound = [], True
    for what, question in questions:
        try:
            lines.append(f"ok    {what}: {question()}")
        except (
            ConfigError,
            ReferenceFault,
            settled.CannotStart,
            OSError,
            sqlite3.Error,
            ValueError,
        ) as fault:
            sound = False
            lines.append(f"FAULT {what}: {fault}")
    return lines, sound


def _reference_state(settings: Settings) -> str:
    load_reference(settings.discharge.rules)
    load_door_rules(settings.front_door.rules_file)
    load_comparison_rules(settings.cutover.rules_file)
    walled.rules_are_sound(settings)
    return settings.discharge.rules


def _key_state(settings: Settings) -> str:
    keyring = settled.keyring_of(settings)
    if not settings.on_postgres:
        with contextlib.suppress(sqlite3.DatabaseError):  # a damaged file is told in a line of its own
            proving.key_opens_files(settings, keyring)
    return "readable by its owner alone"


def _profile_state(settings: Settings) -> str:
    profile = settled.hospital_profile(settings)
    state = "in shadow: not signed as it stands, so no task is opened" if profile.shadow else "signed"
    return f"{profile.feed.name}, {state}"


def _webhook_state(settings: Settings) -> str:
    tls_context(settings.webhook.tls)
    profile, secrets = settled.webhook_profile(settings), posting.SecretFiles(settings.webhook.secret_files)()
    return f"{profile.feed.name}, {len(secrets)} secret{'s' if len(secrets) > 1 else ''}"


def _file_question(settings: Settings, group: files.Group) -> Callable[[], str]:
    return lambda: _file_state(settled.file_of(settings, group))


def _file_state(path: Path) -> str:
    """Return the schema a file is at. Raises `ValueError` with what to do where it is not ours or damaged."""
    if not path.exists():
        raise ValueError(f"{path} is not there; `ascbridge migrate` makes it")
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as raw:
        (fault,) = raw.execute("PRAGMA quick_check(1)").fetchone()
        if fault != "ok":
            raise ValueError(f"{path} is damaged ({fault}); restore it from a back-up")
        (revision,) = raw.execute("SELECT version_num FROM alembic_version").fetchone()
    if not migration.knows(revision):
        return f"schema {revision}, of a later version than this one, which runs on it as it is"
    if revision != migration.head():
        raise ValueError(f"{path} is at schema {revision}, not {migration.head()}: run `ascbridge migrate`")
    return f"schema {revision}"
