"""People as pages show them: named, masked, restricted or erased."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ascbridge.access import Access
from ascbridge.events.facts.catalogue import SealedPatient
from ascbridge.record.views import PatientView
from ascbridge.storage.tables import patient
from ascbridge.web.people.people_shown import ERASED, name_of, of_view, people_shown
from tests.reference.lists import LOCALITIES, made

if TYPE_CHECKING:
    from tests.web.city import City


def test_names_are_written_as_nhs_systems_write_them() -> None:
    known = SealedPatient(family_name="evans", given_names=("MARY", "Joy"), prefix="MRS")
    assert name_of(known) == "EVANS, Mary Joy (Mrs)"
    assert name_of(SealedPatient(family_name="EVANS")) == "EVANS"
    assert name_of(SealedPatient(given_names=("Mary",))) == "Mary"
    assert name_of(SealedPatient()) == "Not named yet"


def test_a_person_is_named_masked_or_erased(city: City) -> None:
    row = city.task_of(0)

    def shown(access: Access) -> object:
        return city.bridge.read_now(
            lambda c: people_shown(c, city.data_keys, [row.patient_key, "nobody"], access, city.clock.at_ms)
        )

    full = shown(Access.full)
    assert isinstance(full, dict)
    assert set(full) == {row.patient_key}
    one = full[row.patient_key]
    assert (one.name, one.age, one.number, one.number_note) == (
        "EVANS, Mary Joy (Mrs)",
        "85",
        "999 300 0019",
        "",
    )
    masked = shown(Access.masked)
    assert isinstance(masked, dict)
    assert "EVANS" not in str(masked)
    assert "1941" not in str(masked)
    assert masked[row.patient_key].age == "85+"
    city.erase(row.patient_key)
    assert shown(Access.full) == {row.patient_key: ERASED}


def test_a_view_of_nobody_is_erased_and_a_masked_one_unnamed() -> None:
    assert of_view([], Access.full, 0) is ERASED
    view = PatientView("n1234567890", details=SealedPatient(family_name="EVANS"), nhs_number="9993000019")
    assert of_view([view], Access.masked, 0).name == "Person n1234567"
    full = of_view([view], Access.full, 0)
    assert (full.name, full.number, full.number_note) == ("EVANS", "999 300 0019", "not verified")


def test_a_locality_is_told_where_areas_are_given_and_never_of_a_restricted_person(empty_city: City) -> None:
    city, areas = empty_city, made("localities", LOCALITIES)
    city.hear("A01", pid={11: "1 INVENTED ROW^^COVENTRY^^CV2 9ZZ^GBR^H"})
    (row,) = city.rows(patient)

    def locality(access: Access = Access.full, *, known: bool = True) -> str:
        found = city.bridge.read_now(
            lambda c: people_shown(
                c, city.data_keys, [row.patient_key], access, city.clock.at_ms, areas if known else None
            )
        )
        return found[row.patient_key].locality

    assert locality() == "North base"
    assert locality(known=False) == ""
    assert locality(Access.masked) == ""
    city.hear("A08", pid={11: "1 INVENTED ROW^^COVENTRY^^CV2 9ZZ^GBR^H"}, extra=("ZU8||||2",))
    assert locality() == ""
    view = PatientView("n1234567", "present", details=SealedPatient(postcode="CV2 9ZZ"))
    assert of_view([view], Access.full, 0, areas).locality == "North base"
    assert of_view([replace(view, restricted=True)], Access.full, 0, areas).locality == ""
