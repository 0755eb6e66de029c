"""The commands about messages: send, try out, follow one, send again what was given up on, complete what lacked a code.

Parts are imported by the command that needs them: `send` must answer at once.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ascbridge import config
from ascbridge.command_line.options import DataDir, Http, address_of, answered, bridge_at
from ascbridge.config_sections import HostPort

if TYPE_CHECKING:
    from ascbridge.operations.trial import Trial


def send(
    files: Annotated[
        list[Path], typer.Argument(help="Files of HL7 v2 messages.", exists=True, dir_okay=False)
    ],
    mllp: Annotated[str, typer.Option(metavar="HOST:PORT")] = "127.0.0.1:2575",
) -> None:
    """Send HL7 files over MLLP; prints control id, acknowledgment code and text, one line a message."""
    from ascbridge.operations import sending

    address = HostPort.model_validate(address_of(mllp))
    raise typer.Exit(asyncio.run(sending.send_files(address.host, address.port, files, typer.echo)))


def try_(
    profile: Annotated[str, typer.Argument(help="Feed profile: a shipped name or a path.")],
    files: Annotated[
        list[Path],
        typer.Argument(help="Files of messages, in the order they were sent.", exists=True, dir_okay=False),
    ],
) -> None:
    """Show events, rule decisions, FHIR and everything not mapped, and change nothing."""
    from ascbridge.bootstrap.trying import CannotRead, messages_in, trial

    with tempfile.TemporaryDirectory(prefix="ascbridge-try-") as folder:
        try:
            messages = [message for path in files for message in messages_in(path, profile, typer.echo)]
            made = trial(profile, Path(folder))
        except (config.ConfigError, CannotRead) as fault:
            typer.echo(str(fault), err=True)
            raise typer.Exit(2) from None
        raise typer.Exit(1 if asyncio.run(_try(made, messages)) else 0)


async def _try(made: Trial, messages: list[bytes]) -> int:
    from ascbridge.operations.trial import tell

    try:
        return await tell(made, messages, typer.echo)
    finally:
        await made.close()


def trace(
    wanted: Annotated[str, typer.Argument(metavar="ID", help="A message id, event id or control id.")],
    as_json: Annotated[bool, typer.Option("--json", help="As the interface answers it.")] = False,
    data_dir: DataDir = Path("data"),
    http: Http = "127.0.0.1:8080",
) -> None:
    """Show a message's trace, hop by hop: answer, events, rules, task, resources, sink, reply; what each changed."""
    from ascbridge.operations import asking
    from ascbridge.operations.tracing import trace_text

    with answered():
        trails = asking.trail(bridge_at(data_dir, http), wanted)
    if as_json:
        typer.echo(json.dumps(trails, indent=2))
    for line in () if as_json else (line for one in trails for line in trace_text.lines(one)):
        typer.echo(line)
    raise typer.Exit(0 if trails else 1)


def find(
    ident: Annotated[
        str, typer.Argument(metavar="[ID]", help="A message, correlation, event, dead letter or task id.")
    ] = "",
    control_id: Annotated[str, typer.Option(help="The sender's own number of the message.")] = "",
    feed: Annotated[str, typer.Option(help="A feed's name.")] = "",
    type_: Annotated[str, typer.Option("--type", help="A type of message, such as A03.")] = "",
    state: Annotated[
        str, typer.Option(help="refused, waiting, delivered, no_effect, held, parked or dead.")
    ] = "",
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="With its zone: 2026-11-22T02:00Z.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Up to and without this time.")] = None,
    words: Annotated[
        str, typer.Option(help="Of a field name, code or error text that the bridge said.")
    ] = "",
    nhs_number: Annotated[
        bool, typer.Option("--nhs-number", help="Ask for an NHS number on standard input.")
    ] = False,
    local_id: Annotated[
        bool, typer.Option("--local-id", help="Ask for a source's own number of a person on standard input.")
    ] = False,
    visit: Annotated[str, typer.Option(help="The visit number of a stay.")] = "",
    authority: Annotated[
        str, typer.Option(help="Who gave that number, such as RKB; default: any feed's.")
    ] = "",
    why: Annotated[str, typer.Option(help="With a person or stay: written into the audit.")] = "",
    before: Annotated[str, typer.Option(help="Go on from the page before, as its last line says.")] = "",
    data_dir: DataDir = Path("data"),
    http: Http = "127.0.0.1:8080",
) -> None:
    """Find messages, newest first: time, id, feed, type, control id, state; exit code 1 where there are none."""
    from ascbridge.operations import asking

    wanted = {
        "ident": ident, "control_id": control_id, "feed": feed, "trigger": type_, "state": state,
        "since": since, "until": until, "words": words, "visit": visit, "authority": authority, "why": why,
        "before": before,
        "nhs_number": typer.prompt("NHS number", err=True) if nhs_number else "",
        "local_id": typer.prompt("Local number", err=True) if local_id else "",
    }  # fmt: skip
    with answered():
        count = asking.find(bridge_at(data_dir, http), wanted, typer.echo)
    if not count:
        more = f"; if {ident} is the sender's own number, ask with --control-id" if ident else ""
        typer.echo(f"no message was found{more}", err=True)
    raise typer.Exit(0 if count else 1)


def replay(
    dead_ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="[DEAD_ID]...", help="Dead letters, from `ascbridge dead-letters`."),
    ] = None,
    consumer: Annotated[str | None, typer.Option(help="A reader that is to read events again.")] = None,
    from_time: Annotated[
        str | None, typer.Option(metavar="TIME", help="From when, with its zone: 2026-11-22T10:00Z.")
    ] = None,
    from_position: Annotated[
        str | None, typer.Option(metavar="TOPIC/PARTITION/OFFSET", help="From which position.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be read again.")] = False,
    why: Annotated[str, typer.Option(help="Written into the audit.")] = "",
    data_dir: DataDir = Path("data"),
    http: Http = "127.0.0.1:8080",
) -> None:
    """Send dead letters again, each at the head of its person's line; or let a reader read events again."""
    from ascbridge.operations import asking

    if bool(dead_ids) == bool(consumer) or (consumer and bool(from_time) == bool(from_position)):
        typer.echo("Give dead letters, or --consumer with --from-time or --from-position.", err=True)
        raise typer.Exit(2)
    if dead_ids and (from_time or from_position or dry_run):
        typer.echo("--from-time, --from-position and --dry-run go with --consumer.", err=True)
        raise typer.Exit(2)
    with answered():
        bridge = bridge_at(data_dir, http)
        for dead_id in dead_ids or ():
            typer.echo(json.dumps(bridge.post(f"dead-letters/{dead_id}/send-again"), indent=2))
        if consumer:
            wanted = {"from_time": from_time, "from_position": from_position, "dry_run": dry_run, "why": why}
            asking.read_again(bridge, consumer, wanted, typer.echo)


def unmapped(
    feed: Annotated[str, typer.Option(help="A feed's name.")] = "",
    kind: Annotated[
        str, typer.Option(help="segment, field, component, member, column, code, trigger or more.")
    ] = "",
    data_dir: DataDir = Path("data"),
    http: Http = "127.0.0.1:8080",
) -> None:
    """List what feeds send and nothing uses: feed, kind, place, times, shape, first, last."""
    from ascbridge.operations import asking

    with answered():
        count = asking.unmapped(bridge_at(data_dir, http), feed, kind, typer.echo)
    raise typer.Exit(1 if count else 0)


def maps(
    act: Annotated[str, typer.Argument(help="list, ask, sign or take-back.")] = "list",
    words: Annotated[
        list[str] | None,
        typer.Argument(help="To ask: FEED LIST CODE MEANING. To sign or take back: FEED NUMBER."),
    ] = None,
    why: Annotated[str, typer.Option(help="Written into the audit.")] = "",
    data_dir: DataDir = Path("data"),
    http: Http = "127.0.0.1:8080",
) -> None:
    """List the rows that people added to code maps; ask for one, sign what somebody else asked for, take one back."""
    from ascbridge.operations import asking

    given = words or []
    if len(given) != {"list": 0, "ask": 4, "sign": 2, "take-back": 2}.get(act, -1):
        typer.echo(
            "Give: list; ask FEED LIST CODE MEANING; sign FEED NUMBER; take-back FEED NUMBER.", err=True
        )
        raise typer.Exit(2)
    with answered():
        asking.maps(bridge_at(data_dir, http), act, given, why, typer.echo)


def complete(data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080") -> None:
    """Read the profiles' code maps again and complete what lacked a code; exit code 1 if any code is not mapped."""
    from ascbridge.operations import asking

    with answered():
        left = asking.complete(bridge_at(data_dir, http), typer.echo)
    raise typer.Exit(1 if left else 0)
