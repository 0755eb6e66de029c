"""W3C trace context: the trace of a message and the span of each thing that follows from it, by their ids alone.

A trace id is the message's id without its dashes, and a span id the last half of an event's id, so nothing has to be
stored and either leads back to the other. A sender that brings a trace of its own keeps it: `joined` says which.
https://www.w3.org/TR/trace-context/ (Recommendation of 23 November 2021). Thinks only.
"""

from __future__ import annotations

import hashlib
import re

_SENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})", re.ASCII)
_SAMPLED = "01"
_HEX = re.compile(r"[0-9a-f]{32}", re.ASCII)
_NO_TRACE, _NO_SPAN = "0" * 32, "0" * 16
FLAG = "trace="
"""How the observation about a message begins that names the trace it came in: ``trace=00-...``."""


def trace_id(correlation: str) -> str:
    """Return the trace of what is correlated by this id: a message, or an act at the desk."""
    plain = correlation.replace("-", "").lower()
    return plain if _HEX.fullmatch(plain) and plain != _NO_TRACE else _digest(correlation)[:32]


def span_id(ident: str) -> str:
    """Return the span of an event, of a message, or of whatever else has an id."""
    plain = ident.replace("-", "").lower()
    last = plain[16:] if _HEX.fullmatch(plain) else _digest(ident)[:16]
    return last if last != _NO_SPAN else _digest(ident)[:16]


def traceparent(correlation: str, ident: str) -> str:
    """Return the `traceparent` of something that follows from a message; empty where nothing is correlated."""
    return f"00-{trace_id(correlation)}-{span_id(ident)}-{_SAMPLED}" if correlation else ""


def sent(header: str) -> str:
    """Return a `traceparent` as a sender may write it, or nothing where it is none (section 3.2)."""
    found = _SENT.fullmatch(header.strip())
    if found is None or found[1] == _NO_TRACE or found[2] == _NO_SPAN:
        return ""
    return found[0]


def joined(flags: tuple[str, ...]) -> str:
    """Return the `traceparent` with which a message came, as its observations have it; empty where with none."""
    return next((sent(one.removeprefix(FLAG)) for one in flags if one.startswith(FLAG)), "")


def child(parent: str, ident: str) -> str:
    """Return the `traceparent` of an event in a trace that a sender began; empty where nobody did."""
    known = sent(parent)
    return f"{known[:36]}{span_id(ident)}-{_SAMPLED}" if known else ""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
