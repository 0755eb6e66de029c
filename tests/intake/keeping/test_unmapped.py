"""What is received and not used: counted once for each message, bounded, in shapes, and written in a few rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge import telemetry
from ascbridge.intake.keeping import unmapped
from ascbridge.intake.keeping.unmapped import Unread, as_code, found, note_columns, shape
from ascbridge.people.behind_wall import NotNowBehind

if TYPE_CHECKING:
    from tests.web.city import City

AL1 = "AL1|1|DA|PENICILLIN"


def written(city: City) -> dict[tuple[str, str], unmapped.Unused]:
    city.bridge.write_now(city.translator.unread.write)
    return {(one.kind, one.place): one for one in city.bridge.read_now(found)}


def test_what_messages_have_and_nobody_reads_is_counted(empty_city: City) -> None:
    city = empty_city
    before = telemetry.unmapped_codes.labels(
        "itk-v24", "discharge_method"
    )._value.get()  # as prometheus gives it
    for number in range(3):
        city.hear("A03", local_id=f"L{number}", visit=f"V{number}", pv1={36: "ZZ", 37: "19"}, extra=(AL1,))
    rows = written(city)
    one = rows["segment", "AL1"]
    assert (one.feed, one.n, one.sample) == ("itk-v24", 3, "AA9|9|AA|AAAAAAAAAA")
    assert one.first_ms == one.last_ms == city.clock.at_ms
    assert rows["code", "discharge_method ZZ"].n == 3
    assert rows["code", "discharge_method ZZ"].sample == ""
    assert (
        telemetry.unmapped_codes.labels("itk-v24", "discharge_method")._value.get() == before + 3
    )  # as prometheus gives it
    city.clock.at_ms += 60_000
    city.hear("A01", local_id="L9", visit="V9", extra=(AL1,))
    one = written(city)["segment", "AL1"]
    assert (one.n, one.last_ms - one.first_ms) == (4, 60_000)


def test_reading_a_message_again_counts_nothing(empty_city: City) -> None:
    city = empty_city
    city.hear("A03", pv1={36: "ZZ", 37: "19"}, extra=(AL1,))
    assert written(city)["segment", "AL1"].n == 1
    city.bridge.write_now(lambda c: city.translator.complete(c, ""))
    assert not city.translator.unread.waits


def test_members_that_the_contract_does_not_have_are_counted(empty_city: City) -> None:
    person = ("C1", "9993000019", ("Marlowe", "Ada"), "1941-03-07")
    empty_city.council(*person, fact="known", known=True, colour="blue 12", extra={"inner": [1]})
    rows = written(empty_city)
    assert {place: one.sample for (kind, place), one in rows.items() if kind == "member"} == {
        "$.colour": "aaaa 99", "$.extra": '{"aaaaa":[9]}',
    }  # fmt: skip


def test_nothing_of_what_went_behind_the_wall_is_counted(empty_city: City) -> None:
    kept = empty_city.bridge.read_now(found)
    with pytest.raises(NotNowBehind):  # without a wall such an arrival is not taken at all
        empty_city.hear("A01", extra=("ZSG|1|Safeguarding concern raised",))
    assert (written(empty_city), kept) == ({}, ())
    empty_city.kept.write_now(lambda c: note_columns(c, "council", [("f.csv: Safeguarding flag", "Y", 3)], 5))
    assert written(empty_city) == {}


def test_columns_are_written_beside_what_was_kept(empty_city: City) -> None:
    told = [("packages*.csv: Cost centre", "CC 12", 3), ("packages*.csv: Note", "Ring Mrs Jones", 1)]
    empty_city.kept.write_now(lambda c: note_columns(c, "council", told, 5))
    empty_city.kept.write_now(lambda c: note_columns(c, "council", told[:1], 9))
    rows = {
        one.place: (one.n, one.sample, one.first_ms, one.last_ms) for one in empty_city.bridge.read_now(found)
    }
    assert rows == {
        "packages*.csv: Cost centre": (6, "AA 99", 5, 9), "packages*.csv: Note": (1, "Aaaa Aaa Aaaaa", 5, 5),
    }  # fmt: skip


def test_of_one_feed_so_many_things_are_told_apart_and_no_more(
    empty_city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unmapped, "MOST_OF_A_FEED", 10)
    for start in (0, 8, 16):
        unread = Unread() if start else empty_city.translator.unread
        tell = unread.of("itk-v24", 1)
        for number in range(start, start + 8):
            tell(("code", "gender", f"X{number}"), "x")
        empty_city.bridge.write_now(unread.write)
    rows = empty_city.bridge.read_now(found)
    assert len(rows) == 11
    assert sum(one.n for one in rows) == 24
    assert next(one.n for one in rows if one.kind == "more") == 14


@pytest.mark.parametrize(
    "sent, shown",
    [
        ("ZZ", "ZZ"),
        ("H-4", "H-4"),
        ("1234567890", "(9999999999)"),
        ("Mrs Jones", "(Aaa Aaaaa)"),
        ("é", "(a)"),
    ],
)
def test_a_code_is_shown_where_it_looks_like_one(sent: str, shown: str) -> None:
    assert as_code(sent) == shown


def test_a_shape_tells_nothing_but_the_form() -> None:
    assert shape("Kent 12, ÄÖü-7\x00") == "Aaaa 99, AAa-9"
    assert shape("x" * 50) == "a" * 40 + "..."
