"""Which version of a list holds at a moment. Work is judged by what held when its clock began. Pure.

Of the loaded versions of a kind that have begun and not ended, the highest number holds; where there is none, what
ships does. A version begins on its day, and never before it was loaded: what was decided stays as it was decided.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from ascbridge.calendars import moment
from ascbridge.reference.bank_holidays import BankHolidays
from ascbridge.reference.due_times import DueTimes
from ascbridge.reference.hospitals import Hospitals
from ascbridge.reference.list_files import KINDS, shipped
from ascbridge.reference.localities import Localities
from ascbridge.reference.pack_items import Packs
from ascbridge.reference.providers import Providers
from ascbridge.reference.reason_lists import Reasons
from ascbridge.reference.routes import Routes
from ascbridge.reference.sub_task_kinds import SubTasks
from ascbridge.reference.task_stages import TaskStages
from ascbridge.reference.team_lists import Teams
from ascbridge.reference.urgent_matters import UrgentMatters
from ascbridge.reference.working_hours import ServiceHoursList

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ascbridge.reference.agreement import ListFile

_List = TypeVar("_List", bound="ListFile")


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a list. It holds from `begins_ms` until before `ends_ms` (UTC ms; None: no end).

    `loaded_ms` is None for what ships.
    """

    data: ListFile
    begins_ms: int
    ends_ms: int | None = None
    loaded_by: str = ""
    loaded_ms: int | None = None
    taken_back_by: str = ""
    taken_back_ms: int | None = None

    @property
    def kind(self) -> str:
        """Which list it is of."""
        return self.data.kind

    def holds(self, at_ms: int) -> bool:
        """Whether it may hold at a moment: it has begun, and neither ended nor was it taken back."""
        return self.begins_ms <= at_ms and (self.until_ms is None or at_ms < self.until_ms)

    @property
    def until_ms(self) -> int | None:
        """When it ceases, by its own last day or because it was taken back."""
        return min((one for one in (self.ends_ms, self.taken_back_ms) if one is not None), default=None)


@cache
def _as_shipped() -> Mapping[str, tuple[Version, ...]]:
    return {one.kind: (Version(one, 0),) for one in shipped()}


@dataclass(frozen=True, slots=True)
class ReferenceLists:
    """Every version of every list that is known."""

    versions: Mapping[str, tuple[Version, ...]] = field(default_factory=_as_shipped)

    def at(self, kind: str, at_ms: int) -> Version:
        """Return the version of a kind that holds at a moment."""
        return max(
            (one for one in self.versions[kind] if one.holds(at_ms)),
            key=lambda one: (one.loaded_ms is not None, one.data.version),
        )

    def all_at(self, at_ms: int) -> dict[str, Version]:
        """Return what holds at a moment, by kind."""
        return {kind: self.at(kind, at_ms) for kind in KINDS}

    def find(self, ident: str) -> Version | None:
        """Return the version that a stored use names (``teams@3``), or None where it is not known any more."""
        kind, _, number = ident.partition("@")
        return next((one for one in self.versions.get(kind, ()) if str(one.data.version) == number), None)

    def coming(self, kind: str, now_ms: int) -> tuple[Version, ...]:
        """Return the versions of a kind that are loaded and have not begun, the first to begin first."""
        wait = [one for one in self.versions[kind] if one.begins_ms > now_ms and one.taken_back_ms is None]
        return tuple(sorted(wait, key=lambda one: (one.begins_ms, one.data.version)))

    def teams(self, at_ms: int) -> Teams:
        """Return the teams at a moment."""
        return self._of(Teams, "teams", at_ms)

    def hours(self, at_ms: int) -> ServiceHoursList:
        """Return the service hours at a moment."""
        return self._of(ServiceHoursList, "service-hours", at_ms)

    def days(self, at_ms: int) -> BankHolidays:
        """Return the bank holidays at a moment."""
        return self._of(BankHolidays, "bank-holidays", at_ms)

    def due_times(self, at_ms: int) -> DueTimes:
        """Return the due times at a moment."""
        return self._of(DueTimes, "due-times", at_ms)

    def localities(self, at_ms: int) -> Localities:
        """Return the localities at a moment."""
        return self._of(Localities, "localities", at_ms)

    def providers(self, at_ms: int) -> Providers:
        """Return the providers at a moment."""
        return self._of(Providers, "providers", at_ms)

    def every_providers(self) -> Iterator[Providers]:
        """Give every version of the providers."""
        for one in self.versions["providers"]:
            if isinstance(one.data, Providers):
                yield one.data

    def reasons(self, at_ms: int) -> Reasons:
        """Return the lists of reasons at a moment."""
        return self._of(Reasons, "reasons", at_ms)

    def reasons_in(self, name: str, at_ms: int) -> tuple[dict[str, str], str]:
        """Return the reasons of one list at a moment, words by code, and which version they are of: what is loaded, and
        where that has no such list what ships.
        """
        loaded = self.reasons(at_ms)
        for one in (loaded, *(each.data for each in _as_shipped()["reasons"])):
            if isinstance(one, Reasons) and (found := one.of(name)):
                return found, one.ident
        return {}, loaded.ident

    def stages(self, at_ms: int) -> TaskStages:
        """Return the stages of a task's life at a moment."""
        return self._of(TaskStages, "stages", at_ms)

    def stage_team(self, stage: str, at_ms: int) -> str:
        """Return the team that owns work at a stage at a moment; empty: the desk's own, also where no such team is
        known.
        """
        team = self.stages(at_ms).of(stage).team
        return team if team in self.hours(at_ms).by_team else ""

    def routes(self, at_ms: int) -> Routes:
        """Return the routes out of hospital at a moment."""
        return self._of(Routes, "routes", at_ms)

    def sub_tasks(self, at_ms: int) -> SubTasks:
        """Return the kinds of work that can be split off, at a moment."""
        return self._of(SubTasks, "sub-tasks", at_ms)

    def packs(self, at_ms: int) -> Packs:
        """Return what information goes with a person, at a moment."""
        return self._of(Packs, "packs", at_ms)

    def hospitals(self, at_ms: int) -> Hospitals:
        """Return the hospitals at a moment."""
        return self._of(Hospitals, "hospitals", at_ms)

    def urgent(self, at_ms: int) -> UrgentMatters:
        """Return what is urgent out of hours, at a moment."""
        return self._of(UrgentMatters, "urgent", at_ms)

    def with_version(self, version: Version) -> ReferenceLists:
        """Return these and one more, or with another of its number changed."""
        others = [one for one in self.versions[version.kind] if not _same(one, version)]
        return replace(self, versions={**self.versions, version.kind: (*others, version)})

    def faults(self, owner_team: str, from_ms: int) -> Iterator[str]:
        """Give what does not fit together, at a moment or at any later one at which another version begins or ends."""
        found: dict[str, None] = {}
        for at_ms in (from_ms, *self._turns(from_ms)):
            found |= dict.fromkeys(self._misfits(owner_team, at_ms))
        yield from found

    def _misfits(self, owner_team: str, at_ms: int) -> Iterator[str]:
        teams, hours = self.teams(at_ms), self.hours(at_ms)
        kinds = f"{teams.ident} and {hours.ident}"
        if owner_team not in teams.names:
            yield f"{teams.ident}: there is no team {owner_team}, which owns discharge work"
        for name in dict.fromkeys((owner_team, *teams.duty)):
            if name not in hours.by_team:
                yield f"{kinds}: {name} has no hours"
        for name in hours.by_team:
            if name not in teams.names:
                yield f"{kinds}: there is no team {name}"
        yield from self._of_stages(at_ms)
        for place in self.localities(at_ms).locality:
            if place.team and place.team not in teams.names:
                yield f"{self.localities(at_ms).ident}: {place.name}: there is no team {place.team}"

    def _of_stages(self, at_ms: int) -> Iterator[str]:
        """Give what loaded stages and routes ask for and other lists do not have; what ships gives way by itself."""
        stages, routes = self.at("stages", at_ms), self.at("routes", at_ms)
        teams, hours = self.teams(at_ms).names, self.hours(at_ms).by_team
        if isinstance(stages.data, TaskStages) and stages.loaded_ms is not None:
            for one in stages.data.stage:
                if one.team and one.team not in hours:
                    yield f"{stages.data.ident}: {one.stage}: {one.team} has no hours"
                if one.escalates_to and one.escalates_to not in teams:
                    yield f"{stages.data.ident}: {one.stage}: there is no team {one.escalates_to}"
                if one.reasons and not self.reasons_in(one.reasons, at_ms)[0]:
                    yield f"{stages.data.ident}: {one.stage}: there is no list of reasons {one.reasons}"
        if isinstance(routes.data, Routes) and not self.reasons_in(routes.data.reasons, at_ms)[0]:
            yield f"{routes.data.ident}: there is no list of reasons {routes.data.reasons}"

    def _turns(self, from_ms: int) -> list[int]:
        every = (one for versions in self.versions.values() for one in versions)
        times = {ms for one in every for ms in (one.begins_ms, one.until_ms) if ms is not None}
        return sorted(ms for ms in times if ms > from_ms)

    def _of(self, kind: type[_List], name: str, at_ms: int) -> _List:
        found = self.at(name, at_ms).data
        assert isinstance(found, kind)
        return found


def version_of(data: ListFile, loaded_by: str, loaded_ms: int) -> Version:
    """Return a list as the version that it becomes when it is loaded at a moment (UTC ms)."""
    ends_ms = None if data.effective_to is None else moment(data.effective_to + timedelta(days=1))
    return Version(data, max(moment(data.effective_from), loaded_ms), ends_ms, loaded_by, loaded_ms)


def lists_of(loaded: Iterable[Version]) -> ReferenceLists:
    """Return what ships and these."""
    found = {kind: list(versions) for kind, versions in _as_shipped().items()}
    for one in loaded:
        found[one.kind].append(one)
    return ReferenceLists({kind: tuple(versions) for kind, versions in found.items()})


def _same(one: Version, other: Version) -> bool:
    return one.loaded_ms is not None and one.data.version == other.data.version
