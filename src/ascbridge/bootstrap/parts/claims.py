"""Who works on a data directory: each of its services claims its part of the files, so that each has one writer.

A claim is a lock that the system lets go of when its process ends, however it ends. The file stays and says nothing.
"""

from __future__ import annotations

import contextlib
import fcntl
import time
from typing import TYPE_CHECKING

from ascbridge.bootstrap.parts.settled import CannotStart

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

PATIENCE_S = 6.0
"""As long as what is left of a bridge that lost its supervisor may take to notice and to drain."""
_LOOK_AGAIN_S = 0.1


@contextlib.contextmanager
def claimed(data_dir: Path, *services: str, patience_s: float = PATIENCE_S) -> Iterator[None]:
    """Hold the parts of these services in `data_dir`; waits a little for whoever is about to end.

    Where there is no such folder there is nothing to claim. Raises `CannotStart`.
    """
    with contextlib.ExitStack() as held:
        for service in services if data_dir.is_dir() else ():
            file = held.enter_context((data_dir / f"{service}.lock").open("ab"))
            if not _taken(file, time.monotonic() + patience_s):
                raise CannotStart(
                    f"another bridge works on {data_dir} ({service}): stop it first, or name another folder"
                )
        yield


def _taken(file: BinaryIO, until_s: float) -> bool:
    # By process and not by open file: what `work` forks writes no file, and must not keep the claim of a dead one.
    while True:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until_s:
                return False
            time.sleep(_LOOK_AGAIN_S)
        else:
            return True
