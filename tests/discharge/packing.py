"""The information that goes with a person, on a discharge bench."""

from typing import Any

from ascbridge.discharge.acts.desk import Sitting
from ascbridge.discharge.acts.pack_desk import PackWish, pack_change
from ascbridge.discharge.pack import pack_store
from tests.discharge.builders import Bench, at
from tests.discharge.split import NOON, SAM

HOME = ("summary", "needs", "getting-to-know-me", "medicines-checked")
"""What goes with somebody who goes home."""


def pack(
    bench: Bench, act: Any, *items: str, version: int | None = None, when: str = NOON, **more: Any
) -> int:
    """Act on the pack of the bench's one task, at the version that it has."""
    task = bench.task().task
    now = bench.write(lambda c: pack_store.read_pack(c, task)).version if version is None else version
    sitting = Sitting(bench.desk, SAM, now, at(when))
    return bench.write(lambda c: pack_change(c, sitting, task, PackWish(act, items, **more)))
