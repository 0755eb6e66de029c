"""The commands of retention and of legal holds, against a bridge's real pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.events.logs import retention_rounds
from ascbridge.people import legal_holds
from ascbridge.storage.tables import audit, bridge_round, message
from tests.command_line.test_republish_commands import bridge
from tests.operations.mending.test_mend import Ward
from tests.test_cli import told
from tests.web.conftest import empty_city

if TYPE_CHECKING:
    from tests.web.city import City

__all__ = ["bridge", "empty_city"]


def test_a_hold_is_placed_listed_and_ended(bridge: list[object], empty_city: City) -> None:
    Ward(empty_city).admit()
    kept = empty_city.rows(message)[-1]
    assert told(0, "holds", "list", *bridge) == ""
    place = ("holds", "place", "message", kept.message_id, "--why", "inquest 12/26")
    assert "no day such as soon" in told(2, *place, "--until", "soon", *bridge)
    placed = told(0, *place, "--until", "2027-03-31", *bridge).rstrip("\n").split("\t")
    assert placed[1:3] == ["message", kept.message_id]
    assert placed[4].startswith("2027-03-31")
    assert placed[6] == "inquest 12/26"
    assert told(0, "holds", "list", *bridge).rstrip("\n").split("\t") == placed
    assert "stands already" in told(1, *place, *bridge)
    assert "no such person" in told(1, "holds", "place", "person", "nobody", "--why", "x", *bridge)
    assert told(0, "holds", "end", placed[0], "--why", "it is over", *bridge) == "ended; 0 stand\n"
    assert "no such hold stands" in told(1, "holds", "end", placed[0], "--why", "again", *bridge)
    assert empty_city.bridge.read_now(legal_holds.standing) == ()
    assert {"legal hold placed", "legal hold ended"} <= {row.what for row in empty_city.rows(audit)}


def test_retention_is_listed_and_a_round_that_failed_is_an_exit_code(
    bridge: list[object], empty_city: City
) -> None:
    lines = told(0, "retention", *bridge).splitlines()
    assert lines[0].split("\t") == ["messages", "0", "none yet", "0", "0", "0", "0", "0", "-"]
    empty_city.bridge.write_now(
        lambda c: retention_rounds.failed(c, bridge_round, "letters", "OperationalError", 0, 1, 2)
    )
    assert "OperationalError" in told(1, "retention", *bridge)
