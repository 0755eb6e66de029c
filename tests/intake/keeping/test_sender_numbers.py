"""Whether a sender gave one number to two messages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ascbridge.intake.agreed import profiles
from ascbridge.intake.keeping.inbox import Arrival
from ascbridge.intake.keeping.sender_numbers import given_to_another
from tests.intake.doors.test_file_drop import LINE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.intake.conftest import Intake


def test_a_number_belongs_to_the_fact_that_was_kept_under_it(open_intake: Callable[..., Intake]) -> None:
    council = open_intake(profiles.read("council-webhook"))
    refused, first, other = (
        json.dumps(line).encode() for line in (LINE | {"known": "perhaps"}, LINE, LINE | {"known": False})
    )

    def another(raw: bytes, number: str = "F1") -> bool:
        digest = council.desk.digest(raw)
        return council.kept.read_now(
            lambda c: given_to_another(c, council.desk.feed, number, digest, council.desk.repeats_since_ms)
        )

    council.desk.keep_in_files(council.keys, council.kept, [Arrival(refused)])
    assert not another(first)
    council.desk.keep_in_files(council.keys, council.kept, [Arrival(first)])
    assert not another(first)
    assert another(other)
    assert not another(other, "F2")
    council.clock.at_ms += 73 * 3_600_000  # past the resend window, where nothing tells the same from another
    assert not another(other)
