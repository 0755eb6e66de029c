"""Loaded lists in the database: kept as they were written, and known at once to whoever asks."""

from typing import Any

from sqlalchemy import Connection, select

from ascbridge.reference.in_force import version_of
from ascbridge.reference.known_lists import KnownLists, save, save_taken_back
from ascbridge.reference.list_files import read
from ascbridge.storage.tables import reference_list
from tests.discharge.builders import at
from tests.reference.lists import HOURS, text

APRIL, MAY = at("2026-04-01T00:00"), at("2026-05-01T00:00")


def put(connection: Connection, number: int, who: str = "Nia Brown") -> bool:
    written = text("service-hours", HOURS, version=number, more="effective_to = 2026-12-31\n")
    return save(connection, version_of(read(written), who, APRIL), written)


def held(connection: Connection, known: KnownLists) -> int:
    return known.read(connection).at("service-hours", MAY).data.version


def test_what_is_loaded_and_taken_back_is_known_at_the_next_question(write: Any) -> None:
    here, elsewhere = KnownLists(), KnownLists()
    assert write(lambda c: held(c, here)) == 1
    assert write(lambda c: put(c, 2))
    assert write(lambda c: (held(c, here), held(c, elsewhere))) == (2, 2)
    version = here.now.at("service-hours", MAY)
    assert (version.loaded_by, version.loaded_ms, version.begins_ms) == ("Nia Brown", APRIL, MAY)
    assert version.ends_ms == at("2027-01-01T00:00")
    write(lambda c: save_taken_back(c, "service-hours", 2, "Sam Hill", MAY))
    assert write(lambda c: (held(c, here), held(c, elsewhere))) == (1, 1)
    (gone,) = [one for one in here.now.versions["service-hours"] if one.loaded_ms is not None]
    assert (gone.taken_back_by, gone.taken_back_ms) == ("Sam Hill", MAY)


def test_the_text_is_kept_and_the_first_of_a_number_stays(write: Any) -> None:
    assert write(lambda c: put(c, 2))
    assert not write(lambda c: put(c, 2, "Sam Hill"))
    rows = write(lambda c: c.execute(select(reference_list.c.text, reference_list.c.loaded_by)).all())
    assert [(read(row.text).ident, row.loaded_by) for row in rows] == [("service-hours@2", "Nia Brown")]


def test_nothing_is_read_again_while_nothing_changed(write: Any) -> None:
    known = KnownLists()
    write(lambda c: put(c, 2))
    first = write(known.read)
    assert write(known.read) is first
