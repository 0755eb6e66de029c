"""The people who need the council: each journey is one way a stay can go, and how its task must end.

A journey starts some days before the day and is over by the evening, so that the discharge team can empty
its list.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Literal

from ascbridge.simulator import wards
from ascbridge.simulator.adt_writer import StayView
from ascbridge.simulator.timeline import MINUTE_MS, Said, Timeline
from ascbridge.simulator.wards import HOUR_MS, at

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from ascbridge.simulator.city import Citizen, City

Ending = Literal["completed", "cancelled", "entered-in-error", "none"]
"""How a task must stand in the evening; `none`: there must never have been one."""


@dataclass(frozen=True, slots=True)
class Journey:
    """One person's story: what the hospital says, whether the council knows them, what must come of it."""

    story: str
    citizen: Citizen
    visit: str
    said: tuple[Said, ...]
    ending: Ending
    known: bool = True
    worker: bool = False
    opens_ms: int = 0


@dataclass
class Scene:
    """What a script works with: one stay, the day, and the hours that this person's day is shifted by."""

    one: Timeline
    day: date
    random: Random
    city: City
    extra: list[Said] = field(default_factory=list)

    def at(self, hour: float, spread: float = 1.2) -> int:
        """An hour of the day, later by up to `spread` hours."""
        return at(self.day, hour + self.random.uniform(0, spread))

    def ready(self, hour: float, hours_to_go: float = 3) -> None:
        """Ready at about `hour`, and planned to go some hours later."""
        moment = self.at(hour)
        self.one.ready(moment, moment + round(hours_to_go * HOUR_MS))


def _home(scene: Scene) -> None:
    scene.ready(8.2)
    scene.one.discharge(scene.at(13.5, 3))


def _changed_mind(scene: Scene) -> None:
    scene.ready(8)
    scene.one.not_ready(scene.at(10))
    scene.ready(13)
    scene.one.discharge(scene.at(15.5))


def _by_snapshot(scene: Scene) -> None:
    moment = scene.at(9)
    scene.one.update(moment, ready="Y", ready_on=scene.day.strftime("%Y%m%d"))
    scene.one.discharge(scene.at(14))


def _care_home(scene: Scene) -> None:
    scene.ready(8.5)
    scene.one.discharge(scene.at(14), destination=scene.random.choice(("54", "65", "85")))


def _came_back(scene: Scene) -> None:
    scene.ready(8)
    scene.one.discharge(scene.at(10.5))
    scene.one.cancel_discharge(scene.at(12))
    scene.one.discharge(scene.at(15), destination="85")


def _died(scene: Scene) -> None:
    scene.ready(8.5)
    scene.one.discharge(scene.at(12), method="4", destination="79")


def _left(scene: Scene) -> None:
    scene.ready(9)
    scene.one.discharge(scene.at(11.5), method="2")


def _other_hospital(scene: Scene) -> None:
    scene.ready(9)
    scene.one.discharge(scene.at(13), destination="51")


def _on_leave(scene: Scene) -> None:
    scene.ready(8)
    scene.one.leave(scene.at(10.5, 0.5))
    scene.one.back(scene.at(12.5, 0.5))
    scene.one.discharge(scene.at(15))


def _late_number(scene: Scene) -> None:
    scene.one.update_person(scene.at(7, 0.5), numbered=True)
    _home(scene)


def _merged(scene: Scene) -> None:
    """Registered twice: the stay began under a number that is merged away in the morning."""
    kept = scene.city.citizen()
    old = scene.one.citizen.local_id
    scene.one.update_person(scene.at(7, 0.3), citizen=replace(scene.one.citizen, local_id=kept.local_id))
    scene.one.merge_from(scene.at(7.5, 0.3), old)
    _home(scene)


def _not_mapped(scene: Scene) -> None:
    """A discharge destination that nobody has put on the feed's map."""
    scene.ready(9)
    scene.one.discharge(scene.at(14), destination="72")


def _recorded_late(scene: Scene) -> None:
    """Gone home at noon; the ward clerk writes it down hours later."""
    scene.ready(8)
    scene.one.discharge(scene.at(11.5), late_ms=4 * HOUR_MS)


def _never_was(scene: Scene) -> None:
    scene.ready(9)
    scene.one.cancel_admission(scene.at(11))


def _without_referral(scene: Scene) -> None:
    """Sent home without a word to the council, which knows them."""
    scene.one.discharge(scene.at(12))


def _estimate_only(scene: Scene) -> None:
    """An estimated date is not a ready date: no task may come of it."""
    scene.one.update(scene.at(9), expected=(scene.day + timedelta(days=1)).strftime("%Y%m%d"))


def _other_trust(scene: Scene) -> None:
    """Another trust's patient on the shared feed, ready to leave that trust's ward."""
    scene.ready(9)
    scene.one.discharge(scene.at(13))


@dataclass(frozen=True, slots=True)
class Script:
    """A named journey. `people` is how many a day has of it; `waiting` ones were ready before the day
    began.
    """

    name: str
    plot: Callable[[Scene], None]
    people: tuple[int, int] = (1, 1)
    waiting: int = 0
    ending: Ending = "completed"
    known: bool = True
    trap: bool = False
    numbered: bool = True
    wrong_number: bool = False
    hidden: str = ""
    trust: str = ""


SCRIPTS = (
    Script("home", _home, (1, 4), waiting=6),
    Script("change of mind", _changed_mind, (2, 2), waiting=1),
    Script("ready by snapshot", _by_snapshot),
    Script("care home", _care_home, waiting=1),
    Script("came back", _came_back),
    Script("on leave", _on_leave, (0, 0), waiting=1),
    Script("died", _died, ending="cancelled", waiting=1),
    Script("self-discharge", _left, ending="cancelled"),
    Script("other hospital", _other_hospital, ending="cancelled"),
    Script("late NHS number", _late_number, numbered=False),
    Script("merged", _merged),
    Script("code not mapped", _not_mapped),
    Script("recorded late", _recorded_late),
    Script("hidden address", _home, hidden="2"),
    Script("wrong check digit", _home, known=False, trap=True, wrong_number=True),
    Script("never was", _never_was, ending="entered-in-error", trap=True),
    Script("without referral", _without_referral, trap=True),
    Script("estimate only", _estimate_only, ending="none", trap=True),
    Script("other trust", _other_trust, ending="none", trap=True, known=False, trust="RJC"),
)
"""Every journey. Those that are no trap are the 12 to 16 a day who need the council (an assumption:
domain.md 4b).
"""


class Referrals:
    """Makes the journeys of one day. `visit` gives the next visit number."""

    def __init__(self, seed: int, city: City, day: date, visit: Callable[[], str], *, number: int) -> None:
        self._random = Random(f"referrals {seed} {number}")
        self._city = city
        self._day = day
        self._visit = visit

    def journeys(self, scale: float) -> list[Journey]:
        """All of a whole day; of a smaller one each script once."""
        made = []
        for script in SCRIPTS:
            ahead, waiting = self._random.randint(*script.people), script.waiting
            if scale < 1:
                ahead, waiting = (0, 1) if waiting else (1, 0)
            made += [self.journey(script, waiting=False) for _ in range(ahead)]
            made += [self.journey(script, waiting=True) for _ in range(waiting)]
        return made

    def journey(self, script: Script, *, waiting: bool) -> Journey:
        """One person's story; a waiting one was already ready when the day began."""
        random = self._random
        citizen = self._city.citizen(youngest=60)
        if script.wrong_number:
            citizen = citizen.with_wrong_check_digit()
        began = self._day - timedelta(days=random.randint(3, 12))
        admitted = at(began, wards.hour_of(random, wards.COMING))
        bay, bed = wards.bed(random)
        view = StayView(self._visit(), admitted, wards.EMERGENCY, bay, bed, hidden=script.hidden)
        if script.trust:
            view = replace(view, trust=script.trust, site=f"{script.trust}02")
        one = Timeline(citizen, view, numbered=script.numbered)
        self._until_today(one, admitted)
        scene = Scene(one, self._day, random, self._city)
        if waiting:
            yesterday = at(self._day, random.uniform(-10, -5))
            one.ready(yesterday, yesterday + 20 * HOUR_MS)
        script.plot(scene)
        opens = min((said.at_ms for said in one.said if said.trigger == "A16"), default=0)
        return Journey(
            script.name, one.citizen, view.visit, tuple(one.said), script.ending, known=script.known,
            worker=random.random() < 0.7, opens_ms=opens,
        )  # fmt: skip

    def _until_today(self, one: Timeline, admitted: int) -> None:
        """Admission through the emergency department, two moves, an estimated date."""
        random = self._random
        one.register(admitted - 10 * MINUTE_MS)
        one.admit(admitted + 5 * MINUTE_MS)
        one.move(admitted + random.randint(120, 400) * MINUTE_MS, random.choice(wards.ASSESSMENT), "BED 2")
        one.move(
            admitted + random.randint(600, 1200) * MINUTE_MS,
            random.choice(wards.OLDER_PEOPLE),
            wards.bed(random)[1],
        )
        expected = self._day + timedelta(days=random.choice((-1, 0, 0, 1)))
        one.update(admitted + 26 * HOUR_MS, expected=expected.strftime("%Y%m%d"))
