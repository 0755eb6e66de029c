"""What a language is called whose code a source sent.

`languages.csv` holds the codes and words of UKCore-HumanLanguage 2.1.0 (HL7 UK, Apache License 2.0): ISO 639-1, and
five for signs and symbols. A code that it does not have is shown as it came: nothing is guessed.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files


def language(code: str) -> str:
    """Return the words for a language's code, such as ``Urdu`` for ``ur`` or ``UR``; else what was sent."""
    return _words().get(code.strip().lower(), code)


@cache
def _words() -> dict[str, str]:
    text = (files("ascbridge.web") / "languages.csv").read_text("utf-8")
    return {row["code"]: row["words"] for row in csv.DictReader(text.splitlines())}
