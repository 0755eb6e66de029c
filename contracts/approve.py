"""Run every sample through the whole bridge, and write down what came of it for a person to approve.

    python contracts/approve.py                 compare; say what differs, and fail where something does
    python contracts/approve.py --approve       write what came of every sample; then read the difference
    python contracts/approve.py --approve CASE  the same for some, such as itk-v24/a16-ready

A sample is one file of messages below ``contracts/samples/<feed>``: a clean bridge hears them in order. What
came of them stands beside it: ``<case>.events.json`` (each message's answer, state and events) and
``<case>.fhir.json`` (the shared record in the end). All people are invented, so what is sealed is shown too.
Keys and ids differ from run to run and are written as numbers in the order in which they appear.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from ascbridge.bootstrap.trying import messages_in, trial
from ascbridge.clock import Clock
from ascbridge.config_sections import CouncilSettings
from ascbridge.events.logs.cloud_event import epoch_ms
from ascbridge.events.logs.sealing import Keyring
from ascbridge.intake.hl7v2.hl7_ack import parse_ack
from ascbridge.people.data_keys import DataKeys
from ascbridge.people.opening import Erased, SealedValue, open_bytes

if TYPE_CHECKING:
    from ascbridge.events.logs.log import Record
    from ascbridge.operations.trial import Trial

SAMPLES = Path(__file__).resolve().parent / "samples"
SHOWN_MS = epoch_ms("2026-06-01T09:00:00Z")
"""When the first message of a sample arrives: after all that it tells."""
_MASTER_KEY = bytes(range(32))
MESSAGES = {".hl7", ".jsonl", ".csv"}
_PREFIX = CouncilSettings().event_prefix + "."
_KEY = re.compile(r"\b([a-z]*)[0-9a-f]{32}\b")
_ID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b")


class _SteppingClock(Clock):
    """A clock that stands still until it is told that the next message comes, a minute later."""

    def __init__(self) -> None:
        super().__init__()
        self._shown_now_ms = SHOWN_MS

    def step(self) -> None:
        self._shown_now_ms += 60_000

    def now_ms(self) -> int:
        return self._shown_now_ms


@dataclass(frozen=True)
class Outcome:
    """What came of one sample, as the texts of its two approved files."""

    events: str
    fhir: str

    def files(self, sample: Path) -> dict[Path, str]:
        """Return each text by the file that holds it once it is approved."""
        return {sample.with_suffix(".events.json"): self.events, sample.with_suffix(".fhir.json"): self.fhir}


def samples(folder: Path = SAMPLES) -> list[Path]:
    """Return every sample, in order."""
    return sorted(path for path in folder.glob("*/*") if path.suffix in MESSAGES)


def orphans(folder: Path = SAMPLES) -> list[Path]:
    """Return every file below a feed's folder that is neither a sample nor approved output of one."""
    known = set(samples(folder))
    for sample in samples(folder):
        known |= Outcome("", "").files(sample).keys()
    return sorted(path for path in folder.glob("*/*") if path not in known)


class Bridges:
    """Clean bridges to play samples on, each in a folder that goes when it is done."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._empty = folder / "empty"

    async def play(self, sample: Path) -> Outcome:
        """Let a clean bridge hear every message of a sample."""
        feed, here = sample.parent.name, self._folder / sample.stem
        if not self._empty.exists():  # making the files is the slow part, so one empty set is copied
            await _bridge(feed, self._empty, Clock.system()).close()
        shutil.copytree(self._empty, here)
        clock = _SteppingClock()
        bridge = _bridge(feed, here, clock)
        try:
            return await _heard(bridge, sample, clock)
        finally:
            await bridge.close()
            shutil.rmtree(here)


def _bridge(feed: str, folder: Path, clock: Clock) -> Trial:
    folder.mkdir(mode=0o700, exist_ok=True)
    key = folder / "master.key"
    key.touch(mode=0o600)
    key.write_bytes(_MASTER_KEY)
    return trial(feed, folder, clock)


async def _heard(bridge: Trial, sample: Path, clock: _SteppingClock) -> Outcome:
    told: list[dict[str, Any]] = []
    kept: list[int] = []
    for number, raw in enumerate(messages(sample), 1):
        events, notes = len(bridge.events()), len(bridge.notes())
        answers = [_answer(one) for one in bridge.take(raw)]
        kept += [number] * (len(bridge.notes()) - notes)
        said = [_event(event, bridge) for event in bridge.events()[events:]]
        told.append({"message": number, "answer": answers, "state": "nothing new kept", "events": said})
        clock.step()
    resources = sorted(await bridge.resources(), key=_without_names)
    for number, state in zip(kept, bridge.notes(), strict=True):
        told[number - 1]["state"] = " ".join(filter(None, state))
    names = _Names()
    shown = names.put_into(told)
    for one in shown:
        one["events"] = _ordered(one["events"])
    return Outcome(_text(shown), _text(names.put_into(resources), sort=True))


def _ordered(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put neighbours of one type in the order of their subjects: theirs is that of keys, which are drawn."""
    runs = itertools.groupby(events, key=lambda event: event["type"])
    return [event for _, run in runs for event in sorted(run, key=lambda event: event["subject"])]


def messages(sample: Path) -> list[bytes]:
    """Return the messages of a sample, in order."""
    return messages_in(sample, sample.parent.name, print)


def _answer(raw: bytes) -> str:
    ack = parse_ack(raw)
    place = f" {ack.error.segment}-{ack.error.field} {int(ack.error.code)}" if ack.error is not None else ""
    return f"{ack.code.value}{place} {ack.text}".strip()


def _event(event: Record, bridge: Trial) -> dict[str, Any]:
    data = orjson.loads(event.value)
    sealed = data.pop("sealed", None)
    shown = {
        "type": event.event_type.removeprefix(_PREFIX),
        "subject": event.headers["ce_subject"],
        "time": event.headers["ce_time"],
        "open": data,
    }
    return shown if sealed is None else shown | {"sealed": _opened(sealed, event, bridge)}


def _opened(sealed: str, event: Record, bridge: Trial) -> Any:
    value = SealedValue(sealed, event.headers["ce_keyid"], event.event_id)
    (plain,) = bridge.keys.read_now(lambda c: open_bytes(c, DataKeys(Keyring(_MASTER_KEY)), [value]))
    if isinstance(plain, Erased):
        raise TypeError("nobody is erased in a sample")
    return orjson.loads(plain)


class _Names:
    """Names for keys and ids: a letter and a number, in the order in which they appear."""

    def __init__(self) -> None:
        self._given: dict[str, str] = {}

    def put_into(self, value: Any) -> Any:
        """Return a value with every key and id in it named."""
        text = json.dumps(value, ensure_ascii=False)
        return json.loads(_ID.sub(self._id, _KEY.sub(self._key, text)))

    def _key(self, found: re.Match[str]) -> str:
        return self._name(found[0], found[1] or "k")

    def _id(self, found: re.Match[str]) -> str:
        return self._name(found[0], "id")

    def _name(self, what: str, kind: str) -> str:
        used = sum(name.rstrip("0123456789") == kind + "-" for name in self._given.values())
        return self._given.setdefault(what, f"{kind}-{used + 1}")


def _without_names(value: Any) -> str:
    """What orders resources the same in every run: all of it but the keys and ids."""
    return _ID.sub("", _KEY.sub("", json.dumps(value, sort_keys=True)))


def _text(value: Any, *, sort: bool = False) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=sort) + "\n"


async def play(wanted: list[Path]) -> dict[Path, str]:
    """Play samples; return what each approved file should hold."""
    found: dict[Path, str] = {}
    with tempfile.TemporaryDirectory(prefix="ascbridge-samples-") as folder:
        bridges = Bridges(Path(folder))
        for sample in wanted:
            found |= (await bridges.play(sample)).files(sample)
    return found


def named(path: Path) -> str:
    """Return a file's name as people give it: feed and case."""
    return f"{path.parent.name}/{path.name}"


def main(arguments: list[str]) -> int:
    """Compare or approve; returns the exit code."""
    approve, cases = "--approve" in arguments, [one for one in arguments if one != "--approve"]
    wanted = [one for one in samples() if not cases or f"{one.parent.name}/{one.stem}" in cases]
    found = asyncio.run(play(wanted))
    differing = {
        path: text for path, text in found.items() if not path.is_file() or path.read_text("utf-8") != text
    }
    if approve:
        for path, text in differing.items():
            path.write_text(text, "utf-8")
    for path in differing:
        print(f"{named(path)} {'is approved; read what changed' if approve else 'differs'}")
    for path in orphans():
        print(f"{named(path)} belongs to no sample")
    print(f"samples: {len(wanted)} played, {len(differing)} files differ")
    return 1 if (differing and not approve) or orphans() else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
