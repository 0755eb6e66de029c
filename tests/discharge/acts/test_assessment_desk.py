"""What people do with assessments made in hospital: kept, checked by version, sealed, and published at once."""

from dataclasses import replace
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from ascbridge.discharge.acts.assessment_desk import (
    AssessmentWish,
    DocumentWish,
    assessment_change,
    is_web_address,
)
from ascbridge.discharge.acts.desk import NotAChoice, NotNow, Sitting, StaleTask, UnknownTask
from ascbridge.discharge.pack import pack_store
from ascbridge.events.facts.hospital_assessment import HospitalAssessmentAttached, SealedDocument
from ascbridge.people.opening import SealedValue, open_many
from ascbridge.storage.tables import audit, event_log, pack_act
from tests.discharge.builders import Bench, admitted, at, details, ready
from tests.discharge.packing import pack
from tests.discharge.split import NOON, SAM

MADE = {
    "assessor": "react",
    "on": "2026-03-05",
    "needs": {"hygiene": "needs-help"},
    "text": "Jo Example, in the notes",
}


@pytest.fixture
def ready_bench(bench: Bench) -> Bench:
    bench.say(details("2026-03-02T10:00"), admitted("2026-03-02T10:00"), ready("2026-03-06T11:30"))
    return bench


def papers(bench: Bench, act: Any, *, version: int | None = None, **more: Any) -> int:
    task = bench.task().task
    acts = bench.write(lambda c: pack_store.read_pack_acts(c, task))
    sitting = Sitting(bench.desk, SAM, len(acts) if version is None else version, at(NOON))
    return bench.write(lambda c: assessment_change(c, sitting, task, AssessmentWish(act, **more)))


def published(bench: Bench) -> list[HospitalAssessmentAttached]:
    return [fact for fact in bench.emitted() if isinstance(fact, HospitalAssessmentAttached)]


def test_no_reassessment_is_needed_until_somebody_says_why(ready_bench: Bench) -> None:
    pack(ready_bench, "present", "summary")
    number = papers(ready_bench, "attach", **MADE)
    (first,) = published(ready_bench)
    assert (first.kind, first.assessor_team, first.assessed_on) == (
        "trusted", "REACT (Emergency Duty and Front Door)", "2026-03-05",
    )  # fmt: skip
    assert (first.reassess, [(one.domain, one.level) for one in first.needs]) == (
        "",
        [("hygiene", "needs-help")],
    )
    papers(ready_bench, "reassess", number=number, reason="needs-changed")
    again = published(ready_bench)[-1]
    assert (again.assessment, again.reassess, again.revision) == (first.assessment, "needs-changed", 3)
    papers(ready_bench, "withdraw", number=number)
    assert published(ready_bench)[-1].withdrawn
    with pytest.raises(NotNow):
        papers(ready_bench, "reassess", number=number, reason="needs-changed")


def test_two_assessments_are_two(ready_bench: Bench) -> None:
    papers(ready_bench, "attach", **MADE)
    papers(ready_bench, "attach", **{**MADE, "assessor": "hospital-social-work"})
    assert [one.kind for one in published(ready_bench)] == ["trusted", "contact"]
    assert len({one.assessment for one in published(ready_bench)}) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"assessor": "nobody"}, {"on": ""}, {"on": "2026-03"}, {"on": "2026-03-07"}, {"needs": {"flying": "manages"}},
        {"needs": {"hygiene": "well"}},
    ],
)  # fmt: skip
def test_what_is_none_of_the_list_or_to_come_is_refused(ready_bench: Bench, wrong: dict[str, Any]) -> None:
    with pytest.raises(NotAChoice):
        papers(ready_bench, "attach", **{**MADE, **wrong})
    assert published(ready_bench) == []


def test_acts_are_checked_by_version_sealed_and_audited(ready_bench: Bench) -> None:
    number = papers(ready_bench, "attach", **MADE)
    with pytest.raises(StaleTask):
        papers(ready_bench, "withdraw", version=0, number=number)
    with pytest.raises(NotAChoice):
        papers(ready_bench, "withdraw", number=99)
    with pytest.raises(NotAChoice):
        papers(ready_bench, "reassess", number=number, reason="made-up")
    (row,) = ready_bench.ask(select(pack_act))
    assert b"Jo Example" not in row.sealed
    assert ready_bench.ask(select(audit.c.what)) == ["pack assess"]
    sitting = Sitting(ready_bench.desk, SAM, 0, at(NOON))
    with pytest.raises(UnknownTask):
        ready_bench.write(lambda c: assessment_change(c, sitting, "t0", AssessmentWish("attach", **MADE)))


PAPER = DocumentWish("Trusted assessment, J Example", "https://records.trust.example/d/1", size=44_301)


def sealed_in(bench: Bench) -> list[SealedDocument | None]:
    """What each event about an assessment sealed, in order."""
    found: list[SealedDocument | None] = []
    columns = (event_log.c.event_id, event_log.c.headers, event_log.c.value)
    for event_id, *said in bench.ask(select(*columns).order_by(event_log.c.position)):
        headers, body = map(orjson.loads, said)
        if headers["ce_type"].endswith("hospital-assessment-attached.v1"):
            sealed = body.get("sealed")
            value = (SealedValue(sealed, headers["ce_keyid"], event_id), False) if sealed else None
            found.append(
                bench.write(
                    lambda c, value=value: open_many(c, bench.data_keys, [value], model=SealedDocument)[0]
                )
                if value
                else None
            )
    return found


def test_a_document_is_pointed_to_and_each_later_word_points_to_it_too(ready_bench: Bench) -> None:
    number = papers(ready_bench, "attach", **MADE, document=PAPER)
    papers(ready_bench, "reassess", number=number, reason="needs-changed", text="Fell again")
    papers(ready_bench, "withdraw", number=number)
    documents = [one.document for one in published(ready_bench)]
    assert documents == [documents[0]] * 3
    assert documents[0] is not None
    assert (documents[0].content_type, documents[0].size) == ("application/pdf", 44_301)
    assert sealed_in(ready_bench) == [SealedDocument(title=PAPER.title, url=PAPER.url)] * 3
    assert all(b"records.trust" not in row.detail for row in ready_bench.ask(select(pack_act)))


def test_what_is_no_document_seals_nothing(ready_bench: Bench) -> None:
    number = papers(ready_bench, "attach", **MADE)
    papers(ready_bench, "reassess", number=number, reason="needs-changed")
    assert sealed_in(ready_bench) == [None, None]


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": " "}, {"title": "x" * 201}, {"title": "a\x1eb"}, {"url": "javascript:alert(1)"}, {"url": "ftp://x/y"},
        {"url": "https://user:secret@x/y"}, {"url": "https:///y"}, {"url": "https://x/a b"}, {"url": "https://x:port/"},
        {"url": "https://x/" + "y" * 1_000}, {"content_type": "application/x-msdownload"}, {"size": -1}, {"sha1": "short"},
    ],
)  # fmt: skip
def test_a_document_that_cannot_be_pointed_to_is_refused(ready_bench: Bench, wrong: dict[str, Any]) -> None:
    with pytest.raises(NotAChoice):
        papers(ready_bench, "attach", **MADE, document=replace(PAPER, **wrong))
    assert published(ready_bench) == []


def test_an_address_on_the_web_is_one_with_a_host_and_nobodys_password() -> None:
    assert is_web_address("https://records.trust.example:8443/d/1?of=2")
    assert is_web_address("http://[::1]/d")
    for wrong in ("", "//records/d", "https://", "https://a\\b/c", "https://[::1/d"):
        assert not is_web_address(wrong), wrong
