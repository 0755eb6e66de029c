"""One link of a chain by hash: what is said, and the hash of it and of all before it.

An entry that is changed, taken out or put in later no longer fits what follows it.
"""

from __future__ import annotations

import hashlib
from typing import Any

import orjson

NOTHING_BEFORE = "0" * 64


def chained(previous: str, said: dict[str, Any]) -> str:
    """Return the hash of an entry that says this and follows one with hash `previous`."""
    canonical = orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(previous.encode() + canonical).hexdigest()
