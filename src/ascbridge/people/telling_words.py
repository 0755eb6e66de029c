"""By which codes and words something is seen to be about safeguarding, wherever it comes in or would go out. Pure.

SNOMED CT codes are those that booking and referral messages, shared records and research code lists use for adults;
codes about children are none of ours. Interweave's flags and reasons and case systems' words are beside them.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Meaning(NamedTuple):
    """What a code says, and which type of abuse it names (empty: none)."""

    words: str
    abuse: str = ""


NOTHING_FOUND = "861931000000100"
"""*No safeguarding issues identified*: nothing to act on, and no more anybody's business than what is."""
SNOMED: dict[str, Meaning] = {
    "766561000000109": Meaning("Adult safeguarding concern"),
    "514331000000104": Meaning("Referral to safeguarding adults team"),
    "909021000000108": Meaning("Safeguarding report"),
    "909031000000105": Meaning("Adult safeguarding report"),
    "822341000000108": Meaning("Liaison with safeguarding adult team"),
    "1053881000000102": Meaning("Safeguarding intervention"),
    "782101000000100": Meaning("Vulnerable adult case management"),
    "794091000000102": Meaning("Under care of safeguarding adult team"),
    "836901000000108": Meaning("Referral to safeguarding coordinator"),
    "1098411000000108": Meaning("Notification to adult safeguarding team of missing adult"),
    "417430008": Meaning("Vulnerable adult"),
    NOTHING_FOUND: Meaning("No safeguarding issues identified"),
    "416936003": Meaning("At risk of physical abuse", "physical"),
    "417361000": Meaning("At risk of sexual abuse", "sexual"),
    "771983008": Meaning("At risk of psychological abuse", "psychological"),
    "771984002": Meaning("At risk of emotional abuse", "psychological"),
    "761571000000106": Meaning("At risk of financial abuse", "financial-or-material"),
    "417427001": Meaning("At risk of discriminatory abuse", "discriminatory"),
    "838481000000106": Meaning("At risk of institutional abuse", "organisational"),
    "707087005": Meaning("At risk of domestic violence", "domestic"),
    "736792008": Meaning("At risk of honour based violence"),
    "766969008": Meaning("At risk of radicalisation"),
    "713201008": Meaning("At risk of female genital mutilation"),
    "919461000000108": Meaning("At risk of sexual exploitation"),
    "697949003": Meaning("Suspected victim of physical abuse", "physical"),
    "697950003": Meaning("Suspected domestic abuse", "domestic"),
    "697951004": Meaning("Suspected victim of emotional abuse", "psychological"),
    "702579009": Meaning("Suspected victim of sexual abuse", "sexual"),
    "248054003": Meaning("Self-neglect", "self-neglect"),
    "401233007": Meaning("At risk for self-neglect", "self-neglect"),
    "777996001": Meaning("Alleged being subjected to abuse"),
    "881081000000100": Meaning("Domestic abuse victim in household", "domestic"),
}
CASES = ("MAPPA", "MARAC", "CHANNEL", "LADO", "PIPOT", "POSITION-OF-TRUST", "SGC", "R-SI")
"""Codes that are no SNOMED CT: of cases that no shared record may hold, and Interweave's flag and reason."""
WORDS = ("MAPPA", "MARAC", "Channel panel", "position of trust", "safeguarding")
"""What says so in a text."""

_LONGER = (*WORDS[:4], "PIPOT", "section 42")
"""Words that are somebody's name too, or part of one, are looked for where no names are."""
_CODE = re.compile(rb"[1-9]\d{8,17}")
_CODES = frozenset(code.encode() for code in SNOMED)
_LOOSE = "|".join(word.replace(" ", r"[\s_-]+") for word in _LONGER)
# Deprivation of Liberty Safeguards are another matter.
_ANYWHERE = re.compile(r'safe[\s_-]?guard(?!s)|"concern"\s*:|"abuse_types?"\s*:', re.IGNORECASE)
_NOT_IN_NAMES = re.compile(rf"(?<![a-z0-9])(?:{_LOOSE}|s42)(?![a-z0-9])", re.IGNORECASE)
_SHORT = re.compile(r"(?<![A-Za-z0-9-])(?:SGC|R-SI)(?![A-Za-z0-9-])")


def tells(raw: bytes) -> bool:
    """Whether bytes may be about safeguarding: quick, and rather once too often. Which part of them, `says` tells."""
    if _hinted(raw.lower()) and says(raw.decode("latin-1")):
        return True
    return not _CODES.isdisjoint(_CODE.findall(raw))


def _hinted(low: bytes) -> bool:
    """Whether any word can be in it at all. Each message is asked this, and a loop would take twice as long."""
    return (
        b"guard" in low or b"mappa" in low or b"marac" in low or b"panel" in low or b"position" in low
        or b"pipot" in low or b"section" in low or b"s42" in low or b"sgc" in low or b"r-si" in low
        or b'"concern' in low or b'"abuse_type' in low
    )  # fmt: skip


def says(text: str, *, names: bool = False) -> bool:
    """Whether a text says so. `names`: it may be somebody's name, which such a word can be too."""
    if _ANYWHERE.search(text):
        return True
    if names:
        return False
    return bool(codes_in(text) or _NOT_IN_NAMES.search(text) or _SHORT.search(text))


def codes_in(text: str) -> tuple[str, ...]:
    """The codes of SNOMED CT in a text that are about safeguarding, each once, in order."""
    found = (one.decode() for one in _CODE.findall(text.encode("utf-8", "replace")))
    return tuple(dict.fromkeys(one for one in found if one in SNOMED))
