"""The table of mappings finds itself, and puts what is referred to before what refers to it."""

from pathlib import Path

from ascbridge.record.mapping import care as folder
from ascbridge.record.mapping.care_table import FACT_OF, MAPPINGS, SHOWN, care_resources, care_teams
from ascbridge.record.mapping.resource_types import RESOURCE_TYPES
from ascbridge.uk_core import profile_of
from tests.record.care_samples import CARE, SAID
from tests.record.samples import COUNCIL


def test_every_module_of_the_folder_declares_one_mapping_and_each_rule_has_one_name() -> None:
    modules = [each for each in Path(folder.__path__[0]).glob("*.py") if each.stem != "__init__"]
    assert len(MAPPINGS) == len(modules)
    assert len({each.rule for each in MAPPINGS}) == len(MAPPINGS)
    assert {each.resource_type for each in MAPPINGS} <= RESOURCE_TYPES.keys()


def test_a_slot_is_filled_by_one_kind_of_fact_and_the_samples_have_each() -> None:
    assert len(FACT_OF) == len(SHOWN)
    assert set(SAID) == set(FACT_OF)


def test_resources_refer_only_to_earlier_ones_of_the_care_itself() -> None:
    made = [each for _, each in care_resources(CARE, COUNCIL)]
    seen: set[str] = set()
    for each in made:
        name = f"{each['resourceType']}/{each['id']}"
        later = {f"{other['resourceType']}/{other['id']}" for other in made} - seen - {name}
        assert not [other for other in later if f'"{other}"' in str(each).replace("'", '"')], name
        seen.add(name)
    assert len(seen) == len(made)


def test_every_type_that_care_becomes_names_its_pinned_profile() -> None:
    made = [each for _, each in care_resources(CARE, COUNCIL)]
    assert {each["resourceType"] for each in made} == {each.resource_type for each in MAPPINGS}
    for each in made:
        assert each["meta"]["profile"] == [profile_of(each["resourceType"])]
        assert each["meta"]["source"].startswith("urn:uuid:")


def test_the_teams_that_are_referred_to_are_told() -> None:
    assert care_teams(CARE) == ["Integrated Locality Team North"]
