"""Fields of a stay: each has a name and a place, and reads as a ward would say it."""

from ascbridge.intake.agreed import profiles
from ascbridge.web.stay_fields import FIELD_NAMES, WHEREABOUTS, place_of, read_value


def test_a_place_is_the_profiles_own_where_it_moves_it_and_none_for_a_feed_without_segments() -> None:
    hospital = profiles.read("itk-v24")
    assert place_of("discharged_ms", hospital) == "PV1-45"
    assert place_of("expected_discharge", hospital) == " or ".join(hospital.where.expected_discharge)
    assert place_of("discharged_ms", profiles.read("council-facts")) == place_of("discharged_ms", None) == ""


def test_a_value_reads_in_words_and_a_code_with_what_it_means() -> None:
    assert set(FIELD_NAMES) >= WHEREABOUTS
    assert read_value("ready", value=True) == "yes"
    assert read_value("ward", {"ward": "W1", "room": "", "bed": "BED 2"}) == "W1, BED 2"
    assert read_value("expected_discharge", "2026-10-19") == "19 Oct 2026"
    assert read_value("discharge_method", {"source_code": "HOME", "code": "1"}) == "HOME, read as 1"
    assert read_value("discharge_method", {"source_code": "XX", "code": None}) == "XX, not understood"
