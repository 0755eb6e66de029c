"""The next release, as a process: this code, with what a next release may bring. Run as ``ascbridge`` is.

It writes what readers of today have never seen: a member and a header more on every event, a second version beside an
event of today, and events of a type of its own. It knows one schema revision more, which `tests.storage.next_version` has.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ascbridge.cli import app
from ascbridge.events.logs import outbox
from ascbridge.events.logs.envelope import derived_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from ascbridge.events.logs.envelope import ReleasedEvent
    from ascbridge.events.logs.log import Record

SAYS_MORE = {"of_the_next_version": {"weight": 7, "words": ["a", "b"]}}
OF_A_NEW_TYPE = "bed-cleaned.v1"
VERSION_TWO = "patient-discharged.v2"

_emit, _to_record = outbox.Outbox.emit, outbox.to_record


def _more(events: Sequence[ReleasedEvent]) -> list[ReleasedEvent]:
    """Put what only the next release says beside each event about a stay."""
    said = []
    for event in events:
        said.append(event)
        if event.topic == "discharge":
            stem = event.type.rsplit(".", 2)[0]
            for kind in (OF_A_NEW_TYPE, VERSION_TWO):
                new = derived_id(int(event.id.replace("-", "")[:12], 16), event.id, kind)
                said.append(replace(event, id=new, type=f"{stem}.{kind}", key_id="", data={"spell": 7}))
    return said


def _emit_more(
    self: outbox.Outbox, connection: Connection, events: Sequence[ReleasedEvent], now_ms: int
) -> None:
    _emit(self, connection, _more(events), now_ms)


def _record_with_more(event: ReleasedEvent, **how: Any) -> Record:
    record = _to_record(replace(event, data=event.data | SAYS_MORE), **how)
    return replace(record, headers={**record.headers, "ce_ofthenextversion": "7"})


if __name__ == "__main__":
    outbox.Outbox.emit = _emit_more  # type: ignore[method-assign]  # the next release says more
    outbox.to_record = _record_with_more
    app()
