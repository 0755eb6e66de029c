"""Made-up people as views, for what is pure: one of each kind that the mappings tell apart."""

from dataclasses import replace

from hypothesis import strategies as st

from ascbridge.events.facts.catalogue import Coded, SealedPatient, StayChanged, TaskFact, Ward
from ascbridge.record.views import Council, LocalNumber, PatientView, PersonView, StayView, TaskView
from ascbridge.uk_core import (
    ADMISSION_METHOD,
    DISCHARGE_DESTINATION,
    DISCHARGE_METHOD,
    DISPLAYS,
    ETHNIC_CATEGORY,
    OWN_DISCHARGE_METHOD,
    OWN_SOURCE_OF_ADMISSION,
    SOURCE_OF_ADMISSION,
    TASK_STAGE,
    VERIFICATION,
)

COUNCIL = Council("Coventry City Council", "COVASC", "https://fhir.coventry.gov.uk/Id")
PERSON = "n" + "1" * 32
OTHER = "n" + "2" * 32
SPELL = "s" + "3" * 32
TASK = "t" + "4" * 32
MESSAGE = "01998a2e-7c00-8000-8000-0000000000aa"

DETAILS = SealedPatient(
    nhs_number="9990001006",
    local_id="A123456",
    family_name="Ash-Test",
    given_names=("Ann", "Mary"),
    prefix="Mrs",
    birth_date="1940-02-03",
    address_lines=("1 Canary Street", "Canaryville"),
    postcode="CV1 1ZZ",
    phones=("024 7600 0000",),
    gp_name="Dr Canary",
    gp_practice="M86001",
    next_of_kin="Bob Canary",
    next_of_kin_phone="07700 900000",
)
PRESENT = PatientView(
    person_id=PERSON,
    details=DETAILS,
    nhs_number="9990001006",
    number_status="01",
    local_numbers=(LocalNumber("RKB", "A123456"),),
    gender="female",
    ethnic_category="A",
    source=MESSAGE,
)
DEAD = replace(PRESENT, died=True, died_on="2026-11-12")
RESTRICTED = replace(PRESENT, restricted=True)
MERGED = PatientView(person_id=PERSON, state="merged", successor=OTHER)
ERASED = PatientView(person_id=PERSON, state="erased")

IN_HOSPITAL = StayView(
    person_id=PERSON,
    fact=StayChanged(
        spell=SPELL,
        revision=4,
        status="in-progress",
        facility="RKB",
        ward=Ward(ward="Canary Ward", room="2", bed="7", site="RKB01"),
        patient_class="I",
        admitted_ms=1_793_000_000_000,
        admission_method=Coded(source_code="21", code="21"),
        admission_source=Coded(source_code="40", code="40"),
        expected_discharge="2026-11-20",
        planned_discharge="2026-11-21T10:00:00",
        ready_on="2026-11-18",
    ),
    visit_number="V0001",
    authority="RKB",
    source=MESSAGE,
)
LEFT = replace(
    IN_HOSPITAL,
    fact=IN_HOSPITAL.fact.model_copy(
        update={
            "status": "finished",
            "discharged_ms": 1_793_500_000_000,
            "discharge_method": Coded(source_code="2", code="2"),
            "discharge_destination": Coded(source_code="19", code="19"),
        }
    ),
)
NOT_UNDERSTOOD = replace(
    IN_HOSPITAL,
    fact=IN_HOSPITAL.fact.model_copy(
        update={
            "patient_class": "Inpatient",
            "admission_method": Coded(source_code="28b Canary House", code=None),
        }
    ),
)
OPENED = TaskView(
    person_id=PERSON,
    fact=TaskFact(
        task=TASK,
        spell=SPELL,
        revision=2,
        status="requested",
        stage="new",
        signal="ready",
        opened_ms=1_793_100_000_000,
        due_ms=1_793_103_600_000,
        owner_team="Community Discharge Team",
        ward=Ward(ward="Canary Ward", site="RKB01"),
        ready_on="2026-11-18",
        expected_discharge="2026-11-20",
        planned_discharge="2026-11-21",
    ),
    facility="RKB",
    has_stay=True,
    source=MESSAGE,
)
DONE = replace(
    OPENED,
    fact=OPENED.fact.model_copy(
        update={
            "status": "completed",
            "stage": "done",
            "outcome": "support-at-home",
            "discharged_ms": 1_793_500_000_000,
        }
    ),
)
BY_HAND = replace(OPENED, facility="", has_stay=False)


def person(patient=PRESENT, stays=(IN_HOSPITAL,), tasks=(OPENED,), **more) -> PersonView:
    """Give a person, with stays and tasks as restricted as they are."""
    return PersonView(
        patient,
        tuple(replace(stay, restricted=patient.restricted) for stay in stays),
        tuple(replace(t, restricted=patient.restricted, has_stay=t.has_stay and bool(stays)) for t in tasks),
        **more,
    )


HELD = (f"Encounter/{SPELL}", f"Patient/{PERSON}", f"ServiceRequest/{TASK}", f"Task/{TASK}")
PEOPLE = {
    "in hospital": person(),
    "left": person(stays=(LEFT,), tasks=(DONE,)),
    "died": person(DEAD, stays=(LEFT,), tasks=(DONE,)),
    "restricted": person(RESTRICTED),
    "not understood": person(stays=(NOT_UNDERSTOOD,), tasks=(BY_HAND,)),
    "merged": person(MERGED, (), (), published=HELD, elsewhere=frozenset(HELD[:1])),
    "erased": person(ERASED, (), (), published=HELD),
}

# -- anything a view can hold ------------------------------------------------------------------------------------

texts = st.text(max_size=12) | st.sampled_from(
    ["", " ", "\x00\x0b", "O'Neill", "Zoë", "a\ud800b", "  two  blanks "]
)
dates = st.sampled_from(
    ["", "1940", "1940-02", "1940-02-30", "2026-11-20", "2026-11-20T09:30", "soon", "0000-01-01"]
)
times = st.none() | st.integers(-2_000_000_000_000, 4_000_000_000_000)


def coded(*systems):
    """Give a code of one of the systems, or one that nobody understood, or none."""
    known = [code for system in systems for code in DISPLAYS[system]]
    return st.none() | st.builds(
        Coded, source_code=texts, code=st.none() | st.sampled_from([*known, "xx", ""]) | texts
    )


wards = st.none() | st.builds(Ward, ward=texts, room=texts, bed=texts, site=texts)
patients = st.builds(
    PatientView,
    person_id=st.just(PERSON),
    restricted=st.booleans(),
    details=st.builds(
        SealedPatient,
        local_id=texts,
        family_name=texts,
        given_names=st.lists(texts, max_size=3).map(tuple),
        prefix=texts,
        birth_date=dates,
        address_lines=st.lists(texts, max_size=3).map(tuple),
        postcode=texts,
        phones=st.lists(texts, max_size=2).map(tuple),
        gp_name=texts,
        gp_practice=texts,
        next_of_kin=texts,
        next_of_kin_phone=texts,
    ),
    nhs_number=st.sampled_from(["", "9990001006", "999", "٩٩٩٠٠٠١٠٠٦"]),
    number_status=st.sampled_from([*DISPLAYS[VERIFICATION], "", "09"]),
    local_numbers=st.lists(st.builds(LocalNumber, texts, texts), max_size=2).map(tuple),
    gender=st.sampled_from(["male", "female", "other", "unknown", "femle"]),
    ethnic_category=st.sampled_from([*DISPLAYS[ETHNIC_CATEGORY], "Other White", ""]),
    died=st.none() | st.booleans(),
    died_on=dates,
    source=st.sampled_from(["", MESSAGE, "desk act 7"]),
)
stays = st.builds(
    StayView,
    person_id=st.just(PERSON),
    fact=st.builds(
        StayChanged,
        spell=st.just(SPELL),
        revision=st.just(1),
        facility=texts,
        ward=wards,
        patient_class=st.sampled_from(["I", "E", "O", "P", "R", "Inpatient", ""]),
        admitted_ms=times,
        discharged_ms=times,
        admission_method=coded(ADMISSION_METHOD),
        admission_source=coded(SOURCE_OF_ADMISSION, OWN_SOURCE_OF_ADMISSION),
        discharge_method=coded(DISCHARGE_METHOD, OWN_DISCHARGE_METHOD),
        discharge_destination=coded(DISCHARGE_DESTINATION),
        expected_discharge=dates,
        planned_discharge=dates,
        ready_on=dates,
    ),
    restricted=st.booleans(),
    visit_number=texts,
    authority=texts,
    source=texts,
)
tasks = st.builds(
    TaskView,
    person_id=st.just(PERSON),
    fact=st.builds(
        TaskFact,
        task=st.just(TASK),
        spell=st.just(SPELL),
        kind=st.sampled_from(["d2a", "another"]),
        revision=st.just(1),
        stage=st.sampled_from([*DISPLAYS[TASK_STAGE], "", "unheard of"]),
        signal=texts,
        reason=texts,
        opened_ms=st.integers(0, 4_000_000_000_000),
        due_ms=times,
        owner_team=texts,
        ward=wards,
        ready_on=dates,
        expected_discharge=dates,
        planned_discharge=dates,
        discharged_ms=times,
        outcome=texts,
    ),
    restricted=st.booleans(),
    facility=texts,
    has_stay=st.booleans(),
    source=texts,
)
people = st.builds(
    person,
    patients,
    st.lists(stays, max_size=1).map(tuple),
    st.lists(tasks, max_size=1).map(tuple),
    published=st.lists(st.sampled_from(HELD), max_size=4, unique=True).map(tuple),
)
