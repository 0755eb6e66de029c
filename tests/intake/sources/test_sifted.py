"""What cannot be told apart goes whole."""

from __future__ import annotations

from ascbridge.intake.agreed import profiles
from ascbridge.intake.sources.sifted import all_of, sender_of

ITK, FACTS = profiles.read("itk-v24"), profiles.read("council-facts")


def test_all_of_it_is_its_senders_words() -> None:
    found = all_of(b"QUETZAL", FACTS)
    assert (found.feed, found.sender, found.body, found.whole, found.raises) == (
        "council-facts",
        "council",
        b"QUETZAL",
        True,
        True,
    )


def test_who_sends_follows_from_the_profile() -> None:
    assert (sender_of(ITK), sender_of(FACTS)) == ("hospital", "council")
