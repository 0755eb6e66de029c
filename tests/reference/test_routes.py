"""Routes out of hospital: every pathway and setting has one, and home is offered first."""

import pytest

from ascbridge.reference.in_force import ReferenceLists
from ascbridge.reference.list_files import BadList
from tests.reference.lists import made

SHIPPED = ReferenceLists().routes(0)
ROUTES = """
[[setting]]
code = "home"
words = "Own home"

[[route]]
code = "home"
words = "Home"
pathway = 1
setting = "home"
needs_reason = false

[[route]]
code = "bed"
words = "Bed"
pathway = 2
setting = "home"
"""
HEAD = 'default = "home"\nreasons = "drop"\n'


def test_what_ships_has_every_pathway_and_the_three_settings_with_home_first() -> None:
    assert {one.pathway for one in SHIPPED.route} == {0, 1, 2, 3}
    assert {one.setting for one in SHIPPED.route} == {"home", "housing-with-care", "residential"}
    default = SHIPPED.of[SHIPPED.default]
    assert (default.pathway, default.setting, default.needs_reason) == (1, "home", False)
    assert {one.pathway for one in SHIPPED.route if one.needs_reason} == {2, 3}
    assert ReferenceLists().reasons_in(SHIPPED.reasons, 0)[0]
    assert all(one.agreement == "not agreed" for one in SHIPPED.things())


def test_a_new_way_needs_a_reason_unless_somebody_says_that_it_needs_none() -> None:
    assert made("routes", ROUTES, more=HEAD).of["bed"].needs_reason


def test_what_makes_no_sense_is_told() -> None:
    with pytest.raises(BadList) as fault:
        made("routes", ROUTES + ROUTES.replace('setting = "home"', 'setting = "moon"'), more=HEAD)
    assert fault.value.lines == (
        "setting home stands there twice",
        "route bed stands there twice",
        "route home stands there twice",
        "route home: there is no setting moon",
        "route bed: there is no setting moon",
    )
    with pytest.raises(BadList, match="default: there is no route sofa"):
        made("routes", ROUTES, more=HEAD.replace('"home"', '"sofa"'))
    with pytest.raises(BadList, match="default: route bed needs a reason"):
        made("routes", ROUTES, more=HEAD.replace('"home"', '"bed"'))
