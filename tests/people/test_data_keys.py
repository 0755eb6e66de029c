"""Data keys: one living for each owner, gone for everybody once erased."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from ascbridge.events.logs.sealing import Keyring, SealBroken
from ascbridge.people.data_keys import DataKey, DataKeys, NoDataKey, living_key
from ascbridge.storage.tables import data_key
from tests.people.ward import KEYRING, NOW

if TYPE_CHECKING:
    from collections.abc import Callable


def test_an_owner_is_given_one_key_and_keeps_it(write: Callable[..., Any]) -> None:
    keys = DataKeys(KEYRING)
    first = write(lambda c: keys.ensure(c, ["p1", "p2", "p1"], NOW))
    assert write(lambda c: keys.ensure(c, ["p2", "p1", "p3"], NOW))["p1"] == first["p1"]
    assert first["p1"].key != first["p2"].key
    assert write(lambda c: DataKeys(KEYRING).of(c, ["p1", "p9"])) == {"p1": first["p1"]}
    assert write(lambda c: keys.by_id(c, [first["p2"].key_id, "nobody's"])) == {
        first["p2"].key_id: first["p2"].key,
        "nobody's": None,
    }


def test_an_erased_key_is_gone_at_once_also_for_those_who_remember_it(write: Callable[..., Any]) -> None:
    here, elsewhere = DataKeys(KEYRING), DataKeys(KEYRING)
    given = write(lambda c: here.ensure(c, ["p1", "p2"], NOW))
    write(lambda c: elsewhere.by_id(c, [given["p1"].key_id]))
    write(lambda c: here.erase(c, ["p1"], NOW + 7))
    for keys in (here, elsewhere, DataKeys(KEYRING)):
        assert write(lambda c, keys=keys: keys.by_id(c, [given["p1"].key_id])) == {given["p1"].key_id: None}
        assert write(lambda c, keys=keys: keys.of(c, ["p1", "p2"])) == {"p1": None, "p2": given["p2"]}
    rows = write(
        lambda c: c.execute(
            select(data_key.c.wrapped, data_key.c.erased_ms).order_by(data_key.c.key_id)
        ).all()
    )
    assert rows[0] == (None, NOW + 7)


def test_who_comes_again_after_erasure_gets_a_new_key_and_the_old_stays_gone(
    write: Callable[..., Any],
) -> None:
    keys = DataKeys(KEYRING)
    old = write(lambda c: keys.ensure(c, ["p1"], NOW))["p1"]
    write(lambda c: keys.erase(c, ["p1"], NOW))
    new = write(lambda c: keys.ensure(c, ["p1"], NOW))["p1"]
    assert new.key_id != old.key_id
    assert write(lambda c: keys.by_id(c, [old.key_id, new.key_id])) == {old.key_id: None, new.key_id: new.key}
    assert write(lambda c: keys.of(c, ["p1"])) == {"p1": new}


def test_the_table_holds_no_key_that_opens_without_the_master_key(write: Callable[..., Any]) -> None:
    given = write(lambda c: DataKeys(KEYRING).ensure(c, ["p1"], NOW))["p1"]
    wrapped = write(lambda c: c.execute(select(data_key.c.wrapped)).scalar_one())
    assert given.key not in wrapped
    with pytest.raises(SealBroken):
        write(lambda c: DataKeys(Keyring(bytes(32))).of(c, ["p1"]))


def test_a_key_moved_to_another_owner_is_noticed(write: Callable[..., Any]) -> None:
    keys = DataKeys(KEYRING)
    write(lambda c: keys.ensure(c, ["p1", "p2"], NOW))
    mine = select(data_key.c.wrapped).where(data_key.c.owner_key == "p1").scalar_subquery()
    write(lambda c: c.execute(data_key.update().where(data_key.c.owner_key == "p2").values(wrapped=mine)))
    with pytest.raises(SealBroken):
        write(lambda c: keys.of(c, ["p2"]))


def test_it_remembers_no_more_than_it_may(write: Callable[..., Any]) -> None:
    keys = DataKeys(KEYRING, remembered=2)
    first = write(lambda c: keys.ensure(c, [f"p{n}" for n in range(9)], NOW))
    assert write(lambda c: keys.of(c, first)) == first
    assert keys._unwrap.cache_info().currsize == 2


def test_a_key_does_not_show_itself() -> None:
    assert "secret" not in repr(DataKey("p1.1", b"secret"))


def test_who_never_had_a_key_is_not_erased() -> None:
    assert living_key({"p1": None}, "p1") is None
    with pytest.raises(NoDataKey, match="p2"):
        living_key({"p1": None}, "p2")


def test_only_keys_given_by_a_time_are_erased_and_told_of(write: Callable[..., Any]) -> None:
    keys = DataKeys(KEYRING)
    old = write(lambda c: keys.ensure(c, ["p1"], NOW))["p1"].key_id
    assert write(lambda c: keys.alive(c, ["p1", "p2"], given_by_ms=NOW)) == [old]
    assert write(lambda c: keys.alive(c, ["p1"], given_by_ms=NOW - 1)) == []
    write(lambda c: keys.erase(c, ["p1"], NOW + 1, given_by_ms=NOW))
    new = write(lambda c: keys.ensure(c, ["p1"], NOW + 2))["p1"].key_id
    write(lambda c: keys.erase(c, ["p1"], NOW + 3, given_by_ms=NOW))
    assert write(lambda c: keys.erased_ids(c, ["p1"])) == [old]
    assert write(lambda c: keys.alive(c, ["p1"], given_by_ms=NOW)) == []
    assert write(lambda c: keys.alive(c, ["p1"], given_by_ms=NOW + 2)) == [new]
