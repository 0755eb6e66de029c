"""The old case system: an extract every night, one CSV file for each kind of record, in Windows-1252.

It has the faults of its age, and the same ones for the same seed: rows stand twice; what was written wrongly is put
right a night later; the row of a review is used again for the next; some people have no NHS number, or one that nobody
traced; and letters that its code page lacks lose their marks.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from ascbridge.calendars import LONDON
from ascbridge.intake.agreed.profiles import read
from ascbridge.simulator.council import person
from ascbridge.simulator.crosswalk import PERSON, old_number, renumbered
from ascbridge.simulator.sender_forms import as_sent
from ascbridge.simulator.wards import at

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from ascbridge.simulator.case_timeline import Statement

PROFILE = Path(__file__).parent / "profiles" / "old-case-system.toml"
"""The feed profile: what its columns mean."""
NIGHT_HOUR = 2.0
"""When the extract of a day is written, on the next."""
TWICE, WRONG_AT_FIRST, NO_NUMBER, NOT_TRACED = 0.02, 0.02, 0.03, 0.03
CORRECTED_AFTER_MS = 20 * 60_000
ENCODING = "windows-1252"
TYPED = {"package": "kind", "short_term": "kind", "equipment": "kind", "contact": "reason"}
"""What somebody typed, and so may have mistyped."""
_WITHOUT_MARKS = str.maketrans({"ł": "l", "Ł": "L", "đ": "d"})


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A file of the extract, dropped at a moment (UTC milliseconds)."""

    at_ms: int
    name: str
    content: bytes
    rows: int


class OldCaseSystem:
    """Writes what was said as the old system's extracts."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        profile = read(str(PROFILE))
        self._sections = {section.fact: section for section in profile.files.csv}

    def files(self, said: Sequence[Statement]) -> list[CsvFile]:
        """The extracts of every night after a day on which something was said, in order of time."""
        nights: dict[tuple[date, str], list[Statement]] = defaultdict(list)
        for night, one in self._by_night(said):
            nights[night, one.fact].append(one)
        return [self._file(night, fact, rows) for (night, fact), rows in sorted(nights.items())]

    def _by_night(self, said: Sequence[Statement]) -> Iterable[tuple[date, Statement]]:
        """Each row with the day whose extract it stands in; some stand wrong in that, and right in the next."""
        at_of: dict[tuple[str, str], list[int]] = defaultdict(list)
        for one in said:
            at_of[_thing(one)].append(one.at_ms)
        for one in said:
            day = datetime.fromtimestamp(one.at_ms / 1000, LONDON).date()
            random = self._random(one)
            wrong = _wrong(one)
            alone = not any(
                one.at_ms < at_ms <= one.at_ms + CORRECTED_AFTER_MS for at_ms in at_of[_thing(one)]
            )
            if random.random() < WRONG_AT_FIRST and alone and wrong is not None:
                yield day, wrong
                yield day + timedelta(days=1), replace(one, at_ms=one.at_ms + CORRECTED_AFTER_MS)
                continue
            yield day, one
            if random.random() < TWICE:
                yield day, one

    def _file(self, day: date, fact: str, rows: Sequence[Statement]) -> CsvFile:
        section = self._sections[fact]
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, list(section.columns), restval="")
        writer.writeheader()
        for one in rows:
            writer.writerow(as_sent(self._fact(one), section.columns))
        name = section.files.replace("*", day.strftime("%Y%m%d"))
        content = in_code_page(text.getvalue()).encode(ENCODING)
        return CsvFile(at(day + timedelta(days=1), NIGHT_HOUR), name, content, len(rows))

    def _fact(self, one: Statement) -> dict[str, Any]:
        who = person(one.citizen) | {"council_id": old_number(PERSON, one.citizen.council_id)}
        fate = self._fate(one.citizen.council_id)
        if fate < NO_NUMBER:
            who |= {"nhs_number": "", "number_status": ""}
        elif fate < NO_NUMBER + NOT_TRACED:
            who["number_status"] = "02"
        recorded = datetime.fromtimestamp(one.at_ms / 1000, UTC).isoformat()
        return {"recorded": recorded, "person": who} | renumbered(one, old_number)

    def numbered(self, council_id: str) -> bool:
        """Whether it holds somebody's NHS number, and that it was traced."""
        return self._fate(council_id) >= NO_NUMBER + NOT_TRACED

    def _fate(self, council_id: str) -> float:
        return Random(f"old {self._seed} {council_id}").random()

    def _random(self, one: Statement) -> Random:
        return Random(f"old {self._seed} {one.citizen.council_id} {one.fact} {one.at_ms}")


def _thing(one: Statement) -> tuple[str, str]:
    number = "" if isinstance(one.value, bool) else one.value.get("id", "")
    return one.fact, number or one.citizen.council_id


def _wrong(one: Statement) -> Statement | None:
    """The same with a slip of the keyboard in it; None where it holds no text that somebody typed."""
    member = TYPED.get(one.fact, "")
    if isinstance(one.value, bool) or not one.value.get(member):
        return None
    return replace(one, value={**one.value, member: f"{one.value[member]} x"})


def in_code_page(text: str) -> str:
    """Return a text with the letters that its code page lacks written without their marks."""
    return "".join(letter if _fits(letter) else _plain(letter) for letter in text)


def _plain(letter: str) -> str:
    apart = unicodedata.normalize("NFKD", letter.translate(_WITHOUT_MARKS))
    return "".join(part for part in apart if _fits(part) and not unicodedata.combining(part)) or "?"


def _fits(letter: str) -> bool:
    try:
        letter.encode(ENCODING)
    except UnicodeEncodeError:
        return False
    return True
