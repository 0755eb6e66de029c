"""What is opened is written down first: an entry that cannot be written means a page that is not given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ascbridge.web.app import create_app
from tests.web.conftest import Someone

if TYPE_CHECKING:
    from tests.web.city import City


def test_where_the_audit_cannot_be_written_nothing_is_shown(city: City) -> None:
    class ReadOnly:
        def __init__(self) -> None:
            self.full = False

        async def read(self, work: Any) -> Any:
            return await city.bridge.read(work)

        async def write(self, work: Any) -> Any:
            if self.full:
                raise OSError("disk full")
            return await city.bridge.write(work)

    database = ReadOnly()
    nurse = Someone(create_app(city.parts(database=database)), raise_server_exceptions=False).sign_in(
        "discharge-team"
    )
    row = city.task_of(0)
    database.full = True
    for path in (
        "/worklist",
        f"/tasks/{row.task_id}",
        f"/people/{row.person_id}",
        f"/api/tasks/{row.task_id}",
    ):
        answer = nurse.get(path)
        assert answer.status_code == 500, path
        assert "EVANS" not in answer.text
