"""What no shared record may ever hold: cases of MAPPA, MARAC, Channel and position of trust, and safeguarding.

Nothing here makes such a resource. This is the last door all the same: whatever a source comes to say one day, or a
mapping comes to carry, what names such a case is refused here, in words that name none.
"""

from __future__ import annotations

import re

from ascbridge.people.telling_words import CASES, SNOMED, WORDS

CODES = (*CASES, *SNOMED)
"""Codes of such a case: Interweave's flags and reasons, case systems' words, SNOMED CT's for adult safeguarding."""

_CODED = re.compile(rb'"code":"([^"]*)"')
_CASES = frozenset(code.encode() for code in CODES)
_LOOSE = "|".join(word.replace(" ", r"[\s-]+") for word in WORDS)
_SAID = re.compile(rb"\b(?:" + _LOOSE.encode() + rb")\b", re.IGNORECASE)


def is_barred(resource: bytes) -> bool:
    """Whether a resource, as JSON without blanks, names a case that no shared record may hold."""
    return any(code.upper() in _CASES for code in _CODED.findall(resource)) or is_said(resource)


def is_said(text: bytes) -> bool:
    """Whether a text, or JSON, names such a case in words."""
    return _hinted(text.lower()) and _SAID.search(text) is not None


def _hinted(low: bytes) -> bool:
    """Whether any of the words can be in it at all, which is quickly seen of each resource."""
    return (
        b"mappa" in low or b"marac" in low or b"panel" in low or b"position" in low or b"safeguarding" in low
    )
