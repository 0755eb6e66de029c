"""Names in what the bridge wrote: which there are, and what stands in their place in a copy."""

import orjson
import pytest

from ascbridge.discharge.deciding.decision import task_id
from ascbridge.events.facts.catalogue import Stamp
from ascbridge.events.logs.envelope import derived_id, id_millisecond
from ascbridge.events.logs.sealing import Keyring
from ascbridge.people.groups import own_person_id
from ascbridge.people.stamps import recorded_ms, sortable
from ascbridge.record.resource_store import lookup
from ascbridge.simulator.bench.renaming import IDENTIFIER, Copy, Renaming, Text

NOON, HOUR = 1_772_539_200_000, 3_600_000
KEYS = Keyring(b"k" * 32)
PATIENT, STAY = "p" + "1a" * 16, "s" + "2b" * 16
EVENT, MESSAGE = derived_id(NOON, "event"), derived_id(NOON, "message")
LOCAL = KEYS.lookup("patient", "RKB", "U0000001")
COPY = Copy(3, 24 * HOUR, {"U0000001": "U0009001"})


def renamed(text: str, copy: Copy = COPY) -> str:
    names = [*Text.of(text).names, PATIENT, STAY, MESSAGE, "U0000001"]
    renaming = Renaming(KEYS, names, {LOCAL: ("patient", "RKB", "U0000001")}, [MESSAGE])
    return Text.of(text).with_names(renaming.names(copy))


@pytest.mark.parametrize(
    "text",
    [
        "", "W21", '{"code":"19","ward":"BAY A"}', "19570203", "1957-02-03", "ward-88fb5e42eedb9ada", "0" * 64,
        "f" * 32, "CV99 1AB 07700900123", "V24,5,1", "Queen",
    ],
)  # fmt: skip
def test_what_is_no_name_of_the_pattern_stays(text: str) -> None:
    assert renamed(text) == text


def test_text_around_names_stays() -> None:
    assert renamed(f'"{STAY}", "{STAY}.1"/{STAY}') == '"{0}", "{0}.1"/{0}'.format(renamed(STAY))


def test_ids_of_a_copy_are_of_its_own_time() -> None:
    other = renamed(EVENT)
    assert id_millisecond(other) == NOON + 24 * HOUR
    assert len({EVENT, other, renamed(EVENT, Copy(4, 24 * HOUR, {}))}) == 3
    assert renamed(MESSAGE.replace("-", "")[:20]) == renamed(MESSAGE).replace("-", "")[:20]


def test_what_follows_from_a_key_follows_from_the_copys() -> None:
    assert renamed(own_person_id(PATIENT)) == own_person_id(renamed(PATIENT))
    assert renamed(task_id(STAY)) == task_id(renamed(STAY))
    assert renamed(PATIENT) != PATIENT


def test_a_number_is_found_under_the_hash_of_the_copys() -> None:
    assert renamed("U0000001") == "U0009001"
    assert renamed(LOCAL) == KEYS.lookup("patient", "RKB", "U0009001")


@pytest.mark.parametrize(
    "text, later",
    [
        (f'{{"at_ms":{NOON}}}', f'{{"at_ms":{NOON + 24 * HOUR}}}'),
        ("20260303120000", "20260304120000"),
        ("20260303", "20260304"),
        ("2026-03-03", "2026-03-04"),
        ("2026-03-03T12:00:00.123Z", "2026-03-04T12:00:00.123Z"),
        ("2026-02-28T12:00:00Z", "2026-03-01T12:00:00Z"),
    ],
)
def test_times_move(text: str, later: str) -> None:
    assert renamed(text) == later


def test_a_stamp_moves_and_still_sorts() -> None:
    stamp = sortable(Stamp(recorded_ms=NOON), MESSAGE)
    assert recorded_ms(renamed(stamp)) == NOON + 24 * HOUR
    assert stamp < renamed(stamp)


def test_json_stays_json() -> None:
    said = {"spell": STAY, "because": [{"event": EVENT, "at_ms": NOON}]}
    other = orjson.loads(renamed(orjson.dumps(said).decode()))
    assert other == {
        "spell": renamed(STAY), "because": [{"event": renamed(EVENT), "at_ms": NOON + 24 * HOUR}],
    }  # fmt: skip


def test_an_identifier_is_found_under_what_is_the_copys() -> None:
    stay, visit = lookup(KEYS, "urn:spell", STAY), lookup(KEYS, "urn:visit", "V0000001")
    said = {stay: (IDENTIFIER, "urn:spell", STAY), visit: (IDENTIFIER, "urn:visit", "V0000001")}
    names = Renaming(KEYS, [STAY, stay, visit], said, []).names(Copy(3, HOUR, {"V0000001": "V0009001"}))
    assert Text.of(stay).with_names(names) == lookup(KEYS, "urn:spell", names[STAY]) != stay
    assert Text.of(visit).with_names(names) == lookup(KEYS, "urn:visit", "V0009001") != visit
