"""The commands of a cut-over, when one case system takes over from another: they ask the running bridge."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ascbridge import config
from ascbridge.command_line.options import Config, DataDir, Http, answered, bridge_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from ascbridge.operations.asking import Asking
    from ascbridge.operations.changing.rehearsal import Report

cutover_commands = typer.Typer(
    no_args_is_help=True, help="Change from one case system to the next, event type by event type."
)

LONG_S = 600
MOST_LISTED = 10_000
_TREND = (
    "day", "word", "agree", "differs", "missing", "extra", "put_right", "still_off", "waiting", "agreement",
)  # fmt: skip
_EVENTS = (
    "day", "verdict", "whose", "slot", "fields", "put_right", "event_type", "old_event", "old_message", "new_event",
    "new_message",
)  # fmt: skip
_COLUMNS = {"kind": "kind", "old_id": "old", "new_id": "new"}

Word = Annotated[str, typer.Option(help="Only this event type, by its word: review.")]
Shape = Annotated[Literal["table", "csv", "json"], typer.Option("--format", help="How it is printed.")]
EventTypes = Annotated[
    list[str], typer.Argument(metavar="EVENT-TYPE...", help="review, package, worker... or all.")
]
Why = Annotated[str, typer.Option(help="Written into the audit.")]
Anyway = Annotated[
    bool, typer.Option("--anyway", help="Also where something stands against it, which is then recorded.")
]


@cutover_commands.command()
def status(data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080") -> None:
    """Say which feed is heard of each event type; 1 where no cut-over is set up."""
    found = _answer(lambda bridge: bridge.get("cutover"), data_dir, http)
    if not found["old"]:
        typer.echo("no cut-over is set up: name its feeds in the settings, as cutover.old and cutover.new")
        raise typer.Exit(1)
    for one in found["heard"]:
        typer.echo(f"{one['word']}\t{one['live']}\t{'switched' if one['since_ms'] else 'as it was'}")


@cutover_commands.command()
def switch(
    event_types: EventTypes,
    to: Annotated[str, typer.Option(help="The feed that is to be heard.")],
    why: Why,
    anyway: Anyway = False,
    data_dir: DataDir = Path("data"),
    http: Http = "127.0.0.1:8080",
) -> None:
    """Hear these event types from another feed from now on; recorded, and taken back with `back`."""
    _switch({"event_types": event_types, "to": to, "why": why, "anyway": anyway}, data_dir, http)


@cutover_commands.command()
def back(
    event_types: EventTypes,
    why: Why,
    anyway: Anyway = False,
    data_dir: DataDir = Path("data"),
    http: Http = "127.0.0.1:8080",
) -> None:
    """Hear these event types from the old system again."""
    old = _answer(lambda bridge: bridge.get("cutover"), data_dir, http)["old"]
    _switch({"event_types": event_types, "to": old, "why": why, "anyway": anyway}, data_dir, http)


@cutover_commands.command()
def crosswalk(
    file: Annotated[
        Path, typer.Argument(help="CSV with the columns kind, old_id, new_id.", exists=True, dir_okay=False)
    ],
    why: Why,
    data_dir: DataDir = Path("data"),
    http: Http = "127.0.0.1:8080",
) -> None:
    """Load which of the new system's numbers stands for which old one; 1 where a row waits or was not changed."""
    with file.open(newline="", encoding="utf-8-sig") as text:
        rows = list(csv.DictReader(text))
    if not rows or not set(_COLUMNS) <= rows[0].keys():
        typer.echo(f"{file.name}: wants rows with the columns {', '.join(_COLUMNS)}", err=True)
        raise typer.Exit(2)
    wanted = {
        "rows": [{ours: (row[column] or "").strip() for column, ours in _COLUMNS.items()} for row in rows],
        "why": why,
    }
    found = _answer(lambda bridge: bridge.post("cutover/crosswalk", wanted, timeout_s=LONG_S), data_dir, http)
    typer.echo(f"{found['rows']} rows loaded, {found['already']} were there already")
    if found["not_heard_of"]:
        typer.echo(f"{found['not_heard_of']} persons nobody has heard of yet: load it again later")
    for one in found["in_use"]:
        typer.echo(f"not changed, it is in use\t{one}")
    raise typer.Exit(1 if found["not_heard_of"] or found["in_use"] else 0)


@cutover_commands.command()
def report(data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080") -> None:
    """Show the go/no-go sheet and what is to be put right; 0 is go, 1 is no-go."""
    found = _answer(lambda bridge: bridge.get("cutover/sheet", timeout_s=LONG_S), data_dir, http)
    for one in found["lines"]:
        if not one["good"]:
            typer.echo(f"{one['word']}\t{one['criterion']}\t{one['found']}\twants {one['wanted']}")
    for one in _answer(lambda bridge: bridge.get("cutover/quality", timeout_s=LONG_S), data_dir, http):
        typer.echo(f"{one['feed']}\t{one['what']}\t{one['patient_key']}")
    typer.echo("go" if found["go"] else "no-go")
    raise typer.Exit(0 if found["go"] else 1)


@cutover_commands.command()
def compare(
    word: Annotated[str, typer.Option(help="Only this event type, by its word: review.")] = "",
    data_dir: DataDir = Path("data"),
    http: Http = "127.0.0.1:8080",
) -> None:
    """Compare both systems, thing by thing; 1 where anything does not agree."""
    found = _answer(
        lambda bridge: bridge.get("cutover/comparison", word=word, timeout_s=LONG_S), data_dir, http
    )
    for one in found["counts"]:
        numbers = "\t".join(
            f"{one[name]} {name}" for name in ("agree", "differs", "missing", "extra", "closed")
        )
        typer.echo(f"{one['word']}\t{numbers}\t{one['agreement']:.1%}")
    _tell(found["things"])
    raise typer.Exit(1 if found["things"] else 0)


@cutover_commands.command()
def trend(
    word: Word = "",
    days: Annotated[int, typer.Option(min=1, max=366, help="How many days, today among them.")] = 14,
    shape: Shape = "table",
    data_dir: DataDir = Path("data"),
    http: Http = "127.0.0.1:8080",
) -> None:
    """Show by day and event type how far the events of both systems agree; 1 where any is still off."""
    found = _answer(
        lambda bridge: bridge.get("cutover/trend", word=word, days=str(days), timeout_s=LONG_S),
        data_dir,
        http,
    )
    _print(found["tallies"], _TREND, shape)
    if found["looked_at_anew"]:
        typer.echo("all events are being paired anew: the numbers change meanwhile", err=True)
    elif found["to_pair"]:
        typer.echo(f"{found['to_pair']} events are not paired yet", err=True)
    raise typer.Exit(1 if any(one["still_off"] for one in found["tallies"]) else 0)


@cutover_commands.command()
def events(
    word: Word = "",
    day: Annotated[str, typer.Option(help="Only this day: 2026-11-22.")] = "",
    verdict: Annotated[str, typer.Option(help="Only these: differs, missing or extra.")] = "",
    put_right: Annotated[bool, typer.Option("--put-right", help="Those that were put right, too.")] = False,
    shape: Shape = "table",
    data_dir: DataDir = Path("data"),
    http: Http = "127.0.0.1:8080",
) -> None:
    """List events that do not agree, one by one, with the messages that told them; 1 where there is any."""
    wanted = {"word": word, "day": day, "verdict": verdict, "put_right": str(put_right).lower()}
    after, lines = "", []
    while True:
        found = _answer(
            lambda bridge: bridge.get("cutover/events", **wanted, after=after, timeout_s=LONG_S),  # noqa: B023  # used at once
            data_dir,
            http,
        )
        lines += [_event_line(one) for one in found["pairs"]]
        after = found["next"]
        if not after or len(lines) >= MOST_LISTED:
            break
    _print(lines, _EVENTS, shape)
    if after:
        typer.echo(f"and more: only the newest {len(lines)} are listed", err=True)
    raise typer.Exit(1 if lines else 0)


@cutover_commands.command()
def proposals(
    accept: Annotated[
        bool, typer.Option("--accept", help="Take all that are listed into the crosswalk.")
    ] = False,
    why: Annotated[str, typer.Option(help="Written into the audit; needed with --accept.")] = "",
    data_dir: DataDir = Path("data"),
    http: Http = "127.0.0.1:8080",
) -> None:
    """List persons and things that the crosswalk may lack; 1 where there are any that nobody accepted."""
    found = _answer(lambda bridge: bridge.get("cutover/proposals", timeout_s=LONG_S), data_dir, http)
    for one in found:
        typer.echo(f"{one['kind']}\t{one['theirs']}\tis {one['ours']}\t{one['why']}")
    if accept and found:
        wanted = {"proposals": [[one["kind"], one["theirs"]] for one in found], "why": why}
        done = _answer(
            lambda bridge: bridge.post("cutover/proposals/accept", wanted, timeout_s=LONG_S), data_dir, http
        )
        typer.echo(f"{done['accepted']} accepted")
    raise typer.Exit(1 if found and not accept else 0)


@cutover_commands.command()
def corrections(data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080") -> None:
    """List what the system that is not heard any more still corrects; 1 where there is anything."""
    found = _answer(lambda bridge: bridge.get("cutover/corrections", timeout_s=LONG_S), data_dir, http)
    _tell(found)
    raise typer.Exit(1 if found else 0)


@cutover_commands.command("apply")
def apply_(
    message_id: Annotated[str, typer.Argument(help="The message, from `ascbridge cutover corrections`.")],
    event_type: Annotated[str, typer.Argument(help="And the event type, as listed.")],
    why: Why,
    data_dir: DataDir = Path("data"),
    http: Http = "127.0.0.1:8080",
) -> None:
    """Hear one correction of the system that is not heard any more, once."""
    wanted = {"message_id": message_id, "event_type": event_type, "why": why}
    left = _answer(
        lambda bridge: bridge.post("cutover/corrections/apply", wanted, timeout_s=LONG_S), data_dir, http
    )
    typer.echo(f"applied; {len(left)} wait")


@cutover_commands.command()
def rehearse(
    event_types: EventTypes,
    to: Annotated[str, typer.Option(help="The feed that is to be heard.")],
    config_file: Config = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="The store to copy; default: as the settings say.")
    ] = None,
    backup: Annotated[
        Path | None, typer.Option("--from", help="A back-up to take instead of copying now.")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="The master key of that back-up.")] = None,
    room: Annotated[Path | None, typer.Option(help="A folder with space for two copies.")] = None,
) -> None:
    """Make a switch on a copy of the store, and say what it would change; 0 is go, 1 is no-go. Nothing leaves it."""
    from ascbridge.bootstrap.backups.manifest import BackupFault
    from ascbridge.bootstrap.shadow import rehearsing
    from ascbridge.operations.changing.switching import CannotSwitch

    try:
        settings = config.load(config_file, **({} if data_dir is None else {"data_dir": data_dir}))
        found = rehearsing.rehearse(settings, event_types, to, backup=backup, key_file=key, room=room)
    except (config.ConfigError, BackupFault, CannotSwitch) as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(2) from None
    _report(found)
    raise typer.Exit(0 if found.go else 1)


def _report(found: Report) -> None:
    for one in found.against:
        typer.echo(f"against\t{one}")
    for word, counts in found.compared.items():
        typer.echo(f"{word}\t" + "\t".join(f"{number} {verdict}" for verdict, number in counts.items()))
    typer.echo(f"heard\t{found.heard} messages of what was in shadow")
    for what, number in found.events.items():
        typer.echo(f"event\t{what}\t{number}")
    for change in found.tasks:
        typer.echo(
            f"task\t{change.task_id}\t{change.kind}\t{change.before or 'not there'}\tto {change.after or 'not there'}"
        )
    for what, number in found.resources.items():
        typer.echo(f"resource\t{what}\t{number}")
    if found.refused or found.held:
        typer.echo(f"faults\t{found.held} events held\t{found.refused} people refused by the record's rules")
    typer.echo("go" if found.go else "no-go")


def _event_line(one: dict[str, Any]) -> dict[str, object]:
    old, new = (one[side] or {"event_id": "", "message_id": ""} for side in ("old", "new"))
    return {
        "day": one["day"], "verdict": one["verdict"], "whose": one["person_id"] or one["patient_key"],
        "slot": one["slot"], "fields": " ".join(field["name"] for field in one["fields"]),
        "put_right": one["put_right"], "event_type": one["event_type"],
        "old_event": old["event_id"], "old_message": old["message_id"],
        "new_event": new["event_id"], "new_message": new["message_id"],
    }  # fmt: skip


def _print(rows: list[dict[str, Any]], columns: tuple[str, ...], shape: str) -> None:
    """Print rows as a table with a head, as CSV, or as JSON."""
    chosen = [{name: row[name] for name in columns} for row in rows]
    if shape == "json":
        typer.echo(json.dumps(chosen))
        return
    text = io.StringIO()
    writer = csv.writer(text, delimiter="," if shape == "csv" else "\t", lineterminator="\n")
    writer.writerow(columns)
    for row in chosen:
        writer.writerow(
            [f"{one:.1%}" if shape == "table" and isinstance(one, float) else one for one in row.values()]
        )
    typer.echo(text.getvalue(), nl=False)


def _tell(things: list[dict[str, Any]]) -> None:
    for one in things:
        fields = ", ".join(field["name"] for field in one["fields"])
        whose = one["person_id"] or one["patient_key"]
        typer.echo(
            f"{one['verdict']}\t{whose}\t{one['slot']}\t{fields}\t{one['event_type']}"
            f"\told {one['old_message']}\tnew {one['new_message']}"
        )


def _switch(wanted: dict[str, object], data_dir: Path, http: str) -> None:
    for one in _answer(
        lambda bridge: bridge.post("cutover/switches", wanted, timeout_s=LONG_S), data_dir, http
    ):
        against = f"\tagainst advice: {one['against']}" if one["against"] else ""
        typer.echo(f"{one['event_type']}\tnow from {one['live']}, {one['other']} in shadow{against}")


def _answer(ask: Callable[[Asking], Any], data_dir: Path, http: str) -> Any:
    """What the running bridge answers; where it does not, say why and stop with exit code 1."""
    with answered():
        return ask(bridge_at(data_dir, http))
