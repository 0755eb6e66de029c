"""The assessments made in hospital that go with a task, by what people did. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ascbridge.discharge.deciding.desk_state import Act


_BETWEEN = "\x1e"
"""What stands between the texts that one act seals: a record separator, which nobody types."""


class Written(NamedTuple):
    """What somebody wrote when they attached an assessment; of a document also its title and where it is kept."""

    text: str
    title: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class HospitalAssessment:
    """One assessment. `number` is the version of the act that attached it, `revision` of the last.

    Times are UTC ms. `reassess`: why another is needed; empty: none is. `needs` are levels by outcome of the Care Act.
    `document` is empty unless it is one: its kind of file, size and SHA-1 as somebody said them.
    """

    number: int
    assessor: str
    kind: Literal["trusted", "contact"]
    on: str
    list_version: str
    by: str
    at_ms: int
    revision: int
    needs: Mapping[str, str] = field(default_factory=dict)
    reassess: str = ""
    reassess_by: str = ""
    reassess_act: int = 0
    withdrawn: bool = False
    document: Mapping[str, Any] = field(default_factory=dict)


def hospital_assessments(acts: Sequence[Act]) -> tuple[HospitalAssessment, ...]:
    """Fold the acts on one task's papers, in any order; what is not about assessments changes nothing."""
    found: dict[int, HospitalAssessment] = {}
    for act in sorted(acts, key=lambda one: one.version):
        said = act.detail
        about = said.get("assessment", 0)
        if act.act == "assess":
            found[act.version] = HospitalAssessment(
                act.version, said["assessor"], said["kind"], said["on"], said["list"], act.actor, act.at_ms,
                act.version, said["needs"], document=said.get("document", {}),
            )  # fmt: skip
        elif act.act == "reassess" and about in found:
            found[about] = replace(
                found[about], reassess=said["reason"], reassess_by=act.actor, reassess_act=act.version,
                revision=act.version,
            )  # fmt: skip
        elif act.act == "assess_withdrawn" and about in found:
            found[about] = replace(found[about], withdrawn=True, revision=act.version)
    return tuple(found.values())


def to_seal(written: Written) -> str:
    """Return what an act seals of it."""
    text = written.text.replace(_BETWEEN, " ")
    return _BETWEEN.join((text, written.title, written.url)) if written.title else text


def as_written(sealed: str) -> Written:
    """Read back what an act sealed."""
    parts = sealed.split(_BETWEEN)
    return Written(*parts) if len(parts) == len(Written._fields) else Written(sealed)
