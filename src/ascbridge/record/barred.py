"""What no shared record may ever hold: cases of MAPPA, MARAC, Channel and position of trust, and safeguarding.

Nothing here makes such a resource. This is the last door all the same: whatever a source comes to say one day, or a
mapping comes to carry, what names such a case is refused here, in words that name none.
"""

from __future__ import annotations

import re

CODES = (
    "MAPPA", "MARAC", "CHANNEL", "LADO", "PIPOT", "POSITION-OF-TRUST", "SGC", "R-SI",
    "766561000000109", "514331000000104", "909021000000108", "909031000000105", "822341000000108", "1053881000000102",
    "782101000000100", "794091000000102", "836901000000108", "1098411000000108", "861931000000100",
)  # fmt: skip
"""Codes of such a case: Interweave's flags and reasons, case systems' words, SNOMED CT's for adult safeguarding."""
WORDS = ("MAPPA", "MARAC", "Channel panel", "position of trust", "safeguarding")
"""What says so in a text."""

_CODED = re.compile(rb'"code":\s*"(?:' + "|".join(map(re.escape, CODES)).encode() + rb')"', re.IGNORECASE)
_LOOSE = "|".join(word.replace(" ", r"[\s-]+") for word in WORDS)
_SAID = re.compile(rb"\b(?:" + _LOOSE.encode() + rb")\b", re.IGNORECASE)


def is_barred(resource: bytes) -> bool:
    """Whether a resource, as JSON, names a case that no shared record may hold."""
    return _CODED.search(resource) is not None or _SAID.search(resource) is not None
