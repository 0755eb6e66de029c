"""What is said of the information that goes with a person names neither a document nor who receives it."""

from ascbridge.events.facts.catalogue import fact_name, read_fact
from ascbridge.events.facts.information_pack import InformationPackChanged


def test_it_is_read_back_as_it_was_said_and_seals_nothing() -> None:
    assert fact_name(InformationPackChanged) == "task.information-pack-changed.v1"
    assert InformationPackChanged.seals is None
    said = {
        "task": "t1",
        "spell": "s1",
        "revision": 3,
        "waived": {"summary": "there-already"},
        "unknown": "later",
    }
    read = read_fact("task.information-pack-changed.v1", said)
    assert isinstance(read, InformationPackChanged)
    assert (read.waived, read.missing, read.receipt_due_ms) == ({"summary": "there-already"}, (), None)
