"""The commands of the time machine: build a shadow with other maps, rules or lists, compare it, ask about a period.

They work on the files of one machine, beside the running bridge, and write nothing but the shadow's own folder. Only
`switch`, `sign` and `roll-back` ask the running bridge, whose rules they go by.
"""

from __future__ import annotations

import contextlib
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ascbridge.command_line.options import (
    Config,
    DataDir,
    Http,
    MaybeDataDir,
    answered,
    bridge_at,
    settings_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ascbridge.operations.shadow.found import Difference, Told
    from ascbridge.operations.shadow.shadows import Progress

shadow_commands = typer.Typer(
    no_args_is_help=True,
    help="Derive everything again beside the running bridge, with other maps, rules or lists, and compare.",
)

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="The shadow's name: small letters, digits, hyphens.")
]
With = Annotated[
    list[Path] | None,
    typer.Option(
        "--with",
        help="A feed profile, rule set, codes.toml, outcomes.toml, front door's rules, or list of reference data.",
    ),
]
From = Annotated[
    str | None,
    typer.Option(
        "--from", metavar="TIME", help="Only people of whom a message came since: 2026-10-01T00:00Z."
    ),
]
To = Annotated[
    str | None, typer.Option("--to", metavar="TIME", help="Only what came before: 2026-11-01T00:00Z.")
]
Why = Annotated[str, typer.Option(help="Written into the audit; no names or numbers of people.")]
Rate = Annotated[int, typer.Option(min=0, help="Most messages a second; 0: as many as it can.")]


@shadow_commands.command()
def build(
    name: Name,
    with_: With = None,
    since: From = None,
    until: To = None,
    rate: Rate = 0,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with one that was stopped or built before.")
    ] = False,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on with what comes in, until `shadow stop`.")
    ] = False,
    data_dir: MaybeDataDir = None,
    config_file: Config = None,
) -> None:
    """Build a shadow from what is kept; without --with it is the bridge as it is. Ends with how far it is."""
    from ascbridge.bootstrap.shadow import time_machine
    from ascbridge.operations.shadow import shadows

    settings = settings_of(config_file, data_dir=data_dir)
    with _told():
        if resume:
            shadow = shadows.find(settings.data_dir, name)
        else:
            shadow = time_machine.plan(
                settings, name, with_ or (), from_ms=_moment(since), to_ms=_moment(until), rate=rate
            )
        for one in shadow.plan.candidates:
            typer.echo(f"with\t{one.words}")
        progress = time_machine.build(settings, shadow, follow=follow, say=_say)
    raise typer.Exit(0 if progress.state == "built" and not progress.held else 1)


@shadow_commands.command()
def ask(
    name: Name,
    with_: With = None,
    since: From = None,
    until: To = None,
    rate: Rate = 0,
    data_dir: MaybeDataDir = None,
    config_file: Config = None,
) -> None:
    """Say what these files would have done in a period: build it twice, with and without them, and compare."""
    from ascbridge.bootstrap.shadow import telling_apart, time_machine

    settings = settings_of(config_file, data_dir=data_dir)
    with _told():
        base, tried = telling_apart.ask(
            settings, name, with_ or (), from_ms=_moment(since), to_ms=_moment(until), rate=rate
        )
        for one in tried.plan.candidates:
            typer.echo(f"with\t{one.words}")
        for shadow in (base, tried):
            progress = time_machine.build(settings, shadow, say=_say)
            if progress.state != "built":
                raise typer.Exit(1)
        told = telling_apart.compare(settings, name, against=base.name)
        _tell(settings.data_dir, name, told)


@shadow_commands.command()
def compare(
    name: Name,
    against: Annotated[str, typer.Option(help="The running bridge (live), or another shadow.")] = "live",
    data_dir: MaybeDataDir = None,
    config_file: Config = None,
) -> None:
    """Compare a shadow by meaning: tasks, stays, what is published, indexes; 1 where anything differs."""
    from ascbridge.bootstrap.shadow import telling_apart

    settings = settings_of(config_file, data_dir=data_dir)
    with _told():
        _tell(settings.data_dir, name, telling_apart.compare(settings, name, against))


@shadow_commands.command()
def show(
    name: Name,
    kind: Annotated[str, typer.Option(help="Only task, stay, record or index.")] = "",
    cause: Annotated[str, typer.Option(help="Only this cause, as `compare` says it.")] = "",
    person: Annotated[str, typer.Option(help="Only this person, by id.")] = "",
    after: Annotated[int, typer.Option(help="Go on after this number.")] = 0,
    data_dir: MaybeDataDir = None,
    config_file: Config = None,
) -> None:
    """Show what the last comparison found, one by one, each with why. Ids only: nobody's name."""
    from ascbridge.operations.shadow import found, shadows

    settings = settings_of(config_file, data_dir=data_dir)
    with _told():
        shadow = shadows.find(settings.data_dir, name)
    some, further = found.page(shadow.found, kind, cause, person, after)
    for one in some:
        _one(one)
    if further:
        typer.echo(f"for more: --after {further}")


@shadow_commands.command("list")
def list_(data_dir: MaybeDataDir = None, config_file: Config = None) -> None:
    """List the shadows there are: name, state, how far, with what."""
    from ascbridge.operations.shadow import shadows

    for shadow in shadows.every(settings_of(config_file, data_dir=data_dir).data_dir):
        progress = shadow.progress
        state = "not begun" if progress is None else progress.state
        far = "" if progress is None else f"{progress.done} of {progress.messages} messages"
        tried = ", ".join(one.words for one in shadow.plan.candidates) or "nothing changed"
        typer.echo(f"{shadow.name}\t{state}\t{far}\t{tried}")


@shadow_commands.command()
def stop(name: Name, data_dir: MaybeDataDir = None, config_file: Config = None) -> None:
    """Have whoever builds a shadow stop; `build --resume` goes on where it was."""
    from ascbridge.operations.shadow import shadows

    with _told():
        shadows.ask_to_stop(shadows.find(settings_of(config_file, data_dir=data_dir).data_dir, name))


@shadow_commands.command("let-go")
def let_go(name: Name, data_dir: MaybeDataDir = None, config_file: Config = None) -> None:
    """Remove a shadow and what was found by it."""
    from ascbridge.operations.shadow import shadows

    with _told():
        shadows.let_go(shadows.find(settings_of(config_file, data_dir=data_dir).data_dir, name))


@shadow_commands.command()
def switch(name: Name, why: Why, data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080") -> None:
    """Ask the running bridge to put in force what a shadow was made with; nothing takes effect before `shadow sign`."""
    _asked(data_dir, http, name, "switch", why)


@shadow_commands.command()
def sign(name: Name, data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080") -> None:
    """Put all of it in force at once, as a second person: another account of this machine."""
    _asked(data_dir, http, name, "sign")


@shadow_commands.command("roll-back")
def roll_back(name: Name, why: Why, data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080") -> None:
    """Take back all that a shadow put in force, in one step; the shadow need not be there any more."""
    _asked(data_dir, http, name, "roll-back", why)


def _asked(data_dir: Path, http: str, name: str, act: str, why: str = "") -> None:
    from ascbridge.operations.asking import LONG_WORK_S

    with answered():
        body = {"why": why} if why else None
        said = bridge_at(data_dir, http).post(f"shadows/{name}/{act}", body, timeout_s=LONG_WORK_S)
    typer.echo(f"{name}\t{said['state']}\t{said['rows']} rows")


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Say what cannot be, and stop with exit code 2."""
    from ascbridge.bootstrap.parts.settled import CannotStart
    from ascbridge.config import ConfigError
    from ascbridge.operations.shadow.shadows import NoShadow

    try:
        yield
    except (NoShadow, ConfigError, CannotStart) as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(2) from None


def _moment(text: str | None) -> int | None:
    """Return a time in UTC ms; without a zone it is UTC. Stops with exit code 2 where it is none."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        typer.echo(f"{text!r} is no time: write 2026-11-01T00:00Z", err=True)
        raise typer.Exit(2) from None
    if at.tzinfo is None:
        typer.echo(f"{text!r} says no zone: write 2026-11-01T00:00Z", err=True)
        raise typer.Exit(2)
    return round(at.timestamp() * 1000)


def _say(progress: Progress) -> None:
    held = f", {progress.held} held or given up" if progress.held else ""
    typer.echo(
        f"{progress.state}\t{progress.done} of {progress.messages} messages, {progress.events} events, "
        f"{progress.per_second} a second{held}"
    )


def _tell(data_dir: Path, name: str, told: Told) -> None:
    from ascbridge.operations.shadow import found, shadows

    for kind, count in sorted(told.compared.items()):
        typer.echo(f"compared\t{kind}\t{count}")
    for why, count in sorted(told.left_out.items()):
        typer.echo(f"left out\t{why}\t{count}")
    counts = found.counts(shadows.find(data_dir, name).found)
    for one in counts:
        typer.echo(f"differs\t{one.kind}\t{one.things} of {one.people} people\t{one.cause}")
    typer.echo(f"{told.after} against {told.before}: {sum(one.things for one in counts)} differences")
    raise typer.Exit(1 if counts else 0)


def _one(one: Difference) -> None:
    between = f"{one.before or 'not there'} becomes {one.after or 'not there'}"
    typer.echo(f"{one.kind}\t{one.sort}\t{one.what}\t{one.person_id}\t{between}\t{one.cause}")
    for each in one.fields:
        values = (
            f": {each.before or 'nothing'} becomes {each.after or 'nothing'}"
            if each.before or each.after
            else ""
        )
        typer.echo(f"\t{each.name}{values}")
    for line in one.why:
        typer.echo(f"\twhy\t{line}")
