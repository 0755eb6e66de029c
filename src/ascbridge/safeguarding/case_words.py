"""What a case system said is taken: its concerns, and what became of them, each statement once and in whatever order.

It decides for its own people, so what it says is done here as they did it, at the time that it names. What does not fit
how a concern stands waits for what is missing; what was decided otherwise here meanwhile is a note on the concern, and
what never gets its concern is raised as one. So nothing that it said is lost, and nothing of it overwrites a colleague.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import orjson

from ascbridge.discharge.acts.desk import NotAChoice, NotNow
from ascbridge.safeguarding import concern_store as store
from ascbridge.safeguarding.case_lines import CaseLine, read_line
from ascbridge.safeguarding.concern_changes import ConcernWish, may
from ascbridge.safeguarding.concern_desk import do
from ascbridge.safeguarding.concern_words import LONGEST_ACCOUNT, AdultSaid, ConcernSaid, SenderSaid
from ascbridge.safeguarding.raising import Came, take
from ascbridge.safeguarding.vault import Insider

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.safeguarding.concern_store import Stood
    from ascbridge.safeguarding.vault import Vault

Heard = Literal["taken", "again", "waiting"]
WAY = "file"
"""Of whatever comes from a case system, by a file or posted: sent by both it is one."""
LATER = "later"
CASE_SYSTEM = Insider("case system", "case-system")
LONGEST_WAIT_MS = 24 * 3_600_000


def hear(connection: Connection, vault: Vault, raw: bytes) -> Heard:
    """Take one line without faults (`case_lines.wrong_fields`). Call it inside one write transaction."""
    line = read_line(raw)
    if line.concern is not None:
        known = store.message_of(connection, WAY, _number(vault, line.id)) is not None
        take(connection, vault, line.concern, Came(WAY, CASE_SYSTEM, line.id))
        _catch_up(connection, vault, line.id)
        return "again" if known else "taken"
    assert line.about is not None
    digest = vault.keyring.lookup("case statement", line.id)
    if store.message_of(connection, LATER, digest) is not None:
        return "again"
    stood = store.by_source(connection, vault, _number(vault, line.about))
    taken = stood is not None and _done(connection, vault, stood, line)
    store.keep_message(
        connection, vault, digest, {"line": raw.decode()}, vault.clock.now_ms(), way=LATER, digest=digest,
        outcome="taken" if taken else "waiting",
        concern_id=stood.said.concern if stood is not None and taken else _number(vault, line.about),
    )  # fmt: skip
    if taken:
        _catch_up(connection, vault, line.about)
    return "taken" if taken else "waiting"


def raise_what_waits(connection: Connection, vault: Vault) -> int:
    """Raise what waited a day for its concern, or for what comes before it; return how many that were."""
    before_ms = vault.clock.now_ms() - LONGEST_WAIT_MS
    waiting = store.waiting_since(connection, vault, before_ms)
    for one in waiting:
        line = read_line(orjson.loads(one.body)["line"].encode())
        stood = store.by_source(connection, vault, one.concern_id)
        if stood is not None:
            _note(connection, vault, stood, line)
        else:
            reference = take(connection, vault, _unmatched(line), Came("stray", CASE_SYSTEM, line.id))
            stood = store.by_reference(connection, vault, reference)
        assert stood is not None
        store.came_through(connection, one.message_id, stood.said.concern)
    return len(waiting)


def _number(vault: Vault, id: str) -> str:
    """The keyed hash under which a concern of the case system is known."""
    return vault.keyring.lookup("walled message", WAY, CASE_SYSTEM.name, id)


def _catch_up(connection: Connection, vault: Vault, id: str) -> None:
    """Do what waited for this concern, as long as something of it can be done now."""
    done = True
    while done:
        done = False
        for one in store.waiting_of(connection, vault, _number(vault, id)):
            stood = store.by_source(connection, vault, _number(vault, id))
            line = read_line(orjson.loads(one.body)["line"].encode())
            if stood is not None and _done(connection, vault, stood, line):
                store.came_through(connection, one.message_id, stood.said.concern)
                done = True


def _done(connection: Connection, vault: Vault, stood: Stood, line: CaseLine) -> bool:
    """Do what became of a concern; False where it must wait for what comes before it."""
    wish = line.wish()
    if wish.act == "conclude" and stood.said.decision is None:
        return False
    at_ms = min(round(line.said.at.timestamp() * 1000), vault.clock.now_ms())
    who = Insider(line.said.by, CASE_SYSTEM.role)
    if wish.act not in may(stood.said):
        _note(connection, vault, stood, line)
        return True
    try:
        do(connection, vault, stood, wish, who, at_ms)
    except (NotNow, NotAChoice):  # it is so already, or was decided otherwise here
        _note(connection, vault, stood, line)
    return True


def _note(connection: Connection, vault: Vault, stood: Stood, line: CaseLine) -> None:
    words = ConcernWish(act="note", text=line.in_words()[:LONGEST_ACCOUNT])
    do(connection, vault, stood, words, CASE_SYSTEM, vault.clock.now_ms())


def _unmatched(line: CaseLine) -> ConcernSaid:
    told = f"Its concern {line.about} never came. {line.in_words()}"
    return ConcernSaid(
        origin="practitioner",
        account=told[:LONGEST_ACCOUNT],
        adult=AdultSaid(),
        raised_by=SenderSaid(name=CASE_SYSTEM.name, role=CASE_SYSTEM.role),
    )
