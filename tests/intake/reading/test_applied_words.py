"""What is to be heard all the same: put down with the decision, taken up in turns, each message once."""

from __future__ import annotations

from ascbridge.intake.reading import applied_words
from tests.people.ward import empty_bridge

REVIEW, PERSON = "care.review-stated.v1", "person.patient-details-recorded.v1"


def test_each_message_is_taken_up_once_the_oldest_first() -> None:
    with empty_bridge() as connection:
        said = [("m2", REVIEW), ("m1", REVIEW), ("m1", PERSON), ("m3", REVIEW)]
        applied_words.put(connection, said, "Ola", "as agreed", 5)
        assert applied_words.take_waiting(connection, 2) == ["m1", "m2"]
        assert applied_words.waiting(connection)
        assert applied_words.take_waiting(connection, 2) == ["m3"]
        assert not applied_words.waiting(connection)
        assert applied_words.of(connection, ["m1", "m2", "m9"]) == {"m1": {REVIEW, PERSON}, "m2": {REVIEW}}


def test_what_was_heard_already_is_not_heard_again() -> None:
    with empty_bridge() as connection:
        applied_words.put(connection, [("m1", REVIEW)], "Ola", "as agreed", 5)
        applied_words.take_waiting(connection, 9)
        applied_words.put(connection, [("m1", REVIEW)], "Ola", "as agreed", 6)
        assert not applied_words.waiting(connection)
