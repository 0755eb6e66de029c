"""Round by round the sink is given what may stand: also after a stop in between, and whatever it refuses."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from ascbridge.record.fhir_server import Accepted, Refused, Seen, Unavailable
from ascbridge.record.views import Council
from ascbridge.safeguarding import flag_store
from ascbridge.safeguarding.concern_words import AdultSaid
from ascbridge.safeguarding.flag_rounds import FlagRounds, Shared, Sought
from tests.safeguarding.behind import Behind, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

COUNCIL = Council("Coventry City Council", "E08000026", "https://fhir.coventry.gov.uk/Id")


class Sink:
    """Holds what it is given, unless it is told to refuse it or to be away."""

    def __init__(self) -> None:
        self.held: dict[str, dict[str, Any]] = {}
        self.refuses: set[str] = set()
        self.away = self.stopped = False
        self.puts = 0

    async def see(self, name: str) -> Seen | Unavailable:
        if self.away:
            return Unavailable("HTTP 503", unknown=False)
        return Seen("1", self.held[name]) if name in self.held else Seen()

    async def transact(self, bundle: dict[str, Any]) -> Accepted | Refused:
        (entry,) = bundle["entry"]
        self.puts += 1
        name = entry["request"]["url"]
        assert ("ifMatch" in entry["request"]) == (name in self.held), "nothing goes over what was not seen"
        if entry["resource"]["subject"]["reference"] in self.refuses:
            return Refused(422, "the server refused it: HTTP 422")
        self.held[name] = entry["resource"]
        return Accepted(("1",))

    async def people(self, sought: Sequence[Sought]) -> list[Shared | None] | None:
        if self.stopped:
            return None
        return [
            Shared(one.person_id, (("person", one.person_id),)) if one.person_id else None for one in sought
        ]

    @property
    def states(self) -> list[str]:
        return sorted(f"{one['subject']['reference']} {one['status']}" for one in self.held.values())


def rounds(behind: Behind, sink: Sink, *, on: bool = True) -> FlagRounds:
    return FlagRounds(behind.vault, sink, COUNCIL, sink.people, "approved by Anne Hall", on)


def raised(behind: Behind, person: str) -> str:
    adult = AdultSaid(person_id=person)
    reference = behind.take(said(adult=adult, abuse_types=("self-neglect",), place=""), once=person)
    behind.act(reference, "accept")
    return reference


async def test_each_of_them_has_one_and_who_is_nobody_we_share_has_none(behind: Behind) -> None:
    sink = Sink()
    for person in ("n1", "n2", ""):
        raised(behind, person)
    assert await rounds(behind, sink).round() == 2
    assert sink.states == ["Patient/n1 active", "Patient/n2 active"]
    await rounds(behind, sink).round()
    assert sink.puts == 2


async def test_after_a_stop_in_between_it_goes_on_and_nothing_is_left_behind(
    behind: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink, reference = Sink(), raised(behind, "n1")

    async def stops(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(FlagRounds, "_done", stops)
        with contextlib.suppress(KeyboardInterrupt):
            await rounds(behind, sink).round()
    assert sink.states == ["Patient/n1 active"], "it was taken, and that was not noted"
    assert [state for _, state in behind.run(flag_store.standing).values()] == ["going"]
    behind.act(reference, "keep-out", accounts=("Ann Ward",))
    assert await rounds(behind, sink).round() == 0
    assert sink.states == ["Patient/n1 entered-in-error"]


async def test_what_never_arrived_is_forgotten_without_a_word_to_the_sink(behind: Behind) -> None:
    sink = Sink()
    behind.run(lambda c: flag_store.note(c, "f1", "c1", "going", 1))
    assert await rounds(behind, sink, on=False).round() == 0
    assert (sink.puts, sink.held) == (0, {})


async def test_one_that_is_refused_keeps_nobody_else_from_theirs(behind: Behind) -> None:
    sink = Sink()
    sink.refuses = {"Patient/n1"}
    for person in ("n1", "n2"):
        raised(behind, person)
    made = rounds(behind, sink)
    await made.round()
    assert sink.states == ["Patient/n2 active"]
    assert made.trouble.endswith("HTTP 422")
    sink.refuses = set()
    await made.round()
    assert (made.trouble, len(sink.held)) == ("", 2)


async def test_while_the_sink_is_away_or_stopped_what_stands_is_remembered(behind: Behind) -> None:
    sink = Sink()
    raised(behind, "n1")
    await rounds(behind, sink).round()
    for name in ("away", "stopped"):
        setattr(sink, name, True)
        assert await rounds(behind, sink, on=False).round() == 1
        assert sink.states == ["Patient/n1 active"]
        setattr(sink, name, False)
    assert await rounds(behind, sink, on=False).round() == 0
    assert sink.states == ["Patient/n1 entered-in-error"]
