"""Checks the hazard log: every hazard is whole, and every control is held by tests that exist.

Run by `make check`. It reads hazards.toml and the test files; it runs no test itself.
"""

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LOG = Path(__file__).with_name("hazards.toml")
WORDS = ("id", "title", "cause", "effect", "control")


def tests_in(file: Path) -> set[str]:
    """Return the names of the tests in one file, those in a class as Class::name."""
    names: set[str] = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.ClassDef):
            inside = (one for one in node.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))
            names |= {f"{node.name}::{one.name}" for one in inside}
    return {name for name in names if name.rpartition("::")[2].startswith("test")}


def faults_of(hazard: dict[str, Any], root: Path) -> Iterator[str]:
    """Yield what is wrong with one hazard, in words."""
    for word in WORDS:
        if not str(hazard.get(word, "")).strip():
            yield f"says nothing about its {word}"
    tests = hazard.get("tests", [])
    if not tests:
        yield "names no test that holds its control"
    for test in tests:
        file, _, name = test.partition("::")
        if not file.startswith("tests/") or not name:
            yield f"names {test!r}; write tests/<folder>/test_<module>.py::test_<name>"
        elif not (root / file).is_file():
            yield f"names {file}, which does not exist"
        elif name.partition("[")[0] not in tests_in(root / file):
            yield f"names {name}, which is not in {file}"


def faults_in(log: Path, root: Path) -> list[str]:
    """Return every fault of the hazard log, each with its hazard's id."""
    hazards = tomllib.loads(log.read_text(encoding="utf-8")).get("hazard", [])
    faults = [] if hazards else ["the hazard log is empty"]
    seen: set[str] = set()
    for hazard in hazards:
        name = hazard.get("id", "(no id)")
        if name in seen:
            faults.append(f"{name}: stands twice")
        seen.add(name)
        faults += [f"{name}: {fault}" for fault in faults_of(hazard, root)]
    return faults


def main() -> int:
    """Print the faults and return 1 where there is one."""
    faults = faults_in(LOG, ROOT)
    for fault in faults:
        print(f"docs/safety/hazards.toml: {fault}")
    if not faults:
        print("docs/safety/hazards.toml: every hazard is whole and held by tests that exist")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
