"""Kept messages become events: learnt, released, sealed, counted, and the same again when handled again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest
from sqlalchemy import delete, select

from ascbridge.events.ledgers import history
from ascbridge.events.ledgers.ledger import Balance, balance
from ascbridge.events.logs.cloud_event import inbound_record
from ascbridge.events.logs.faults import EventFault
from ascbridge.events.logs.log_table import POINTER, as_pointer, as_record
from ascbridge.events.logs.outbox import Outbox
from ascbridge.events.logs.sealing import Keyring
from ascbridge.intake.agreed import profiles
from ascbridge.intake.reading import translator
from ascbridge.intake.reading.translator import Translator
from ascbridge.people.release import release_batch
from ascbridge.storage.database import SqliteDatabase
from ascbridge.storage.tables import event_log, history_person, message, open_effect, patient
from tests.intake.doors.test_file_drop import LINE
from tests.intake.messages import NHS_NUMBER, adt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ascbridge.events.logs.log import Record
    from tests.intake.conftest import Intake

PREFIX = "uk.example.asc"


class Desk:
    """A translator over the files of an intake."""

    def __init__(self, intake: Intake, folder: Path, profile: str = "itk-v24") -> None:
        attached = {"kept": folder / "kept.db", "keys": folder / "keys.db"}
        self.bridge = SqliteDatabase(folder / "bridge.db", attached=attached)
        self.translator = Translator(
            profiles={profile: profiles.read(profile)},
            keyring=Keyring(bytes(range(32))),
            data_keys=intake.data_keys,
            outbox=Outbox(1, PREFIX, {"discharge": ("discharge",), "record": ("person", "discharge")}),
            clock=intake.clock,
            prefix=PREFIX,
        )

    def pointers(self) -> list[Record]:
        wanted = select(*POINTER).where(message.c.outcome == "kept").order_by(message.c.position)
        rows = self.bridge.read_now(lambda c: list(c.execute(wanted)))
        return [inbound_record(as_pointer(row), prefix=PREFIX) for row in rows]

    def translate(self) -> list[Record]:
        records = self.pointers()
        self.bridge.write_now(lambda c: self.translator.handle(c, records))
        return self.events()

    def events(self) -> list[Record]:
        wanted = select(event_log).order_by(event_log.c.position)
        return [as_record(row) for row in self.bridge.read_now(lambda c: list(c.execute(wanted)))]

    def rows(self, table: Any) -> list[Any]:
        return self.bridge.read_now(lambda c: list(c.execute(select(table))))

    def balance(self, feed: str) -> Balance:
        return self.bridge.read_now(balance)[feed]


@pytest.fixture
def desk(intake: Intake, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(intake, tmp_path)
    yield made
    made.bridge._write_thread.shutdown()
    made.bridge._read_threads.shutdown()


def names(events: list[Record]) -> list[str]:
    return [event.event_type.removeprefix(f"{PREFIX}.") for event in events]


def test_a_message_becomes_events_with_its_id_as_their_correlation(intake: Intake, desk: Desk) -> None:
    intake.take(adt("A01"))
    events = desk.translate()
    assert names(events) == ["person.patient-details-recorded.v1", "discharge.patient-admitted.v1"]
    (row,) = intake.rows()
    assert {event.headers["ce_correlationid"] for event in events} == {row.message_id}
    assert {event.key for event in events} == {row.lane}


def test_no_event_names_anybody_outside_its_sealed_part(intake: Intake, desk: Desk) -> None:
    intake.take(adt("A01"))
    for event in desk.translate():
        data = orjson.loads(event.value)
        assert data.pop("sealed")
        text = orjson.dumps(data).decode() + "".join(event.headers.values()) + event.key
        for name in (NHS_NUMBER, "MARLOWE", "ADA", "L100", "V100", "CV99"):
            assert name not in text


def test_handling_again_gives_the_same_ids(intake: Intake, desk: Desk) -> None:
    intake.take(adt("A01"), adt("A03", control_id="T0002"))
    first = [event.event_id for event in desk.translate()]
    desk.bridge.write_now(lambda c: (c.execute(delete(event_log)), c.execute(delete(open_effect))))
    assert [event.event_id for event in desk.translate()] == first


def test_long_messages_are_read_a_few_at_a_time_and_mean_the_same(
    intake: Intake, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stay(number: int) -> list[bytes]:
        of = {
            "local_id": f"L{number}",
            "visit": f"V{number}",
            "nhs_number": "",
            "extra": (f"NTE|1||{'x' * 500}",),
        }
        return [adt(kind, control_id=f"{number}{kind}", **of) for kind in ("A01", "A02")]

    intake.take(*(raw for number in range(3) for raw in stay(number)))
    whole = [event.event_id for event in desk.translate()]
    desk.bridge.write_now(lambda c: (c.execute(delete(event_log)), c.execute(delete(open_effect))))
    at_once: list[int] = []
    monkeypatch.setattr(translator, "READ_AT_ONCE", 2_500)
    monkeypatch.setattr(
        translator,
        "release_batch",
        lambda c, batch, *rest: (at_once.append(len(batch)), release_batch(c, batch, *rest))[1],
    )
    assert [event.event_id for event in desk.translate()] == whole
    assert at_once == [2, 2, 2]


def test_every_event_owes_an_effect_to_each_of_its_readers(intake: Intake, desk: Desk) -> None:
    intake.take(adt("A01"))
    desk.translate()
    assert sorted(row.reader for row in desk.rows(open_effect)) == ["discharge", "record", "record"]
    assert desk.balance("itk-v24").waiting == 1


def test_a_message_without_effect_is_counted_as_such_with_its_reason(intake: Intake, desk: Desk) -> None:
    intake.take(adt("A60"), adt("A01", control_id="T0002", ward="W7^^^RLT01", pv1={19: "V9^^^RLT"}))
    assert desk.translate() == []
    assert (desk.balance("itk-v24").no_effect, desk.balance("itk-v24").kept) == (2, 2)


def test_a_restricted_persons_whereabouts_leave_in_no_part(intake: Intake, desk: Desk) -> None:
    intake.take(adt("A01", extra=("ZU8||||1",)), adt("A02", control_id="T0002", ward="W33^^^RKB01"))
    events = desk.translate()
    assert "person.patient-restricted.v1" in names(events)
    for event in events:
        assert not orjson.loads(event.value).get("ward")


def test_a_message_in_shadow_teaches_nothing_about_people(
    open_intake: Callable[..., Intake], tmp_path: Path
) -> None:
    intake = open_intake(profiles.read("uhcw"))
    desk = Desk(intake, tmp_path, "uhcw")
    intake.take(adt("A03"))
    events = desk.translate()
    assert [orjson.loads(event.value)["marks"] for event in events] == [["shadow"], ["shadow"]]
    assert desk.rows(patient) == []
    desk.bridge._write_thread.shutdown()


@pytest.mark.parametrize("feed, noted", [("council-facts", 0), ("council-history", 1)])
def test_of_whom_history_is_told_is_noted_with_its_events(
    feed: str, noted: int, open_intake: Callable[..., Intake], tmp_path: Path
) -> None:
    said = open_intake(profiles.read(feed))
    said.take(orjson.dumps(LINE))
    desk = Desk(said, tmp_path, feed)
    (event, *_) = desk.translate()
    rows = [(row.patient_key, row.before_ms) for row in desk.rows(history_person)]
    assert rows == [(event.key, said.clock.at_ms - history.RECENT_MS)] * noted
    desk.bridge._write_thread.shutdown()
    desk.bridge._read_threads.shutdown()


def test_an_erased_message_has_no_effect_and_stops_nobody(intake: Intake, desk: Desk) -> None:
    intake.take(adt("A01"), adt("A01", control_id="T0002", local_id="L200", nhs_number="", visit="V200"))
    gone = intake.rows()[0].lane
    intake.keys.write_now(lambda c: intake.data_keys.erase(c, [gone], 1))
    events = desk.translate()
    assert {event.key for event in events} == {intake.rows()[1].lane}
    assert desk.balance("itk-v24").no_effect == 1


def test_a_feed_without_a_profile_is_a_fault_that_says_what_to_do(intake: Intake, tmp_path: Path) -> None:
    desk = Desk(intake, tmp_path, "uhcw")
    intake.take(adt("A01"))
    with pytest.raises(EventFault, match="feed itk-v24 has no profile here"):
        desk.translate()
    desk.bridge._write_thread.shutdown()


def test_mapping_a_code_completes_what_was_parked_and_changes_nothing_else(
    intake: Intake, desk: Desk
) -> None:
    intake.take(
        adt("A03", pv1={36: "ZZ", 37: "19"}), adt("A01", control_id="T0002", local_id="L2", visit="V2")
    )
    first = {event.event_id for event in desk.translate()}
    itk = profiles.read("itk-v24")
    codes = itk.codes | {"discharge_method": itk.codes["discharge_method"] | {"ZZ": "1"}}
    assert desk.bridge.write_now(lambda c: desk.translator.complete(c, "")) != ""
    assert {event.event_id for event in desk.events()} == first  # nobody mapped it yet
    desk.translator.relearn({"itk-v24": itk.model_copy(update={"codes": codes})})
    last = desk.bridge.write_now(lambda c: desk.translator.complete(c, ""))
    assert desk.bridge.write_now(lambda c: desk.translator.complete(c, last)) == ""
    again = [event for event in desk.events() if event.event_id not in first]
    (left,) = [orjson.loads(e.value) for e in again if e.event_type.endswith("patient-discharged.v1")]
    assert left["discharge_method"] == {"source_code": "ZZ", "code": "1"}
    assert left["stamp"]["translation"] == 1
    assert {event.headers["ce_correlationid"] for event in again} == {intake.rows()[0].message_id}
    assert desk.bridge.write_now(lambda c: desk.translator.complete(c, "")) == ""  # no second time
