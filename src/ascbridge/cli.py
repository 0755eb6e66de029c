"""The `ascbridge` command: which commands there are, in the order in which its help lists them."""

from __future__ import annotations

import typer

from ascbridge.command_line import answering_alerts, keeping_commands, mending, running, safekeeping, stopping
from ascbridge.command_line.backfilling import backfill_commands
from ascbridge.command_line.changeover import cutover_commands
from ascbridge.command_line.dead_letter_commands import dead_letter_commands
from ascbridge.command_line.ledger_commands import ledger_commands
from ascbridge.command_line.mend_commands import mend_commands
from ascbridge.command_line.profile_commands import profile_commands
from ascbridge.command_line.reference_commands import reference_commands
from ascbridge.command_line.republish_commands import republish_commands
from ascbridge.command_line.shadow_commands import shadow_commands
from ascbridge.simulator.bench.command import bench_commands

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="The bridge between adult social care and the NHS."
)

for _command in (
    running.up,
    running.serve,
    running.migrate,
    running.topics,
    mending.send,
    mending.try_,
    running.profile,
    running.token,
    mending.find,
    mending.trace,
    mending.replay,
    mending.unmapped,
    mending.maps,
    keeping_commands.retention,
    mending.complete,
    stopping.pauses,
    stopping.pause,
    stopping.drain,
    stopping.resume,
    answering_alerts.alerts,
    answering_alerts.acknowledge,
    running.master_key,
    running.demo,
    running.doctor,
    safekeeping.backup,
    safekeeping.restore,
    safekeeping.after_restore,
    running.version,
):
    app.command(_command.__name__.rstrip("_").replace("_", "-"))(_command)

for _name, _commands in (
    ("backfill", backfill_commands),
    ("bench", bench_commands),
    ("cutover", cutover_commands),
    ("dead-letters", dead_letter_commands),
    ("holds", keeping_commands.hold_commands),
    ("ledger", ledger_commands),
    ("mend", mend_commands),
    ("maintenance", answering_alerts.maintenance_commands),
    ("feed-profile", profile_commands),
    ("reference", reference_commands),
    ("republish", republish_commands),
    ("shadow", shadow_commands),
):
    app.add_typer(_commands, name=_name)
