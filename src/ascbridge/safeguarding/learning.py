"""What safeguarding learns from its concerns: how many, how soon, what followed and what became of it. Counts; pure.

Tables have the shapes of the Safeguarding Adults Collection (SG1, SG2) and of what the Board is told. Nothing here is
fit to be shown yet: whoever shows it withholds small numbers (`reports.small_numbers`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Literal

from ascbridge.calendars import LONDON
from ascbridge.safeguarding.concern_changes import INVITED_WORDS, OUTCOME_WORDS, RISK_WORDS
from ascbridge.safeguarding.concern_clocks import months_after, repeated
from ascbridge.safeguarding.concern_words import COUNTED_BY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ascbridge.events.facts.concerns import Concern
    from ascbridge.safeguarding.concern_store import Stood
    from ascbridge.safeguarding.practice_rules import PracticeRules

DAY_MS = 86_400_000
NOT_SAID = "Not said"
_BANDS = ((18, "Under 18"), (65, "18 to 64"), (75, "65 to 74"), (85, "75 to 84"), (200, "85 and over"))


@dataclass(frozen=True, slots=True)
class Table:
    """One table: how many of each group. `kind` says how its groups stand to one another.

    ``shares``: each concern in one group, so the groups add up; ``several``: one may be in several; ``alone``: none
    adds up with another. `about` says what is counted. `cases`: where adults are counted, how many concerns they are
    about; a sum that is only a little less would tell how few adults had several.
    """

    code: str
    title: str
    about: str
    kind: Literal["shares", "several", "alone"]
    groups: dict[str, int]
    cases: int = 0


def tables(
    rules: PracticeRules, stood: Sequence[Stood], history: Sequence[Stood], now_ms: int
) -> list[Table]:
    """Return every table of the concerns raised in a period; `history`: all concerns of the adults they are about."""
    said = [one.said for one in stood]
    enquiries = [one for one in said if one.enquiry is not None]
    here = [one for one in stood if rules.occurred_here(one.said.council)]
    repeats = Table(
        "repeats",
        "Adults with more than one concern",
        "adults",
        "shares",
        _repeats(rules, stood, history, now_ms),
        len(stood),
    )
    drift = Table("drift", "What drifts", "concerns and enquiries", "alone", _drift(rules, said, now_ms))
    return [
        *_of_concerns(rules, said), *_of_enquiries(enquiries, now_ms), *_sg1(rules, here),
        *_sg2(rules, [one.said for one in here if one.said.conclusion is not None]), drift, repeats,
    ]  # fmt: skip


def _of_concerns(rules: PracticeRules, said: list[Concern]) -> Iterator[Table]:
    """How many, from where, when, how soon decided and what followed."""

    def share(code: str, title: str, group: Callable[[Concern], str]) -> Table:
        return Table(code, title, "concerns", "shares", dict(Counter(map(group, said))))

    yield share("followed", "What followed", _followed)
    yield share("decided", "How soon it was decided", _decided_in)
    yield share(
        "origin", "Where concerns come from", lambda one: rules.origin.words.get(one.origin, NOT_SAID)
    )
    said.sort(key=lambda one: one.raised_ms)
    yield share("months", "Concerns by month", _month)
    yield share("council", "Whose area it occurred in", lambda one: _area(rules, one))


def _of_enquiries(enquiries: list[Concern], now_ms: int) -> Iterator[Table]:
    """How soon they were concluded, who was invited to the survey, and whether wishes were achieved."""
    concluded = [one for one in enquiries if one.conclusion is not None]

    def share(code: str, title: str, some: list[Concern], group: Callable[[Concern], str]) -> Table:
        return Table(code, title, "enquiries", "shares", dict(Counter(map(group, some))))

    yield share(
        "concluded", "How soon enquiries were concluded", enquiries, lambda one: _concluded_in(one, now_ms)
    )
    yield share("survey", "The invitation to the survey", concluded, _invited)
    yield share("wishes", "Whether the adult was asked, and what was achieved", concluded, _wishes)


def _sg1(rules: PracticeRules, here: Sequence[Stood]) -> Iterator[Table]:
    """The collection's first part: how many cases, and how many adults they are about, each once, by what they are.

    Of cases there is their number alone: by the same groups it would tell how many adults had more than one.
    """
    parts = (
        ("sg1", "concerns", here),
        ("sg1-s42", "section 42 enquiries", _of_kind(here, "s42-enquiry")),
        ("sg1-other", "other enquiries", _of_kind(here, "other-enquiry")),
    )
    cases = {about.capitalize(): len(some) for _, about, some in parts}
    yield Table("sg1-cases", "SG1: cases", "cases", "alone", cases)
    for code, about, some in parts:
        adults = _by_adult(some)

        def share(name: str, title: str, group: Callable[[list[Concern]], str], code: str = code, about: str = about,
                  adults: list[list[Concern]] = adults, many: int = len(some)) -> Table:  # fmt: skip
            counted = dict(Counter(map(group, adults)))
            return Table(
                f"{code}{name}", f"SG1: adults with {about}, by {title}", "adults", "shares", counted, many
            )

        yield share("", "age", lambda said: _last(map(_age, said)))
        for name in COUNTED_BY:
            words = getattr(rules, name).words

            def word(said: list[Concern], name: str = name, words: dict[str, str] = words) -> str:
                return _last(words.get(getattr(one.adult, name), NOT_SAID) for one in said)

            yield share(f"-{name.replace('_', '-')}", name.replace("_", " "), word)


def _sg2(rules: PracticeRules, concluded: list[Concern]) -> Iterator[Table]:
    """The collection's second part: concluded enquiries; one may have several types of abuse, and is in each once."""

    def share(code: str, title: str, group: Callable[[Concern], str]) -> Table:
        return Table(code, title, "enquiries", "shares", dict(Counter(map(group, concluded))))

    def _source(one: Concern) -> str:
        return rules.source_of_risk.words.get(one.source_of_risk, NOT_SAID)

    types = Counter(name for one in concluded for name in _types(one))
    by_type = dict(sorted(types.items()))
    yield Table("sg2-type", "SG2: concluded enquiries by type of abuse", "enquiries", "several", by_type)
    yield share("sg2-source", "SG2: by source of risk", _source)
    yield share("sg2-place", "SG2: by place", lambda one: rules.place.words.get(one.place, NOT_SAID))
    yield share("sg2-risk", "SG2: what became of the risk", _risk)
    yield share("capacity", "SG2: by mental capacity and advocate", _capacity)


def _by_adult(some: Sequence[Stood]) -> list[list[Concern]]:
    """The concerns of each adult, the latest last."""
    found: dict[str, list[Concern]] = {}
    for one in sorted(some, key=lambda one: one.said.raised_ms):
        found.setdefault(one.subject_key, []).append(one.said)
    return list(found.values())


def _last(said: Iterable[str]) -> str:
    """What was said last; where nobody said anything, that."""
    return ([NOT_SAID] + [one for one in said if one != NOT_SAID])[-1]


def _area(rules: PracticeRules, one: Concern) -> str:
    return "Ours" if rules.occurred_here(one.council) else "Another council's, which counts it"


def _types(one: Concern) -> set[str]:
    return {str(name) for name in one.abuse_types} or {NOT_SAID}


def _of_kind(some: Sequence[Stood], kind: str) -> list[Stood]:
    return [one for one in some if one.said.enquiry is not None and one.said.enquiry.kind == kind]


def _risk(one: Concern) -> str:
    return RISK_WORDS[one.conclusion.risk] if one.conclusion is not None else NOT_SAID


def _followed(one: Concern) -> str:
    return OUTCOME_WORDS[one.decision.outcome] if one.decision is not None else "Not decided yet"


def _decided_in(one: Concern) -> str:
    if one.decision is None:
        return "Not decided yet"
    took = one.decision.at_ms - one.raised_ms
    if one.decide_by_ms is not None and one.decision.at_ms <= one.decide_by_ms:
        return "In time"
    return "Within a week" if took <= 7 * DAY_MS else "Later than a week"


def _concluded_in(one: Concern, now_ms: int) -> str:
    assert one.enquiry is not None
    end_ms = one.conclusion.at_ms if one.conclusion is not None else now_ms
    months = next((n for n in (3, 6) if end_ms < months_after(one.enquiry.opened_ms, n)), 0)
    band = {3: "under three months", 6: "three to six months", 0: "over six months"}[months]
    return f"{'Concluded' if one.conclusion is not None else 'Open'}: {band}"


def _drift(rules: PracticeRules, said: Iterable[Concern], now_ms: int) -> dict[str, int]:
    found = {
        "Not decided, past its time": 0,
        "Enquiry open, past its time": 0,
        "Enquiry open, to be audited": 0,
    }
    for one in said:
        if one.status == "closed":
            continue
        if one.decision is None:
            found["Not decided, past its time"] += one.decide_by_ms is not None and now_ms >= one.decide_by_ms
        else:
            found["Enquiry open, past its time"] += (
                one.conclude_by_ms is not None and now_ms >= one.conclude_by_ms
            )
            found["Enquiry open, to be audited"] += (
                one.audit_from_ms is not None and now_ms >= one.audit_from_ms
            )
    return {
        f"{name} ({rules.audit.months} months)" if "audited" in name else name: n for name, n in found.items()
    }


def _repeats(
    rules: PracticeRules, stood: Iterable[Stood], history: Iterable[Stood], now_ms: int
) -> dict[str, int]:
    raised: dict[str, list[int]] = {one.subject_key: [] for one in stood}
    for one in history:
        if one.subject_key in raised and one.said.raised_ms <= now_ms:
            raised[one.subject_key].append(one.said.raised_ms)
    names = (
        "One concern",
        f"Several, never more than {rules.repeat.more_than} in {rules.repeat.months} months",
        f"More than {rules.repeat.more_than} in {rules.repeat.months} months",
    )
    found = Counter(
        names[0] if len(times) < 2 else names[2] if any(repeated(rules, times, at) for at in times) else names[1]
        for times in raised.values()
    )  # fmt: skip
    return {name: found[name] for name in names if found[name]}


def _age(one: Concern) -> str:
    """The age on the day on which it was raised, in the collection's bands."""
    try:
        born = date.fromisoformat(one.adult.birth_date)
    except ValueError:
        return NOT_SAID
    day = _local(one.raised_ms).date()
    years = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    return next((band for under, band in _BANDS if years < under), NOT_SAID)


def _capacity(one: Concern) -> str:
    if one.capacity != "no":
        return {"yes": "Has capacity", "unknown": "Capacity not known"}[one.capacity]
    return "Lacks capacity, advocate" if one.advocate == "yes" else "Lacks capacity, no advocate recorded"


def _invited(one: Concern) -> str:
    return INVITED_WORDS[one.invitation.given] if one.invitation is not None else "Nothing written down yet"


def _wishes(one: Concern) -> str:
    if one.wishes.asked != "yes":
        return {"no": "Not asked", "unknown": "Not known whether asked"}[one.wishes.asked]
    achieved = {
        "fully": "fully achieved",
        "partly": "partly achieved",
        "not": "not achieved",
        "": "not recorded",
    }
    return f"Asked: {achieved[one.wishes.achieved]}"


def _month(one: Concern) -> str:
    return _local(one.raised_ms).strftime("%Y-%m")


def _local(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(LONDON)
