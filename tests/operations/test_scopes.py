"""SMART scopes: what is granted is read, what is not is nobody's, and what nothing here can mean is refused."""

import pytest

from ascbridge.operations.scopes import MOST, BadScope, Scopes, scopes_of


@pytest.mark.parametrize(
    "written, person, act, resource_type, reach",
    [
        (["system/*.rs"], "", "r", "Task", ""),
        (["system/*.rs"], "", "s", "Patient", ""),
        (["system/Task.rs"], "", "r", "Patient", None),
        (["system/Task.r"], "", "s", "Task", None),
        (["system/Task.s"], "", "r", "Task", None),
        (["system/Task.read"], "", "s", "Task", ""),
        (["patient/*.rs"], "p1", "r", "Task", "p1"),
        (["patient/Task.rs"], "p1", "r", "Patient", None),
        (["patient/*.r", "system/Organization.rs"], "p1", "s", "Organization", ""),
        (["patient/*.r", "system/Organization.rs"], "p1", "r", "Task", "p1"),
        (["patient/*.r", "system/Task.s"], "p1", "s", "Task", ""),
    ],
)
def test_what_scopes_reach(written, person, act, resource_type, reach) -> None:
    assert scopes_of(written, person).reach(act, resource_type) == reach


@pytest.mark.parametrize(
    "written, person",
    [
        ([], ""),
        (["system/*.cruds"], ""),
        (["system/Task.write"], ""),
        (["system/Task.sr"], ""),
        (["user/*.rs"], ""),
        (["system/Task.rs?status=requested"], ""),
        (["openid"], ""),
        (["system/task.rs"], ""),
        (["patient/*.rs"], ""),
        (["system/*.rs"], "p1"),
        (["system/*.rs"] * (MOST + 1), ""),
    ],
)
def test_scopes_that_no_token_here_can_have(written: list[str], person: str) -> None:
    with pytest.raises(BadScope):
        scopes_of(written, person)


def test_the_scope_for_links_reads_nothing_and_opens_that_one_section() -> None:
    links, both = scopes_of(["record-link"]), scopes_of(["record-link", "system/Task.rs"])
    assert links.reach("r", "Patient") is None
    assert both.reach("r", "Task") == ""
    assert links.opens("record-links")
    assert not links.opens("person")
    assert not scopes_of(["system/*.rs"]).opens("record-links")


def test_scopes_that_were_changed_on_the_way_open_nothing() -> None:
    with pytest.raises(BadScope):
        Scopes(("system/*.rs", "admin")).reach("r", "Task")
