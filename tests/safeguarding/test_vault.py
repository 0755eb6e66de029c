"""Who is inside, and what they did, in an audit of its own."""

from __future__ import annotations

from sqlalchemy import select

from ascbridge.safeguarding.vault import TEAMS_OF, Insider, write_down
from ascbridge.storage.tables import audit
from tests.safeguarding.behind import NIA, Behind


def test_a_role_outside_sees_no_team() -> None:
    assert not Insider("X", "discharge-team").sees_team("")
    assert not Insider("X", "").sees_team("")
    assert all(Insider("X", role).sees_team("out-of-hours") for role in ("safeguarding", "out-of-hours"))
    assert set(TEAMS_OF) == {
        "safeguarding",
        "safeguarding-hospital",
        "safeguarding-mental-health",
        "out-of-hours",
    }


def test_what_somebody_did_is_written_down_behind_the_wall(behind: Behind) -> None:
    behind.run(lambda c: write_down(c, behind.vault, NIA, "concerns read", why="to-decide", result="3 shown"))
    (row,) = behind.run(lambda c: list(c.execute(select(audit))))
    assert (row.who, row.role, row.what, row.why, row.result) == (
        "Nia Brown", "safeguarding", "concerns read", "to-decide", "3 shown",
    )  # fmt: skip
