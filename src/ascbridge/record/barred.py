"""What no shared record may ever hold: cases of MAPPA, MARAC, Channel and position of trust, and safeguarding.

Nothing here makes such a resource. This is the last door all the same: whatever a source comes to say one day, or a
mapping comes to carry, what names such a case is refused here, in words that name none.
"""

from __future__ import annotations

import re

from ascbridge.people.telling_words import CASES, SNOMED, WORDS

CODES = (*CASES, *SNOMED)
"""Codes of such a case: Interweave's flags and reasons, case systems' words, SNOMED CT's for adult safeguarding."""

_CODED = re.compile(rb'"code":\s*"(?:' + "|".join(map(re.escape, CODES)).encode() + rb')"', re.IGNORECASE)
_LOOSE = "|".join(word.replace(" ", r"[\s-]+") for word in WORDS)
_SAID = re.compile(rb"\b(?:" + _LOOSE.encode() + rb")\b", re.IGNORECASE)


def is_barred(resource: bytes) -> bool:
    """Whether a resource, as JSON, names a case that no shared record may hold."""
    return _CODED.search(resource) is not None or is_said(resource)


def is_said(text: bytes) -> bool:
    """Whether a text, or JSON, names such a case in words."""
    return _SAID.search(text) is not None
