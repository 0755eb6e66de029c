"""Our own code systems: known to the builders, and every code in words."""

import re

from ascbridge.own_codes import CARE_DISPLAYS, OWN_SYSTEMS
from ascbridge.uk_core import DISPLAYS, concept


def test_every_system_of_ours_is_known_to_the_builders_and_says_its_words() -> None:
    for system, codes in CARE_DISPLAYS.items():
        assert system.startswith(OWN_SYSTEMS)
        assert DISPLAYS[system] is codes
        for code, words in codes.items():
            assert re.fullmatch(r"[a-z][a-z-]*", code)
            assert concept([system], code, "")["text"] == words
