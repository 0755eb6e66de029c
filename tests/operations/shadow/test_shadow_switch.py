"""What a shadow was made with is put in force whole, by two people, and rolled back in one step; a comparison holds it to it."""

from __future__ import annotations

import asyncio
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

from ascbridge.bootstrap.shadow import telling_apart
from ascbridge.intake.reading import map_versions
from ascbridge.intake.reading.map_versions import MapRow
from ascbridge.operations.flowing.balance import ledgers
from ascbridge.operations.mending import mapping
from ascbridge.operations.mending.mapping import CannotMap
from ascbridge.operations.shadow import shadow_switch, shadows
from ascbridge.people.actor import Actor
from tests.bootstrap.shadowed import built, city, differences, publish
from tests.operations.mending.test_completing import leaves

if TYPE_CHECKING:
    from pathlib import Path

    from ascbridge.operations.shadow.shadows import Shadow
    from tests.web.city import City

__all__ = ["city"]
OLA = Actor("Ola Green", "it-operations", "work", sign_in="a")
NIA = Actor("Nia Brown", "it-operations", "work", sign_in="b")
HEAD = "[codes.discharge_method]\n"


def profile(folder: Path, old: str = HEAD, new: str = f'{HEAD}"ZZ" = "1"\n"YY" = "4"\n') -> Path:
    text = (files("ascbridge.intake.sources") / "profiles" / "itk-v24.toml").read_text("utf-8")
    assert old in text
    made = folder / "itk-v24.toml"
    made.write_text(text.replace(old, new))
    return made


def compared(city: City, folder: Path) -> Shadow:
    """Some left in ways that nobody mapped; a shadow maps them, and was compared."""
    for number, code in enumerate(("ZZ", "YY", "ZZ"), 90):
        leaves(city, code, number)
    city.work()
    publish(city)
    shadow = built(city, "next", profile(folder))
    telling_apart.compare(city.settings, "next")
    return shadow


def asked(city: City, shadow: Shadow) -> int:
    rows = shadow_switch.rows_of(shadow, city.translator.readings)
    return city.bridge.write_now(
        lambda c: shadow_switch.ask(
            c, city.translator, "next", rows, OLA, "the ward said so", city.clock.at_ms
        )
    )


def signed(city: City, who: Actor = NIA) -> int:
    return city.bridge.write_now(
        lambda c: shadow_switch.sign(c, city.translator, "next", who, city.clock.at_ms)
    )


def rolled_back(city: City) -> int:
    return city.bridge.write_now(
        lambda c: shadow_switch.roll_back(c, "next", NIA, "the ward was wrong", city.clock.at_ms)
    )


def states(city: City) -> list[str]:
    return [one.state for one in city.bridge.read_now(map_versions.latest)]


def otherwise(city: City) -> list[tuple[str, ...]]:
    """What differs now, by a comparison made now."""
    telling_apart.compare(city.settings, "next")
    return sorted((one.kind, one.what, one.before, one.after) for one in differences(city))


def follow(city: City) -> None:
    asyncio.run(city.completing.at_start())
    while asyncio.run(city.completing.read_again(city.clock.at_ms)):
        city.work()
    city.work()
    publish(city)


def test_switched_nothing_differs_and_rolled_back_all_is_as_it_was(city: City, tmp_path: Path) -> None:
    shadow = compared(city, tmp_path)
    before = otherwise(city)
    assert before
    assert asked(city, shadow) == 2
    assert otherwise(city) == before  # asked for is not in force
    assert signed(city) == 2
    city._build()  # killed between the signature and what follows from it
    follow(city)
    assert otherwise(city) == []
    assert rolled_back(city) == 2
    city._build()
    follow(city)
    after = otherwise(city)
    opened = {what for kind, what, was, _ in before if kind == "task" and not was}
    assert opened
    for kind, what, was, _ in set(after) - set(
        before
    ):  # what the switch opened was seen: it stays, as cancelled
        assert what.rpartition("/")[2] in opened
        assert kind == "record" or was.startswith("cancelled")
    assert {one[:2] for one in after} == {one[:2] for one in before}
    assert states(city) == ["taken back", "taken back"]
    assert all(one.adds_up for one in city.bridge.read_now(ledgers))
    assert asked(city, shadow) == 2  # and once more


def test_it_is_signed_whole_by_a_second_person_or_not_at_all(
    city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shadow = compared(city, tmp_path)
    asked(city, shadow)
    with pytest.raises(CannotMap, match="already"):
        asked(city, shadow)
    with pytest.raises(CannotMap, match="second person"):
        signed(city, OLA)
    really, done = mapping.sign, []

    def breaks(*values: object) -> None:
        if done:
            raise CannotMap("The map changed since")
        done.append(values)
        really(*values)  # type: ignore[arg-type]  # handed on as they came

    monkeypatch.setattr(mapping, "sign", breaks)
    with pytest.raises(CannotMap, match="changed since"):
        signed(city)
    assert states(city) == ["asked", "asked"]
    monkeypatch.undo()
    assert signed(city) == 2
    with pytest.raises(CannotMap, match="Nothing of next waits"):
        signed(city)


def holds(city: City, row: MapRow) -> None:
    """Two people have a row hold, and what waited for it is read again."""
    number = city.bridge.write_now(
        lambda c: mapping.ask(c, city.translator, row, OLA, "the ward said so", city.clock.at_ms)
    )
    city.bridge.write_now(lambda c: mapping.sign(c, city.translator, row.feed, number, NIA, city.clock.at_ms))
    follow(city)


def test_what_people_signed_since_the_file_is_in_a_shadow_and_is_not_undone_by_it(
    city: City, tmp_path: Path
) -> None:
    for number, code in enumerate(("ZZ", "YY", "ZZ"), 90):
        leaves(city, code, number)
    holds(city, MapRow("itk-v24", "discharge_method", "ZZ", "1"))
    built(city, "next")
    assert otherwise(city) == []  # as it is
    shadows.let_go(shadows.find(city.folder, "next"))

    shadow = built(city, "next", profile(tmp_path, new=f'{HEAD}"YY" = "4"\n'))  # its writer knows no ZZ
    assert {one[1].rpartition("/")[2] for one in otherwise(city) if one[0] == "stay"} != set()
    assert asked(city, shadow) == 1
    signed(city)
    follow(city)
    assert otherwise(city) == []
    assert sorted((one.sent, one.state) for one in city.bridge.read_now(map_versions.latest)) == [
        ("YY", "in force"), ("ZZ", "in force"),
    ]  # fmt: skip


def test_a_code_that_comes_to_mean_something_else_is_switched_and_rolled_back(
    city: City, tmp_path: Path
) -> None:
    """Nothing showed on its messages before: by the switch they are read again, and by the roll-back once more."""
    city.clock.at_ms += 60_000
    for number in (90, 91):
        leaves(city, "1", number)
    city.work()
    publish(city)
    shadow = built(city, "next", profile(tmp_path, '"1" = "1"', '"1" = "4"'))
    before = otherwise(city)
    assert len([one for one in before if one[0] == "stay"]) >= 2
    assert asked(city, shadow) == 1
    (row,) = city.bridge.read_now(map_versions.latest)
    assert "would be read otherwise" in row.said
    signed(city)
    city._build()
    follow(city)
    assert otherwise(city) == []
    assert rolled_back(city) == 1
    city._build()
    follow(city)
    assert {one[:2] for one in otherwise(city)} == {one[:2] for one in before}
    assert states(city) == ["taken back"]
    assert all(one.adds_up for one in city.bridge.read_now(ledgers))


def test_what_is_tried_goes_over_a_row_of_whose_code_it_says_otherwise(city: City, tmp_path: Path) -> None:
    leaves(city, "ZZ", 90)
    leaves(city, "YY", 91)
    holds(city, MapRow("itk-v24", "discharge_method", "ZZ", "1"))
    holds(city, MapRow("itk-v24", "discharge_method", "19", "1"))
    shadow = built(city, "next", profile(tmp_path, new=f'{HEAD}"ZZ" = "2"\n'))
    telling_apart.compare(city.settings, "next")
    rows = shadow_switch.rows_of(shadow, city.translator.readings)
    assert rows == [MapRow("itk-v24", "discharge_method", "ZZ", "2")]  # not 19: it says what the file says


def test_what_holds_must_be_what_the_shadow_began_with(city: City, tmp_path: Path) -> None:
    shadow = compared(city, tmp_path)
    holds(city, MapRow("itk-v24", "discharge_method", "XX", "1"))
    with pytest.raises(CannotMap, match="make it anew"):
        asked(city, shadow)


@pytest.mark.parametrize(
    "old, new, said",
    [
        ('"19" = "19"\n', "", "would mean nothing any more"),
        ('visit_number = ["PV1-19.1"]', 'visit_number = ["PV1-5.1"]', "more than the code map"),
        (HEAD, HEAD, "say all of this already"),
    ],
)
def test_what_cannot_be_taken_back_whole_is_refused_before_anything_is_written(
    city: City, tmp_path: Path, old: str, new: str, said: str
) -> None:
    shadow = built(city, "next", profile(tmp_path, old, new))
    with pytest.raises(CannotMap, match="Compare this shadow"):
        asked(city, shadow)
    telling_apart.compare(city.settings, "next")
    with pytest.raises(CannotMap, match=said):
        asked(city, shadows.find(city.folder, "next"))
    assert states(city) == []


def test_what_was_never_asked_for_is_not_rolled_back(city: City) -> None:
    with pytest.raises(CannotMap, match="Nothing of next"):
        rolled_back(city)
