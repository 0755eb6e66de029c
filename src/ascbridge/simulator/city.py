"""The people of the invented city: each with a test-range NHS number, an address in CV99 and a doctor.

Everything follows from the seed and the day's number, so the same people come every time. NHS numbers are of
the 999 test range and pass the check of modulus 11; postcodes begin with CV99, which Royal Mail does not use;
telephone numbers are those that Ofcom keeps for drama.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from ascbridge.simulator.city_words import COMMUNITIES, LANGUAGES, PRACTICES, STREET_KINDS, STREETS

_WEIGHTS = (10, 9, 8, 7, 6, 5, 4, 3, 2)
_TEST_RANGE = 1_000_000
_STRIDE = 137_329  # has no factor in common with the range, so that numbers come back only after all of it
_PEOPLE_A_DAY = 5_000
_BANDS = ((18, 40, 14), (40, 65, 24), (65, 75, 20), (75, 85, 26), (85, 99, 16))
"""Ages of adult inpatients: from, under, share. Care needs weight them towards the old."""


@dataclass(frozen=True, slots=True)
class Citizen:
    """One invented person. `gender` is the ITK code: 1 male, 2 female.

    `local_id` is the hospital's own number; `council_id` is the case system's, used only where the council
    knows the person.
    """

    local_id: str
    council_id: str
    nhs_number: str
    family_name: str
    given_names: tuple[str, ...]
    title: str
    gender: str
    birth_date: date
    ethnic: str
    language: str
    street: str
    postcode: str
    phone: str
    practice: tuple[str, str, str, str]
    kin_name: str
    kin_phone: str
    number_status: str = "01"

    def with_wrong_check_digit(self) -> Citizen:
        """The same person with an NHS number that somebody mistyped."""
        last = (int(self.nhs_number[-1]) + 1) % 10
        return replace(self, nhs_number=f"{self.nhs_number[:-1]}{last}")


class City:
    """Makes people. Cities of one seed and different day numbers never give the same number to two people."""

    def __init__(self, seed: int, on: date, *, number: int = 0) -> None:
        self._random = Random(f"city {seed} {number}")
        self._on = on
        self._made = number * _PEOPLE_A_DAY
        self._tried = number * _PEOPLE_A_DAY * 2
        self._offset = Random(f"numbers {seed}").randrange(_TEST_RANGE)

    def citizen(self, *, youngest: int = 18) -> Citizen:
        """Make one more adult, at least `youngest` years old."""
        random = self._random
        self._made += 1
        community = random.choices(COMMUNITIES, [one.share for one in COMMUNITIES])[0]
        gender = random.choice("12")
        given = tuple(
            random.sample(community.women if gender == "2" else community.men, random.choice((1, 1, 2)))
        )
        family = random.choice(community.families)
        ethnic = random.choice(community.ethnic)
        return Citizen(
            local_id=f"U{self._made:07d}",
            council_id=f"C{self._made:07d}",
            nhs_number=self._nhs_number(),
            family_name=family,
            given_names=given,
            title=("MR" if gender == "1" else random.choice(("MRS", "MRS", "MS", "MISS"))),
            gender=gender,
            birth_date=self._birth_date(youngest),
            ethnic=ethnic,
            language=LANGUAGES.get(ethnic, "en") if random.random() < 0.4 else "en",
            street=f"{random.randint(1, 180)} {random.choice(STREETS)} {random.choice(STREET_KINDS)}",
            postcode=f"CV99 {random.randint(1, 9)}{random.choice('ABDEFGHJLNPQRSTUWXYZ')}"
            f"{random.choice('ABDEFGHJLNPQRSTUWXYZ')}",
            phone=f"07700900{random.randint(0, 999):03d}",
            practice=random.choice(PRACTICES),
            kin_name=f"{family}^{random.choice(community.women + community.men)}",
            kin_phone=f"01632960{random.randint(0, 999):03d}",
        )

    def _nhs_number(self) -> str:
        """The next unused number of the test range with a check digit (NHS Data Dictionary, NHS NUMBER)."""
        while True:
            self._tried += 1
            body = f"999{(self._offset + self._tried * _STRIDE) % _TEST_RANGE:06d}"
            check = -sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, body, strict=True)) % 11
            if check < 10:
                return f"{body}{check}"

    def _birth_date(self, youngest: int) -> date:
        bands = [band for band in _BANDS if band[1] > youngest]
        low, high, _ = self._random.choices(bands, [share for _, _, share in bands])[0]
        years = self._random.uniform(max(low, youngest), high)
        return self._on - timedelta(days=int(years * 365.25) + 1)
