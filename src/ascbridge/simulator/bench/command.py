"""The `ascbridge bench` commands. What they need is imported when they run: every other command must start at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

bench_commands = typer.Typer(help="Measure this machine; or lay down stored events, to measure beside.")


@bench_commands.callback(invoke_without_command=True)
def bench(
    context: typer.Context,
    scenario: Annotated[
        list[str] | None, typer.Option(help="One scenario; may be given again. Default: all that are short.")
    ] = None,
    seconds: Annotated[float, typer.Option(help="The longest that one measurement may take.")] = 3.0,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures here too.")] = None,
    stack: Annotated[str, typer.Option(help="sqlite: one machine; kafka: the services for many.")] = "sqlite",
    database_url: Annotated[str, typer.Option(help="For kafka: a PostgreSQL database to use up.")] = "",
    kafka: Annotated[str, typer.Option(metavar="HOST:PORT", help="For kafka: its brokers.")] = "",
    events: Annotated[int, typer.Option(min=0, help="For backfill: events of history; default 50,000.")] = 0,
    seeded: Annotated[
        list[Path] | None,
        typer.Option(help="A seeded data directory, for growth and soak; again for a larger one."),
    ] = None,
) -> None:
    """Measure this machine with a bridge of its own, each figure beside a ceiling measured in the same run."""
    if context.invoked_subcommand is not None:
        return
    given = {bool(database_url), bool(kafka)}
    if given != {"sqlite": {False}, "kafka": {True}}.get(stack):
        typer.echo("--stack is sqlite, or kafka with --database-url and --kafka.", err=True)
        raise typer.Exit(2)
    from ascbridge.simulator.bench.bench_bridge import Servers
    from ascbridge.simulator.bench.run import run_bench

    servers = Servers(database_url, kafka) if stack == "kafka" else None
    raise typer.Exit(
        run_bench(
            scenario or (),
            seconds=seconds,
            json_file=json_file,
            seeded=seeded or (),
            servers=servers,
            events=events,
        )
    )


@bench_commands.command()
def seed(
    events: Annotated[int, typer.Option(min=1, help="How many stored events there are to be, at least.")],
    data_dir: Annotated[Path, typer.Option(help="A new data directory.")],
) -> None:
    """Lay stored events down in bulk: people, stays, tasks, messages and all that the bridge writes of them."""
    from ascbridge.simulator.bench import seeding
    from ascbridge.simulator.running_bridge import NotStarted

    try:
        seeding.seed(data_dir, events, typer.echo)
    except (seeding.NotSeeded, NotStarted) as fault:
        typer.echo(f"bench: {fault}", err=True)
        raise typer.Exit(1) from None
