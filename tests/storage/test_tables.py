"""Tables are written by the package that owns them, and by no other."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import ascbridge
from ascbridge.storage import tables

SOURCE = Path(ascbridge.__file__).parent
WRITING = re.compile(r"\b(insert|update|delete|upsert|insert_missing|add_counts)\b")


def every_table() -> set[str]:
    return {name for metadata in (*tables.GROUPS.values(), tables.walled) for name in metadata.tables}


def test_every_table_has_exactly_one_writer() -> None:
    owned = [name for names in tables.WRITERS.values() for name in names]
    assert sorted(owned) == sorted(every_table())


def written_tables(path: Path) -> set[str]:
    """Tables that a module hands to a writing function or on which it calls a writing method."""
    found = set()
    imported = set()
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "ascbridge.storage.tables":
            imported |= {alias.asname or alias.name for alias in node.names}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func).rsplit(".", 1)[-1]
        if not WRITING.fullmatch(name):
            continue
        mentioned = [ast.unparse(argument) for argument in node.args]
        if isinstance(node.func, ast.Attribute):
            mentioned.append(ast.unparse(node.func.value))
        for text in mentioned:
            base = text.removeprefix("tables.")
            if base in imported or text.startswith("tables."):
                found.add(base)
    return found & every_table()


def test_the_check_sees_a_write(tmp_path: Path) -> None:
    module = tmp_path / "m.py"
    module.write_text(
        "from ascbridge.storage.tables import task\ndef f(c):\n    c.execute(task.insert(), [])\n"
    )
    assert written_tables(module) == {"task"}


def test_no_package_writes_another_ones_table() -> None:
    wrong = []
    for package, own in tables.WRITERS.items():
        for path in (SOURCE / package).rglob("*.py"):
            others = written_tables(path) - own
            wrong += [f"{path.relative_to(SOURCE)} writes {name}" for name in sorted(others)]
    for package in ("web", "operations"):
        for path in (SOURCE / package).rglob("*.py"):
            wrong += [f"{path.relative_to(SOURCE)} writes {name}" for name in sorted(written_tables(path))]
    assert wrong == []
