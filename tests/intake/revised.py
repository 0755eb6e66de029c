"""Feed profiles changed a little and signed again, for tests of what may change in a running process."""

from __future__ import annotations

import re
from importlib import resources

from ascbridge.intake.sources.profile import text_hash

_FOLDER = resources.files("ascbridge.intake.sources") / "profiles"


def itk(*changes: tuple[str, str], signed: bool = True) -> str:
    """The text of the signed hospital feed with some of its words put otherwise, signed as it stands."""
    text = (_FOLDER / "itk-v24.toml").read_text("utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    if not signed:
        return text.partition("[signed_off]")[0]
    return re.sub(r'^sha256 = ".*"$', f'sha256 = "{text_hash(text)}"', text, flags=re.MULTILINE)
