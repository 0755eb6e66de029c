"""Who may be meant by an entry: what speaks for each stay, and which stays are out of the question."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.dialects import sqlite

from ascbridge.calendars import day_bounds
from ascbridge.discharge.keeping import possible_stays
from ascbridge.discharge.keeping.possible_stays import Look, PossibleStay, any_entered, possible
from ascbridge.events.facts.catalogue import SealedPatient
from ascbridge.events.logs.envelope import Ref
from ascbridge.people import identities
from ascbridge.storage.tables import patient
from tests.discharge.builders import admitted, at, discharged, ready
from tests.discharge.folding.test_joined_stays import SITE, entered, linked, sent

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.discharge.builders import Bench

DAY = day_bounds(at("2026-03-06T12:00"))
MARY = SealedPatient(family_name="Testpatient", birth_date="1938-04-12")


def found(
    bench: Bench, look: Look, days: tuple[int, int] = DAY, but: tuple[str, ...] = ()
) -> list[PossibleStay]:
    return bench.write(
        lambda c: possible(c, bench.keyring, bench.data_keys, look, days, generation=1, but=but)
    )


def test_name_and_birth_date_speak_for_a_stay_and_nothing_less(bench: Bench) -> None:
    sent(bench)
    (one,) = found(bench, Look(MARY))
    assert (one.spell, one.because, one.task, one.by_hand) == ("s1", ("name",), "", False)
    assert found(bench, Look(MARY.model_copy(update={"birth_date": "1938-04"}))) == []
    assert found(bench, Look(MARY.model_copy(update={"family_name": ""}))) == []
    assert found(bench, Look(SealedPatient())) == []


def test_the_hospitals_own_number_and_the_person_speak_too(bench: Bench) -> None:
    sent(bench)
    ref = Ref("patient", "RKB", "L1")
    key = bench.write(lambda c: identities.keys_for(c, bench.keyring, [ref], 0))[ref]
    bench.write(
        lambda c: c.execute(update(patient).where(patient.c.patient_key == "p1").values(patient_key=key))
    )
    bench.say(admitted("2026-03-05T10:00", facility=SITE, spell="s2"), patient=key)
    (person,) = bench.ask(select(patient.c.person_id))
    (one,) = found(bench, Look(SealedPatient(), person, (ref,)))
    assert (one.spell, one.because) == ("s2", ("person", "local-number"))


@pytest.mark.parametrize("came, left, possible_then",
    [("2026-03-05", None, True), ("2026-03-06", "2026-03-07", True), ("2026-03-07", None, False), ("2026-03-01", "2026-03-05", False)],
)  # fmt: skip
def test_only_a_stay_on_one_of_the_days_could_be_the_same(
    bench: Bench, came: str, left: str | None, *, possible_then: bool
) -> None:
    sent(bench, admitted(f"{came}T09:00", facility=SITE))
    if left:
        bench.say(discharged(f"{left}T09:00", facility=SITE))
    assert bool(found(bench, Look(MARY))) is possible_then


def test_what_is_joined_or_left_out_is_not_possible_any_more(bench: Bench) -> None:
    entered(bench)
    sent(bench)
    bench.say(ready("2026-03-06T09:00", facility=SITE))
    assert [(one.spell, one.by_hand, bool(one.task)) for one in found(bench, Look(MARY))] == [
        ("e1", True, True), ("s1", False, True),
    ]  # fmt: skip
    assert [one.spell for one in found(bench, Look(MARY), but=("e1",))] == ["s1"]
    linked(bench)
    assert [one.spell for one in found(bench, Look(MARY))] == ["e1"]


def test_whether_anybody_ever_entered_a_stay(bench: Bench) -> None:
    assert not bench.write(lambda c: any_entered(c, 1))
    entered(bench)
    assert bench.write(lambda c: any_entered(c, 1))


def test_what_waits_is_found_from_the_few_that_were_entered_by_hand(bench: Bench) -> None:
    wanted = possible_stays._entered(1, 21).compile(
        dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}
    )

    def steps(connection: Connection) -> list[str]:
        return [row[3] for row in connection.execute(text(f"EXPLAIN QUERY PLAN {wanted}"))]

    first, *others = [step for step in bench.write(steps) if step.startswith(("SCAN", "SEARCH"))]
    assert "entered_stay" in first
    assert [step.split()[0] for step in others] == ["SEARCH", "SEARCH"]
