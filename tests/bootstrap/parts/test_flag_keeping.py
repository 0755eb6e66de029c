"""The switch for a bare Flag: off nothing leaves; on, one Flag goes to the one sink, and goes again with its reason."""

from __future__ import annotations

import asyncio
from datetime import date
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from ascbridge import telemetry
from ascbridge.access import ORGANISATIONS, ROLES, holds, may
from ascbridge.bootstrap.parts import flag_keeping
from ascbridge.bootstrap.parts.flag_keeping import keep_flags, shared_people
from ascbridge.events.handlers import pauses
from ascbridge.events.handlers.pauses import Pause
from ascbridge.record.by_id import ById
from ascbridge.record.fhir_server import FhirServer, Seen
from ascbridge.record.preparing import Preparation
from ascbridge.record.publisher import Publisher
from ascbridge.record.views import Council
from ascbridge.safeguarding import flag_store
from ascbridge.safeguarding.concern_words import AdultSaid
from ascbridge.safeguarding.flag_rounds import FlagRounds, Sought
from ascbridge.sink_sections import FlagSwitch, SinkSettings
from ascbridge.storage.tables import audit, patient
from ascbridge.web.safeguarding import safeguarding_acts
from tests.events.machines import until
from tests.record.fake_fhir import FakeFhir, failing, fake_fhir
from tests.safeguarding.behind import said
from tests.web.test_safeguarding_sweep import answers, figures, program, tables
from tests.web.walled import WalledCity

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from tests.web.city import City

EVANS = AdultSaid(nhs_number="999 300 0019", family_name="EVANS", given_names="MARY")
SWITCH = FlagSwitch(on=True, approved_by="Anne Hall", approved_on=date(2026, 12, 1), read_by="uhcw")
BARE: dict[str, Any] = {
    "adult": EVANS,
    "place": "",
    "abuse_types": ("self-neglect",),
    "account": "QUETZAL at home",
}


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    from tests.web.city import City, people_the_city

    made = City(tmp_path)
    people_the_city(made)
    yield made
    made.close()


@pytest.fixture
def walled(city: City, monkeypatch: pytest.MonkeyPatch) -> Iterator[WalledCity]:
    monkeypatch.setattr(safeguarding_acts, "EVENLY_S", 0.0)
    made = WalledCity(city)
    yield made
    made.close()


class Switched:
    """The city with its record on a FHIR server, and the switch beside it."""

    def __init__(self, walled: WalledCity, server: FakeFhir) -> None:
        self.walled, self.server, self.city = walled, server, walled.city
        council = self.city.settings.council
        self.council = Council(council.name, council.ods_code, council.identifier_base)
        self.sink = SinkSettings(kind="fhir", url=server.url, safeguarding_flag=SWITCH)

    def ground(self) -> Any:
        settings = self.city.settings.model_copy(update={"sink": self.sink})
        return SimpleNamespace(
            settings=settings, database=self.city.bridge, keyring=self.city.keyring, desk=self.city.desk
        )

    async def publish(self) -> None:
        door = ById(FhirServer(self.server.url))
        preparation = Preparation("icr", self.council, self.city.data_keys)
        publisher = Publisher(self.city.bridge, door, preparation, self.city.clock)
        while await publisher.round():
            pass
        await door.close()

    async def look(self, *, on: bool = True) -> FlagRounds:
        """One round of the switch."""
        ground, server = self.ground(), FhirServer(self.server.url)

        async def people(sought: Any) -> Any:
            return await self.city.bridge.read(lambda c: shared_people(c, ground, sought))

        rounds = FlagRounds(self.walled.behind.vault, server, self.council, people, "approved", on)
        await rounds.round()
        await server.close()
        return rounds

    def flags(self) -> list[dict[str, Any]]:
        """The Flags about safeguarding, or that were, and no others."""
        own = [body for name, (_, body) in self.server.held.items() if name.startswith("Flag/f")]
        return [one for one in own if len(one["id"]) == 33]

    def raised(self, **more: Any) -> str:
        reference = self.walled.behind.take(said(**(BARE | more)), once=str(more))
        self.walled.behind.act(reference, "accept")
        return reference

    @property
    def states(self) -> list[str]:
        return [one["status"] for one in self.flags()]


@pytest.fixture
async def switched(walled: WalledCity) -> AsyncIterator[Switched]:
    async with fake_fhir() as server:
        made = Switched(walled, server)
        await made.publish()
        yield made


async def test_on_it_gives_the_one_sink_exactly_one_bare_flag(switched: Switched) -> None:
    switched.raised()
    await switched.look()
    (flag,) = switched.flags()
    person = switched.city.task_of(0).person_id
    assert flag["subject"] == {"reference": f"Patient/{person}"}
    assert flag["status"] == "active"
    sent = len(switched.server.bundles)
    await switched.look()
    assert len(switched.server.bundles) == sent, "what stands is not sent again"
    switched.raised(account="QUETZAL again")
    await switched.look()
    assert len(switched.flags()) == 1, "whatever the number of concerns"


async def test_off_nothing_leaves_and_nobody_is_asked(switched: Switched) -> None:
    switched.raised()
    sent, read = len(switched.server.bundles), len(switched.server.reads)
    await switched.look(on=False)
    assert (switched.flags(), len(switched.server.bundles), len(switched.server.reads)) == ([], sent, read)


async def test_a_concern_that_nobody_took_up_is_not_told(switched: Switched) -> None:
    switched.walled.behind.take(said(**BARE))
    await switched.look()
    assert switched.flags() == []


@pytest.mark.parametrize(
    "keeps_out", [{"excluded_organisations": ("UHCW",)}, {"excluded_accounts": ("Ann Ward",)}]
)
async def test_whoever_is_kept_out_of_one_concern_sees_no_flag_of_another(
    keeps_out: dict[str, Any], switched: Switched
) -> None:
    person = switched.city.task_of(0).person_id
    switched.raised()
    switched.raised(adult=AdultSaid(person_id=person, family_name="EVANS"), **keeps_out)
    await switched.look()
    assert switched.flags() == [], "though one knows her by her number, and the other by her id alone"


@pytest.mark.parametrize("end", ["closed", "kept out", "restricted", "off"])
async def test_it_is_withdrawn_when_what_let_it_stand_ends(end: str, switched: Switched) -> None:
    reference = switched.raised()
    await switched.look()
    assert switched.states == ["active"]
    if end == "closed":
        switched.walled.behind.act(reference, "decide", choice="no-further-action", text="All is well")
    elif end == "kept out":
        switched.walled.behind.act(reference, "keep-out", organisations=("University Hospital",))
    elif end == "restricted":
        key = switched.city.task_of(0).patient_key
        change = patient.update().where(patient.c.patient_key == key).values(restricted=1)
        switched.city.bridge.write_now(lambda c: c.execute(change))
    await switched.look(on=end != "off")
    (flag,) = switched.flags()
    assert flag["status"] == "entered-in-error"
    assert "category" not in flag
    assert switched.walled.database.read_now(flag_store.standing) == {}
    sent = len(switched.server.bundles)
    await switched.look(on=end != "off")
    assert len(switched.server.bundles) == sent


async def test_whoever_the_sink_does_not_hold_or_nobody_can_tell_gets_none(switched: Switched) -> None:
    ground, read = switched.ground(), switched.city.bridge.read_now
    evans = switched.city.task_of(0).person_id
    asked = [Sought(nhs_number="9993000019"), Sought(evans), Sought("nobody"), Sought(), Sought("nobody", "9993000019"),
             Sought(nhs_number="9990009999")]  # fmt: skip
    found = read(lambda c: shared_people(c, ground, asked))
    assert found is not None
    assert [one.person_id if one else "" for one in found] == [evans, evans, "", "", "", ""]
    switched.sink = SinkSettings(name="another", kind="fhir", url=switched.server.url)
    assert read(lambda c: shared_people(c, switched.ground(), asked)) == [None] * len(asked)


async def test_a_sink_that_is_stopped_gets_none_until_it_goes_on(switched: Switched) -> None:
    switched.raised()
    one = Pause("sink", "icr", "drain", 1, "Ola", "it-operations", "a release", "024")
    switched.city.bridge.write_now(lambda c: pauses.begin(c, one))
    await switched.look()
    assert switched.flags() == []
    switched.city.bridge.write_now(lambda c: pauses.end(c, "sink", "icr", "Ola", "done", 2))
    await switched.look()
    assert switched.states == ["active"]


async def test_a_server_that_does_not_take_it_is_told_inside_alone_and_tried_again(
    switched: Switched, capfd: pytest.CaptureFixture[str]
) -> None:
    telemetry.configure_logs("debug")
    switched.raised()
    before, counted = tables(switched.city.folder), figures()
    capfd.readouterr()
    switched.server.acts = [failing(503)]
    assert "cannot be set or withdrawn now" in (await switched.look()).trouble
    assert (await switched.look()).trouble == ""
    assert switched.states == ["active"]
    assert tables(switched.city.folder) == before
    assert figures() == counted
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
@pytest.mark.parametrize("organisation", ORGANISATIONS)
async def test_nothing_of_ours_shows_that_it_stands(organisation: str, switched: Switched) -> None:
    walled, outside = switched.walled, {"safeguarding", "safeguarding-hospital", "safeguarding-mental-health"}
    someone = {
        role: program(walled, role, organisation=organisation)
        for role in ROLES
        if holds(organisation, role) and role not in outside and not may(organisation, role, "concerns")
    }
    shown = {role: await asyncio.to_thread(answers, walled, one) for role, one in someone.items()}
    switched.raised()
    await switched.look()
    assert switched.states == ["active"]
    for role, one in someone.items():
        after = await asyncio.to_thread(answers, walled, one)
        assert [path for path in after if shown[role][path] != after[path]] == [], role


async def test_no_table_count_or_log_line_outside_the_wall_tells_that_it_stands(
    switched: Switched, capfd: pytest.CaptureFixture[str]
) -> None:
    telemetry.configure_logs("debug")
    before, counted, sent = tables(switched.city.folder), figures(), len(switched.server.traces)
    capfd.readouterr()
    reference = switched.raised()
    await switched.look()
    switched.walled.behind.act(reference, "keep-out", accounts=("Ann Ward",))
    await switched.look()
    assert switched.states == ["entered-in-error"]
    assert tables(switched.city.folder) == before
    assert figures() == counted
    assert capfd.readouterr() == ("", "")
    assert switched.server.traces[sent:] == ["", ""], "no trace leads from it to a message"


@pytest.mark.fhir_server
@pytest.mark.timeout(900)
async def test_a_real_server_takes_it_and_what_stands_where_it_was(
    walled: WalledCity, hapi_server: Any
) -> None:
    switched = Switched(walled, SimpleNamespace(url=hapi_server.base_url))  # type: ignore[arg-type]  # its address alone
    await switched.publish()
    reference = switched.raised()
    assert (await switched.look()).trouble == ""
    (flag_id,) = walled.database.read_now(flag_store.standing)
    server = FhirServer(hapi_server.base_url)
    stands = await server.see(f"Flag/{flag_id}")
    walled.behind.act(reference, "keep-out", accounts=("Ann Ward",))
    assert (await switched.look()).trouble == ""
    gone = await server.see(f"Flag/{flag_id}")
    await server.close()
    assert isinstance(stands, Seen)
    assert isinstance(gone, Seen)
    assert [one.body["status"] for one in (stands, gone)] == ["active", "entered-in-error"]
    assert "category" not in gone.body


async def test_who_approved_it_stands_in_the_audit_behind_the_wall_and_in_no_other(
    switched: Switched,
) -> None:
    switched.raised()
    await switched.look()
    wanted = audit.select().where(audit.c.what == "bare flag told")
    (row,) = switched.walled.database.read_now(lambda c: list(c.execute(wanted)))
    assert row.why == "approved"
    assert switched.city.bridge.read_now(lambda c: list(c.execute(wanted))) == []


async def test_of_whom_what_is_known_was_tampered_with_has_none_and_the_others_keep_theirs(
    switched: Switched,
) -> None:
    first, other = switched.city.task_of(0).person_id, switched.city.task_of(1).person_id
    for person in (first, other):
        switched.raised(adult=AdultSaid(person_id=person))
    await switched.look()
    assert switched.states == ["active", "active"]
    broken = patient.update().where(patient.c.person_id == first).values(sealed=b"changed")
    switched.city.bridge.write_now(lambda c: c.execute(broken))
    await switched.look()
    assert {one["subject"]["reference"]: one["status"] for one in switched.flags()} == {
        f"Patient/{first}": "entered-in-error", f"Patient/{other}": "active",
    }  # fmt: skip


async def test_whatever_goes_wrong_is_told_inside_alone_and_ends_nothing(
    switched: Switched, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(flag_keeping, "EVERY_S", 0.01)
    telemetry.configure_logs("debug")
    capfd.readouterr()
    stop, vault = asyncio.Event(), switched.walled.behind.vault

    async def odd(*_: object) -> None:
        raise AttributeError("a name of somebody")

    with monkeypatch.context() as broken:
        broken.setattr(FhirServer, "see", odd)
        switched.raised()
        running = asyncio.create_task(keep_flags(switched.ground(), vault, stop))
        await until(lambda: "flag" in vault.troubles and vault.troubles["flag"]())
        assert vault.troubles["flag"]() == "A flag cannot be set or withdrawn now: AttributeError"
    await until(lambda: switched.states == ["active"])
    stop.set()
    await running
    assert capfd.readouterr() == ("", "")


async def test_it_runs_while_the_wall_is_open_and_until_told_to_stop(
    switched: Switched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flag_keeping, "EVERY_S", 0.01)
    stop, vault = asyncio.Event(), switched.walled.behind.vault
    running = asyncio.create_task(keep_flags(switched.ground(), vault, stop))
    reference = switched.raised()
    await until(lambda: switched.states == ["active"])
    switched.walled.behind.act(reference, "keep-out", accounts=("Ann Ward",))
    await until(lambda: switched.states == ["entered-in-error"])
    assert vault.troubles["flag"]() == ""
    stop.set()
    await running
    switched.sink = SinkSettings()
    await keep_flags(
        switched.ground(), vault, asyncio.Event()
    )  # the built-in store holds none: it ends by itself
