"""Names on one list that are easily taken for one another, so that whoever reads it looks twice. It thinks only.

Alike are two people of one family name whose first names begin with one letter, and two who have the same two names the
other way round. How names sound is not compared: on a city's list that would mark half of them, and a mark that is
everywhere marks nobody.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ascbridge.web.people.people_shown import PersonShown


def alike(people: Mapping[str, PersonShown], persons: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Return the person ids whose names are alike. `persons` are patient keys with their person ids.

    Two keys of one person are not alike. Who is not named to the reader, or not at all, is left out.
    """
    groups: dict[object, set[str]] = defaultdict(set)
    for key, person_id in persons:
        shown = people.get(key)
        if shown is None or not shown.known or shown.masked or shown.erased:
            continue
        family, given = _parts(shown.name)
        if family and given:
            groups[family, given[0]].add(person_id)
            groups[frozenset((family, given))].add(person_id)
    return frozenset().union(*(group for group in groups.values() if len(group) > 1))


def _parts(name: str) -> tuple[str, str]:
    """The family name and the first given name of ``EVANS, Mary Joy (Mrs)``, in small letters alone."""
    family, _, rest = name.partition(",")
    first = next(iter(rest.replace("(", " ( ").split()), "")
    return _letters(family), _letters(first)


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalpha())
