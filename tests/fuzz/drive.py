"""Throws things at the intake for as long as it is told to: `python -m tests.fuzz.drive --minutes 5` (`make fuzz`).

Four targets one after the other, two processes each or as many as `--processes` says. A round is a few hundred examples that follow from one number,
its seed: what fails prints it, and `--target door --seed 7 --rounds 1` does the same again. What failed is also put
into the corpus, which the ordinary suite replays, so that it is there when it is mended.
"""

from __future__ import annotations

import argparse
import ctypes
import faulthandler
import gc
import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz import file_target, grammar, targets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Target = Callable[[bytes], None]

CORPUS = Path(__file__).with_name("corpus")
TARGETS = ("framer", "parser", "door", "file")
EXAMPLES = 400
"""How many examples a round has: each round starts from an empty store."""
HANG_S = 20.0
"""Seconds of the processor's time that one example may take; the slowest honest one takes a fraction of one."""
SLACK_S = 900.0
"""Seconds by the clock that a last round may take beyond its time: at the lowest priority beside a whole test suite it takes minutes."""
MOST_GROWTH_MB = 40
"""How much a process may grow after its first rounds, whatever it is given."""


class Hang(BaseException):
    """An example took longer than `HANG_S`. No `Exception`, so that nothing under test takes it for its own."""


@contextmanager
def target(name: str) -> Iterator[Target]:
    """A target ready to be given bytes."""
    if name == "door":
        door = targets.DoorTarget()
        try:
            yield lambda raw: _door(door, raw)
        finally:
            door.close()
    else:
        yield {"framer": targets.framer, "parser": targets.parser, "file": file_target.file}[name]


def _door(door: targets.DoorTarget, raw: bytes) -> None:
    """What a stream holds goes to the sources by itself too, so that a fault is found where it is."""
    for payload in targets.payloads_of(raw):
        targets.sources(payload)
    door(raw)


def strategy(name: str) -> st.SearchStrategy[bytes]:
    """What a target is given."""
    door = st.one_of(grammar.dialects.map(grammar.on_the_wire), grammar.streams)
    found = {"framer": grammar.streams, "parser": grammar.payloads, "door": door, "file": grammar.files}
    return found[name]


def within_time(run: Target, raw: bytes) -> None:
    """Run one example, and have it raise `Hang` where it takes too long."""
    old = signal.signal(signal.SIGVTALRM, _hang)
    signal.setitimer(signal.ITIMER_VIRTUAL, HANG_S)
    try:
        run(raw)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, old)


def _hang(_number: int, _frame: object) -> None:
    raise Hang(f"an example took more than {HANG_S} s of the processor's time")


def play(name: str, number: int, examples: int = EXAMPLES) -> int:
    """Play one round of a target. Returns how many examples it had; raises what failed, its bytes as a note."""
    done = 0
    last = b""
    with target(name) as run:

        @seed(number)
        @settings(
            max_examples=examples, database=None, deadline=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(strategy(name))
        def round_(raw: bytes) -> None:
            nonlocal done, last
            done, last = done + 1, raw
            within_time(run, raw)

        try:
            round_()
        except BaseException as fault:
            fault.__dict__["raw"] = last
            raise
    return done


def replay(name: str, raw: bytes) -> None:
    """Give a fresh target these bytes alone."""
    with target(name) as run:
        within_time(run, raw)


def resident_mb() -> float:
    """How much memory this process has now, but for what it could give back at any time."""
    gc.collect()
    with suppress(OSError, AttributeError):  # where there is no such allocator
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def drive(name: str, first: int, step: int, minutes: float, rounds: int) -> int:
    """Play rounds until the time is up. Returns the exit code."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    until, number, played, examples = time.monotonic() + minutes * 60, first, 0, 0
    settled = 0.0
    while played < rounds if rounds else time.monotonic() < until:
        try:
            examples += play(name, number)
        except BaseException as fault:  # noqa: BLE001  # whatever it is, it is what we came for
            return _told(name, number, fault)
        number, played = number + step, played + 1
        settled = settled or (resident_mb() if time.monotonic() > until - minutes * 45 else 0.0)
    grown = resident_mb() - settled if settled else 0.0
    print(
        f"fuzz {name}: {examples} examples, seeds {first}..{number - step} by {step}, grew by {grown:.1f} MB",
        flush=True,
    )
    if grown > MOST_GROWTH_MB:
        print(f"fuzz {name}: FAILED: it grew by more than {MOST_GROWTH_MB} MB", flush=True)
    return int(grown > MOST_GROWTH_MB)


def _told(name: str, number: int, fault: BaseException) -> int:
    raw = fault.__dict__.get("raw", b"")
    path = CORPUS / f"{name}-{hashlib.sha256(raw).hexdigest()[:8]}.bin"
    path.write_bytes(raw)
    fault.__dict__.pop("__notes__", None)  # the whole example: it is in the corpus
    sys.excepthook(type(fault), fault, fault.__traceback__)
    again = f"python -m tests.fuzz.drive --target {name} --seed {number} --rounds 1"
    print(f"fuzz {name}: FAILED at seed {number}: {again}; its bytes are in {path.name}", flush=True)
    return 1


def _beside_each_other(name: str, first: int, minutes: float, processes: int) -> int:
    """Run a target in some processes; one that has not ended `SLACK_S` after its time is up hangs."""
    command = [
        sys.executable,
        "-m",
        "tests.fuzz.drive",
        "--target",
        name,
        "--minutes",
        str(minutes),
        "--step",
        str(processes),
    ]
    running = [subprocess.Popen([*command, "--seed", str(first + n)]) for n in range(processes)]
    worst = 0
    for process in running:
        try:
            worst = max(worst, abs(process.wait(minutes * 60 + SLACK_S + 30)))
        except subprocess.TimeoutExpired:
            process.kill()
            print(
                f"fuzz {name}: FAILED: a process hangs (its seeds begin between {first} and {first + processes - 1})",
                flush=True,
            )
            worst = 1
    return worst


def main() -> int:
    """Read the command line and run."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--minutes", type=float, default=5, help="for each target")
    words.add_argument("--target", choices=TARGETS, help="one only, in this process")
    words.add_argument(
        "--seed", type=int, help="the first round's number; without it, one by chance, printed"
    )
    words.add_argument("--step", type=int, default=1, help="from one round's number to the next")
    words.add_argument("--processes", type=int, default=2, help="how many beside each other")
    words.add_argument("--rounds", type=int, default=0, help="so many rounds, whatever the time")
    said = words.parse_args()
    first = said.seed if said.seed is not None else random.SystemRandom().randrange(10**9)
    if said.target:
        # Where even the signal does not get through.
        faulthandler.dump_traceback_later(said.minutes * 60 + SLACK_S, exit=True)
        return drive(said.target, first, said.step, said.minutes, said.rounds)
    print(
        f"fuzz: seed {first}, {said.minutes} minutes for each of {', '.join(TARGETS)}, {said.processes} at once",
        flush=True,
    )
    return max(_beside_each_other(name, first, said.minutes, said.processes) for name in TARGETS)


if __name__ == "__main__":
    sys.exit(main())
