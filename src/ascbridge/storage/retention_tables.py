"""Tables of what retention did last, kind by kind: one for each process that removes something. Counts, no ids."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, MetaData, String, Table

from ascbridge.storage.table_columns import bridge, kept, moment, words


def _rounds(name: str, group: MetaData) -> Table:
    counts = ("removed", "unresolved", "on_hold", "in_touch", "removed_ever")
    return Table(
        name,
        group,
        Column("kind", String, primary_key=True),
        moment("began_ms"),
        moment("ended_ms", null=True),  # of the last that came to its end
        *(Column(each, BigInteger, nullable=False, server_default="0") for each in counts),
        words("fault"),  # why the last try did not come to its end; empty: it did
        moment("fault_ms", null=True),
    )


kept_round = _rounds("kept_round", kept)
bridge_round = _rounds("bridge_round", bridge)
