"""Events on the wire: CloudEvents 1.0 in binary mode, and nothing that names anybody in a header."""

import dataclasses
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascbridge.events.logs.cloud_event import (
    Pointer,
    epoch_ms,
    from_record,
    inbound_record,
    message_of,
    rfc3339,
    schema_of,
    to_record,
)
from ascbridge.events.logs.envelope import ReleasedEvent
from ascbridge.events.logs.log import INBOUND

PREFIX = "uk.gov.coventry.asc"
EVENT = ReleasedEvent(
    id="019a4470-4600-8c5c-a52a-6208aa48f522",
    type=f"{PREFIX}.discharge.patient-discharged.v1",
    topic="discharge",
    subject="p0123456789abcdef0123456789abcdef",
    time_ms=1_762_084_800_123,
    recorded_ms=1_762_084_801_000,
    correlation_id="019a4470-4600-8000-8000-000000000001",
    causation_id="019a4470-4600-8000-8000-000000000002",
    key_id="k1",
    traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    data={"spell": "s1", "sealed": "QXJjaGVy"},
)
TEXT = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
TIMES = st.integers(min_value=-2_208_988_800_000, max_value=32_503_680_000_000)  # 1900 to 3000
EVENTS = st.builds(
    ReleasedEvent,
    id=TEXT, type=TEXT, topic=TEXT, subject=TEXT, time_ms=TIMES, recorded_ms=TIMES, correlation_id=TEXT,
    causation_id=TEXT, key_id=TEXT, traceparent=TEXT,
    data=st.dictionaries(TEXT, TEXT | st.integers(-(2**53), 2**53) | st.booleans() | st.none(), max_size=5),
)  # fmt: skip


def test_the_attributes_are_headers_and_the_data_is_the_value() -> None:
    record = to_record(EVENT, prefix=PREFIX, partition=3, now_ms=77)
    assert (record.topic, record.partition, record.key, record.time_ms) == ("discharge", 3, EVENT.subject, 77)
    assert record.value == b'{"spell":"s1","sealed":"QXJjaGVy"}'
    assert record.headers == {
        "ce_specversion": "1.0",
        "ce_id": EVENT.id,
        "ce_source": "uk.gov.coventry.asc.ascbridge",
        "ce_type": "uk.gov.coventry.asc.discharge.patient-discharged.v1",
        "ce_time": "2025-11-02T12:00:00.123Z",
        "ce_subject": EVENT.subject,
        "ce_recordedtime": "2025-11-02T12:00:01.000Z",
        "ce_dataschema": "https://asc.coventry.gov.uk/events/discharge.patient-discharged.v1.json",
        "ce_correlationid": EVENT.correlation_id,
        "ce_causationid": EVENT.causation_id,
        "ce_traceparent": EVENT.traceparent,
        "ce_keyid": "k1",
        "content-type": "application/json",
    }
    assert (record.event_id, record.event_type) == (EVENT.id, EVENT.type)


def test_attribute_names_are_what_cloudevents_allows() -> None:
    # CloudEvents 1.0.2 section 3.1: lower-case letters and digits, at most 20.
    names = [name for name in to_record(EVENT, prefix=PREFIX).headers if name != "content-type"]
    assert all(re.fullmatch(r"ce_[a-z0-9]{1,20}", name) for name in names)


def test_an_attribute_with_nothing_to_say_is_absent() -> None:
    # CloudEvents 1.0.2 section 3.1: an attribute that is there is not empty.
    bare = dataclasses.replace(EVENT, causation_id="", traceparent="", key_id="", correlation_id="")
    headers = to_record(bare, prefix=PREFIX).headers
    assert not {"ce_causationid", "ce_traceparent", "ce_keyid", "ce_correlationid"} & headers.keys()
    assert all(headers.values())


@given(event=EVENTS)
def test_an_event_reads_back_as_it_was_written(event: ReleasedEvent) -> None:
    assert from_record(to_record(event, prefix=PREFIX)) == event


@given(event=EVENTS, name=TEXT.filter(lambda said: len(said) > 5))
def test_no_header_holds_anything_of_the_data(event: ReleasedEvent, name: str) -> None:
    canary = f"canary {name}"
    record = to_record(dataclasses.replace(event, data={canary: canary, "sealed": canary}), prefix=PREFIX)
    assert not any(canary in header or canary in value for header, value in record.headers.items())


@given(time_ms=TIMES)
def test_times_are_rfc_3339_to_the_millisecond(time_ms: int) -> None:
    text = rfc3339(time_ms)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text)
    assert epoch_ms(text) == time_ms


def test_a_time_with_an_offset_is_read() -> None:
    assert epoch_ms("2025-11-02T12:00:00+01:00") == 1_762_081_200_000


def test_a_record_that_is_no_event_is_told_apart() -> None:
    record = to_record(EVENT, prefix=PREFIX)
    with pytest.raises(KeyError):
        from_record(dataclasses.replace(record, headers={}))
    with pytest.raises(ValueError, match="day"):
        from_record(dataclasses.replace(record, headers={**record.headers, "ce_time": "day"}))


def test_a_pointer_says_where_a_message_is_and_nothing_of_what_it_says() -> None:
    pointer = Pointer("m1", "itk-v24", "p1", 1_762_084_800_000, 2)
    record = inbound_record(pointer, prefix=PREFIX, partition=1, offset=9)
    assert (record.topic, record.partition, record.offset, record.key) == (INBOUND, 1, 9, "p1")
    assert record.value == b'{"message_id":"m1","feed":"itk-v24","lane":"p1"}'
    assert record.headers == {
        "ce_specversion": "1.0",
        "ce_id": "m1",
        "ce_source": "uk.gov.coventry.asc.ascbridge",
        "ce_type": "uk.gov.coventry.asc.inbound.message-kept.v1",
        "ce_time": "2025-11-02T12:00:00.000Z",
        "ce_dataschema": "https://asc.coventry.gov.uk/events/inbound.message-kept.v1.json",
        "content-type": "application/json",
        "feed": "itk-v24",
        "kept_ms": "1762084800000",
        "translation": "2",
    }
    assert message_of(record) == "m1"


def test_an_event_belongs_to_the_message_it_follows_from() -> None:
    assert message_of(to_record(EVENT, prefix=PREFIX)) == EVENT.correlation_id


def test_a_schema_is_named_by_the_councils_own_domain() -> None:
    assert schema_of("uk.gov.a.person.x.v1", "uk.gov.a") == "https://a.gov.uk/events/person.x.v1.json"
