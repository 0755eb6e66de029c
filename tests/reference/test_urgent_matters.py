"""What is urgent out of hours: three facts and what people say, nothing of it agreed, and no list that contradicts itself."""

import pytest

from ascbridge.reference.in_force import ReferenceLists
from ascbridge.reference.list_files import BadList
from tests.reference.lists import made

SHIPPED = ReferenceLists().urgent(0)
ONE = """
[[matter]]
code = "gas"
words = "The gas is off"
do = "Ring the supplier"

[[rung]]
code = "ward"
words = "The ward"
"""


def test_what_ships_is_the_three_facts_and_what_people_say_and_nobody_agreed_to_it() -> None:
    assert set(SHIPPED.by_fact) == {"carer-in-hospital", "package-lapsed", "left-by-themselves"}
    assert [one.code for one in SHIPPED.matter if one.when is None] == ["alone-tonight"]
    assert [one.code for one in SHIPPED.matter if one.asks] == ["carer-admitted"]
    assert len(list(SHIPPED.not_agreed())) == len(SHIPPED.matter) + len(SHIPPED.rung) + len(SHIPPED.not_known)


def test_kinds_in_words() -> None:
    found = made("urgent", ONE)
    gas, ward = found.things()
    assert gas.said == {
        "words": "The gas is off",
        "by the fact": "only people say so",
        "what to do": "Ring the supplier",
        "told of for": "72 hours",
    }
    assert (ward.name, ward.said) == ("rung: ward", {"words": "The ward"})
    assert (found.rung_words, found.by_fact) == ({"ward": "The ward"}, {})


def test_what_stands_there_twice_is_told_together() -> None:
    twice = ONE.replace('code = "gas"\n', 'code = "gas"\nwhen = "package-lapsed"\n')
    with pytest.raises(BadList) as fault:
        made("urgent", twice + twice)
    assert fault.value.lines == (
        "matter gas stands there twice",
        "fact package-lapsed stands there twice",
        "rung ward stands there twice",
    )


def test_a_fact_that_no_message_tells_is_refused() -> None:
    with pytest.raises(BadList, match=r"matter 1 \(gas\), when"):
        made("urgent", ONE.replace('code = "gas"\n', 'code = "gas"\nwhen = "cared-for-alone"\n'))
