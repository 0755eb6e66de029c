"""Takes out of a council's object what is about safeguarding: such facts are not for this feed. Thinks only.

A member goes by its name or by what it holds; one that only says *no* is taken out too, and is nobody's to decide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from ascbridge.intake.sources.sifted import Sifted, all_of, sender_of
from ascbridge.people.stray import Stray
from ascbridge.people.telling_words import NOTHING_FOUND, SNOMED, codes_in, says, tells

if TYPE_CHECKING:
    from ascbridge.intake.sources.profile import Profile

_NAMES = frozenset({"family_name", "given_names", "name", "worker", "first_name", "last_name", "surname"})
_NO = frozenset({"", "n", "no", "none", "false", "0", "null", "nil"})


class _Gone:
    """Stands for what was taken out."""


_GONE = _Gone()


def sift(raw: bytes, profile: Profile) -> Sifted | None:
    """Return what of an object goes behind the wall and what is left of it; None where nothing does."""
    if not tells(raw):
        return None
    try:
        sent = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return Sifted(all_of(raw, profile), None)
    told: list[tuple[str, Any]] = []
    rest = _without(sent, "", told)
    if not told:
        return None
    adult = _adult(sent)
    stray = Stray(
        profile.feed.name, sender_of(profile), raw, tuple(f"{place}: {_shown(value)}" for place, value in told),
        raises=any(_raises(value) for _, value in told),
        abuse=tuple(dict.fromkeys(abuse for _, value in told for abuse in _abuse(value))),
        about=_text(adult, "council_id") or _text(adult, "nhs_number"),
        council_id=_text(adult, "council_id"), nhs_number=_text(adult, "nhs_number"),
        family_name=_text(adult, "family_name"), given_names=_text(adult, "given_names"),
        birth_date=_text(adult, "birth_date"),
    )  # fmt: skip
    return Sifted(stray, None if rest is _GONE else orjson.dumps(rest))


def _without(sent: Any, place: str, told: list[tuple[str, Any]], key: str = "") -> Any:
    """Return what is left of a value, noting what was taken out and where it stood."""
    if isinstance(sent, dict):
        found = {}
        for name, value in sent.items():
            at = f"{place}.{name}" if place else name
            if says(f'"{name}":'):
                told.append((at, value))
            elif (left := _without(value, at, told, name)) is not _GONE:
                found[name] = left
        return found
    if isinstance(sent, list):
        kept = [_without(one, place, told, key) for one in sent]
        return [one for one in kept if one is not _GONE]
    if says(str(sent), names=key in _NAMES):
        told.append((place, sent))
        return _GONE
    return sent


def _raises(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_raises, value.values()))
    if isinstance(value, list):
        return any(map(_raises, value))
    said = str(value).strip().lower() if value is not None else ""
    return said not in _NO and set(codes_in(said)) != {NOTHING_FOUND}


def _abuse(value: Any) -> list[str]:
    return [SNOMED[code].abuse for code in codes_in(_shown(value)) if SNOMED[code].abuse]


def _adult(sent: Any) -> dict[str, Any]:
    """Whom it is about, where it says so as a fact or a concern does."""
    for inside in ("person", "adult", "concern"):
        found = sent.get(inside) if isinstance(sent, dict) else None
        if isinstance(found, dict):
            return _adult(found) or found
    return {}


def _text(adult: dict[str, Any], name: str) -> str:
    value = adult.get(name)
    if isinstance(value, list):
        return " ".join(one for one in value if isinstance(one, str))
    return value if isinstance(value, str) else ""


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
