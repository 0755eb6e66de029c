"""What the council said: the last recorded statement of each slot, and since when it holds."""

from hypothesis import given
from hypothesis import strategies as st

from ascbridge.discharge.keeping.care_slots import council_view, next_row, slot_of
from ascbridge.discharge.keeping.store import CareRow
from ascbridge.events.facts.catalogue import KnownToCare, PackageStated, WorkerAllocated
from tests.discharge.builders import known, stamp


def heard(*facts: KnownToCare) -> CareRow | None:
    row = None
    for number, fact in enumerate(facts):
        row = next_row(row, fact, f"m{number}", f"e{number}") or row
    return row


def test_the_last_recorded_statement_decides() -> None:
    row = heard(known("2026-03-02T10:00"), known("2026-03-01T10:00", value=False))
    assert row is not None
    assert row.value["known"] is True
    row = heard(known("2026-03-02T10:00"), known("2026-03-03T10:00", value=False))
    assert row is not None
    assert (row.value["known"], row.value["event"]) == (False, "e1")


def test_saying_the_same_every_night_is_nothing_new() -> None:
    first = known("2026-03-01T02:00")
    row = heard(first, known("2026-03-02T02:00"), known("2026-03-03T02:00"))
    assert row is not None
    assert row.value["since_ms"] == first.stamp.recorded_ms


def test_what_is_said_again_was_heard_when_it_was_said_first_and_what_is_sealed_whenever_it_is_recorded() -> (
    None
):
    was = heard(known("2026-03-01T02:00"))
    assert was is not None
    was.value["heard_ms"] = 7  # as `save_care` writes it
    again = next_row(was, known("2026-03-02T02:00"), "m1", "e1")
    other = next_row(was, known("2026-03-02T02:00", value=False), "m1", "e1")
    assert again is not None
    assert other is not None
    assert (again.value["heard_ms"], "heard_ms" in other.value) == (7, False)
    before = CareRow(was.stamp, {"team": "East", "role": "", "since": "", "since_ms": 1, "heard_ms": 7})
    named = next_row(before, WorkerAllocated(stamp=stamp("2026-03-02T02:00"), team="East"), "m1", "e1")
    assert named is not None
    assert "heard_ms" not in named.value  # another name may be in it


@given(st.permutations([known("2026-03-01T02:00"), known("2026-03-02T02:00"), known("2026-03-03T02:00")]))
def test_in_any_order(facts: list[KnownToCare]) -> None:
    row = heard(*facts)
    assert row is not None
    assert row.value["since_ms"] == known("2026-03-01T02:00").stamp.recorded_ms
    assert next_row(row, facts[0], "m0", "e0") is None


def test_each_kind_of_fact_has_its_slot() -> None:
    package = PackageStated(stamp=stamp("2026-03-01T02:00"), package="42", status="live", kind="home care")
    row = next_row(None, package, "m1", "e1")
    assert row is not None
    assert (slot_of(package), row.value["status"], row.value["kind"]) == ("package:42", "live", "home care")
    assert {"package", "stamp", "marks"} & row.value.keys() == set()
    worker = WorkerAllocated(stamp=stamp("2026-03-01T02:00"), team="East")
    row = next_row(None, worker, "m1", "e1")
    assert row is not None
    assert (slot_of(worker), row.value["team"]) == ("worker", "East")


def test_a_row_from_before_a_field_was_there_says_the_same() -> None:
    package = PackageStated(stamp=stamp("2026-03-01T02:00"), package="42", status="live")
    row = next_row(None, package, "m1", "e1")
    assert row is not None
    for name in ("service", "client", "suspended_on"):
        del row.value[name]
    again = next_row(row, package.model_copy(update={"stamp": stamp("2026-03-02T02:00")}), "m2", "e2")
    assert again is not None
    assert again.value["since_ms"] == package.stamp.recorded_ms


def test_the_view_is_over_all_keys_of_a_person() -> None:
    one = next_row(None, known("2026-03-01T02:00", value=False), "m1", "e1")
    other = next_row(None, known("2026-03-02T02:00"), "m2", "e2")
    package = next_row(
        None, PackageStated(stamp=stamp("2026-03-01T02:00"), package="42", status="live"), "m3", "e3"
    )
    nobody = next_row(None, WorkerAllocated(stamp=stamp("2026-03-01T02:00"), team=""), "m4", "e4")
    assert one
    assert other
    assert package
    assert nobody
    seen = council_view([("known", one), ("known", other), ("package:42", package), ("worker", nobody)])
    assert seen.known is not None
    assert (seen.known.value, seen.known.event) == ("yes", "e2")
    assert [told.value for told in seen.packages] == ["live"]
    assert seen.allocated is None
    assert council_view([]).known is None
