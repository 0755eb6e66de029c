"""What can be wrong, each in plain words, how urgent it is, what to do first, and where the runbook says more. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["page", "ticket"]
RUNBOOK = "how-to/recover.md"


@dataclass(frozen=True, slots=True)
class Cause:
    """One kind of trouble. `page`: at any hour; `ticket`: not in the quiet hours. `delays`: news comes late by it."""

    title: str
    severity: Severity
    do: str
    anchor: str
    delays: bool = False


CAUSES: dict[str, Cause] = {
    "database-down": Cause(
        "The database cannot be used", "page",
        "Look whether it runs and can be reached. Senders hear not now and keep their messages.",
        "the-database-is-down", delays=True,
    ),
    "disk-full": Cause(
        "The disk is nearly full, or full", "page",
        "Make room. Senders hear not now and keep their messages; it goes on by itself.",
        "the-disk-is-full", delays=True,
    ),
    "broker-down": Cause(
        "Kafka cannot be used", "page",
        "Look whether its brokers run and can be reached. Messages are kept and answered meanwhile.",
        "the-broker-is-down", delays=True,
    ),
    "sink-down": Cause(
        "Nothing can be sent", "page",
        "Look at the server that is named. What waits is sent when it is back.",
        "a-sink-is-down", delays=True,
    ),
    "sink-slow": Cause(
        "People wait too long to be sent", "page",
        "Look how long the server takes to answer, and at the flow map.",
        "a-sink-is-slow", delays=True,
    ),
    "record-refused": Cause(
        "The shared record refuses somebody", "ticket",
        "Operations, The shared record: the cause. Everybody else is sent.",
        "the-shared-record-refuses-somebody",
    ),
    "replies-not-taken": Cause(
        "A hospital is not told how work stands", "ticket",
        "Operations, What hospitals are told: whether it cannot be reached, or refuses.",
        "a-hospital-is-not-told",
    ),
    "nudges-not-sent": Cause(
        "Teams are not nudged", "ticket",
        "Look at the mail server. It is tried again each minute.",
        "mail-cannot-be-sent",
    ),
    "reader-stopped": Cause(
        "A reader stands still", "page",
        "Read why, mend the cause, and it goes on. Nobody's event is given up meanwhile.",
        "a-reader-stands-still", delays=True,
    ),
    "reader-behind": Cause(
        "Events wait too long for a reader", "page",
        "Look at the flow map: what it waits for, and whether it moves.",
        "a-reader-stands-still", delays=True,
    ),
    "dead-letter": Cause(
        "A message or an event was given up on", "page",
        "Operations, Dead letters: read the cause, mend it, send again.",
        "a-dead-letter",
    ),
    "held": Cause(
        "Events of some people are held back", "page",
        "Operations: the cause is shown. Others' events go on.",
        "a-message-that-cannot-be-handled",
    ),
    "hot-person": Cause(
        "One person has far more news than anybody", "ticket",
        "Find out which sender repeats itself. Others' news goes on.",
        "one-person-has-far-too-much-news",
    ),
    "listener-silent": Cause(
        "The process that answers hospitals does not answer", "page",
        "Start it again. Senders keep their messages.",
        "a-process-died", delays=True,
    ),
    "service-silent": Cause(
        "A service says nothing any more", "page",
        "Start it again. What it was at is taken up where it was.",
        "a-process-died", delays=True,
    ),
    "way-in": Cause(
        "Something that comes in waits for somebody", "ticket",
        "/health/ready says what: a host key, a file, a database.",
        "a-way-in-waits", delays=True,
    ),
    "feed-silent": Cause(
        "A feed is silent for longer than agreed", "page",
        "Look whether it is us; then ring its sender.",
        "a-hospital-has-gone-quiet", delays=True,
    ),
    "feed-quiet": Cause(
        "A feed is quieter than it ever is at this time", "page",
        "Look whether it is us; then ring its sender.",
        "a-hospital-has-gone-quiet", delays=True,
    ),
    "certificate-over": Cause(
        "A certificate has ended, or cannot be read", "page",
        "Renew it. It is taken up without a restart.",
        "a-certificate-ends",
    ),
    "certificate-ends": Cause(
        "A certificate ends soon", "ticket",
        "Renew it. It is taken up without a restart.",
        "a-certificate-ends",
    ),
    "clock-jumped": Cause(
        "The clock of a machine jumped", "page",
        "Look at what keeps it right (chrony, timesyncd). Deadlines follow it.",
        "the-clock-jumped",
    ),
    "reference-data": Cause(
        "Lists of reference data do not fit together", "page",
        "Take back the list that was loaded last, or load the one that is missing.",
        "lists-do-not-fit-together",
    ),
    "not-mapped": Cause(
        "Codes arrive that nobody has mapped", "page",
        "Was a map changed? Then take it back. Else ask the sender and map the code.",
        "a-code-was-not-mapped",
    ),
    "duplicates": Cause(
        "A feed sends the same again and again", "ticket",
        "Ask the sender whether our answers reach them. Nothing is done twice.",
        "a-feed-repeats-itself",
    ),
    "sender-clock": Cause(
        "A sender's clock is wrong", "ticket",
        "Ask the sender to look at their clock and summer time. Nothing is refused or changed meanwhile.",
        "a-senders-clock-is-wrong",
    ),
    "extract-drift": Cause(
        "The columns of an extract have changed", "ticket",
        "Ask who sends it what they changed. Then mend the profile and try it on their file.",
        "an-extract-has-changed", delays=True,
    ),
    "number-gap": Cause(
        "Messages of a feed never came", "page",
        "Operations lists their numbers. Ask the sender to send those again.",
        "messages-never-came", delays=True,
    ),
    "retention-fails": Cause(
        "What is past its time is not removed", "ticket",
        "Operations, Retention: which kind, since when, and why.",
        "retention-fails",
    ),
}  # fmt: skip
"""Every cause. A safeguarding feed has none: what is wrong behind the wall is told behind it."""


def runbook(cause: str, docs: str) -> str:
    """Return where the runbook says what to do, below the address at which the documents are read."""
    return f"{docs.rstrip('/')}/{RUNBOOK}#{CAUSES[cause].anchor}"
