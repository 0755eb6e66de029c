"""Whose fault it is: the event's, which is then held and looked at, or the machine's, which everything
waits out.
"""

from __future__ import annotations

import traceback

from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

MACHINE_STATES = frozenset({"08", "25", "40", "53", "54", "55", "57", "58", "XX"})
"""SQLSTATE classes that say nothing about the row: connection, transaction, resources, operator, system."""


class EventFault(Exception):
    """A failure that belongs to one event, which is held, tried again and at last becomes a dead letter.

    `cause` says to a person what is wrong, where, and what to do. It holds no personal data: it is shown
    and logged.
    """

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class InfrastructureFault(Exception):
    """A failure of the database, the log or the machine: nothing is given up, everything waits and tries
    again.
    """


class CommonFault(InfrastructureFault):
    """Too many people are held with one same cause: that is our fault and not theirs. `cause` says which."""

    def __init__(self, cause: str, lanes: int) -> None:
        super().__init__(f"{lanes} people are held with one cause: {cause}")
        self.cause = cause
        self.lanes = lanes


def is_infrastructure(fault: Exception) -> bool:
    """Whether this failure says nothing about the event that was being handled."""
    if isinstance(fault, InfrastructureFault | OSError | MemoryError | NoConnection):
        return True
    if not isinstance(fault, DBAPIError):
        return False
    if fault.connection_invalidated:
        return True
    state = str(getattr(fault.orig, "sqlstate", None) or "")
    if state:
        return state[:2] in MACHINE_STATES
    return isinstance(fault, OperationalError | InterfaceError | InternalError)


def cause_of(fault: Exception) -> str:
    """Say in words what went wrong, without the values involved, which may be somebody's.

    An unknown exception is named by its kind and the place it came from, so that one mistake of ours gives
    one cause.
    """
    if isinstance(fault, EventFault):
        return fault.cause
    frames = traceback.extract_tb(fault.__traceback__)
    ours = [frame for frame in frames if "ascbridge" in frame.filename.replace("\\", "/").split("/")]
    place = ours[-1] if ours else (frames[-1] if frames else None)
    where = f" in {place.filename.replace(chr(92), '/').rsplit('/', 1)[-1]}:{place.lineno}" if place else ""
    return f"{type(fault).__name__}{where}: the program did not expect this; report it"


def reason_of(fault: Exception) -> str:
    """Say why something stands still, for an IT desk. Only our own exceptions are quoted: they name no
    values.
    """
    if type(fault).__module__.startswith("ascbridge."):
        return str(fault)
    if isinstance(fault, DBAPIError):
        return f"the database refuses: {type(fault.orig).__name__}"
    return f"{type(fault).__name__}: {fault}" if isinstance(fault, OSError) else cause_of(fault)
