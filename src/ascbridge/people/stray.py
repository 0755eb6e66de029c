"""What came in by a feed that is not for safeguarding, and is about it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Stray:
    """One message, or a part of one, of an adult and in its sender's words.

    `told` are the parts that say so, each with its place; `whole`: nothing else is in it that the feed is for, so that
    all of `body` is. `raises`: there is something for somebody to decide, and not only that nothing was found. `about`
    is whom and which stay it is about by the sender's own numbers: the same told again of them is no second one.
    """

    feed: str
    sender: Literal["hospital", "council"]
    body: bytes = field(repr=False)
    told: tuple[str, ...] = field(repr=False)
    raises: bool = True
    abuse: tuple[str, ...] = field(default=(), repr=False)
    whole: bool = False
    about: str = field(default="", repr=False)
    council_id: str = field(default="", repr=False)
    nhs_number: str = field(default="", repr=False)
    family_name: str = field(default="", repr=False)
    given_names: str = field(default="", repr=False)
    birth_date: str = field(default="", repr=False)
