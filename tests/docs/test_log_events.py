"""The catalogue of log events is what the code says: every name is fixed, listed once a level, with its fields."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from ascbridge.telemetry import ALLOWED

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "log-events.md"
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
LOGGERS = {"_log", "log", "LOG"}
Told = dict[tuple[str, str], tuple[set[str], set[str]]]


def calls() -> list[tuple[str, ast.Call, str]]:
    """Each line that is logged: where, the call, and its level."""
    source = ROOT / "src" / "ascbridge"
    return [
        (path.relative_to(source).with_suffix("").as_posix(), node, node.func.attr)
        for path in sorted(source.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS
        and _logger(node.func.value)
    ]  # fmt: skip


def _logger(node: ast.expr) -> bool:
    """Whether something is a logger: one that a module keeps, or one that is made where it speaks."""
    if isinstance(node, ast.Call):
        return ast.unparse(node.func) in {"log", "telemetry.log"}
    return isinstance(node, ast.Name) and node.id in LOGGERS


def said() -> Told:
    found: Told = {}
    for where, call, level in calls():
        name = ast.literal_eval(call.args[0])
        places, fields = found.setdefault((name, level), (set(), set()))
        places.add(where)
        fields |= {one.arg for one in call.keywords if one.arg}
    return found


def listed() -> tuple[Told, list[str]]:
    """What the page lists, and its last column."""
    found: Told = {}
    meanings = []
    for line in PAGE.read_text("utf-8").splitlines():
        if line.startswith("| `"):
            event, level, places, fields, meaning = (one.strip() for one in line.strip("|").split(" | "))
            assert (event.strip("` "), level) not in found, event
            found[event.strip("` "), level] = (_names(places), _names(fields) - {"none"})
            meanings.append(meaning.strip("| "))
    return found, meanings


def _names(text: str) -> set[str]:
    return {one.strip("` ") for one in text.split(",")}


def test_every_event_has_a_name_that_does_not_change() -> None:
    assert [
        (where, call.lineno)
        for where, call, _ in calls()
        if not (call.args and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str))
    ] == []


def test_the_page_lists_what_the_code_says() -> None:
    found, meanings = listed()
    assert found == said()
    assert len(found) > 40
    assert all(len(meaning) > 15 for meaning in meanings)


def test_no_logger_goes_by_another_name() -> None:
    """Else what it says would not be in the catalogue."""
    made = r"^(\w+)(?:: [^=]+)? = (?:telemetry\.)?log\("
    source = ROOT / "src" / "ascbridge"
    texts = [path.read_text("utf-8") for path in source.rglob("*.py")]
    assert {name for text in texts for name in re.findall(made, text, re.MULTILINE)} <= LOGGERS


def test_no_event_has_a_field_that_is_thrown_away() -> None:
    assert {field for _, fields in said().values() for field in fields} <= ALLOWED
