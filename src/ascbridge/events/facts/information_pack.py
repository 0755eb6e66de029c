"""What is said about the information that leaves hospital with a person: which items are there, and its receipt.

It carries the whole pack as it now stands, and neither a document nor who receives it: both say where the person goes.
This module thinks; it does no input or output.
"""

from __future__ import annotations

from pydantic import Field

from ascbridge.events.facts.fact import Fact


class InformationPackChanged(Fact):
    """The pack of one discharge task as it now stands. The highest `revision` holds.

    `required` are the items that its pathway and setting ask for by the list `list_version`; of these `missing` are
    neither `present` nor `waived` (item to reason). The receipt of whoever receives the person was asked for, is
    expected by `receipt_due_ms`, and came at `receipt_ms`.
    """

    family = "task"
    task: str
    spell: str
    revision: int
    required: tuple[str, ...] = ()
    present: tuple[str, ...] = ()
    waived: dict[str, str] = Field(default_factory=dict)
    missing: tuple[str, ...] = ()
    list_version: str = ""
    receipt_asked_ms: int | None = None
    receipt_due_ms: int | None = None
    receipt_ms: int | None = None
