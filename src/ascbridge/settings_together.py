"""What settings that rest on one another must agree on. It thinks only; `config` tells what it finds with all else."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ascbridge.config import Settings
    from ascbridge.config_sections import HostPort, PostedSettings


def disagreements(settings: Settings) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each fault of settings that rest on one another: their names, the one to change first, and what to do."""
    kafka, database = settings.kafka, settings.database_url
    if kafka.bootstrap and not database:
        yield (
            ("database_url", "kafka.bootstrap"),
            "Kafka needs PostgreSQL beside it: set it, or leave kafka.bootstrap empty",
        )
    if database and not database.startswith("postgresql+asyncpg://"):
        yield ("database_url",), "must begin with postgresql+asyncpg://"
    if database and not kafka.bootstrap:
        yield (
            ("kafka.bootstrap", "database_url"),
            "PostgreSQL needs Kafka beside it: set it, or leave database_url empty",
        )
    if database and settings.workers:
        yield ("workers", "database_url"), "are for one machine: on PostgreSQL run more `record` services"
    given = (bool(kafka.sasl_username), kafka.sasl_password_file is not None)
    sasl = ("kafka.security_protocol", "kafka.sasl_username", "kafka.sasl_password_file")
    if kafka.sasl and not all(given):
        yield sasl, f"{kafka.security_protocol} needs sasl_username and sasl_password_file"
    if not kafka.sasl and any(given):
        yield sasl, f"sasl_username and sasl_password_file are not used with {kafka.security_protocol}"
    if settings.sink.kind == "fhir" and not settings.sink.url:
        yield ("sink.url", "sink.kind"), "a sink of kind 'fhir' needs url = 'https://...'"
    if settings.sink.kind != "fhir" and settings.sink.strategy != "by-id":
        yield ("sink.strategy", "sink.kind"), "is for a FHIR server: set sink.kind = 'fhir' and sink.url"
    yield from _bare_flag(settings)
    if not settings.http.address.loopback and not (settings.sign_in.issuer and settings.http.tls):
        protect = "set sign_in.issuer and http.tls, or listen on 127.0.0.1"
        yield ("http.address", "sign_in.issuer", "http.tls"), _open(settings.http.address, protect)
    yield from _safeguarding(settings)
    yield from _folders(settings)
    yield from _cutover(settings)
    yield from _sftp(settings)
    yield from _databases(settings)
    yield from _replies(settings)
    yield from _nudges(settings)
    yield from _alerts(settings)
    yield from _posted("webhook", settings.webhook)
    yield from _posted("safeguarding.webhook", settings.safeguarding.webhook)
    mllp = settings.mllp
    if not mllp.address.loopback and not ((mllp.tls and mllp.tls.client_ca) or mllp.allowed_senders):
        protect = "set mllp.tls with client_ca, or mllp.allowed_senders, or listen on 127.0.0.1"
        yield ("mllp.address", "mllp.tls", "mllp.allowed_senders"), _open(mllp.address, protect)


def _bare_flag(settings: Settings) -> Iterator[tuple[tuple[str, ...], str]]:
    """A Flag about safeguarding leaves only where somebody answers for it, and to where nothing of it comes back."""
    switch, sink, name = settings.sink.safeguarding_flag, settings.sink, "sink.safeguarding_flag"
    if not switch.on:
        return
    if not (switch.approved_by.strip() and switch.approved_on and switch.read_by):
        yield (
            (f"{name}.on", f"{name}.approved_by", f"{name}.approved_on", f"{name}.read_by"),
            "needs who approved it, on what date, and which organisation reads: set approved_by, approved_on, read_by",
        )
    if sink.kind != "fhir" or sink.strategy != "by-id":
        yield (
            (f"{name}.on", "sink.kind", "sink.strategy"),
            "is for a FHIR server that takes our ids: set sink.kind = 'fhir' and sink.strategy = 'by-id'",
        )
    for source, elsewhere in settings.elsewhere.items():
        if "Flag" in elsewhere.shows:
            yield (
                ("elsewhere", f"{name}.on"),
                f"{source}: shows must not have Flag while {name} is on: ours would come back to everybody's pages",
            )


def _posted(name: str, webhook: PostedSettings) -> Iterator[tuple[tuple[str, ...], str]]:
    """What is posted is signed, and beyond this machine goes by TLS."""
    if webhook.address is None:
        return
    if not webhook.secret_files:
        yield (
            (f"{name}.secret_files", f"{name}.address"),
            "a webhook needs a file with the secret that its sender signs with",
        )
    if not webhook.address.loopback and webhook.tls is None:
        protect = f"set {name}.tls, or listen on 127.0.0.1 behind what ends TLS"
        yield (f"{name}.address", f"{name}.tls"), _open(webhook.address, protect)


def _safeguarding(settings: Settings) -> Iterator[tuple[tuple[str, ...], str]]:
    """What is behind the wall has a role, a key and a name on the brokers that are not the bridge's."""
    wall, kafka = settings.safeguarding, settings.kafka
    url, key = (
        ("safeguarding.database_url", "database_url"),
        ("safeguarding.master_key_file", "master_key_file"),
    )
    if wall.database_url and not settings.database_url:
        yield url, "is for PostgreSQL: on one machine safeguarding has a file of its own"
    if wall.database_url and wall.database_url == settings.database_url:
        yield url, "must name a role of its own, which alone may use the schema safeguarding"
    if wall.database_url and not wall.database_url.startswith("postgresql+asyncpg://"):
        yield url, "must begin with postgresql+asyncpg://"
    if wall.database_url and wall.master_key_file is None:
        yield key, "safeguarding needs the file of a key of its own"
    if wall.master_key_file is not None and wall.master_key_file == settings.master_key_file:
        yield key, "must be a key of its own, not the bridge's"
    ways = [name for name, way in (("folder", wall.folder), ("webhook.address", wall.webhook.address)) if way]
    if settings.database_url and not wall.database_url and ways:
        names = (url[0], *(f"safeguarding.{name}" for name in ways))
        yield (
            names,
            "is needed on PostgreSQL where a case system tells its concerns: without it nobody would listen",
        )
    given = bool(wall.sasl_username), wall.sasl_password_file is not None
    sasl = ("safeguarding.sasl_username", "safeguarding.sasl_password_file", "kafka.security_protocol")
    if wall.database_url and kafka.sasl and not all(given):
        yield sasl, "brokers that ask who we are must know safeguarding by a name of its own"
    if any(given) and not (wall.database_url and kafka.sasl):
        yield sasl, "are used only on PostgreSQL and with SASL"


def _replies(settings: Settings) -> Iterator[tuple[tuple[str, ...], str]]:
    """What is told to a hospital names its patients: beyond this machine it goes by TLS, and to one receiver once."""
    sites: dict[str, str] = {}
    for name, wanted in settings.replies.items():
        tls = wanted.tls
        if tls is None and wanted.host not in {"localhost", "127.0.0.1", "::1"}:
            yield ("replies",), f"{name}: {wanted.host} is another machine: set replies.{name}.tls"
        if tls is not None and (tls.certificate is None) != (tls.private_key is None):
            yield ("replies",), f"{name}: a certificate needs its private_key, and the other way round"
        for facility, other in sites.items():
            if facility.startswith(wanted.facility) or wanted.facility.startswith(facility):
                yield ("replies",), f"{other} and {name} are both told of {max(facility, wanted.facility)}"
        sites[wanted.facility] = name


def _nudges(settings: Settings) -> Iterator[tuple[tuple[str, ...], str]]:
    """Who is written to needs a server, a sender and a link to follow; a password goes only where nobody can listen."""
    wanted = settings.nudges
    written_to = (wanted.to, wanted.allocated, wanted.workers, wanted.openings, settings.alerts.to)
    if not any(written_to):
        return
    for name in ("smtp", "sender", "link"):
        if not getattr(wanted, name):
            yield (f"nudges.{name}", "nudges.to"), "is needed where teams are written to"
    here = wanted.smtp is not None and wanted.smtp.loopback
    if wanted.smtp_tls == "none" and not here:
        yield ("nudges.smtp_tls", "nudges.smtp"), "must be 'starttls' or 'tls' beyond this machine"
    if bool(wanted.smtp_user) != (wanted.smtp_password_file is not None):
        yield ("nudges.smtp_password_file", "nudges.smtp_user"), "must be set with smtp_user, and not without"


def _alerts(settings: Settings) -> Iterator[tuple[tuple[str, ...], str]]:
    """Nobody hears second of what nobody hears first, and what is posted to another machine goes by TLS."""
    wanted = settings.alerts
    if wanted.then and not wanted.to:
        yield ("alerts.to", "alerts.then"), "is needed where somebody hears of what nobody acknowledged"
    for name, hook in wanted.webhooks.items():
        if not hook.url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            yield ("alerts.webhooks",), f"{name}: url must begin with https://"


def _folders(settings: Settings) -> Iterator[tuple[tuple[str, ...], str]]:
    """Two names for one folder: each file in it would be taken by whoever comes first."""
    owners: dict[str, str] = {}
    for name, wanted in settings.council.folders.items():
        owner = owners.setdefault(str(wanted.folder.absolute()), name)
        if owner != name:
            yield ("council.folders",), f"{owner} and {name} name one folder: give each a folder of its own"


def _cutover(settings: Settings) -> Iterator[tuple[tuple[str, ...], str]]:
    """One feed only: nothing could be compared or switched to."""
    chosen = settings.cutover
    if bool(chosen.old) != bool(chosen.new) or (chosen.old and chosen.old == chosen.new):
        names = ("cutover.new", "cutover.old")
        yield names, "a cut-over is between two feeds: name the old one and the new one"


def _sftp(settings: Settings) -> Iterator[tuple[tuple[str, ...], str]]:
    """Remote folders: into which of ours, by whose word, as whom, and no file of ours fetched back."""
    owners: dict[str, str] = {}
    for name, one in settings.council.sftp.items():
        if one.into not in settings.council.folders:
            yield _SFTP, f"{name}: into = {one.into!r} is not a name of council.folders"
        elif (owner := owners.setdefault(one.into, name)) != name:
            yield _SFTP, f"{owner} and {name} fetch into one folder: give each a folder of its own"
        if bool(one.host_keys) == (one.host_keys_file is not None):
            yield _SFTP, f"{name}: needs the server's host_keys, or host_keys_file, and not both"
        if (one.key_file is None) == (one.password_file is None):
            yield _SFTP, f"{name}: needs key_file or password_file, and not both"
        if (one.afterwards == "move") != bool(one.moved_to):
            yield _SFTP, f"{name}: needs moved_to with afterwards = 'move', and only then"
        for what, folder in (("moved_to", one.moved_to), ("reports_to", one.reports_to)):
            if folder and PurePosixPath(folder) == PurePosixPath(one.remote_folder):
                yield _SFTP, f"{name}: {what} must be another folder than remote_folder"


_SFTP = ("council.sftp", "council.folders")


def _databases(settings: Settings) -> Iterator[tuple[tuple[str, ...], str]]:
    """Two databases for one profile: each would take the other's rows for its own."""
    owners: dict[str, str] = {}
    for name, wanted in settings.council.databases.items():
        owner = owners.setdefault(wanted.profile, name)
        if owner != name:
            yield (
                ("council.databases",),
                f"{owner} and {name} have one profile: give each a profile of its own",
            )


def _open(address: HostPort, protect: str) -> str:
    return f"{address.host} can be reached from other machines: {protect}"
