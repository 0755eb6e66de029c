"""Facts about a person's care: the old ones can still be read, and places stay away from restricted people."""

from ascbridge.events.facts.care import KnownToCare, PackageStated, PlacementStated, WorkerAllocated
from ascbridge.events.facts.catalogue import read_fact

STAMP = {"recorded_ms": 1}


def test_what_was_said_before_the_families_were_complete_is_read_as_it_was() -> None:
    said = {"stamp": STAMP, "package": "P1", "status": "live", "kind": "Home support"}
    fact = read_fact("care.package-stated.v1", said)
    assert isinstance(fact, PackageStated)
    assert (fact.package, fact.client, fact.service, fact.marks) == ("P1", "person", "", ())
    assert read_fact("care.known-to-care.v1", {"stamp": STAMP, "known": True}) == KnownToCare.model_validate(
        {"stamp": STAMP, "known": True}
    )
    assert WorkerAllocated.model_validate({"stamp": STAMP, "team": "East"}).role == ""


def test_where_a_restricted_person_is_cared_for_is_withheld() -> None:
    assert frozenset({"provider", "provider_location"}) == PackageStated.withheld
    assert frozenset({"provider", "provider_location", "host_authority"}) == PlacementStated.withheld
