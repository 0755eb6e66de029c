"""The gate: nothing that names anybody leaves open, nothing of where a restricted person is leaves at all."""

from __future__ import annotations

import ast
import base64
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from ascbridge.events.facts.catalogue import (
    FACTS,
    DischargeTaskOpened,
    PatientAdmitted,
    SealedPatient,
    SealedVisit,
    SealedWorker,
    StayChanged,
    WorkerAllocated,
    read_fact,
)
from ascbridge.events.facts.catalogue import (
    Ward as HospitalWard,
)
from ascbridge.events.logs import trace_context
from ascbridge.events.logs.envelope import Cause, Draft, Ref, id_millisecond
from ascbridge.people.data_keys import NoDataKey
from ascbridge.people.identities import ref_of
from ascbridge.people.opening import open_sealed
from ascbridge.people.release import KnownDraft, event_id, known_drafts, release, release_batch, release_known
from tests.people.ward import (
    NOW,
    PREFIX,
    Said,
    Ward,
    cause,
    details,
    empty_bridge,
    fact,
    merged,
    restricted,
    stamp,
)

SRC = Path(__file__).resolve().parents[2] / "src" / "ascbridge"
THEIRS = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
CAUSE = Cause("m1", "e1", NOW, 0, THEIRS)
WARD = HospitalWard(ward="W12", room="3", bed="B", site="RKB01")


def _stay(ref: Ref, **more: Any) -> Draft:
    said = PatientAdmitted(spell="s1", stamp=stamp(0), occurred_ms=NOW, ward=WARD, **more)
    return Draft(ref, "stay", NOW + 3, said, SealedVisit(visit_number="V778"))


def _release(bridge: Ward, *drafts: Draft, cause: Cause = CAUSE) -> list[Any]:
    return release(bridge.connection, drafts, bridge.keys, cause, bridge.data_keys, PREFIX, NOW + 9)


def test_an_event_says_whose_it_is_when_it_happened_and_what_it_follows_from(bridge: Ward) -> None:
    one = bridge.patient("M1")
    (event,) = _release(bridge, _stay(one))
    assert event.type == "uk.gov.coventry.asc.discharge.patient-admitted.v1"
    assert (event.topic, event.subject) == ("discharge", bridge.key(one))
    assert (event.time_ms, event.recorded_ms) == (NOW + 3, NOW + 9)
    assert (event.correlation_id, event.causation_id) == ("m1", "e1")
    assert event.traceparent == trace_context.child(THEIRS, event.id)
    (plain,) = _release(bridge, _stay(one), cause=Cause("m1", "e1", NOW))
    assert plain.traceparent == trace_context.traceparent("m1", plain.id)
    assert id_millisecond(event.id) == NOW


def test_the_open_part_is_the_fact_and_the_sealed_part_opens(bridge: Ward) -> None:
    one = bridge.patient("M1")
    draft = _stay(one)
    (event,) = _release(bridge, draft)
    assert read_fact(event.type, event.data) == draft.fact
    opened = open_sealed(
        bridge.connection, bridge.data_keys, event.data["sealed"], event.key_id, event.id,
        restricted=False, model=SealedVisit,
    )  # fmt: skip
    assert opened == draft.sealed


def test_the_same_cause_gives_the_same_ids_and_a_later_translation_others(bridge: Ward) -> None:
    one, other = bridge.patient("M1"), bridge.patient("M2")
    drafts = [_stay(one), _stay(other), fact(one, _stay(one).fact, "other slot")]
    first = [event.id for event in _release(bridge, *drafts)]
    assert [event.id for event in _release(bridge, *drafts)] == first
    assert len(set(first)) == 3
    assert first[0] == event_id(CAUSE, "stay", bridge.key(one))
    again = [event.id for event in _release(bridge, *drafts, cause=Cause("m1", "e1", NOW, 1))]
    assert not set(first) & set(again)


@st.composite
def patients(draw: st.DrawFn) -> SealedPatient:
    """Draw a patient of whom every word can be recognised."""
    word = st.integers(10**6, 10**7).map("quokka{}".format)
    words = st.lists(word, max_size=2).map(tuple)
    return SealedPatient(
        **{
            name: draw(words if field.annotation == tuple[str, ...] else word)
            for name, field in SealedPatient.model_fields.items()
        }
    )


@given(sealed=patients(), hidden=st.booleans())
def test_nothing_that_names_anybody_is_in_any_open_part(sealed: SealedPatient, hidden: object) -> None:
    with empty_bridge() as connection:
        bridge = Ward(connection)
        one, other = bridge.patient("quokka-local"), bridge.patient("M2")
        said = [details(one, 0, **sealed.model_dump()), _stay(one), merged(bridge, one, other)]
        said += [
            Draft(
                one,
                "worker",
                NOW,
                WorkerAllocated(stamp=stamp(0), team="North"),
                SealedWorker(worker_name="quokka-name"),
            )
        ]
        events = bridge.publish(Said(CAUSE, said + ([restricted(one)] if hidden else [])))
        assert len(events) > len(said)
        for event in events:
            plain = {name: value for name, value in event.data.items() if name != "sealed"}
            assert "quokka" not in repr((event.subject, event.key_id, event.correlation_id, plain))
            assert b"quokka" not in base64.b64decode(str(event.data.get("sealed", "")))


def _after_restriction(bridge: Ward, one: Ref) -> list[dict[str, Any]]:
    task = DischargeTaskOpened(
        task="t1",
        spell="s1",
        revision=1,
        status="requested",
        stage="new",
        signal="ready",
        opened_ms=NOW,
        ward=WARD,
    )
    stay = StayChanged(spell="s1", revision=1, status="in-progress", ward=WARD)
    known = [KnownDraft(bridge.key(one), slot, NOW, said) for slot, said in (("task", task), ("stay", stay))]
    events = _release(bridge, _stay(one), details(one, family_name="A", postcode="CV1", phones=("1",)))
    events += release_known(bridge.connection, known, CAUSE, bridge.data_keys, PREFIX, NOW)
    return events


def test_a_restricted_persons_events_carry_neither_ward_nor_address(bridge: Ward) -> None:
    one = bridge.patient("M1")
    bridge.hear(Said(cause("m0"), [restricted(one)]))
    events = _after_restriction(bridge, one)
    assert [event.data.get("ward", "none") for event in events] == [None, "none", None, None]
    assert all(read_fact(event.type, event.data) for event in events)
    opened = open_sealed(
        bridge.connection,
        bridge.data_keys,
        events[1].data["sealed"],
        events[1].key_id,
        events[1].id,
        restricted=False,
    )
    assert opened == SealedPatient(family_name="A")


def test_a_restriction_holds_for_every_key_of_the_person(bridge: Ward) -> None:
    one, other = bridge.patient("M1"), bridge.patient("C1", "COVASC")
    bridge.hear(Said(cause("m0"), [restricted(other)]))
    assert _after_restriction(bridge, one)[0].data["ward"] is not None
    bridge.hear(Said(cause("m1"), [merged(bridge, one, other)]))
    assert _after_restriction(bridge, one)[0].data["ward"] is None


def test_the_message_that_restricts_is_itself_stripped_even_if_nobody_learnt_from_it(bridge: Ward) -> None:
    one = bridge.patient("M1")
    assert _release(bridge, _stay(one), restricted(one))[0].data["ward"] is None


@pytest.mark.parametrize("name", [name for name, kind in FACTS.items() if kind.withheld])
def test_what_a_fact_withholds_it_can_be_without(name: str) -> None:
    kind = FACTS[name]
    assert [field for field in kind.withheld if kind.model_fields[field].is_required()] == []


def test_an_erased_persons_events_have_no_sealed_part(bridge: Ward) -> None:
    one = bridge.patient("M1")
    bridge.data_keys.erase(bridge.connection, [bridge.key(one)], NOW)
    (event,) = _release(bridge, _stay(one))
    assert "sealed" not in event.data
    assert event.key_id == ""


def test_a_patient_who_never_had_a_data_key_is_a_fault_and_not_silence(bridge: Ward) -> None:
    with pytest.raises(NoDataKey):
        _release(
            bridge, Draft(ref_of("p1"), "stay", NOW, _stay(ref_of("p1")).fact, SealedVisit(visit_number="V1"))
        )


def test_a_ref_without_a_key_is_a_fault(bridge: Ward) -> None:
    with pytest.raises(KeyError):
        _release(bridge, _stay(Ref("patient", "RKB", "nobody")))


class _NotAPart(BaseModel):
    pass


def test_only_a_part_of_the_catalogue_can_be_sealed(bridge: Ward) -> None:
    one = bridge.patient("M1")
    draft = Draft(one, "stay", NOW, _stay(one).fact, _NotAPart())
    with pytest.raises(TypeError, match="may not seal a _NotAPart"):
        known_drafts([draft], bridge.keys)


def test_a_batch_gives_each_cause_its_own_events(bridge: Ward) -> None:
    one, other = bridge.patient("M1"), bridge.patient("M2")
    batch = [
        (cause("a"), known_drafts([_stay(one), _stay(other)], bridge.keys)),
        (cause("b"), []),
        (cause("c"), known_drafts([_stay(one)], bridge.keys)),
    ]
    released = release_batch(bridge.connection, batch, bridge.data_keys, PREFIX, NOW)
    assert [[event.correlation_id for event in events] for events in released] == [["a", "a"], [], ["c"]]


def _makers(name: str) -> set[str]:
    def called(node: ast.AST) -> str:
        function = node.func if isinstance(node, ast.Call) else None
        return getattr(function, "id", "") or getattr(function, "attr", "")

    return {
        str(path.relative_to(SRC))
        for path in SRC.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if called(node) == name
    }


def test_nothing_but_release_makes_an_event_and_one_reader_reads_back_what_was_released() -> None:
    assert _makers("ReleasedEvent") == {"people/release.py", "events/logs/cloud_event.py"}
