"""Columns that every table is made of: what nobody said is empty text, and what never was is no moment."""

from __future__ import annotations

from sqlalchemy import Column, Integer, MetaData, Table, create_engine, select

from ascbridge.storage.table_columns import Big, moment, words


def test_what_is_not_said_is_empty_and_what_never_was_is_null() -> None:
    table = Table(
        "t", MetaData(), Column("id", Big, primary_key=True), words("said"), moment("at_ms", null=True)
    )
    engine = create_engine("sqlite://")
    table.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(table.insert())
        assert connection.execute(select(table)).one() == (1, "", None)


def test_a_moment_that_must_be_said_and_a_text_that_may_be_missing() -> None:
    assert not moment("at_ms").nullable
    assert words("said", null=True).nullable
    assert words("said", null=True).server_default is None
    assert isinstance(Big.dialect_impl(create_engine("sqlite://").dialect), Integer)
