"""Who works at the desk, so that work can be given to them."""

from ascbridge.discharge.lists import colleagues
from tests.discharge.builders import Bench, at


def test_whoever_signed_in_to_work_at_the_desk_lately_is_a_colleague(bench: Bench) -> None:
    now = at("2026-03-06T12:00")
    told = [("sam", "discharge-team", now), ("sam", "locality-team", now), ("alex", "locality-team", now - 1),
            ("auditor ann", "auditor", now), ("ola", "out-of-hours", now), ("gone", "discharge-team", now - colleagues.LATELY_MS - 1)]  # fmt: skip
    for who, role, when in told:
        bench.write(lambda c, who=who, role=role, when=when: colleagues.seen(c, who, role, when))
    assert bench.write(lambda c: colleagues.known(c, now)) == ("alex", "sam")
    bench.write(lambda c: colleagues.seen(c, "gone", "discharge-team", now))
    assert bench.write(lambda c: colleagues.known(c, now)) == ("alex", "gone", "sam")
