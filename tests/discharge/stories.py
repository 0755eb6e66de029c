"""Made-up spells for property tests: any messages of one stay, with few times, so that ties and late news are common."""

from hypothesis import strategies as st

from ascbridge.discharge.stay.statements import Said
from ascbridge.events.facts import catalogue as words
from ascbridge.events.facts.catalogue import Coded, StayFact, VisitMoved, Ward
from tests.discharge.builders import HOUR, MINUTE, at, stamp

START = at("2026-03-02T08:00")
CANCELS = (
    words.AdmissionCancelled, words.AdmissionPlanCancelled, words.TransferCancelled,
    words.PatientNotReadyForDischarge, words.DischargeCancelled,
)  # fmt: skip
STAY_FACTS = (
    words.PatientAdmitted, words.AdmissionCancelled, words.AdmissionPlanned, words.AdmissionPlanCancelled,
    words.PatientTransferred, words.TransferCancelled, words.StayDetailsRecorded, words.PatientReadyForDischarge,
    words.PatientNotReadyForDischarge, words.PatientDischarged, words.DischargeCancelled, words.PatientWentOnLeave,
    words.PatientReturnedFromLeave,
)  # fmt: skip

times = st.integers(0, 20).map(lambda n: START + n * HOUR)
codes = st.sampled_from(["1", "2", "4", "8", None]) | st.none()
destinations = st.sampled_from(["19", "51", "79", "85", "98"])


def coded(values: st.SearchStrategy[str | None]) -> st.SearchStrategy[Coded | None]:
    return values.flatmap(
        lambda code: st.none() if code is None else st.sampled_from([
            Coded(source_code=code, code=code), Coded(source_code=f"local {code}", code=None),
        ])
    )  # fmt: skip


@st.composite
def facts(draw: st.DrawFn) -> StayFact | VisitMoved:
    kind = draw(st.sampled_from([*STAY_FACTS, VisitMoved]))
    recorded = draw(times)
    rank = 1 if kind in CANCELS else 0
    said = stamp(recorded, rank)
    if kind is VisitMoved:
        return VisitMoved(spell="s1", from_patient="p1", stamp=said)
    more: dict[str, object] = {}
    if kind is words.PatientDischarged:
        more = {
            "discharged_ms": draw(times),
            "discharge_method": draw(coded(codes)),
            "discharge_destination": draw(coded(destinations)),
        }
    return kind(
        spell="s1",
        stamp=said,
        occurred_ms=draw(times) - draw(st.sampled_from([0, MINUTE])),
        facility=draw(st.sampled_from(["", "RKB"])),
        ward=draw(st.none() | st.sampled_from([Ward(ward="W1"), Ward(ward="W2")])),
        patient_class=draw(st.sampled_from(["", "I", "O", "E"])),
        admitted_ms=draw(st.none() | times),
        expected_discharge=draw(st.sampled_from(["", "2026-03-09"])),
        planned_discharge=draw(st.sampled_from(["", "2026-03-10"])),
        ready=draw(st.sampled_from([None, None, True, False])),
        ready_on=draw(st.sampled_from(["", "", "2026-03-08"])),
        clears=draw(st.sampled_from([(), ("ready_on",), ("ward",), ("expected_discharge",)])),
        **more,
    )


@st.composite
def spells(draw: st.DrawFn, *, most: int = 9) -> list[Said]:
    """Everything said of one stay, each in its own message, and some messages translated again."""
    told = draw(st.lists(facts(), min_size=1, max_size=most))
    heard = []
    for number, fact in enumerate(told):
        message = f"m{draw(st.integers(0, 99)):02d}.{number}"
        patient = draw(st.sampled_from(["p1", "p1", "p2"]))
        heard.append(Said(fact, patient, message, f"e.{message}.0"))
        if draw(st.integers(0, 5)) == 0:
            other = draw(facts())
            again = other.model_copy(update={"stamp": other.stamp.model_copy(update={"translation": 1})})
            heard.append(Said(again, patient, message, f"e.{message}.1"))
    return heard


@st.composite
def shuffled(draw: st.DrawFn, *, most: int = 9) -> tuple[list[Said], list[Said]]:
    """The same spell heard twice: in one order, and in another with repetitions."""
    heard = draw(spells(most=most))
    again = draw(st.permutations([*heard, *draw(st.lists(st.sampled_from(heard), max_size=4))]))
    return heard, list(again)
