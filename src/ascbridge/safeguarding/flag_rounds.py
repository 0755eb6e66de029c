"""Has the sink hold a bare Flag for exactly those for whom one may stand, round by round, and tells nobody else of it.

Each round works out anew who they are, so that whatever ends a Flag's right to stand withdraws it: the concern closes,
somebody is kept out, the person is restricted, objects, dies or is another one, the switch goes off. No count, log
line, event or row outside the wall comes of it; what does not work is told inside alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Protocol

from ascbridge.record.fhir_server import Accepted, Unavailable
from ascbridge.record.mapping.bundle import name_of, transaction
from ascbridge.safeguarding import concern_store, flag_store
from ascbridge.safeguarding.bare_flag import bare_flag, may_stand, withdrawn
from ascbridge.safeguarding.vault import Insider, write_down

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from sqlalchemy import Connection

    from ascbridge.record.fhir_server import Reply, Seen
    from ascbridge.record.views import Council
    from ascbridge.safeguarding.vault import Vault
    from ascbridge.uk_core import Json

WHO = Insider("The switch for a bare flag", "integration")


@dataclass(frozen=True, slots=True)
class Sought:
    """By which numbers an open concern knows its adult."""

    person_id: str = ""
    nhs_number: str = ""


@dataclass(frozen=True, slots=True)
class Shared:
    """A person whom the sink holds, nothing withheld, and the numbers (kind, value) by which concerns may know them."""

    person_id: str
    numbers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Wanted:
    person_id: str
    concern_id: str


class Server(Protocol):
    """What a sink is asked."""

    async def see(self, name: str) -> Seen | Unavailable: ...
    async def transact(self, bundle: Json) -> Reply: ...


@dataclass
class FlagRounds:
    """`people` says for each adult which one shared person that is, if it is one, and None where the sink is stopped.

    `why` goes into the audit behind the wall: who approved, when, and who reads. While not `on` all are withdrawn.
    """

    vault: Vault
    server: Server
    council: Council
    people: Callable[[Sequence[Sought]], Awaitable[list[Shared | None] | None]]
    why: str
    on: bool
    trouble: str = field(default="", init=False)

    async def round(self) -> int:
        """Have the sink hold what it should; return how many Flags it may hold after that."""
        database = self.vault.database
        there = await database.read(flag_store.standing)
        if not there and not self.on:
            return 0
        wanted = await self._wanted()
        if wanted is None:
            return len(there)
        self.trouble = ""
        for flag_id, (concern_id, _) in there.items():
            if flag_id not in wanted:
                await self._withdraw(flag_id, concern_id)
        for flag_id, one in wanted.items():
            if there.get(flag_id, ("", ""))[1] != "told":
                await self._tell(flag_id, one)
        return len(await database.read(flag_store.standing))

    async def _wanted(self) -> dict[str, _Wanted] | None:
        """Return for whom a Flag may stand, by its id; None while the sink is stopped."""
        vault = self.vault
        taken_up = await vault.database.read(lambda c: concern_store.every_open(c, vault)) if self.on else []
        asked = [Sought(one.said.adult.person_id, one.said.adult.nhs_number) for one in taken_up]
        found = await self.people(asked)
        if found is None:
            return None
        people = {
            person.person_id: (person, one.said.concern)
            for person, one in zip(found, taken_up, strict=True)
            if person is not None
        }

        def judge(connection: Connection) -> dict[str, _Wanted]:
            wanted = {}
            for person, concern_id in people.values():
                known = flag_store.concerns_of(connection, vault, person.numbers)
                if may_stand([one.said for stood in known.values() for one in stood]):
                    wanted[flag_store.id_of(vault, person.person_id)] = _Wanted(person.person_id, concern_id)
            return wanted

        return await vault.database.read(judge)

    async def _tell(self, flag_id: str, one: _Wanted) -> None:
        note = partial(flag_store.note, flag_id=flag_id, concern_id=one.concern_id)
        await self.vault.database.write(lambda c: note(c, state="going", now_ms=self.vault.clock.now_ms()))
        seen = await self.server.see(f"Flag/{flag_id}")
        if await self._put(bare_flag(flag_id, one.person_id, self.council), seen):
            await self._done("bare flag told", one.concern_id, partial(note, state="told"))

    async def _withdraw(self, flag_id: str, concern_id: str) -> None:
        seen = await self.server.see(f"Flag/{flag_id}")
        there = not isinstance(seen, Unavailable) and not seen.body
        if there or await self._put(withdrawn(flag_id, _subject(seen)), seen):
            await self._done("bare flag withdrawn", concern_id, lambda c, now_ms: flag_store.drop(c, flag_id))  # noqa: ARG005  # one shape for both

    async def _put(self, body: Json, seen: Seen | Unavailable) -> bool:
        """Put it over what was seen there; return whether it was taken."""
        if isinstance(seen, Unavailable):
            self.trouble = f"A flag cannot be set or withdrawn now: {seen.cause}"
            return False
        reply = await self.server.transact(transaction([(body, seen.version)]))
        if not isinstance(reply, Accepted):
            self.trouble = f"{name_of(body).partition('/')[0]} cannot be set or withdrawn now: {reply.cause}"
        return isinstance(reply, Accepted)

    async def _done(self, what: str, concern_id: str, noting: Callable[..., None]) -> None:
        now_ms = self.vault.clock.now_ms()

        def write(connection: Connection) -> None:
            noting(connection, now_ms=now_ms)
            write_down(connection, self.vault, WHO, what, whom=concern_id, why=self.why)

        await self.vault.database.write(write)


def _subject(seen: Seen | Unavailable) -> Json:
    return {} if isinstance(seen, Unavailable) else dict(seen.body.get("subject", {}))
