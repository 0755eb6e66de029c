"""The faults of which somebody must hear: how each is played, how soon it must be told, and how the runbook mends it.

A step names words of the runbook's section that the alert links to, and does what they say. Of a section with numbered
steps each must be named. One that does not fit the case has nothing to do, and says why.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import random
import re
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import trustme

from ascbridge.calendars import LONDON
from ascbridge.config_sections import TlsSettings
from ascbridge.intake.sources.profile import text_hash
from tests.bootstrap.parts.test_certificates import put
from tests.faults import alarm_senders
from tests.faults.alarm_room import FEED
from tests.faults.hospital import READY, Sent
from tests.faults.poison import ask, cured, poison
from tests.faults.runbook import ROOT
from tests.intake.messages import adt

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from aiohttp import web

    from tests.faults.alarm_room import Room

Act = Callable[["Room"], Awaitable[None]] if TYPE_CHECKING else object
HOUR_MS, MINUTE_MS, WEEK_MS = 3_600_000, 60_000, 7 * 86_400_000
PROFILE = ROOT / "src/ascbridge/intake/sources/profiles/itk-v24.toml"


@dataclass(frozen=True, slots=True)
class Step:
    """Words of the runbook, and what they have somebody do."""

    words: str
    act: Act | None
    """None: it does not fit the case that is played."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """A fault: the word of its cause, how soon it must be told, and how it is played and mended."""

    cause: str
    bound: float
    """Seconds, or messages where it is counted by them."""
    strike: Act
    mend: tuple[Step, ...]
    says: str
    """A pattern that the words of the alert fit: what is wrong, so that somebody at three in the morning knows it."""
    unit: str = "s"
    """``s``: by the wall; ``shown s``: by the bridge's own clock, which is moved; ``messages``."""
    agreed: bool = True
    """Whether the bound is one of the issue's; else it is ours."""
    stack: str = "sqlite"
    needs: frozenset[str] = frozenset()
    settings: dict[str, str] = field(default_factory=dict)
    prepare: Callable[[Path], dict[str, str]] | None = None
    """Lays down files before the start, and returns settings that name them."""
    lasts: Act | None = None
    """What is done between the alert and its mending."""
    pause_s: float = 2.0
    history: int = 0
    """So many messages are sent quickly before it strikes: what is usual must be known first."""
    tls: bool = False
    read_again: bool = False
    """Whether its mending reads messages again, which say the same once more in another translation."""
    councils: int = 0
    """So many people are the council's alone, and have no stay."""
    played: str = "by hand"
    """``quick``: with every test; ``slow``: with the slow ones; ``by hand``: by `make fault-alarms` alone."""


async def nothing(room: Room) -> None:
    """Read the words, and do nothing."""


async def doctor(room: Room) -> None:
    """Ask the doctor."""
    room.kept["doctor"] = await room.doctor()


# -- the shared record


async def sink_away(room: Room) -> None:
    assert room.scene.fhir is not None
    await room.scene.fhir.down()


async def an_hour_later(room: Room) -> None:
    """Move the clock by an hour: it is still told, and nobody was told that it is over."""
    room.set_clock(room.now_ms() + HOUR_MS)

    async def still() -> bool:
        return any(one["cause"] == "sink-down" for one in await room.alerts())

    await room.until(still, "it is still told an hour later")
    assert not any(one.is_over and "Nothing can be sent" in one.subject for one in room.bell.heard)


async def sink_named(room: Room) -> None:
    """Whom the alert names is the one that takes nothing, on the flow map too."""
    flows = await room.get("/api/operations/flows")
    (sink,) = [one for one in flows["sinks"] if one["name"] == "icr"]
    assert sink["wrong"], sink


async def sink_back(room: Room) -> None:
    assert room.scene.fhir is not None
    await room.scene.fhir.up()


async def sink_slow(room: Room) -> None:
    """Each answer takes two seconds of a clock that runs thirty times as fast: a minute each, two at a time."""
    fhir = room.scene.fhir
    assert fhir is not None
    judge = fhir.transact

    async def slowly(request: web.Request) -> web.StreamResponse:
        if room.kept.get("slow"):
            await asyncio.sleep(2)
        return await judge(request)

    room.kept["slow"] = True
    await fhir.down()
    fhir.transact = slowly  # type: ignore[method-assign]  # the same, later
    await fhir.up()
    room.run_faster(30)


async def people_wait(room: Room) -> None:
    flows = await room.get("/api/operations/flows")
    (sink,) = [one for one in flows["sinks"] if one["name"] == "icr"]
    assert sink["people_waiting"] > 1, sink


async def sink_quick(room: Room) -> None:
    room.kept["slow"] = False
    room.run_faster(1)


ONE = "V900"


def stay_of_one(*triggers: str) -> list[Sent]:
    """The messages of one more stay."""
    return [
        Sent(
            f"{ONE}S{step}",
            adt(
                trigger, control_id=f"{ONE}S{step}", sent=f"202610{step:02d}1000", local_id="L900", visit=ONE,
                nhs_number="", ward=f"F{step:02d}^BAY^1^RKB01", extra=READY if trigger == "A16" else (),
            ),
            "stay", ONE, step,
        )
        for step, trigger in enumerate(triggers, start=1)
    ]  # fmt: skip


def one_more_stay(room: Room) -> list[Sent]:
    triggers = ("A01", "A16", "A03")
    messages = stay_of_one(*triggers)
    room.plan.stays[ONE] = triggers
    room.plan.lines.append(messages)
    return messages


async def one_is_refused(room: Room) -> None:
    assert room.scene.fhir is not None
    room.scene.fhir.refuses = lambda resource: any(
        one.get("value") == "L900" for one in resource.get("identifier", ())
    )
    await room.send(one_more_stay(room))


async def cause_is_shown(room: Room) -> None:
    (one,) = await room.get("/api/operations/republish/not-taken")
    assert one["cause"]
    room.kept["refused"] = one


async def refusal_mended(room: Room) -> None:
    assert room.scene.fhir is not None
    room.scene.fhir.refuses = lambda resource: False
    one = room.kept["refused"]
    await room.press("/operations/shared-record/send-again", sink=one["sink"], person_id=one["person_id"])


# -- the servers below


async def broker_dies(room: Room) -> None:
    assert room.scene.broker is not None
    await asyncio.to_thread(room.scene.broker.kill)


async def broker_is_named(room: Room) -> None:
    said = await room.doctor()
    assert re.search(r"FAULT.*[Kk]afka", said), said


async def broker_starts(room: Room) -> None:
    assert room.scene.broker is not None
    await asyncio.to_thread(room.scene.broker.start)


async def database_dies(room: Room) -> None:
    assert room.scene.postgres is not None
    await asyncio.to_thread(room.scene.postgres.stop)


async def database_is_named(room: Room) -> None:
    said = await room.doctor()
    assert re.search(r"FAULT.*database", said), said


async def database_starts(room: Room) -> None:
    assert room.scene.postgres is not None
    await asyncio.to_thread(room.scene.postgres.start)


async def disk_fills(room: Room) -> None:
    """Fill the small disk to its last byte."""
    rubbish = room.scene.data / "rubbish"
    with rubbish.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while file.write(b"\0" * size):
                    continue


async def room_is_made(room: Room) -> None:
    (room.scene.data / "rubbish").unlink()


# -- certificates and the clock

AUTHORITY = trustme.CA()


def files(folder: Path) -> TlsSettings:
    return TlsSettings(certificate=folder / "mllp.pem", private_key=folder / "mllp.key")


def lay_certificate(folder: Path, days: float = 365) -> None:
    ends = dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
    put(AUTHORITY.issue_cert("localhost", not_after=ends), files(folder))


def with_tls(folder: Path) -> dict[str, str]:
    lay_certificate(folder)
    return {
        "ASCBRIDGE_MLLP__TLS__CERTIFICATE": str(files(folder).certificate),
        "ASCBRIDGE_MLLP__TLS__PRIVATE_KEY": str(files(folder).private_key),
    }


def client_tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    return context


async def certificate_has_29_days(room: Room) -> None:
    lay_certificate(room.scene.bridge.folder, 29)


async def certificate_ends(room: Room) -> None:
    """A certificate that holds for forty seconds more: long enough for the listener to take it up. Then it ends."""
    lay_certificate(room.scene.bridge.folder, 40 / 86_400)
    await asyncio.sleep(40)


async def days_are_told(room: Room) -> None:
    said = await room.doctor()
    assert re.search(r"certificate", said), said


async def certificate_is_renewed(room: Room) -> None:
    lay_certificate(room.scene.bridge.folder)


async def clock_jumps(room: Room) -> None:
    room.set_clock(room.now_ms() + 3 * HOUR_MS)


async def ten_minutes_pass(room: Room) -> None:
    room.run_faster(60)


# -- one person, one feed


async def poisoned(room: Room) -> None:
    """One stay whose second message can never be handled, as by a mistake of ours."""
    first, *rest = one_more_stay(room)
    await room.send([first])
    found: list[str] = []

    async def is_known() -> bool:
        rows = await room.get(f"/api/operations/messages?find={first.control_id}")
        if rows and rows[0]["state"] == "delivered":
            of = f"SELECT spell_key FROM evidence WHERE message_id = '{rows[0]['message_id']}'"
            found.extend(row[0] for row in await ask(room.scene, of))
        return bool(found)

    await room.until(is_known, "its first message is understood")
    await poison(room.scene, found[0])
    room.struck_ms = room.now_ms()
    await room.send(rest)


async def cause_mended_and_tried(room: Room) -> None:
    await cured(room.scene)
    flow = await room.get("/api/operations/flows")
    assert any(one["held"] or one["dead"] for one in flow["services"]), flow
    with contextlib.suppress(AssertionError):  # it may have gone through by itself, or be given up by now
        await room.press("/operations/confirm", act="try-now", consumer="discharge", cause=room.kept["cause"])


async def held_cause(room: Room) -> None:
    """Read the cause on *Operations*."""
    page = await room.scene.client.get(
        f"http://127.0.0.1:{room.scene.bridge.http}/operations",
        headers={"Authorization": f"Bearer {await room.scene.bridge.token('it-operations')}"},
    )
    found = re.search(r"act=try-now[^\"]*cause=([^\"&]+)", await page.text())
    assert found, "Operations offers Try now"
    from urllib.parse import unquote_plus

    room.kept["cause"] = unquote_plus(found[1])


async def dead_ones_again(room: Room) -> None:
    for one in await room.get("/api/operations/dead-letters"):
        await room.scene.send(f"/api/operations/dead-letters/{one['dead_id']}/send-again", "it-operations")


HOT = 130


async def flooded_with_one(room: Room) -> None:
    """One person's details are sent again and again, each time as a new message."""
    of = {"local_id": "L900", "nhs_number": "", "visit": ""}
    messages = [Sent(f"H{n:03d}", adt("A31", control_id=f"H{n:03d}", **of), "merge") for n in range(HOT)]
    await room.send([*one_more_stay(room), *messages])
    room.plan.lines.append(messages)


async def sender_is_found(room: Room) -> None:
    rows = await room.get("/api/operations/messages?find=H001")
    assert [row["feed"] for row in rows] == [FEED]


async def others_outweigh(room: Room) -> None:
    """What others send puts that person's out of the newest three hundred."""
    made = [
        Sent(f"N{n:03d}", adt("A29", control_id=f"N{n:03d}", local_id=f"LN{n:03d}", visit=""), "no effect")
        for n in range(300)
    ]
    room.plan.lines.append(made)
    await room.send(made)


STORM = 400


async def storm(room: Room) -> None:
    """One message that was answered is sent again, hundreds of times."""
    (one, *_) = [sent for sent in room.plan.sent if sent.acknowledged and sent.kind == "stay"]
    again = [Sent(one.control_id, one.raw, one.kind) for _ in range(STORM)]
    await room.send(again)
    one.tries += STORM
    one.answers += [answer for sent in again for answer in sent.answers]


async def minutes_pass(room: Room) -> None:
    room.run_faster(60)


# -- silence

AN_HOUR = (
    18, 14, 11, 10, 10, 14, 26, 48, 84, 122, 138, 140, 132, 134, 136, 130, 120, 104, 84, 66, 52, 40, 32, 24,
)  # fmt: skip
"""Messages of a large hospital an hour, from midnight on: some 1,900 a day, what Coventry's would be at the most."""
SLOT_MS = 300_000


def next_wednesday(hour: int) -> int:
    """When it is that hour in London on a Wednesday that is still to come, in UTC ms."""
    now = dt.datetime.now(LONDON)
    day = now.date() + dt.timedelta(days=(2 - now.weekday()) % 7 + 7)
    return int(dt.datetime(day.year, day.month, day.day, hour, tzinfo=LONDON).timestamp() * 1000)


async def eight_weeks(room: Room, until_ms: int) -> None:
    """Lay down what the feed sent in the eight weeks before, each message by chance, as if the bridge had counted it."""
    rng, rows = random.Random(room.plan.seed), []
    for slot in range(until_ms - 8 * WEEK_MS, until_ms - MINUTE_MS, SLOT_MS):
        slot_ms = slot // SLOT_MS * SLOT_MS
        moment = dt.datetime.fromtimestamp(slot_ms / 1000, LONDON)
        mean = AN_HOUR[moment.hour] / 12
        n = sum(1 for _ in iter(_gaps(rng, mean), None))
        if n:
            rows.append(f"('{FEED}', {slot_ms}, '', {n}, {slot_ms})")
    feed_counts = "INSERT INTO arrival_count (feed, slot_ms, kind, n, last_ms) VALUES "
    await ask(
        room.scene,
        f"DELETE FROM arrival_count WHERE feed = '{FEED}'",
        *(feed_counts + ",".join(rows[n : n + 500]) for n in range(0, len(rows), 500)),
    )


def _gaps(rng: random.Random, mean: float) -> Callable[[], float | None]:
    at = [0.0]

    def gap() -> float | None:
        at[0] += rng.expovariate(mean)
        return at[0] if at[0] < 1 else None

    return gap


async def quiet_at(room: Room, hour: int) -> None:
    """All is sent; then it is that hour of a Wednesday, one more message comes, and nothing after it."""

    async def all_is_sent() -> bool:
        return all(one.answers for one in room.plan.sent)

    await room.until(all_is_sent, "all is sent", 600)
    at_ms = next_wednesday(hour)
    await eight_weeks(room, at_ms)
    room.set_clock(at_ms)
    await room.scene.sign_in()
    last = Sent("LAST", adt("A29", control_id="LAST", local_id="LE", visit=""), "no effect")
    room.plan.lines.append([last])
    await room.send([last])
    room.struck_ms = room.now_ms()
    room.run_faster(20)


async def quiet_at_noon(room: Room) -> None:
    await quiet_at(room, 12)


async def quiet_at_three(room: Room) -> None:
    await quiet_at(room, 3)


async def it_is_not_us(room: Room) -> None:
    """What we send is answered."""
    room.run_faster(1)
    file = room.scene.bridge.folder / "probe.hl7"
    probe = Sent("PROBE", adt("A29", control_id="PROBE", local_id="LE", visit=""), "no effect")
    assert await room.scene.health() == "ready"
    file.write_bytes(probe.raw)
    room.kept["probe"] = probe


async def it_speaks_again(room: Room) -> None:
    probe = room.kept["probe"]
    room.plan.lines.append([probe])
    await room.send([probe])


# -- a sender's clock

BEHIND_MS = 30 * MINUTE_MS
EACH = 40


async def said_to_be_sent(room: Room, begins: str, by_ms: int) -> None:
    """A message each shown minute, whose sender says that it was sent so long before it was."""
    for number in range(EACH):
        sent = dt.datetime.fromtimestamp((room.now_ms() - by_ms) / 1000, dt.UTC).strftime("%Y%m%d%H%M%S+0000")
        control_id = f"{begins}{number:03d}"
        one = Sent(
            control_id, adt("A29", control_id=control_id, sent=sent, local_id="LE", visit=""), "no effect"
        )
        room.plan.lines.append([one])
        await room.send([one])
        await asyncio.sleep(1)


async def clock_is_behind(room: Room) -> None:
    """All is sent; then everything that comes says that it was sent half an hour before."""

    async def all_is_sent() -> bool:
        return all(one.answers for one in room.plan.sent)

    await room.until(all_is_sent, "all is sent", 600)
    room.run_faster(60)
    room.struck_ms = room.now_ms()
    await said_to_be_sent(room, "CB", BEHIND_MS)


async def clock_is_right(room: Room) -> None:
    await said_to_be_sent(room, "CR", 0)


# -- a map


def lay_profile(folder: Path, text: str) -> Path:
    """Write a profile, signed as it stands."""
    body = text.split("[signed_off]", maxsplit=1)[0]
    path = folder / "hospital.toml"
    signed = (
        f'[signed_off]\nby = "the tests"\non = "2026-11-22"\nsha256 = "{text_hash(body + "[signed_off]")}"\n'
    )
    path.write_text(body + signed)
    return path


def with_profile(folder: Path) -> dict[str, str]:
    return {"ASCBRIDGE_MLLP__FEED": str(lay_profile(folder, PROFILE.read_text("utf-8")))}


async def wrong_map(room: Room) -> None:
    """Put the map of how people leave of some other hospital in place of this one's: only A03 carry it."""
    text = PROFILE.read_text("utf-8")
    head, table = text.split("[codes.discharge_method]\n", 1)
    table = re.sub(r'^"(\d)" = ', r'"UH\1" = ', table.split("\n\n", 1)[0], flags=re.MULTILINE)
    rest = text.split("[codes.discharge_method]\n", 1)[1].split("\n\n", 1)[1]
    lay_profile(room.scene.bridge.folder, f"{head}[codes.discharge_method]\n{table}\n\n{rest}")
    _, said = await room.command("complete")
    assert "the map was read again" in said, said


async def codes_are_listed(room: Room) -> None:
    found = await room.get("/api/operations/not-mapped")
    assert any("discharge_method 1" in one["codes"] for one in found), found


async def map_is_taken_back(room: Room) -> None:
    lay_profile(room.scene.bridge.folder, PROFILE.read_text("utf-8"))
    status, said = await room.command("complete")
    assert status == 0, said
    assert "the map was read again" in said, said


FHIR = frozenset({"fhir"})
QUIET = (
    Step("Whether it is us", it_is_not_us),
    Step("Ring the trust's integration desk", nothing),
    Step("*No A03* alone, with other messages coming", None),
    Step("When it speaks again everything held back comes in order", it_speaks_again),
)
ALARMS: dict[str, Alarm] = {
    "sink-down-an-hour": Alarm(
        "sink-down", 30, sink_away,
        (
            Step("Look at the server that the alert names", sink_named),
            Step("When it answers again, what waits is sent by itself", sink_back),
            Step("Where it is away for long on purpose", None),
        ),
        "takes nothing: ", needs=FHIR, lasts=an_hour_later, pause_s=1, played="quick",
    ),
    "sink-slow": Alarm(
        "sink-slow", 600, sink_slow,
        (
            Step("Look at the flow map how many wait", people_wait),
            Step("Look at the server how long its answers take, and have whoever runs it mend that", sink_quick),
        ),
        r"is slow: \d+ people wait to be sent, the first since ", "shown s", agreed=False, needs=FHIR, pause_s=0.5,
        settings={
            "ASCBRIDGE_SINK__PEOPLE_PER_BUNDLE": "1", "ASCBRIDGE_SINK__IN_FLIGHT": "1",
            "ASCBRIDGE_SINK__TIMEOUT_SECONDS": "30",
        },
    ),
    "sink-refuses-one": Alarm(
        "record-refused", 60, one_is_refused,
        (
            Step("*Operations*, *The shared record*: the cause, person by person", cause_is_shown),
            Step("Mend what it names (a profile, a map, the server's own rules), then *Send again*", refusal_mended),
        ),
        "refuses one person; all others are sent", agreed=False, needs=FHIR,
    ),
    "broker-down": Alarm(
        "broker-down", 30, broker_dies,
        (
            Step("Look whether the brokers run: `ascbridge doctor`", broker_is_named),
            Step("Start them.", broker_starts),
        ),
        "Kafka cannot be used", stack="kafka", played="slow",
    ),
    "database-down": Alarm(
        "database-down", 30, database_dies,
        (
            Step("Look whether it runs, and whether this machine reaches it: `ascbridge doctor`", database_is_named),
            Step("Start it. Nothing else", database_starts),
        ),
        "The database cannot be used", agreed=False, stack="kafka", played="slow",
    ),
    "disk-full": Alarm(
        "disk-full", 60, disk_fills,
        (
            Step("`ascbridge doctor` says where the data is", doctor),
            Step("Make room: take away what is not the bridge's", room_is_made),
        ),
        r"Only [\d.]+ GB are free where the data is", needs=frozenset({"disk"}), played="slow",
    ),
    "certificate-over": Alarm(
        "certificate-over", 60, certificate_ends,
        (
            Step("`ascbridge doctor` says how many days each has left", days_are_told),
            Step("Renew it in its file: it is taken up within half a minute", certificate_is_renewed),
        ),
        "The certificate of mllp has ended: senders are turned away", prepare=with_tls, tls=True, pause_s=4,
    ),
    "certificate-29-days": Alarm(
        "certificate-ends", 60, certificate_has_29_days,
        (
            Step("`ascbridge doctor` says how many days each has left", days_are_told),
            Step("Renew it in its file: it is taken up within half a minute", certificate_is_renewed),
        ),
        r"The certificate of mllp ends in 2[89] days", prepare=with_tls, tls=True,
    ),
    "clock-jump": Alarm(
        "clock-jumped", 60, clock_jumps,
        (
            Step("Look at chrony or systemd-timesyncd: `ascbridge doctor`", doctor),
            Step("The alert ends by itself after ten minutes", ten_minutes_pass),
        ),
        r"The clock of this machine jumped forward by 10,[78]\d\d seconds", agreed=False,
    ),
    "poison": Alarm(
        "held", 60, poisoned,
        (
            Step("*Operations*: the cause, and when the next try is. Mend the cause, then *Try now*", cause_mended_and_tried),
            Step("Left alone it becomes a dead letter after the last try", dead_ones_again),
        ),
        "holds 1 people's events back", lasts=held_cause, played="slow",
    ),
    "hot-person": Alarm(
        "hot-person", 60, flooded_with_one,
        (
            Step("Find out by *Find messages* which sender repeats itself", sender_is_found),
            Step("Ask that sender to stop.", others_outweigh),
        ),
        "A third or more of the newest 300 messages are about one person", agreed=False,
    ),
    "feed-silent-at-noon": Alarm(
        "feed-quiet", 900, quiet_at_noon, QUIET, r"Nothing from .* since 12:00 on .*, usually \d+ by now", "shown s",
        pause_s=0.2,
    ),
    "feed-silent-at-three": Alarm(
        "feed-quiet", 3_600, quiet_at_three, QUIET, r"Nothing from .* since 03:00 on .*, usually \d+ by now", "shown s",
        pause_s=0.2,
    ),
    "sender-clock": Alarm(
        "sender-clock", 3_600, clock_is_behind,
        (
            Step("*One hour*: ask the sender whether their times say the offset", None),
            Step("*Minutes ahead*: ask the sender", None),
            Step("*Minutes behind*: their clock, or an engine between us", nothing),
            Step("The alert ends by itself some half an hour after their times are right", clock_is_right),
        ),
        r"The clock of .* is 30 minutes behind ours, or all it sends is held back for so long", "shown s",
        agreed=False, pause_s=0.2,
    ),
    "number-gap": Alarm(
        "number-gap", 600, alarm_senders.some_are_lost,
        (
            Step("`GET /api/operations/numbers-that-never-came`) lists their numbers", alarm_senders.numbers_are_listed),
            Step("Ask the sender for those, and to send them again", alarm_senders.they_are_sent),
            Step("The alert ends by itself after two hours", alarm_senders.two_hours_pass),
        ),
        r"3 messages of .* never came, by the numbers that it gives its messages", "shown s", agreed=False, pause_s=0.2,
    ),
    "extract-drift": Alarm(
        "extract-drift", 90, alarm_senders.extract_changes,
        (
            Step("report beside the file (`rejected`) say why rows or a file were refused", alarm_senders.reasons_are_told),
            Step("Ask who sends it what they changed", nothing),
            Step("let the file come again", alarm_senders.extract_comes_again),
            Step("when the next file of that kind, or the table, can be read", nothing),
        ),
        r"A file of .* lacks columns that its profile names, and was refused whole", agreed=False,
        prepare=alarm_senders.with_extract, pause_s=0.5, councils=alarm_senders.ROWS,
    ),
    "duplicate-storm": Alarm(
        "duplicates", 60, storm,
        (
            Step("Ask the sender whether our answers reach them", nothing),
            Step("The alert ends ten minutes after the sender stops", minutes_pass),
        ),
        r"sent again \d+ times within ten minutes what we have", agreed=False, pause_s=0.5,
    ),
    "wrong-map": Alarm(
        "not-mapped", 50, wrong_map,
        (
            Step("*Operations*, *Codes that nobody has mapped* lists them", codes_are_listed),
            Step("Put the profile's former file back, with the signature that it had, then `ascbridge complete`", map_is_taken_back),
            Step("Else ask the sender, add the code to the profile", None),
        ),
        r"\d+ of the newest \d+ messages of .* hold codes that nobody has mapped", "messages", prepare=with_profile,
        pause_s=16, history=130, read_again=True,
    ),
}  # fmt: skip
"""Every fault of the third acceptance line of issue 8, by the name under which it is printed."""
