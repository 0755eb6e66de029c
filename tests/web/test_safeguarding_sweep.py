"""Canaries: concerns with unmistakable words, and then every file, table, topic, page, answer, log and count, as every role.

Found only behind the wall. What stands before it is, row for row and figure for figure, what it was.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client import generate_latest

from ascbridge import telemetry
from ascbridge.access import ORGANISATIONS, ROLES, holds, may
from ascbridge.operations import tokens
from ascbridge.people.behind_wall import ToldApart
from ascbridge.safeguarding.concern_words import AdultSaid, SenderSaid
from ascbridge.safeguarding.wall_slot import WallSlot
from ascbridge.web import visitors
from ascbridge.web.visitors import Needs, rules
from tests.intake.messages import adt
from tests.safeguarding.behind import said
from tests.web.conftest import Someone
from tests.web.test_app import filled

if TYPE_CHECKING:
    from pathlib import Path

    from tests.web.walled import WalledCity

GARETH = "Gareth Narwhal"
"""An account that every concern here is kept from but the note that a desk put through the slot, which names nobody."""
CANARIES = (
    "QUETZAL",
    "AXOLOTL",
    "ECHIDNA",
    "NARWHAL",
    "PANGOLIN",
    "PLATYPUS",
    "DUGONG",
    "NUMBAT",
    "KAKAPO",
    "9993000116",
    "999 300 0116",
)
CONCERN = {
    "account": "QUETZAL struck her, says AXOLOTL", "source_named": ("Axolotl Quetzal", "ECHIDNA Care"),
    "excluded_accounts": (GARETH,), "excluded_organisations": ("PANGOLIN Trust",), "place_name": "PLATYPUS House",
}  # fmt: skip
STRAYS = (
    ("council-facts", b'{"id": "F1", "concern": {"account": "QUETZAL", "adult": {"family_name": "NUMBAT"}}}'),
    (
        "council-facts",
        b'{"id": "F2", "fact": "safeguarding", "safeguarding": {"why": "AXOLOTL"}, "person": {}}',
    ),
    ("council-facts", b"safeguarding: ECHIDNA, no JSON at all"),
    ("itk-v24", adt("A01", control_id="SG1", msh={9: "REF^I12"}, extra=("NTE|1||safeguarding NARWHAL",))),
    ("itk-v24", b"MSH|^~\\&|SAFEGUARDING|PANGOLIN||RKB|202610051000||MDM^T02|SG2|P|2.4\r"),
)
"""What is sent to feeds that are not for safeguarding, and is nothing else."""
NOT_COMPARED = {
    "/audit",
    "/metrics",
    "/api/audit",
    "/people/{person_id}/seen-by",
    "/api/persons/{person_id}/seen-by",
}
"""What tells of our own looking: the second look shows the first one."""
LINKS = {"/live", "/live/safeguarding"}
"""What never ends."""
OWN_LOOKS = {"/safeguarding/audit"}
"""The same behind the wall."""


async def put_canaries(walled: WalledCity) -> None:
    """A concern by each way in, one of each kind that is barred everywhere, and one brought to its end."""
    put_concerns(walled)
    note = ToldApart(
        walled.city.task_of(0).person_id, "Nia Brown", "discharge-team", "t.1", "DUGONG came to the ward",
        family_name="DUGONG",
    )  # fmt: skip
    await WallSlot(walled.behind.vault).put(note)


def put_concerns(walled: WalledCity) -> list[str]:
    """Those of them from which somebody is kept. Returns their references."""
    references = []
    adult = AdultSaid(family_name="NUMBAT", given_names="KAKAPO", nhs_number="9993000116")
    for kind in ("", "mappa", "marac", "channel", "position-of-trust"):
        reference = walled.behind.take(
            said(**CONCERN, adult=adult, barred=kind, raised_by=SenderSaid(name="KAKAPO"))
        )
        walled.behind.act(reference, "note", text="QUETZAL again")
        walled.behind.act(reference, "decide", choice="s42-enquiry", text="AXOLOTL", lead="ECHIDNA")
        walled.behind.act(reference, "document", choice="SG1", reference="PLATYPUS-1")
        references.append(reference)
    walled.behind.act(reference, "conclude", choice="remained", text="QUETZAL")
    person = walled.city.task_of(0).person_id
    known = AdultSaid(person_id=person, nhs_number="9993000019", family_name="NUMBAT")
    return [*references, walled.behind.take(said(**CONCERN, adult=known), way="api")]


def tables(folder: Path) -> dict[str, list[Any]]:
    """Every row of every table of the bridge, but for who signed in."""
    found = {}
    for name in ("kept", "keys", "bridge"):
        with closing(sqlite3.connect(f"file:{folder / name}.db?mode=ro", uri=True)) as raw:
            for (table,) in raw.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
                found[f"{name}.{table}"] = raw.execute(f"SELECT * FROM {table}").fetchall()
    return found


def figures() -> list[str]:
    """Every metric of ours with its value, but for ages, which grow from one look to the next by themselves."""
    lines = generate_latest(telemetry.registry).decode().splitlines()
    return [line for line in lines if not line.startswith("#") and "_age_seconds{" not in line]


def program(walled: WalledCity, role: Any, name: str = "Nia Brown", organisation: str = "") -> Someone:
    """Somebody with a token: of the council, or of a trust where the council holds no such role."""
    whose = organisation or ("council" if holds("council", role) else "uhcw")
    text, slip = tokens.mint(walled.city.keyring, role, name, "test", organisation=whose)
    tokens.leave_slip(walled.city.folder, slip)
    return Someone(walled.app, headers={"Authorization": f"Bearer {text}", "X-Purpose": "test"})


def answers(walled: WalledCity, someone: Someone) -> dict[str, str]:
    """What every route gives to somebody who only reads, less what is another's at each request."""
    found = {}
    for path, methods, _ in rules(walled.app):
        if "GET" not in methods or path in {*LINKS, *NOT_COMPARED}:
            continue
        there = filled(path, walled.city)
        answer = someone.get(there)
        text = re.sub(r'(name="(?:form_token|once)" value=|data-mark=)"[^"]*"', "", answer.text)
        found[path] = f"{answer.status_code} {dict(answer.headers).get('content-length')} {text}"
    return found


async def test_nothing_outside_the_wall_changes_by_a_row_a_figure_or_a_line(
    walled: WalledCity, capfd: pytest.CaptureFixture[str]
) -> None:
    telemetry.configure_logs("debug")
    before, counted = tables(walled.city.folder), figures()
    capfd.readouterr()
    await put_canaries(walled)
    assert tables(walled.city.folder) == before
    assert figures() == counted
    said_out, said_err = capfd.readouterr()
    assert (said_out, said_err) == ("", "")


async def test_what_strays_into_another_feed_leaves_nothing_there(
    walled: WalledCity, capfd: pytest.CaptureFixture[str]
) -> None:
    telemetry.configure_logs("debug")
    someone = program(walled, "it-operations")
    seen = answers(walled, someone)
    walled.city.work()
    before, counted = tables(walled.city.folder), figures()
    capfd.readouterr()
    for feed, raw in STRAYS:
        walled.city.arrive(feed, raw)
    assert capfd.readouterr() == ("", "")
    assert tables(walled.city.folder) == before
    assert figures() == counted
    after = answers(walled, someone)
    assert [path for path in seen if seen[path] != after[path]] == []
    assert len(walled.behind.lists()["to-decide"]) == len(STRAYS), "and all of it is there"


async def test_what_carries_some_by_the_way_is_kept_without_it(walled: WalledCity) -> None:
    task = walled.city.task_of(0)
    flags = ("AL1|1||766561000000109^QUETZAL^SCT", "NTE|1||AXOLOTL of safeguarding", "ZSG|SGC|ECHIDNA")
    walled.city.hear("A08", extra=flags)
    walled.city.council(
        "C900", "9993000116", ("NUMBATT", "Ada"), "1941-03-07", "known", known=True, safeguarding="PLATYPUS"
    )
    assert walled.city.task_of(0).person_id == task.person_id
    assert len(walled.behind.lists()["to-decide"]) == 2
    for path in walled.city.folder.rglob("*"):
        if path.is_file():
            assert not [word for word in CANARIES[:9] if word.encode() in path.read_bytes().upper()], (
                path.name
            )
    for role in ("it-operations", "discharge-team", "auditor"):
        for asked, shown in answers(walled, program(walled, role)).items():
            assert not [word for word in CANARIES[:7] if word in shown.upper()], (role, asked)


async def test_no_file_of_the_data_directory_but_the_walls_own_holds_a_word_of_it_and_that_one_none_in_clear(
    walled: WalledCity,
) -> None:
    await put_canaries(walled)
    files = [path for path in walled.city.folder.rglob("*") if path.is_file()]
    assert {"safeguarding.db", "bridge.db", "kept.db", "keys.db"} <= {path.name for path in files}
    for path in files:
        raw = path.read_bytes().upper()
        assert not [word for word in CANARIES if word.encode() in raw], path.name
        if not path.name.startswith("safeguarding.db"):
            assert b"SAFEGUARDING.CONCERN" not in raw, path.name


@pytest.mark.parametrize("role", ["discharge-team", "it-operations", "auditor", "integration"])
async def test_what_a_role_outside_is_answered_is_the_same_before_and_after(
    walled: WalledCity, role: str
) -> None:
    someone = program(walled, role)
    before = answers(walled, someone)
    await put_canaries(walled)
    after = answers(walled, someone)
    assert [path for path in before if before[path] != after[path]] == []


@pytest.mark.parametrize(
    "organisation, role", [(at, role) for at in ORGANISATIONS for role in ROLES if holds(at, role)]
)
async def test_no_role_of_any_organisation_is_answered_a_word_of_it_but_on_the_pages_behind_the_wall(
    walled: WalledCity, organisation: str, role: Any
) -> None:
    await put_canaries(walled)
    someone = program(walled, role, organisation=organisation)
    gareth = program(walled, role, GARETH, organisation)
    for path, methods, rule in rules(walled.app):
        behind = isinstance(rule[0], Needs) and rule[0].section in {"concerns", "concern-desk"}
        for method in sorted(methods & {"GET", "POST"}):
            if path in LINKS or (behind and may(organisation, role, "concerns")):
                continue
            there = filled(path, walled.city)
            shown = someone.request(method, there).text.upper().replace(GARETH.upper(), "")
            assert not [word for word in CANARIES if word in shown], (method, path)
    if may(organisation, role, "concerns"):
        for path in (
            "/safeguarding?view=enquiries",
            "/safeguarding",
            "/api/concerns?view=enquiries",
            "/safeguarding/audit",
        ):
            answer = gareth.get(path)
            assert answer.status_code == 200
            shown = answer.text.upper().replace(GARETH.upper(), "")
            assert not [word for word in CANARIES if word in shown and word != "DUGONG"], path
    if role == "safeguarding":
        assert "QUETZAL" in someone.get("/api/concerns?view=enquiries").text.upper(), "the canaries sing"


@pytest.mark.parametrize("role", ["safeguarding", "out-of-hours"])  # who would else see these concerns
@pytest.mark.parametrize("organisation", ["PANGOLIN Trust", "Care, Echidna"])
def test_an_organisation_that_is_kept_from_every_concern_is_answered_as_if_there_were_none(
    walled: WalledCity, monkeypatch: pytest.MonkeyPatch, role: str, organisation: str
) -> None:
    """Byte for byte, on every route: of one that a concern excludes, and of one that it names as the source of risk."""
    begin = partial(visitors.begin_session, organisation=organisation)
    monkeypatch.setattr(visitors, "begin_session", begin)
    someone, control = walled.sign_in(role, "Pat Doe"), program(walled, role, "Omar Khan")
    looked_up = ("9993000116", "999 300 0019", "NUMBAT")
    before, found = answers(walled, someone), [sought(someone, one) for one in looked_up]
    references = put_concerns(walled)
    after = answers(walled, someone)
    assert [path for path in before if before[path] != after[path] and path not in OWN_LOOKS] == []
    assert [sought(someone, one) for one in looked_up] == found
    for reference in references:
        address = walled.concern_of(reference)
        for form in (address, address.replace("/safeguarding/", "/api/")):
            there, none = someone.get(form), someone.get(form[:-4] + "0000")
            assert there.status_code == none.status_code == 404
            assert there.text.replace(form, "") == none.text.replace(form[:-4] + "0000", "")
    if role == "safeguarding":
        assert len(control.get("/api/concerns?view=enquiries").json()["concerns"]) == len(references) - 2


def sought(someone: Someone, number: str) -> str:
    """The answer of the wall's own search, less what is another's at each request."""
    answer = someone.fill("/safeguarding/find", "/safeguarding", q=number)
    assert answer.status_code == 200
    return re.sub(r'(name="form_token" value=|data-mark=)"[^"]*"', "", answer.text)


async def test_nobody_who_is_not_signed_in_is_answered_a_word(walled: WalledCity) -> None:
    await put_canaries(walled)
    nobody = Someone(walled.app)
    for path, methods, _ in rules(walled.app):
        for method in sorted(methods & {"GET", "POST"}):
            if path not in LINKS:
                answer = nobody.request(method, filled(path, walled.city))
                assert not [word for word in CANARIES if word in answer.text.upper()], (method, path)
