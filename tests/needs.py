"""What a test needs from the machine: missing on a person's machine it is skipped and says why, in CI it fails."""

import os

import pytest


def require(condition: object, reason: str) -> None:
    """Go on where the condition holds; otherwise skip, or under CI=true fail, with the reason."""
    if condition:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must have this: {reason}", pytrace=False)
    pytest.skip(reason)
