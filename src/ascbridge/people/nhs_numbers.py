"""What an NHS number is worth: whether it checks, and how far its source vouches for it. It thinks only.

An NHS number has ten digits, the last a modulus 11 check digit (NHS Data Dictionary, NHS NUMBER). Numbers of
the test range 999 are numbers like any other. Ten times one digit checks too, but is what systems fill in for
*unknown*: it would make one person of many, so it does not pass here.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from nhs_number.validate import is_valid

NumberState = Literal["verified", "unverified", "invalid", "none"]

VERIFIED = "01"
"""NHS NUMBER STATUS INDICATOR CODE 01: number present and verified."""

_STATUS = re.compile(r"(?:NSTS)?(0[1-8])", re.ASCII | re.IGNORECASE)
_SPACING = re.compile(r"[\s-]+")


def standard(number: str) -> str:
    """Return the number without the spaces and dashes that people write into it."""
    return _SPACING.sub("", number)


def checks(number: str) -> bool:
    """Whether this is an NHS number: ten digits, the last fitting the others, and not ten times the same."""
    digits = standard(number)
    plain = digits.isascii() and digits.isdecimal() and len(set(digits)) > 1
    return plain and _valid(digits)


@lru_cache(maxsize=4096)  # a person's messages come together, and each says the number again
def _valid(digits: str) -> bool:
    return is_valid(digits)


def verification_status(text: str) -> str:
    """Return the status indicator ``01``..``08`` in ``01`` or ``NSTS01`` (table 0445), or an empty text."""
    found = _STATUS.fullmatch(text.strip())
    return found.group(1) if found else ""


def number_state(number: str, status: str) -> NumberState:
    """Return what a number is worth, given its status indicator (``01``..``08``, empty where none was)."""
    if not standard(number):
        return "none"
    if not checks(number):
        return "invalid"
    return "verified" if verification_status(status) == VERIFIED else "unverified"
