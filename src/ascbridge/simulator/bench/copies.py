"""Lays the pattern's rows down again and again, each time about other people at another time.

The rows are those that the bridge wrote. What is sealed is opened once and sealed anew for every copy, under data keys
of the copy's own people, so that it opens as if the bridge had written it. Only for files that no bridge has open.
"""

from __future__ import annotations

import base64
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from ascbridge.events.logs.sealing import seal
from ascbridge.record.preparing import digest
from ascbridge.simulator.bench.renaming import Text
from ascbridge.storage.files import sqlite_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ascbridge.events.logs.sealing import Keyring
    from ascbridge.simulator.bench.renaming import Copy, Names

COPIED: dict[str, tuple[str, ...]] = {
    "keys": ("identity", "data_key"),
    "kept": ("message", "control_id_seen"),
    "bridge": (
        "event_log", "message_state", "patient", "spell", "evidence", "task", "desk_act", "care",
        "door_task", "door_act", "door_request", "door_clock", "record_part", "resource", "resource_identifier",
        "sent_resource",
    ),
}  # fmt: skip
"""The tables that grow, by file. What is empty at rest is not among them, nor what is kept for some days only."""
_SEALS = {"message": ("body", "message_id"), "patient": ("sealed", "sealed_event"),
          "spell": ("sealed", "sealed_event"), "desk_act": ("sealed", "act_id"),
          "door_act": ("sealed", "act_id"), "care": ("sealed", "sealed_event")}  # fmt: skip
"""Which column is sealed bytes, and which column it is bound to. Column `key_id` names its data key."""
_IN_JSON = re.compile(r'"sealed":"([A-Za-z0-9+/=]+)"')
_OWN = re.compile(r"[pslnt][0-9a-f]{32}|.{36}|Q")
"""A name that only one person's rows have."""
_HOLE = "\x00"

Open = "Callable[[bytes, str, str], bytes]"
"""Opens sealed bytes: with their key's id, bound to an id."""


@dataclass(slots=True)
class Row:
    """One row of the pattern. `texts`, `times` and the rest say by place which values differ in a copy."""

    values: list[Any]
    texts: list[tuple[int, Text, bool]] = field(default_factory=list)
    times: list[tuple[int, int]] = field(default_factory=list)
    turn: int = -1
    sealed: tuple[int, Text, str, str] | None = None
    hidden: tuple[int, Text, str, str] | None = None
    wrapped: tuple[int, str] | None = None
    digested: tuple[int, Text] | None = None

    def every_text(self) -> Iterator[Text]:
        """Every text of it, also what is sealed."""
        yield from (text for _, text, _ in self.texts)
        yield from (one[1] for one in (self.sealed, self.hidden) if one is not None)

    def copied(self, copy: Copy, names: Names, keys: Mapping[str, bytes], keyring: Keyring) -> list[Any]:
        """The row as it is in a copy. `keys` are the data keys of its people."""
        made = self.values.copy()
        for place, text, as_bytes in self.texts:
            said = text.with_names(names)
            made[place] = said.encode() if as_bytes else said
        for place, at_ms in self.times:
            made[place] = at_ms + copy.later_ms
        if self.turn >= 0:
            made[self.turn] += copy.turns
        if self.sealed is not None:
            place, text, owner, bound = self.sealed
            made[place] = seal(text.with_names(names).encode(), keys[owner], names[bound])
        if self.hidden is not None:
            place, text, owner, bound = self.hidden
            inner = seal(text.with_names(names).encode(), keys[owner], names[bound])
            made[place] = made[place].replace(_HOLE.encode(), base64.b64encode(inner))
        if self.wrapped is not None:
            place, owner = self.wrapped
            made[place] = keyring.wrap(keys[owner], f"{names[owner]}.1")
        if self.digested is not None:
            made[self.digested[0]] = _digest(self.digested[1].with_names(names))
        return made


@dataclass(slots=True)
class Sheet:
    """One table's rows of the pattern, and how a copy of them is inserted."""

    group: str
    table: str
    insert: str
    rows: list[Row]


class Reading:
    """Reads the pattern out of a data directory. `opened` opens what is sealed."""

    def __init__(self, data_dir: Path, opened: Callable[[bytes, str, str], bytes]) -> None:
        self._data_dir, self._opened = data_dir, opened
        self._bodies: dict[str, Text] = {}

    def sheets(self) -> list[Sheet]:
        """Return every table that is copied."""
        return [self._sheet(group, table) for group, tables in COPIED.items() for table in tables]

    def _sheet(self, group: str, table: str) -> Sheet:
        with closing(_open(self._data_dir, group)) as connection:
            found = connection.execute(f'SELECT * FROM "{table}" ORDER BY rowid')  # noqa: S608  # a table of ours
            columns = [one[0] for one in found.description if one[0] != "position"]
            every = [one[0] for one in found.description]
            raws = [dict(zip(every, row, strict=True)) for row in found]
        rows = [row for raw in raws if (row := self._row(table, columns, raw)) is not None]
        names = ", ".join(f'"{name}"' for name in columns)
        marks = ", ".join("?" * len(columns))
        insert = f'INSERT INTO "{table}" ({names}) VALUES ({marks})'  # noqa: S608  # a table of ours
        return Sheet(group, table, insert, rows)

    def _row(self, table: str, columns: list[str], raw: dict[str, Any]) -> Row | None:
        """Take one row apart; None for one that everybody shares."""
        row = Row([raw[name] for name in columns])
        if table == "data_key":
            row.wrapped = (columns.index("wrapped"), raw["owner_key"])
        for place, name in enumerate(columns):
            value = raw[name]
            if isinstance(value, int):
                if name.endswith("_ms"):
                    row.times.append((place, value))
                if name == "updated_position":
                    row.turn = place
            elif value and (table, name) != ("data_key", "wrapped"):
                self._value(row, table, place, name, raw)
        told = (name for _, text, as_bytes in row.texts if not as_bytes for name in text.names)
        return row if any(_OWN.match(name) for name in told) else None

    def _value(self, row: Row, table: str, place: int, name: str, raw: dict[str, Any]) -> None:
        value, seals = raw[name], _SEALS.get(table)
        if seals is not None and seals[0] == name:
            plain = self._opened(value, raw["key_id"], raw[seals[1]])
            row.sealed = (place, Text.of(plain.decode()), raw["key_id"].partition(".")[0], raw[seals[1]])
            return
        text = value.decode() if isinstance(value, bytes) else value
        if table in {"event_log", "evidence"} and (found := _IN_JSON.search(text)) is not None:
            text = text.replace(found[1], _HOLE)
            owner, bound = self._owner(raw), raw["event_id"]
            plain = self._opened(base64.b64decode(found[1]), f"{owner}.1", bound)
            row.hidden = (place, Text.of(plain.decode()), owner, bound)
        taken = Text.of(text)
        if taken.names or (row.hidden is not None and row.hidden[0] == place):
            row.texts.append((place, taken, isinstance(value, bytes)))
        if (table, name) == ("resource", "body"):
            self._bodies[f"{raw['resource_type']}/{raw['resource_id']}"] = taken
        if (table, name) == ("sent_resource", "digest") and raw["resource"] in self._bodies:
            row.digested = (place, self._bodies[raw["resource"]])

    @staticmethod
    def _owner(raw: dict[str, Any]) -> str:
        return str(raw["key"] if "key" in raw else raw["subject"])


class Laying:
    """Lays copies down in three files at once, quickly: a file that was not finished is of no use."""

    def __init__(self, data_dir: Path, keyring: Keyring, sheets: list[Sheet]) -> None:
        self._keyring, self._sheets = keyring, sheets
        self._files = {group: _open(data_dir, group) for group in COPIED}
        for connection in self._files.values():
            for pragma in _QUICK:
                connection.execute(f"PRAGMA {pragma}")

    def lay(self, copy: Copy, names: Names, keys: Mapping[str, bytes]) -> None:
        """Insert one copy."""
        for sheet in self._sheets:
            rows = [row.copied(copy, names, keys, self._keyring) for row in sheet.rows]
            self._files[sheet.group].executemany(sheet.insert, rows)

    def file(self, group: str) -> sqlite3.Connection:
        """One of the files, for what is put right at the end."""
        return self._files[group]

    def begin(self) -> None:
        """Begin a transaction in each file."""
        for connection in self._files.values():
            connection.execute("BEGIN")

    def commit(self) -> None:
        """End the transactions."""
        for connection in self._files.values():
            connection.execute("COMMIT")

    def close(self) -> None:
        """Have the files as the bridge has them, and close them."""
        for connection in self._files.values():
            connection.execute("PRAGMA journal_mode=WAL")
            connection.close()


_QUICK = ("locking_mode=EXCLUSIVE", "journal_mode=OFF", "synchronous=OFF", "cache_size=-1000000")


def _open(data_dir: Path, group: str) -> sqlite3.Connection:
    return sqlite3.connect(sqlite_file(data_dir, group), isolation_level=None)  # type: ignore[arg-type]  # a group


def _digest(text: str) -> str:
    body = orjson.loads(text)
    body["meta"] = {k: v for k, v in body["meta"].items() if k not in {"versionId", "lastUpdated"}}
    return digest(body)
