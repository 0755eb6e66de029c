"""The hazard log's own check: it must notice a hazard that nothing holds."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
WHOLE = """
[[hazard]]
id = "H01"
title = "a title"
cause = "a cause"
effect = "an effect"
control = "a control"
tests = ["tests/test_a.py::test_one[case 1]", "tests/test_a.py::TestThree::test_four"]
"""


@pytest.fixture
def check() -> ModuleType:
    spec = importlib.util.spec_from_file_location("safety_check", ROOT / "docs" / "safety" / "check.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_a.py").write_text(
        "def test_one(): ...\nasync def test_two(): ...\ndef helper(): ...\n"
        "class TestThree:\n    def test_four(self): ...\n"
    )
    return tmp_path


def faults(check: ModuleType, root: Path, text: str) -> str:
    log = root / "hazards.toml"
    log.write_text(text)
    return "\n".join(check.faults_in(log, root))


def test_a_whole_hazard_has_no_fault(check, root) -> None:
    assert faults(check, root, WHOLE) == ""


@pytest.mark.parametrize(
    "old,new,said",
    [
        ('control = "a control"', 'control = " "', "H01: says nothing about its control"),
        ('title = "a title"\n', "", "H01: says nothing about its title"),
        (
            "TestThree::test_four",
            "TestThree::test_five",
            "TestThree::test_five, which is not in tests/test_a.py",
        ),
        ("TestThree::test_four", "helper", "helper, which is not in tests/test_a.py"),
        ("tests/test_a.py::TestThree", "tests/test_b.py::TestThree", "tests/test_b.py, which does not exist"),
        ("::TestThree::test_four", "", "write tests/<folder>/test_<module>.py::test_<name>"),
    ],
)
def test_a_fault_is_said_in_words(check, root, old, new, said) -> None:
    assert said in faults(check, root, WHOLE.replace(old, new))


def test_a_hazard_that_no_test_holds_is_a_fault(check, root) -> None:
    text = WHOLE[: WHOLE.index("tests =")] + "tests = []\n"
    assert "H01: names no test that holds its control" in faults(check, root, text)


def test_an_id_stands_once_and_an_empty_log_is_a_fault(check, root) -> None:
    assert "H01: stands twice" in faults(check, root, WHOLE + WHOLE)
    assert "empty" in faults(check, root, "")
