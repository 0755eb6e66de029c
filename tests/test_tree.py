"""The shape of the repository: where a thing lives, what it is called, and how big it may grow."""

import ast
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src" / "ascbridge"
TESTS = ROOT / "tests"
SERVICES = ROOT / "services"

TOP_LEVEL = {
    "pyproject.toml",
    "services",
    "contracts",
    "deploy",
    "src",
    "tests",
    "docker-compose.yml",
    "README.md",
    "docs",
    "Makefile",
    "LICENSE",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
}
# Words that say nothing about what is inside.
EMPTY_WORDS = {"utils", "util", "helpers", "helper", "common", "base", "manager", "core", "misc"}
# Put together here, so that this file does not name what it looks for.
ADDRESSES = ["/wo" + "rk/", "/ro" + "ot/", "regi" + "stry.npmjs", "files.python" + "hosted", "/mav" + "en2/"]
LONGEST_MODULE = 400
# A table of contents, all on one page on purpose.
LONGER_PAGES = {"events/facts/catalogue.py": 700}
# An ignore names its error and gives its reason behind it.
BARE_IGNORE = re.compile(r"# *type: *ignore(?!\[[\w, -]+\]  # \w)")
LONGEST_MAIN = 25
MAY_START = {"ascbridge.config", "ascbridge.supervisor"}


def tracked() -> list[str]:
    """Return every file that is, or would be, committed."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]
    # No git (an unpacked archive): what is there, less what the tools make.
    made = {".venv", ".servers", "node_modules", "data", "__pycache__"}
    files = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return [str(path) for path in files if not made & set(path.parts) and "cache" not in path.parts[0]]


def modules() -> list[Path]:
    """Return every module written by hand: no package fronts, no migration scripts."""
    return sorted(
        path
        for path in SRC.rglob("*.py")
        if path.name not in {"__init__.py", "__main__.py"} and "migrations" not in path.parts
    )


def mains() -> list[Path]:
    return sorted(SERVICES.glob("*/main.py"))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("module", modules(), ids=named)
def test_every_module_has_its_test_file(module: Path) -> None:
    inside = module.relative_to(SRC)
    # The pages of database tables are declarations, tested as the one table of contents that they make.
    name = "tables.py" if inside.match("storage/*_tables.py") else inside.name
    mirror = TESTS / inside.parent / f"test_{name}"
    assert mirror.is_file(), f"{named(module)} has no {named(mirror)}"


@pytest.mark.parametrize("module", modules(), ids=named)
def test_every_module_says_what_it_is_and_stays_readable(module: Path) -> None:
    text = module.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), f"{named(module)} opens without saying what it is"
    lines = len(text.splitlines())
    longest = LONGER_PAGES.get(module.relative_to(SRC).as_posix(), LONGEST_MODULE)
    assert lines <= longest, f"{named(module)} has {lines} lines: it may hold two rooms"
    assert not BARE_IGNORE.search(text), f"{named(module)} switches mypy off without saying why"


def test_module_names_are_unique_so_that_a_traceback_a_test_and_a_search_agree() -> None:
    count = Counter(module.stem for module in modules())
    assert [name for name, times in count.items() if times > 1] == []


def test_no_name_is_an_empty_word() -> None:
    names = {module.stem for module in modules()} | {path.name for path in SRC.rglob("*") if path.is_dir()}
    assert names & EMPTY_WORDS == set()


@pytest.mark.parametrize("front", sorted(SRC.rglob("__init__.py")), ids=named)
def test_every_package_says_in_its_front_what_it_is(front: Path) -> None:
    assert ast.get_docstring(ast.parse(front.read_text(encoding="utf-8")))


@pytest.mark.parametrize("folder", sorted(path for path in SERVICES.glob("*") if path.is_dir()), ids=named)
def test_every_service_has_a_main_its_settings_and_a_page_for_the_person_on_call(folder: Path) -> None:
    missing = [name for name in ("main.py", "service.toml", "README.md") if not (folder / name).is_file()]
    assert missing == []


@pytest.mark.parametrize("main", mains(), ids=named)
def test_every_service_main_is_thin_and_asks_the_supervisor(main: Path) -> None:
    text = main.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST_MAIN
    ours = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ascbridge"):
            ours |= {f"{node.module}.{name.name}" for name in node.names}
        elif isinstance(node, ast.Import):
            ours |= {name.name for name in node.names if name.name.startswith("ascbridge")}
    assert ours, f"{named(main)} starts nothing of ours"
    # The simulator is the outside world, and uses the command as an engineer would.
    may = {"ascbridge.config", "ascbridge.cli.app"} if main.parent.name == "simulator" else MAY_START
    assert ours <= may


def test_nothing_new_at_the_top() -> None:
    tops = {Path(name).parts[0] for name in tracked()}
    assert {top for top in tops if not top.startswith(".")} - TOP_LEVEL == set()


def test_no_file_names_one_machine_or_a_download_address() -> None:
    found = []
    for name in tracked():
        text = (ROOT / name).read_text(encoding="utf-8", errors="ignore")
        # services/work/ is a folder of ours; what begins with the machine's own folder is not
        found += [f"{name}: {one}" for one in ADDRESSES if re.search(r"(?<![\w.])" + re.escape(one), text)]
    assert found == []


def test_the_schema_is_one_chain() -> None:
    """Two migrations after the same one, each right on its own branch, would leave a database without a way forward."""
    versions = sorted((SRC / "storage" / "migrations" / "versions").glob("0*.py"))
    after = Counter(
        said
        for one in versions
        for said in re.findall(r"^down_revision\b.*= (.+)$", one.read_text(), re.MULTILINE)
    )
    assert after.total() == len(versions)
    assert {said for said, times in after.items() if times > 1} == set()
