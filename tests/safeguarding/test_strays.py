"""What came by a feed that is not for safeguarding: each once, with its own words, to the team whose it would be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import select

from ascbridge.events.logs.sealing import unseal
from ascbridge.people.stray import Stray
from ascbridge.safeguarding.strays import BY_THE_WAY, take_strays
from ascbridge.storage.tables import walled_message
from tests.safeguarding.behind import said

if TYPE_CHECKING:
    from tests.safeguarding.behind import Behind

FLAGGED = Stray(
    "itk-v24", "hospital", b"MSH|whole", ("AL1: 766561000000109",), abuse=("physical",), about="L100|V100",
    nhs_number="9993000019", family_name="EVANS", given_names="MARY", birth_date="1941-03-14",
)  # fmt: skip


def put(behind: Behind, *strays: Stray) -> list[Any]:
    behind.run(lambda c: take_strays(c, behind.vault, strays))
    return [one.stood.said for one in behind.lists()["to-decide"]]


def kept(behind: Behind) -> list[tuple[str, Any]]:
    rows = behind.run(lambda c: list(c.execute(select(walled_message))))
    keys = behind.run(lambda c: behind.vault.data_keys.by_id(c, [row.key_id for row in rows]))
    return [(row.outcome, orjson.loads(unseal(row.body, keys[row.key_id], row.message_id))) for row in rows]


def test_a_flag_of_a_hospital_is_a_concern_of_the_hospital_team(behind: Behind) -> None:
    (one,) = put(behind, FLAGGED)
    assert (one.team, one.origin, one.place, one.abuse_types) == (
        "hospital",
        "ward",
        "hospital",
        ("physical",),
    )
    assert one.account == f"{BY_THE_WAY}\nAL1: 766561000000109"
    assert (one.adult.family_name, one.adult.nhs_number) == ("EVANS", "9993000019")
    ((outcome, body),) = kept(behind)
    assert (outcome, body["body"]) == ("taken", "MSH|whole")


def test_told_again_of_the_same_stay_it_is_the_same_one(behind: Behind) -> None:
    again = Stray(**{name: getattr(FLAGGED, name) for name in FLAGGED.__slots__} | {"body": b"MSH|another"})
    assert len(put(behind, FLAGGED, again)) == 1
    other = Stray(**{name: getattr(FLAGGED, name) for name in FLAGGED.__slots__} | {"about": "L100|V101"})
    assert len(put(behind, other)) == 2


def test_what_nothing_else_is_in_comes_with_all_its_words(behind: Behind) -> None:
    one = Stray("council-facts", "council", b'{"fact":"safeguarding","why":"QUETZAL"}', ("fact: safeguarding",),
                whole=True, about="C1", council_id="C1")  # fmt: skip
    two = Stray("council-facts", "council", b'{"fact":"safeguarding","why":"OKAPI"}', ("fact: safeguarding",),
                whole=True, about="C1", council_id="C1")  # fmt: skip
    found = put(behind, one, one, two)
    assert sorted("QUETZAL" in each.account for each in found) == [False, True], "two, and neither is lost"
    assert {each.team for each in found} == {"intake"}


def test_that_nothing_was_found_is_kept_and_raised_for_nobody(behind: Behind) -> None:
    none = Stray("council-facts", "council", b"{}", ("flag: N",), raises=False, about="C1")
    assert put(behind, none, none) == []
    assert [outcome for outcome, _ in kept(behind)] == ["nothing-raised"]


def test_a_line_as_the_case_systems_own_folder_takes_it_is_taken_as_if_it_came_there(behind: Behind) -> None:
    line = {"id": "7", "concern": said(account="QUETZAL", origin="police").model_dump(mode="json")}
    (one,) = put(behind, Stray("council-facts", "council", json.dumps(line).encode(), (), whole=True))
    assert (one.account, one.origin) == ("QUETZAL", "police")


def test_such_a_line_that_it_would_refuse_is_somebodys_to_read(behind: Behind) -> None:
    line = {"id": "7", "concern": said(account="QUETZAL", origin="moon").model_dump(mode="json")}
    (one,) = put(behind, Stray("council-facts", "council", json.dumps(line).encode(), (), whole=True))
    assert one.account.startswith(BY_THE_WAY)
    assert "QUETZAL" in one.account
    assert "moon" in one.account


def test_what_is_longer_than_an_account_is_cut_there_and_kept_whole(behind: Behind) -> None:
    (one,) = put(behind, Stray("council-facts", "council", b"x" * 20_000, (), whole=True))
    assert len(one.account) == 8_000
    ((_, body),) = kept(behind)
    assert len(body["body"]) == 20_000
