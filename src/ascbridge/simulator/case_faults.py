"""What can be wrong with a change of case systems, switched on one by one, so that what finds it can be judged.

Three faults are in the new system's feed profile, which reads what it sends; two are in what it holds itself, because a
record was not carried over, or was carried over wrongly.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ascbridge.intake.agreed.profiles import parse
from ascbridge.simulator.case_plots import WORKERS
from ascbridge.simulator.new_case_system import PROFILE

if TYPE_CHECKING:
    from ascbridge.simulator.case_timeline import Statement

_CLOCK = 'date = "%Y-%m-%dT%H:%M:%SZ", zone = "UTC"'
_SIGNATURE = "\n[signed_off]"


@dataclass(frozen=True, slots=True)
class MappingFault:
    """A line of the profile that says something else. `fact` and `member` are what is read wrongly by it."""

    fact: str
    member: str
    right: str
    wrong: str


MAPPING_FAULTS = {
    "a code means another": MappingFault("package", "status", '"PAUSED" = "suspended"', '"PAUSED" = "live"'),
    "a date by the wrong clock": MappingFault(
        "package",
        "started_on",
        f'{{ to = "package.started_on", {_CLOCK} }}',
        '{ to = "package.started_on", date = "%Y-%m-%dT%H:%M:%SZ" }',
    ),
    "a member is not read": MappingFault(
        "package", "provider", '"detail.provider" = { to = "package.provider" }\n', ""
    ),
}
"""By name. The wrong clock shows where a day falls into summer time: in winter both are one."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Of whom (a council id of the truth) the new system holds something else, and of what."""

    council_id: str
    fact: str


def faulty_profile(names: Collection[str]) -> str:
    """Return the new system's profile with the named faults in it, signed as somebody signs who did not notice."""
    body, _, signature = PROFILE.read_text("utf-8").partition(_SIGNATURE)
    for name in names:
        fault = MAPPING_FAULTS[name]
        assert body.count(fault.right) == 1, name
        body = body.replace(fault.right, fault.wrong)
    lines = [line for line in signature.splitlines() if line and not line.startswith("sha256")]
    seal = parse(body, "new-case-system").text_sha256
    return "\n".join((body + _SIGNATURE, *lines, f'sha256 = "{seal}"', ""))


def _package_left_behind(
    said: Sequence[Statement], spared: Collection[str]
) -> tuple[list[Statement], Difference]:
    """Somebody's open package was never carried over."""
    who = _last_with(said, "package", spared, lambda value: value.get("status") == "live")
    return [one for one in said if (one.citizen.council_id, one.fact) != (who, "package")], Difference(
        who, "package"
    )


def _another_worker(said: Sequence[Statement], spared: Collection[str]) -> tuple[list[Statement], Difference]:
    """Somebody is allocated to another worker than in the old system."""
    who = _last_with(said, "worker", spared, lambda value: bool(value.get("name")))
    changed = [
        replace(one, value={**one.value, "name": _another(one.value["name"])})
        if (one.citizen.council_id, one.fact) == (who, "worker") and not isinstance(one.value, bool)
        else one
        for one in said
    ]
    return changed, Difference(who, "worker")


_Change = Callable[[Sequence["Statement"], Collection[str]], tuple[list["Statement"], Difference]]
STATE_DIFFERENCES: dict[str, _Change] = {
    "an open package is missing": _package_left_behind,
    "another worker is allocated": _another_worker,
}
"""By name: what the new system then has been told, and of whom it is wrong."""


def with_differences(
    said: Sequence[Statement], names: Collection[str]
) -> tuple[list[Statement], list[Difference]]:
    """Return what the new system holds with the named differences, and what they are. Raises `LookupError` where
    nobody has what would be different.
    """
    told = list(said)
    found: list[Difference] = []
    for name in names:
        told, difference = STATE_DIFFERENCES[name](told, {one.council_id for one in found})
        found.append(difference)
    return told, found


def _last_with(
    said: Sequence[Statement], fact: str, spared: Collection[str], fits: Callable[[dict[str, object]], bool]
) -> str:
    """Whose last word about a kind of thing is such, of several whoever was spoken of last; nobody who died."""
    dead = {one.citizen.council_id for one in said if one.fact == "death"} | set(spared)
    last: dict[str, Statement] = {}
    for one in said:
        if one.fact == fact and one.citizen.council_id not in dead:
            before = last.get(one.citizen.council_id)
            last[one.citizen.council_id] = one if before is None or one.at_ms >= before.at_ms else before
    fitting = [one for one in last.values() if not isinstance(one.value, bool) and fits(dict(one.value))]
    if not fitting:
        raise LookupError(f"nobody has such a {fact}")
    return max(fitting, key=lambda one: (one.at_ms, one.citizen.council_id)).citizen.council_id


def _another(name: str) -> str:
    return WORKERS[(WORKERS.index(name) + 1) % len(WORKERS)]
