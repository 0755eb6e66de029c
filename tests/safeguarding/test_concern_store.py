"""Rows behind the wall: sealed to their id and version, changed by one, and forgotten with their keys."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select, update

from ascbridge.events.logs.sealing import SealBroken
from ascbridge.safeguarding import concern_store as store
from ascbridge.safeguarding.concern_words import AdultSaid
from ascbridge.storage.tables import adult, concern, concern_act, data_key, walled_message
from tests.safeguarding.behind import DAY, NOON, Behind, said


def test_a_row_put_in_anothers_place_or_set_back_does_not_open(behind: Behind) -> None:
    reference = behind.take()
    before = behind.run(lambda c: c.execute(select(concern.c.sealed)).scalar_one())
    behind.act(reference, "accept")
    behind.run(lambda c: c.execute(update(concern).values(sealed=before)))
    with pytest.raises(SealBroken):
        behind.stood(reference)


def test_of_two_next_versions_the_first_is_written(behind: Behind) -> None:
    stood = behind.stood(behind.take())
    after = replace(stood, version=2)
    assert behind.run(lambda c: store.change(c, behind.vault, after))
    assert not behind.run(lambda c: store.change(c, behind.vault, after))


def test_an_adult_whose_last_concern_closed_long_ago_is_forgotten_key_and_all(behind: Behind) -> None:
    old, kept = behind.take(), behind.take(said(adult=AdultSaid(family_name="OKAFOR")))
    behind.act(old, "decide", choice="signposted", text="Why")
    gone_before = NOON + 3_000 * DAY
    vault = behind.vault
    assert behind.run(lambda c: store.forget(c, vault, NOON, gone_before)) == 0
    assert behind.run(lambda c: store.forget(c, vault, gone_before, gone_before)) == 1
    for table in (concern, adult, walled_message):
        assert behind.run(lambda c, t=table: c.scalar(select(func.count()).select_from(t))) == 1
    assert behind.run(lambda c: c.scalar(select(func.count()).select_from(concern_act))) == 1
    living = behind.run(lambda c: c.scalar(select(func.count()).where(data_key.c.wrapped.is_not(None))))
    assert living == 1
    assert behind.stood(kept).version == 1
    assert behind.run(lambda c: store.by_reference(c, vault, old)) is None


def test_one_open_concern_keeps_all_of_its_adults(behind: Behind) -> None:
    old = behind.take()
    behind.take(said(account="Again"))
    behind.act(old, "decide", choice="signposted", text="Why")
    assert behind.run(lambda c: store.forget(c, behind.vault, NOON + DAY, NOON + DAY)) == 0


def test_a_lookup_that_is_known_leads_to_its_adult_and_brings_the_others(behind: Behind) -> None:
    first = behind.run(lambda c: store.subject_of(c, ["a"], NOON))
    assert behind.run(lambda c: store.subject_of(c, ["b", "a"], NOON)) == first
    assert behind.run(lambda c: store.known_adult(c, "b")) == first
    assert behind.run(lambda c: store.known_adult(c, "z")) == ""


def test_what_is_open_already_is_not_opened_again_to_find_an_adults_others(
    behind: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, closed = behind.stood(behind.take()), behind.stood(behind.take(said(account="Again")))
    other = behind.stood(behind.take(said(adult=AdultSaid(family_name="OKAFOR"))))
    asked: list[list[str]] = []
    real = store.by_ids

    def counted(connection: Any, vault: Any, ids: Any) -> Any:
        asked.append(list(ids))
        return real(connection, vault, ids)

    monkeypatch.setattr(store, "by_ids", counted)
    found = behind.run(lambda c: store.with_adults(c, behind.vault, [one, other]))
    assert {key: {each.said.concern for each in rows} for key, rows in found.items()} == {
        one.subject_key: {one.said.concern, closed.said.concern},
        other.subject_key: {other.said.concern},
    }
    assert asked == [[closed.said.concern]]


def test_every_change_is_seen_from_the_index_alone(behind: Behind) -> None:
    def latest() -> str:
        found: str = behind.run(lambda c: store.latest(c, NOON - DAY))
        return found

    seen = [latest()]
    reference = behind.take()
    seen.append(latest())
    behind.act(reference, "note", text="At the same millisecond")
    seen.append(latest())
    assert len(set(seen)) == 3
    plan = behind.run(
        lambda c: c.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT count(*), sum(version), max(changed_ms) FROM concern WHERE changed_ms >= 1"
        ).all()
    )
    assert "COVERING INDEX concern_by_change" in str(plan)


def test_what_was_opened_before_is_shown_only_while_its_key_lives(behind: Behind) -> None:
    reference = behind.take()
    subject = behind.stood(reference).subject_key
    assert behind.stood(reference).said.account.startswith("Bruises")
    vault = behind.vault
    behind.run(lambda c: vault.data_keys.erase(c, [subject], NOON))
    assert behind.run(lambda c: store.by_reference(c, vault, reference)) is None
    assert behind.run(lambda c: store.every_open(c, vault)) == []


def test_however_much_was_opened_all_of_it_is_found(behind: Behind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MOST_REMEMBERED", 3)
    told = {behind.take(once=str(n)) for n in range(5)}
    for _ in range(3):
        found = behind.run(lambda c: store.every_open(c, behind.vault))
        assert {one.said.reference for one in found} == told
        assert len(behind.vault.opened) <= 5
