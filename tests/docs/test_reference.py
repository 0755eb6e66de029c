"""The reference pages: they name everything that exists, nothing that does not, and every link leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest
import typer
from pydantic import BaseModel

from ascbridge import access, config
from ascbridge.cli import app
from ascbridge.config_sections import DatabaseSettings, HostPort, SftpSettings
from ascbridge.events import topics
from ascbridge.events.facts.catalogue import FACTS
from ascbridge.events.logs import log
from ascbridge.intake.agreed import profiles
from ascbridge.intake.sources.profile import CODE_LISTS, Profile
from ascbridge.operations.flowing.balance import MEANINGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
PAGES = sorted(
    [
        *DOCS.rglob("*.md"),
        *(ROOT / "services").rglob("*.md"),
        *(ROOT / "deploy").glob("*.md"),
        *(ROOT / "contracts").glob("*/**/README.md"),
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
    ]
)


def table(page: str, first: str) -> dict[str, list[str]]:
    """Return the table whose first heading is `first`: its rows by their first cell, without markup."""
    rows: dict[str, list[str]] = {}
    inside = False
    for line in (REFERENCE / page).read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")] if line.startswith("|") else []
        if cells[:1] == [f"{first}"] or (cells and cells[0].strip() == first):
            inside = True
        elif not cells:
            inside = False
        elif inside and not cells[0].startswith("---"):
            name = re.sub(r"^\[?`([^`]*)`.*", r"\1", cells[0])
            rows[name] = [cell.strip() for cell in cells[1:]]
    return rows


def written(value: Any) -> str:
    """Return a default as the pages write it."""
    if isinstance(value, HostPort):
        return f"`{value.host}:{value.port}`"
    if isinstance(value, tuple):
        return ", ".join(f"`{one}`" for one in value) or "none"
    if value == {}:
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return {None: "none", "": "empty"}.get(value, f"`{value}`")


def settings(model: type[BaseModel], above: str = "") -> dict[str, str]:
    """Return every setting by its dotted name, with its default as written."""
    found = {}
    for name, field in model.model_fields.items():
        default = field.get_default(call_default_factory=True)
        if isinstance(default, BaseModel) and not isinstance(default, HostPort):
            found |= settings(type(default), f"{above}{name}.")
        else:
            found[above + name] = "needed" if field.is_required() else written(default)
    return found


def test_settings_are_those_that_exist_with_their_defaults() -> None:
    page = {name: cells[0] for name, cells in table("settings.md", "setting").items()}
    assert page == settings(config.Settings)
    page = {name: cells[0] for name, cells in table("settings.md", "of `council.sftp.NAME`").items()}
    assert page == settings(SftpSettings)
    page = {name: cells[0] for name, cells in table("settings.md", "of `council.databases.NAME`").items()}
    assert page == settings(DatabaseSettings)


def test_every_shipped_profile_says_at_its_top_what_it_is() -> None:
    tops = {
        name: profiles._FOLDER.joinpath(f"{name}.toml").read_text("utf-8")[:20] for name in profiles.shipped()
    }
    assert [name for name, top in tops.items() if not top.startswith("# ")] == []


def test_fields_of_a_feed_profile_are_those_that_exist_with_their_defaults() -> None:
    sections = ("feed", "acknowledgment", "meaning", "where")
    fields: dict[str, str] = {}
    for name in sections:
        kind = Profile.model_fields[name].annotation
        assert isinstance(kind, type)
        assert issubclass(kind, BaseModel)
        fields |= settings(kind, f"{name}.")
    assert {name: cells[0] for name, cells in table("feed-profile.md", "field").items()} == fields
    page = (REFERENCE / "feed-profile.md").read_text("utf-8")
    assert [name for name in CODE_LISTS if f"`{name}`" not in page] == []


def test_roles_are_the_table_of_access() -> None:
    page = table("roles.md", "role")
    assert set(page) == set(access.ROLES)
    for role, (title, *cells) in page.items():
        assert title == access.TITLES[role]
        row = access.TABLE[role]
        assert cells == [row.get(section, access.Access.none).value for section in access.SECTIONS], role
    sections = [name.strip("*") for name in table("roles.md", "section")]
    assert sections == list(access.SECTIONS)


def test_organisations_are_the_table_of_access() -> None:
    page = (REFERENCE / "roles.md").read_text("utf-8")
    for written in organisations():
        assert written in page, f"roles.md must have:\n{written}"


def organisations() -> Iterator[str]:
    """The tables of organisations, as the page has them."""
    here = list(access.ORGANISATIONS.items())
    yield _rows(
        ["of its row a role gets at", *(f"`{name}`" for name, _ in here)],
        ([f"`{role}`", *(_left(role, at.held.get(role)) for _, at in here)] for role in access.ROLES),
    )
    yield _rows(
        ["organisation", "who", "code", "sees what is"],
        (
            [f"`{name}`", at.title, at.ods, ", ".join(f"*{one}*" for one in _SENSITIVITIES if one in at.sees)]
            for name, at in here
        ),
    )
    yield _rows(
        ["sensitivity", "sections that are so in full"],
        (
            [f"*{one}*", ", ".join(f"*{name}*" for name in access.SECTIONS if access.SENSITIVITY[name] == one) or "none"]
            for one in _SENSITIVITIES
        ),
    )  # fmt: skip


_SENSITIVITIES = get_args(access.Sensitivity)


def _left(role: access.Role, there: frozenset[access.Section] | None) -> str:
    """What of a role's row is left at an organisation; None: the role is not held there."""
    row = [name for name in access.SECTIONS if name in access.TABLE[role]]
    left = [name for name in row if there is not None and name in there]
    lost = ", ".join(f"*{name}*" for name in row if name not in left)
    few = len(left) < len(row) - len(left)
    kept = ", ".join(f"*{name}*" for name in left)
    return "none" if there is None else "all" if left == row else f"only {kept}" if few else f"all but {lost}"


def _rows(head: list[str], rows: Iterable[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        f"| {' | '.join(cells)} |".replace("| --- ", "|---").replace("|  |", "| |") for cells in lines
    )


def test_events_are_the_catalogue() -> None:
    page = table("events.md", "event")
    assert list(page) == list(FACTS)
    for name, (seals, says) in page.items():
        fact = FACTS[name]
        assert seals == (fact.seals.__name__ if fact.seals else ""), name
        first = (fact.__doc__ or "").strip().split("\n\n")[0]
        assert says.rstrip("|").strip() == " ".join(first.split()), name


def test_topics_are_those_declared_with_their_readers() -> None:
    declared = topics.load(ROOT / "deploy" / "topics.toml").topic
    page = table("topics.md", "topic")
    assert set(page) == set(log.TOPICS) == set(declared)
    for name, cells in page.items():
        said = cells[2].rstrip("|").strip() if len(cells) > 2 else ""
        assert said == ", ".join(declared[name].read), name


def test_the_ledgers_words_are_those_of_the_ledger() -> None:
    page = {name: cells[0].rstrip("|").strip() for name, cells in table("ledger.md", "word").items()}
    assert page == MEANINGS


def test_commands_and_their_options_are_those_that_exist() -> None:
    page = table("commands.md", "command")
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]  # the app is a group
    assert {name.split()[0] for name in page} == set(commands)
    for name, (says,) in page.items():
        first, *rest = name.split()
        command = commands[first]
        for word in rest:  # `bench seed` is a command of `bench`
            command = getattr(command, "commands", {}).get(word, command)
        options = {option for one in command.params for option in one.opts if option.startswith("--")}
        assert set(re.findall(r"--[\w-]+", says)) == options - {"--help"}, name


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(page) -> None:
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
    assert [one for one in links if "://" not in one and not (page.parent / one).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_path_that_a_page_names_exists(page) -> None:
    text = page.read_text("utf-8")
    named = set(re.findall(r"`((?:src|tests|contracts|docs|deploy|services)/[\w./-]+\.\w+)`", text))
    named |= {
        f"src/ascbridge/{one}"
        for one in re.findall(
            r"`((?:intake|events|people|discharge|record|web|operations)/[\w./]+\.py)`", text
        )
    }
    assert [one for one in sorted(named) if not (ROOT / one).exists()] == []


def test_every_page_can_be_reached_from_the_first() -> None:
    seen: set[Path] = set()
    ahead = [DOCS / "index.md"]
    while ahead:
        page = ahead.pop()
        if page in seen:
            continue
        seen.add(page)
        for one in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text("utf-8")):
            target = (page.parent / one).resolve()
            if target.is_dir():
                ahead += target.rglob("*.md")
            elif target.suffix == ".md":
                ahead.append(target)
    assert sorted(str(one.relative_to(DOCS)) for one in set(DOCS.rglob("*.md")) - seen) == []
