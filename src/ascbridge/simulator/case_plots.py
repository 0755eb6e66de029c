"""The ways a case can go at the council, and how many begin on a day: one plot for each row of domain.md 4.

The rates are the document's where it gives one: 11,316 requests a year, of which 35.2 % are resolved, 18 % come to
low-level support, 28 % to short-term, 6.5 % to long-term support; 1,364 reviews, 1,357 carers assessed. Where it gives
none (deaths, moves, objections) the rate is an assumption, and says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from ascbridge.simulator.case_timeline import CaseTimeline

REQUESTS_A_DAY = 11_316 / 365
TEAMS = ("Integrated Locality Team North", "Integrated Locality Team East", "Integrated Locality Team West")
FRONT_DOOR = "Initial Contact Team"
WORKERS = ("Alex Sample", "Sam Example", "Jo Specimen", "Chris Pattern", "Robin Model", "Kim Draft")
PACKAGES = (
    "Home support, two calls a day",
    "Home support, four calls a day",
    "Housing with Care",
    "Day opportunities",
)
PROVIDERS = (("Sample Home Support", "1-000000001"), ("Pattern Care", "1-000000003"))
HOMES = (
    ("Sample Court", "1-000000002", ""),
    ("Specimen Lodge", "1-000000004", "Warwickshire County Council"),
)
REASONS = ("Help with washing and dressing", "A fall at home", "Carer can no longer cope", "Memory problems")
DOMAINS = ("nutrition", "hygiene", "toilet", "clothing", "safe-at-home", "upkeep-of-home", "relationships")
LEVELS = ("manages", "manages-with-difficulty", "needs-help")


@dataclass(frozen=True, slots=True)
class Plot:
    """A way a case can go, and how many of it begin on a day."""

    name: str
    tell: Callable[[CaseTimeline], None]
    a_day: float


def contact(one: CaseTimeline, days: float, **more: Any) -> None:
    """Somebody makes contact; what comes of it is said later."""
    choose = one.random.choice
    one.known(days)
    channel = choose(("phone", "phone", "phone", "online-referral", "online-self-assessment", "email"))
    said = {
        "received_on": one.day(days), "channel": channel, "route": "community", "reason": choose(REASONS),
        "made_by": choose(("person", "family", "carer", "professional")), "team": FRONT_DOOR,
    }  # fmt: skip
    one.say(days, "contact", **said | more)


def decide(one: CaseTimeline, days: float, outcome: str) -> None:
    """The front door decides what comes of a contact."""
    one.say(days, "contact", outcome=outcome, decided_on=one.day(days))


def refer(one: CaseTimeline, days: float, **more: Any) -> None:
    """A contact becomes a referral."""
    said = {
        "received_on": one.day(days),
        "channel": "phone",
        "route": "community",
        "contact": one.number("contact"),
    }
    one.say(days, "referral", **said | more)


def answer(one: CaseTimeline, days: float) -> None:
    """The person answers the questions of the online self-assessment."""
    answers = [{"domain": domain, "level": one.random.choice(LEVELS)} for domain in DOMAINS]
    one.say(
        days, "self_assessment", request=one.number("contact"), completed_on=one.day(days), answers=answers
    )


def allocate(one: CaseTimeline, days: float) -> None:
    """A worker of a locality team looks after the person from now on."""
    one.say(
        days, "worker", team=one.random.choice(TEAMS), name=one.random.choice(WORKERS), role="Social worker",
        phone="01632 960100", since=one.day(days),
    )  # fmt: skip


def speak(one: CaseTimeline, days: float) -> None:
    """How to speak to the person."""
    choose, language = one.random.choice, one.citizen.language
    needs = choose((["hearing-loop"], ["large-print", "easy-read"], []))
    said: dict[str, Any] = {
        "interpreter": "no" if language == "en" else "yes",
        "language": language,
        "needs": needs,
    }
    one.say(days, "communication", **said, preferred_contact=choose(("phone", "letter", "through-somebody")))


def support(one: CaseTimeline, days: float, **more: Any) -> None:
    """A package of care starts."""
    provider, location = one.random.choice(PROVIDERS)
    one.say(
        days, "package", status="live", kind=one.random.choice(PACKAGES), service="long-term-community",
        started_on=one.day(days), provider=provider, provider_location=location, delivery="council-managed",
        **more,
    )  # fmt: skip


def _resolved(one: CaseTimeline) -> None:
    """Advice, or the way to somebody else, is all that is needed."""
    contact(one, 0)
    if one.random.random() < 0.4:
        answer(one, 0)
    outcomes = ("resolved", "signposted", "signposted")
    decide(one, one.random.choice((0, 0, 1)), one.random.choice(outcomes))


def _turned_elsewhere(one: CaseTimeline) -> None:
    contact(one, 0)
    decide(
        one, one.random.choice((0, 1)), one.random.choice(("nhs", "declined", "self-funded", "other-council"))
    )


def _low_level(one: CaseTimeline) -> None:
    """Equipment or telecare, and no more."""
    contact(one, 0)
    decide(one, 1, "low-level")
    refer(one, 1)
    category, kind = one.random.choice(
        (
            ("equipment", "Four-wheeled walker"),
            ("telecare", "Personal trigger alarm"),
            ("adaptation", "Grab rails"),
        )
    )
    one.say(3, "equipment", category=category, kind=kind, status="ordered", ordered_on=one.day(3))
    arrives = one.random.randint(5, 12)
    one.say(arrives, "equipment", status="delivered", delivered_on=one.day(arrives))
    one.say(arrives, "referral", outcome="low-level", decided_on=one.day(arrives))


def _short_term(one: CaseTimeline) -> None:
    """Six weeks of reablement, half of them after a stay in hospital, with a look at where they are after 91 days."""
    after_hospital = one.random.random() < 0.5
    route = "hospital-discharge" if after_hospital else "community"
    contact(one, 0, channel="hospital" if after_hospital else "phone", route=route)
    decide(one, 1, "short-term")
    refer(one, 1, route=route)
    begins, ends = 3, one.random.randint(24, 46)
    left: dict[str, Any] = {"discharged_on": one.day(1)} if after_hospital else {}
    one.say(
        1, "short_term", status="planned", kind="Reablement", request=one.number("referral"),
        team="Promoting Independence", goals=["Walk to the shop", "Make a meal"], **left,
    )  # fmt: skip
    one.say(begins, "short_term", status="live", started_on=one.day(begins))
    one.say(begins, "referral", outcome="short-term", decided_on=one.day(begins))
    outcome = "nothing-more" if one.random.random() < 0.772 else "assessment"
    one.say(ends, "short_term", status="ended", ended_on=one.day(ends), outcome=outcome)
    if after_hospital:
        one.say(93, "short_term", check="at-home", checked_on=one.day(93))


def _long_term(one: CaseTimeline) -> None:
    """From the first contact through a Care Act assessment to a package; a median of 35 days, a mean of 58."""
    contact(one, 0)
    answer(one, 0)
    decide(one, 1, "assessment")
    refer(one, 1)
    reason = one.random.choice(("physical-personal-care", "memory-and-cognition", "mental-health"))
    one.say(1, "circumstances", primary_support_reason=reason, has_unpaid_carer="yes", dementia="no")
    speak(one, 1)
    one.say(
        2,
        "assessment",
        status="requested",
        kind="long-term",
        request=one.number("referral"),
        requested_on=one.day(1),
    )
    one.say(
        4,
        "interim_support",
        status="live",
        kind="Home support",
        request=one.number("referral"),
        started_on=one.day(4),
    )
    allocate(one, 9)
    one.say(9, "assessment", status="allocated", allocated_on=one.day(9), jointly="joint")
    one.say(9, "carer", status="identified", name=one.citizen.kin_name.replace("^", ", "), relationship="Family",
            phone=one.citizen.kin_phone, found_in="community", identified_on=one.day(9))  # fmt: skip
    done = 9 + min(200, round(one.random.lognormvariate(3.5, 0.8)))
    one.say(done - 5, "assessment", status="in-progress", started_on=one.day(done - 5), method="in-person")
    one.say(
        done,
        "assessment",
        status="completed",
        completed_on=one.day(done),
        eligible_needs="yes",
        outcome="support",
    )
    one.say(done, "carer", status="assessed", assessed_on=one.day(done), jointly="joint")
    one.say(done, "interim_support", status="ended", ended_on=one.day(done), effective="yes")
    one.say(done, "referral", outcome="long-term", decided_on=one.day(done))
    _plan(one, done + 3)


def _plan(one: CaseTimeline, days: int) -> None:
    one.say(
        days, "support_plan", status="agreed", assessment=one.number("assessment"), delivery="council-managed",
        agreed_on=one.day(days), review_due_on=one.day(days + 360), goals=["Stay at home"],
    )  # fmt: skip
    support(one, days, plan=one.number("support_plan"))
    if one.random.random() < 0.3:
        one.say(days, "legal_power", kind="lasting-power-health", status="held", name="Sample Relative")
    one.say(days + 40, "package", kind="Home support, four calls a day", changed_on=one.day(days + 40))


def _review(one: CaseTimeline) -> None:
    """Somebody with support is looked at again; a new review is due in two years."""
    one.known(0)
    support(one, 0)
    allocate(one, 0)
    one.say(330, "review", status="due", reviews=one.number("package"), reason="planned", due_on=one.day(365))
    done = one.random.randint(350, 420)
    one.say(done, "review", status="done", done_on=one.day(done), method="in-person", outcome="continues",
            outcomes_achieved=one.random.choice(("fully", "partly")))  # fmt: skip
    one.say(
        done,
        "review",
        2,
        status="due",
        reviews=one.number("package"),
        reason="planned",
        due_on=one.day(done + 730),
    )
    if one.random.random() < 0.2:
        one.say(done + 14, "package", status="ended", ended_on=one.day(done + 14), ending="nothing-more")


def _carer(one: CaseTimeline) -> None:
    """A carer is found, offered an assessment, and mostly takes it."""
    one.known(0)
    jointly = one.random.choice(("joint", "joint", "separate"))
    one.say(0, "carer", status="identified", name=one.citizen.kin_name.replace("^", ", "), relationship="Spouse",
            phone=one.citizen.kin_phone, lives_with="yes", identified_on=one.day(0),
            found_in=one.random.choice(("hospital", "community")))  # fmt: skip
    one.say(20, "carer", status="assessed", assessed_on=one.day(20), jointly=jointly, emergency_plan="yes")


def _hospital_and_back(one: CaseTimeline) -> None:
    """Support stops while somebody is in hospital, and goes on after it."""
    one.known(0)
    support(one, 0)
    one.say(60, "package", status="suspended", suspended_on=one.day(60), suspended_for="hospital")
    back = one.random.randint(63, 75)
    one.say(back, "package", status="live", suspended_on="", suspended_for="", changed_on=one.day(back))


def _moves_in(one: CaseTimeline) -> None:
    """Into a care home, some of them over the border; support at home ends."""
    one.known(0)
    support(one, 0)
    (home, location, host), (other, elsewhere, over) = one.random.sample(HOMES, 2)
    one.say(60, "placement", status="live", setting="residential", purpose="long-term", provider=home,
            provider_location=location, host_authority=host, started_on=one.day(60))  # fmt: skip
    one.say(60, "package", status="ended", ended_on=one.day(60), ending="ended-as-planned")
    one.say(150, "placement", status="ended", ended_on=one.day(150), ending="ended-otherwise")
    one.say(150, "placement", 2, status="live", setting="nursing", purpose="long-term", provider=other,
            provider_location=elsewhere, host_authority=over, moved_from=home, started_on=one.day(150))  # fmt: skip


def _dies(one: CaseTimeline) -> None:
    """The case system learns of a death; nobody has closed the package yet."""
    one.known(0)
    support(one, 0)
    allocate(one, 0)
    one.say(90, "death", died=True, died_on=one.day(89))


def _objects(one: CaseTimeline) -> None:
    """Objects to sharing, and some weeks later thinks better of it."""
    one.known(0)
    support(one, 0)
    one.say(30, "objection", objects=True, stated_on=one.day(30))
    one.say(75, "objection", objects=False, stated_on=one.day(75))


PLOTS = (
    Plot("resolved", _resolved, 0.352 * REQUESTS_A_DAY),
    Plot("turned elsewhere", _turned_elsewhere, 0.123 * REQUESTS_A_DAY),
    Plot("low level", _low_level, 0.18 * REQUESTS_A_DAY),
    Plot("short term", _short_term, 0.28 * REQUESTS_A_DAY),
    Plot("long term", _long_term, 0.065 * REQUESTS_A_DAY),
    Plot("review", _review, 1_364 / 365),
    Plot("carer", _carer, 1_357 / 365),
    Plot("hospital and back", _hospital_and_back, 2.0),
    Plot("moves in", _moves_in, 0.5),
    Plot("dies", _dies, 1.5),
    Plot("objects", _objects, 0.1),
)
"""Every plot. The last four rates are assumptions: no document gives them."""
