"""The new system's posts: read by its profile they are what was said, late or again and again as they may come."""

import json
from collections import Counter
from datetime import date, datetime

from ascbridge.intake.agreed.profiles import read
from ascbridge.intake.doors.webhook_signature import KEY
from ascbridge.intake.sources import council_facts
from ascbridge.intake.sources.sender_objects import contract_form
from ascbridge.simulator.caseload import Caseload
from ascbridge.simulator.city import City
from ascbridge.simulator.crosswalk import PERSON, new_number, renumbered
from ascbridge.simulator.new_case_system import PROFILE, NewCaseSystem

DAY = date(2026, 6, 15)
SIGNED = read(str(PROFILE))
SAID = [one for case in Caseload(3, City(3, DAY)).on(DAY) for one in case]
POSTS = NewCaseSystem(3).posts(SAID)
FACTS = [json.loads(contract_form(post.body, SIGNED.objects)) for post in POSTS]


def test_its_profile_is_signed_and_every_post_is_taken():
    assert not SIGNED.shadow
    for post in POSTS:
        assert council_facts.check(post.body, SIGNED).control_id == post.key
        assert KEY.fullmatch(post.key)


def test_it_says_what_was_so():
    def spoken(value):
        return {k: v for k, v in value.items() if v not in ("", [])} if isinstance(value, dict) else value

    truth = {
        (new_number(PERSON, one.citizen.council_id), one.fact, one.at_ms // 1000): spoken(
            renumbered(one, new_number)[one.fact]
        )
        for one in SAID
    }
    told = {
        (
            fact["person"]["council_id"],
            fact["fact"],
            int(datetime.fromisoformat(fact["recorded"]).timestamp()),
        ): fact[fact["fact"]]
        for fact in FACTS
    }
    assert told == truth


def test_what_is_sent_again_is_the_same_and_everything_else_has_a_key_of_its_own():
    bodies = {}
    for post in POSTS:
        assert bodies.setdefault(post.key, post.body) == post.body
    assert len(bodies) == len(SAID)
    assert set(Counter(post.key for post in POSTS).values()) == {1, 2, 3}


def test_some_come_out_of_order():
    recorded = [datetime.fromisoformat(fact["recorded"]) for fact in FACTS]
    assert recorded != sorted(recorded)
    assert [post.at_ms for post in POSTS] == sorted(post.at_ms for post in POSTS)


def test_it_names_nothing_as_the_old_system_does():
    text = b"\n".join(post.body for post in POSTS).decode()
    assert not {f'"{one.citizen.council_id}"' for one in SAID} & set(text.split(":"))
    assert '"live"' not in text
    assert "2026-06-15T" in text


def test_the_same_seed_posts_the_same():
    assert NewCaseSystem(3).posts(SAID) == POSTS
    assert NewCaseSystem(4).posts(SAID) != POSTS
