"""Every mapping of `record/mapping/care`, in an order in which each refers to earlier ones only.

They are found by looking into the folder, once, when this module is first imported. This module thinks; it does no
input or output.
"""

from __future__ import annotations

from graphlib import TopologicalSorter
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from ascbridge.record.mapping import care

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ascbridge.events.facts.fact import CouncilFact
    from ascbridge.record.mapping.care_mapping import CareMapping
    from ascbridge.record.views import CareView, Council
    from ascbridge.uk_core import Json


def _found() -> tuple[CareMapping, ...]:
    """Return every declaration, those referred to first; of two alike by the name of their rule."""
    names = sorted(module.name for module in iter_modules(care.__path__, f"{care.__name__}."))
    declared: list[CareMapping] = [import_module(name).MAPPING for name in names]
    order = TopologicalSorter({each.resource_type: set[str]() for each in declared})
    for each in declared:
        order.add(each.resource_type, *sorted(set(each.after) - {each.resource_type}))
    place = {resource_type: number for number, resource_type in enumerate(order.static_order())}
    return tuple(sorted(declared, key=lambda each: (place[each.resource_type], each.rule)))


MAPPINGS = _found()
"""Every mapping of what the council says of a person's care."""
SHOWN: tuple[type[CouncilFact], ...] = tuple(dict.fromkeys(fact for each in MAPPINGS for fact in each.says))
"""The facts that become resources, by some mapping."""
FACT_OF: Mapping[str, type[CouncilFact]] = {fact.slot: fact for fact in SHOWN}
"""The fact that fills each slot."""


def care_resources(views: Sequence[CareView], council: Council) -> list[tuple[str, Json]]:
    """Return all that these facts of one person become, each behind its rule, and what is referred to first."""
    return [
        (f"{mapping.rule}/{mapping.version}", resource)
        for mapping in MAPPINGS
        for view in views
        if isinstance(view.fact, mapping.says)
        for resource in mapping.make(view, council)
    ]


def care_teams(views: Iterable[CareView]) -> list[str]:
    """Return the names of the teams that these facts' resources refer to."""
    return [
        team
        for view in views
        for mapping in MAPPINGS
        if isinstance(view.fact, mapping.says)
        for team in mapping.teams(view)
    ]
