"""Acts on a concern: kept, told on the topic, audited behind the wall; of two at once one is told what happened."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select

from ascbridge.discharge.acts.desk import StaleTask, UnknownTask
from ascbridge.events.ledgers.audit import day_of, verify
from ascbridge.events.logs.log_table import as_record
from ascbridge.safeguarding import concern_desk
from ascbridge.safeguarding import concern_store as store
from ascbridge.safeguarding.concern_changes import ConcernWish
from ascbridge.safeguarding.concern_words import AdultSaid
from ascbridge.safeguarding.vault import Insider
from ascbridge.storage import migration
from ascbridge.storage.database import PostgresDatabase
from ascbridge.storage.tables import audit
from tests.safeguarding.behind import MEDIC, NIA, NOON, OMAR, RANI, Behind, create_walled, said, vault_on

GARETH = Insider("Gareth Evans", "safeguarding")


def test_a_concern_from_its_receipt_to_its_end(behind: Behind) -> None:
    reference = behind.take()
    behind.act(reference, "accept")
    behind.act(reference, "record", asked="yes", text="To stay at home")
    behind.act(reference, "decide", choice="s42-enquiry", text="All three tests are met")
    behind.act(reference, "document", choice="SG2", reference="CD-1")
    behind.act(reference, "conclude", OMAR, choice="removed", achieved="fully")
    stood = behind.stood(reference)
    assert (stood.version, stood.said.status) == (6, "closed")
    acts = behind.run(lambda c: store.acts_of(c, behind.vault, stood.said.concern))
    assert [(one.version, one.act, one.who) for one in acts] == [
        (1, "raise", "Kit Ward"), (2, "accept", "Nia Brown"), (3, "record", "Nia Brown"), (4, "decide", "Nia Brown"),
        (5, "document", "Nia Brown"), (6, "conclude", "Omar Khan"),
    ]  # fmt: skip
    types = [as_record(row).event_type.rpartition(".")[0].rpartition(".")[2] for row in behind.events()]
    assert types == ["concern-raised", "concern-accepted", "concern-recorded", "concern-decided",
                     "concern-recorded", "enquiry-concluded"]  # fmt: skip


def test_of_two_who_decide_at_once_the_second_is_told_and_nothing_is_lost(behind: Behind) -> None:
    reference = behind.take()
    behind.act(reference, "decide", version=1, choice="signposted", text="Mine")
    with pytest.raises(StaleTask):
        behind.act(reference, "decide", OMAR, version=1, choice="s42-enquiry", text="No, mine")
    stood = behind.stood(reference)
    assert stood.said.decision is not None
    assert (stood.said.decision.by, stood.version) == ("Nia Brown", 2)
    assert len(behind.events()) == 2


@pytest.mark.parametrize("act", ["accept", "note"])
def test_whoever_may_not_see_it_hears_what_they_hear_of_one_that_is_not_there(
    behind: Behind, act: str
) -> None:
    reference = behind.take(said(source_named=("Gareth Evans",)))
    concern = behind.stood(reference).said.concern
    wish = ConcernWish(act=act, text="x")  # type: ignore[arg-type]  # of the parameters
    for who in (GARETH, RANI, MEDIC, Insider("X", "auditor")):
        for about, version in ((concern, 1), (concern, 7), ("c" + "0" * 32, 1)):
            with pytest.raises(UnknownTask):
                behind.run(
                    lambda c, w=who, a=about, v=version: concern_desk.act(c, behind.vault, w, a, v, wish)
                )
    assert behind.stood(reference).version == 1


def test_handed_over_it_is_the_other_teams_and_no_longer_the_firsts(behind: Behind) -> None:
    reference = behind.take(said(adult=AdultSaid(family_name="OKAFOR")))
    behind.act(reference, "hand-over", choice="hospital")
    assert behind.act(reference, "accept", RANI) == 3
    behind.act(reference, "hand-over", RANI, choice="mental-health")
    with pytest.raises(UnknownTask):
        behind.act(reference, "note", RANI, text="Mine no more")


def test_each_act_stands_in_the_walls_own_audit_which_holds_together(behind: Behind) -> None:
    reference = behind.take()
    behind.act(reference, "accept")
    rows = behind.run(lambda c: list(c.execute(select(audit).order_by(audit.c.position))))
    whom = behind.stood(reference).said.concern
    assert [(row.who, row.what, row.whom) for row in rows] == [
        ("Kit Ward", "concern raised", whom), ("Nia Brown", "concern accept", whom),
    ]  # fmt: skip
    assert behind.run(lambda c: verify(c, "test", day_of(NOON))) == []


@pytest.mark.postgres
async def test_two_at_the_same_moment_on_postgresql_make_one_decision(postgres_url: str) -> None:
    bridge = PostgresDatabase(postgres_url)
    await bridge.write(lambda c: c.exec_driver_sql("CREATE SCHEMA safeguarding"))
    await migration.upgrade_walled_postgres(postgres_url)
    database = PostgresDatabase(postgres_url, walled=True)
    vault = vault_on(database)
    from ascbridge.safeguarding import raising  # this test alone is asynchronous

    reference = await database.write(lambda c: raising.take(c, vault, said(), raising.Came("form", MEDIC)))
    stood = await database.read(lambda c: store.by_reference(c, vault, reference))
    assert stood is not None
    wish = ConcernWish(act="decide", choice="signposted", text="Why")
    both = await asyncio.gather(
        *(
            database.write(lambda c, w=who: concern_desk.act(c, vault, w, stood.said.concern, 1, wish))
            for who in (NIA, OMAR)
        ),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in both) == ["StaleTask", "int"]
    await database.close()
    await bridge.close()


def test_the_same_file_opened_again_holds_the_same(behind: Behind, tmp_path: Path) -> None:
    reference = behind.take()
    behind.run(create_walled)  # what is there stays
    assert (tmp_path / "safeguarding.db").exists()
    assert behind.stood(reference).version == 1
