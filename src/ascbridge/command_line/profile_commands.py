"""The commands that change a feed's profile without a restart: compare and try out, ask, sign, put in force, roll back.

All of them ask the running bridge, which alone writes its database. `ascbridge profile` checks a file without one.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from ascbridge.command_line.options import DataDir, Http, answered, bridge_at

if TYPE_CHECKING:
    from collections.abc import Mapping

profile_commands = typer.Typer(
    no_args_is_help=True,
    help="Change a feed's profile while messages come in: two people, and back in one step.",
)

File = Annotated[Path, typer.Argument(help="A feed profile, as TOML.", exists=True, dir_okay=False)]
Feed = Annotated[str, typer.Argument(help="The feed's name.")]
Number = Annotated[int, typer.Argument(help="Which version of its profile.")]
Why = Annotated[str, typer.Option(help="Written into the audit; no names or numbers of people.")]


@profile_commands.command("try")
def try_(file: File, data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080") -> None:
    """Say what a profile says otherwise than what holds, and what the last day's messages would say; change nothing.

    Exit code 1 where any message would be read otherwise.
    """
    found = _ask(data_dir, http, "compare", {"text": _text(file)})
    for line in found["differences"]:
        typer.echo(line)
    typer.echo(
        f"tried\t{found['messages']} messages\t{found['otherwise']} otherwise\t{found['unread']} could not be read"
    )
    for one in found["examples"]:
        typer.echo("\t".join((one["message_id"], one["before"], one["after"], ", ".join(one["fields"]))))
    raise typer.Exit(1 if found["otherwise"] else 0)


@profile_commands.command()
def ask(file: File, why: Why = "", data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080") -> None:
    """Ask for a profile. Nothing takes effect before a second person signs."""
    _tell(_ask(data_dir, http, "", {"text": _text(file), "why": why}))


@profile_commands.command()
def sign(feed: Feed, number: Number, data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080") -> None:
    """Sign what somebody else asked for; it does not hold yet."""
    _tell(_ask(data_dir, http, f"{quote(feed, safe='')}/{number}/sign", {}))


@profile_commands.command()
def activate(
    feed: Feed, number: Number, data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080"
) -> None:
    """Put a signed version in force: it holds from a few seconds on, in every process, and no connection is dropped."""
    _tell(_ask(data_dir, http, f"{quote(feed, safe='')}/{number}/activate", {}))


@profile_commands.command()
def refuse(
    feed: Feed, number: Number, why: Why = "", data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080"
) -> None:
    """Refuse what was asked for, or was signed and never held."""
    _tell(_ask(data_dir, http, f"{quote(feed, safe='')}/{number}/refuse", {"why": why}))


@profile_commands.command("roll-back")
def roll_back(
    feed: Feed, why: Why = "", data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080"
) -> None:
    """Have the version before hold again, from a few seconds on."""
    _held(_ask(data_dir, http, f"{quote(feed, safe='')}/roll-back", {"why": why}))


@profile_commands.command("list")
def list_(data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080") -> None:
    """Say which version of each feed's profile holds, and list what was asked for."""
    found = _ask(data_dir, http, "")
    _held(found)
    for one in found["versions"]:
        _tell(one)


def _ask(data_dir: Path, http: str, path: str, body: Mapping[str, object] | None = None) -> Any:
    where = f"feed-profiles/{path}".rstrip("/")
    with answered():
        bridge = bridge_at(data_dir, http)
        return bridge.get(where) if body is None else bridge.post(where, body)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        typer.echo(f"{path}: cannot be read: {fault}", err=True)
        raise typer.Exit(2) from None


def _tell(one: Mapping[str, Any]) -> None:
    names = ("feed", "number", "state", "made_by", "decided_by", "said")
    typer.echo("\t".join(str(one[name]) for name in names))


def _held(found: Mapping[str, Any]) -> None:
    for one in found["held"]:
        number = "the file" if one["number"] == 0 else f"version {one['number']}"
        coming = one["next_number"]
        then = "" if coming is None else "then the file" if coming == 0 else f"then version {coming}"
        typer.echo("\t".join(filter(None, (one["feed"], "holds", number, one["readby"], then))))
