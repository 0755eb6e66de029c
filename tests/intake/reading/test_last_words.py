"""The last word of each feed: kept whole, compared without opening, and never taken over by an older one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import orjson
import pytest
from sqlalchemy import select

from ascbridge.cutover import comparing, sheets
from ascbridge.cutover.comparison_rules import shipped
from ascbridge.cutover.whole import summed
from ascbridge.events.facts.care import PackageStated, SealedWorker, WorkerAllocated
from ascbridge.events.facts.catalogue import PatientDetailsRecorded, SealedPatient
from ascbridge.events.facts.fact import Stamp
from ascbridge.events.handlers.switches import EVENT_TYPES, Pair
from ascbridge.intake.reading import applied_words, last_words
from ascbridge.intake.reading.last_words import LastWords, words
from ascbridge.people import known_as
from ascbridge.people.known_as import WALLED, Crosswalk, Pairing
from ascbridge.people.release import KnownDraft
from ascbridge.storage.database import PostgresDatabase
from ascbridge.storage.tables import feed_person
from tests.people.ward import KEYRING, N1, N2, create_tables, empty_bridge

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import Connection

OLD, NEW = "case-old", "case-new"
PACKAGE = EVENT_TYPES["package"]
WALK = Crosswalk(
    NEW,
    [
        Pairing(NEW, kind, theirs, ours, "file", "", 1)
        for kind, theirs, ours in (("person", "pn", "po"), ("package", "N7", "P1"))
    ],
    own=True,
)


def package(key: str, number: str, at: int, *, shadow: bool = False, **more: Any) -> KnownDraft:
    said = PackageStated(package=number, status="live", stamp=Stamp(recorded_ms=at), **more)
    return KnownDraft(key, "package", at, said, shadow=shadow)


def take(connection: Connection, feed: str, draft: KnownDraft, message: str = "m1") -> KnownDraft:
    held = LastWords(connection, KEYRING, ["po", "pn"])
    taken = held.take(held.saying(feed, message, 5, draft), NEW if feed == OLD else OLD, WALK)
    held.save()
    return taken


def stamp_of(draft: KnownDraft) -> tuple[int, int]:
    stamp = draft.fact.stamp  # type: ignore[attr-defined]  # every fact here has one
    return stamp.recorded_ms, stamp.sequence


def test_a_word_holds_against_what_the_other_said_while_it_was_heard() -> None:
    with empty_bridge() as connection:
        assert stamp_of(take(connection, OLD, package("po", "P1", 900))) == (900, 0)
        assert stamp_of(take(connection, NEW, package("pn", "N7", 500))) == (900, 1)
        assert stamp_of(take(connection, NEW, package("pn", "N7", 600), "m2")) == (900, 1)
        assert stamp_of(take(connection, NEW, package("pn", "N7", 1_000), "m3")) == (1_000, 0)
        assert stamp_of(take(connection, OLD, package("po", "P1", 950), "m4")) == (1_000, 1)


def test_what_was_said_in_shadow_is_nothing_to_hold_against() -> None:
    with empty_bridge() as connection:
        take(connection, OLD, package("po", "P1", 900, shadow=True))
        assert stamp_of(take(connection, NEW, package("pn", "N7", 500))) == (500, 0)


def test_an_older_word_is_left_as_it_is_and_takes_nothing_over() -> None:
    with empty_bridge() as connection:
        take(connection, OLD, package("po", "P1", 900))
        take(connection, NEW, package("pn", "N7", 500, kind="new"))
        assert stamp_of(take(connection, NEW, package("pn", "N7", 400, kind="older"), "m2")) == (400, 0)
        assert orjson.loads(words(connection, ["pn"])[NEW, "pn", "package:N7"].value)["kind"] == "new"


def test_a_walled_word_is_kept_without_what_is_withheld() -> None:
    with empty_bridge() as connection:
        take(connection, OLD, replace(package("po", "P1", 900, provider="Invented Home"), walled=True))
        value = orjson.loads(words(connection, ["po"])[OLD, "po", "package:P1"].value)
        assert (value["provider"], value[WALLED]) == ("", True)
        take(connection, OLD, package("po", "P1", 901, provider="Invented Home"))
        assert WALLED not in orjson.loads(words(connection, ["po"])[OLD, "po", "package:P1"].value)


def test_what_names_somebody_is_compared_without_being_kept() -> None:
    def digest(name: str, feed: str) -> str:
        said = WorkerAllocated(team="Team North", stamp=Stamp(recorded_ms=1))
        take(connection, feed, KnownDraft("po", "worker", 1, said, SealedWorker(worker_name=name)), name)
        word = words(connection, ["po"])[feed, "po", "worker"]
        assert name.encode() not in word.value
        return word.sealed_digest

    with empty_bridge() as connection:
        assert digest("Amina", OLD) == digest("Amina", NEW) != digest("Bela", OLD)


def test_a_second_number_of_one_person_is_remembered() -> None:
    def meet(number: str, at: int) -> Any:
        said = PatientDetailsRecorded(source_name="x", number_state="verified", stamp=Stamp(recorded_ms=at))
        sealed = SealedPatient(nhs_number=number, birth_date="1941-03-14", postcode="CV9 9ZZ")
        take(connection, OLD, KnownDraft("po", "person", at, said, sealed), f"m{at}")
        return connection.execute(select(feed_person)).one()

    with empty_bridge() as connection:
        first = meet(N1, 1)
        assert (first.number_state, first.addressed, first.other_lookup) == ("verified", 1, "")
        second = meet(N2, 2)
        assert (second.other_lookup, second.nhs_lookup != first.nhs_lookup) == (first.nhs_lookup, True)


@pytest.mark.postgres
async def test_what_is_kept_compared_and_applied_is_the_same_on_postgresql(postgres_url: str) -> None:
    database = PostgresDatabase(postgres_url)
    pair = Pair(OLD, NEW)

    def work(connection: Connection) -> list[tuple[str, str, tuple[str, ...]]]:
        create_tables(connection)
        rows = [
            Pairing(NEW, "person", "pn", "po", "file", "", 1),
            Pairing(NEW, "package", "N7", "P1", "file", "", 1),
        ]
        known_as.write(connection, rows)
        known_as.write(connection, rows)
        known_as.keep_heard(connection, NEW, [("package", "N8")], 5)
        assert len(known_as.about(connection, [NEW], ["P1", "pn"])) == 2
        take(connection, OLD, package("po", "P1", 900))
        assert stamp_of(take(connection, NEW, package("pn", "N7", 500, kind="day care"), "m2")) == (900, 1)
        take(connection, NEW, package("pn", "N7", 600, kind="day care", shadow=True), "m3")
        applied_words.put(connection, [("m3", PACKAGE), ("m3", PACKAGE)], "Ola", "as agreed", 5)
        assert applied_words.take_waiting(connection, 9) == ["m3"]
        assert not applied_words.waiting(connection)
        assert applied_words.of(connection, ["m3"]) == {"m3": {PACKAGE}}
        (found,) = comparing.parts(connection, pair, shipped())
        sheet = sheets.fill(connection, pair, shipped(), summed([found], pair, shipped()), 5)
        assert sheet.against(["package"]) == ["package: agreement is 0.0%, wants 100.0%"]
        return [(one.slot, one.verdict, one.fields) for one in found.things]

    try:
        assert await database.write(work) == [("package:P1", "differs", ("kind",))]
    finally:
        await database.close()


def people_kept(connection: Connection) -> set[tuple[str, str]]:
    return {(row.feed, row.patient_key) for row in connection.execute(select(feed_person))}


def said(connection: Connection) -> set[tuple[str, str, str]]:
    return set(words(connection, ["po", "pn"]))


def details_of(key: str) -> KnownDraft:
    return KnownDraft(
        key,
        "person",
        1,
        PatientDetailsRecorded(source_name="x", number_state="none", stamp=Stamp(recorded_ms=1)),
        SealedPatient(),
    )


def test_of_whom_was_erased_nothing_said_before_is_left() -> None:
    with empty_bridge() as connection:
        for feed, key, number in ((OLD, "po", "P1"), (NEW, "pn", "N7")):
            take(connection, feed, package(key, number, 900))  # kept at 5
            take(connection, feed, details_of(key))
        last_words.forget(connection, ["po"], 4)
        assert len(said(connection)) == 4
        last_words.forget(connection, ["po"], 5)
        assert {place[0] for place in said(connection)} == {NEW}
        assert people_kept(connection) == {(NEW, "pn")}


def test_words_of_a_cut_over_stay_and_those_of_a_feed_that_is_in_none_go_when_they_are_old() -> None:
    with empty_bridge() as connection:
        for feed, key, number in ((OLD, "po", "P1"), (NEW, "pn", "N7")):
            take(connection, feed, package(key, number, 900))  # kept at 5
            take(connection, feed, details_of(key))

        def prune(feeds: tuple[str, ...], before_ms: int) -> None:
            place: last_words.Place | None = ("", "", "")
            while place is not None:
                place = last_words.prune(connection, feeds, before_ms, place, 1)

        prune((OLD, NEW), 1_000)
        prune((), 5)
        assert len(said(connection)) == 4
        prune((NEW,), 6)
        assert {place[0] for place in said(connection)} == {NEW}
        assert people_kept(connection) == {(NEW, "pn")}
        prune((), 6)
        assert (said(connection), people_kept(connection)) == (set(), set())
