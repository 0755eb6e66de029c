"""Writes the approved resources anew: ``python -m tests.record.mapping.approve``, then read the difference."""

import json
from pathlib import Path

from ascbridge.record.mapping.bundle import name_of, resources, shared
from tests.record.care_samples import EVERYBODY
from tests.record.samples import COUNCIL

GOLDEN = Path(__file__).parent / "golden"


def made(name: str) -> list[dict]:
    """Return all that one sample person becomes, what is shared first."""
    person = EVERYBODY[name]
    everything = [*shared([person], COUNCIL).values(), *resources(person, COUNCIL)]
    assert len({name_of(each) for each in everything}) == len(everything)
    return everything


def approved(name: str) -> Path:
    """Return where the approved resources of a sample person lie."""
    return GOLDEN / f"{name.replace(' ', '_')}.json"


if __name__ == "__main__":
    for sample in EVERYBODY:
        approved(sample).write_text(
            json.dumps(made(sample), indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
        )
