"""A person's worker as FHIR."""

from ascbridge.record.checks import check
from ascbridge.record.mapping.care.practitioner import MAPPING
from tests.record.care_samples import care, made


def test_a_worker_has_a_name_and_a_telephone_at_work() -> None:
    (worker,) = made(MAPPING, care("worker"))
    check(worker)
    assert worker["name"] == [{"text": "Alex Sample"}]
    assert worker["telecom"] == [{"system": "phone", "value": "024 7600 0001", "use": "work"}]


def test_a_restricted_persons_worker_has_no_telephone() -> None:
    (worker,) = made(MAPPING, care("worker", restricted=True))
    check(worker)
    assert "telecom" not in worker


def test_nobody_is_named_where_nobody_looks_after_the_person() -> None:
    assert made(MAPPING, care("worker", team="")) == []
