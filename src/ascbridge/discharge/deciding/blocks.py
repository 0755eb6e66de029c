"""What must be done before somebody leaves, or before the work is closed, and which of the two it stops. Pure.

Whoever knows of another thing that blocks adds its code to `STOPS`, its words to settings/words.toml, and says it in
`blocks`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ascbridge.discharge.deciding.desk_state import DeskState

Stopped = Literal["discharge", "completion"]

STOPS: dict[str, frozenset[Stopped]] = {"support-not-placed": frozenset({"discharge"})}
"""What each thing that blocks stops at the desk. No message of the hospital is ever stopped: then it is only shown."""


def blocks(desk: DeskState) -> tuple[str, ...]:
    """Return the codes of all that blocks one task now, in the order in which people see them."""
    return tuple(_of_sourcing(desk))


def stopping(found: Iterable[str], what: Stopped) -> list[str]:
    """Return those that stop the desk from saying that somebody left, or from completing the task."""
    return [code for code in found if what in STOPS.get(code, ())]


def _of_sourcing(desk: DeskState) -> Iterator[str]:
    if desk.sourcing not in {"", "placed"}:
        yield "support-not-placed"
