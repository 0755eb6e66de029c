"""What a token may read over the FHIR interface, as SMART scopes name it, version 2, and version 1's ``.read``
(hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html).

A token without scopes reads what its role may. Nothing is written over that interface, so no scope here writes. One
scope is our own, of another interface: ``record-link``, making links that open one person's record for its reader.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ascbridge.access import Section

Act = Literal["r", "s"]
"""``r`` reads one resource, its versions and history; ``s`` searches a type."""
_SCOPE = re.compile(r"(system|patient)/(\*|[A-Z][A-Za-z]{1,40})\.(rs|r|s|read)")
MOST = 40
LINKS = "record-link"


class BadScope(ValueError):
    """Scopes that no token of ours can have; the text says why, for people."""


@dataclass(frozen=True, slots=True)
class Scope:
    """One scope: whether of everybody or of one person, which type (``*``: all), and which acts."""

    everybody: bool
    resource_type: str
    acts: str

    def grants(self, act: Act, resource_type: str) -> bool:
        """Whether it lets its bearer do that with a type, of whomever it is for."""
        return act in self.acts and self.resource_type in ("*", resource_type)


@dataclass(frozen=True, slots=True)
class Scopes:
    """A token's scopes, as written, and the person whom ``patient/`` means: their id, empty without such a scope."""

    written: tuple[str, ...]
    person: str = ""

    def reach(self, act: Act, resource_type: str) -> str | None:
        """Return of whom that may be done: of everybody (empty), of the one person (their id), of nobody (None)."""
        written = (_read(each) for each in self.written if each != LINKS)
        granted = [each for each in written if each.grants(act, resource_type)]
        if any(each.everybody for each in granted):
            return ""
        return self.person if granted else None

    def opens(self, section: Section) -> bool:
        """Whether a token with these scopes may use a section, where its role may."""
        return section == "fhir" or (section == "record-links" and LINKS in self.written)


def scopes_of(written: Sequence[str], person: str = "") -> Scopes:
    """Return checked scopes. Raises `BadScope`."""
    if not 0 < len(written) <= MOST:
        raise BadScope(f"a token has from one to {MOST} scopes")
    read = [_read(each) for each in written if each != LINKS]
    if bool(person) != any(not each.everybody for each in read):
        raise BadScope("patient/ scopes, and no others, need the id of the person whom they are for")
    return Scopes(tuple(written), person)


def _read(text: str) -> Scope:
    found = _SCOPE.fullmatch(text)
    if found is None:
        raise BadScope(
            "a scope is system/TYPE.ACTS or patient/TYPE.ACTS: TYPE a resource type or *, ACTS r, s, rs or read; "
            f"or {LINKS}"
        )
    return Scope(found[1] == "system", found[2], "rs" if found[3] == "read" else found[3])
