"""All tables, by name, and who may write them.

Three groups, so that each SQLite file has one writing process: *kept* (what arrived; written by intake), *keys*
(identities and data keys; written by intake) and *bridge* (everything else; written by work). PostgreSQL holds all
three in one schema. What stands behind the safeguarding wall is a fourth, *walled*, which no database of the bridge
reaches. The tables stand beside this module, a page for each part of the house; everybody takes them from here.

`WRITERS` says which package may write which table; a test holds the code to it.
"""

from __future__ import annotations

from ascbridge.storage.alert_tables import alert, alert_post, maintenance, part_trouble
from ascbridge.storage.arrival_tables import arrival_count, arrival_read, feed_quiet
from ascbridge.storage.desk_tables import (
    allocated,
    care,
    colleague,
    desk_act,
    door_act,
    door_clock,
    door_request,
    door_task,
    entered_stay,
    evidence,
    late_news,
    nudged,
    reference_list,
    spell,
    task,
)
from ascbridge.storage.event_tables import (
    applied_word,
    audit,
    comparison,
    crosswalk,
    dead_letter,
    event_log,
    feed_person,
    feed_switch,
    feed_word,
    held,
    history_person,
    ledger_count,
    log_floor,
    message_state,
    open_effect,
    pair_count,
    pairing_round,
    parked,
    position,
    said_event,
    sink_count,
)
from ascbridge.storage.kept_tables import (
    answer_left,
    control_id_seen,
    data_key,
    feed_heard,
    fetched_file,
    history_file,
    identity,
    intake_count,
    message,
    number_gap,
    polled_row,
    polled_sweep,
    polled_table,
    resend,
)
from ascbridge.storage.ledger_tables import hour_entry, hour_revisit, intake_hour, missing_effect
from ascbridge.storage.map_tables import code_rereading, map_version
from ascbridge.storage.mending_tables import mending, replay_run
from ascbridge.storage.opening_tables import duty_contact, last_look, opening, record_link
from ascbridge.storage.pause_tables import pause, set_aside
from ascbridge.storage.people_tables import (
    legal_hold,
    link,
    patient,
    people_request,
    possible_match,
    quarantine,
)
from ascbridge.storage.profile_tables import profile_activation, profile_version
from ascbridge.storage.record_tables import (
    dirty_person,
    record_part,
    republishing,
    resource,
    resource_identifier,
    resource_version,
    sent_resource,
)
from ascbridge.storage.reply_tables import reply, reply_receiver
from ascbridge.storage.retention_tables import bridge_round, kept_round
from ascbridge.storage.split_tables import pack_act, sub_act, sub_task
from ascbridge.storage.table_columns import GROUPS, bridge, kept, keys
from ascbridge.storage.unmapped_tables import extract_fault, unmapped, unread_column
from ascbridge.storage.urgent_tables import known_admission, urgent_act, urgent_matter
from ascbridge.storage.walled_tables import adult, bare_flag, concern, concern_act, walled, walled_message

__all__ = [
    "GROUPS", "WRITERS", "adult", "alert", "alert_post", "allocated", "answer_left", "applied_word", "arrival_count",
    "arrival_read", "audit", "bare_flag", "bridge", "bridge_round", "care", "code_rereading",
    "colleague", "comparison", "concern",
    "concern_act", "control_id_seen", "crosswalk", "data_key", "dead_letter", "desk_act", "dirty_person", "door_act",
    "door_clock", "door_request", "door_task", "duty_contact", "entered_stay", "event_log", "evidence",
    "extract_fault", "feed_heard", "feed_person", "feed_quiet", "feed_switch", "feed_word", "fetched_file", "held",
    "history_file", "history_person", "hour_entry", "hour_revisit", "identity", "intake_count", "intake_hour",
    "kept", "kept_round", "keys", "known_admission", "last_look", "late_news", "ledger_count", "legal_hold", "link",
    "log_floor", "maintenance", "map_version", "mending", "message", "message_state", "missing_effect",
    "nudged", "number_gap", "open_effect", "opening", "pack_act", "pair_count", "pairing_round", "parked",
    "part_trouble",
    "patient", "pause", "people_request", "polled_row", "polled_sweep", "polled_table", "position",
    "possible_match",
    "profile_activation", "profile_version", "quarantine", "record_link", "record_part", "reference_list",
    "replay_run", "reply", "reply_receiver",
    "republishing", "resend", "resource", "resource_identifier", "resource_version", "said_event",
    "sent_resource", "set_aside", "sink_count", "spell", "sub_act", "sub_task", "task", "unmapped", "unread_column",
    "urgent_act", "urgent_matter", "walled", "walled_message",
]  # fmt: skip

WRITERS: dict[str, frozenset[str]] = {
    "intake": frozenset(
        {
            "message", "answer_left", "number_gap", "resend", "control_id_seen", "intake_count", "intake_hour",
            "feed_heard", "feed_word", "feed_person", "applied_word", "fetched_file", "history_file",
            "polled_table", "polled_row", "polled_sweep", "arrival_count", "arrival_read", "feed_quiet", "mending",
            "unmapped", "unread_column", "extract_fault", "map_version", "profile_version",
            "profile_activation", "code_rereading",
        }
    ),
    "people": frozenset(
        {
            "identity", "data_key", "patient", "link", "quarantine", "possible_match", "people_request", "crosswalk",
            "legal_hold",
        }
    ),
    "events": frozenset(
        {
            "event_log", "log_floor", "position", "held", "parked", "dead_letter",
            "message_state", "ledger_count", "open_effect", "audit",
            "feed_switch", "said_event", "history_person", "pause", "set_aside", "replay_run",
            "hour_entry", "hour_revisit", "missing_effect", "kept_round", "bridge_round", "sink_count",
        }
    ),
    "cutover": frozenset({"pair_count", "pairing_round", "comparison"}),
    "reference": frozenset({"reference_list"}),
    "discharge": frozenset(
        {
            "spell", "entered_stay", "evidence", "task", "late_news", "desk_act", "sub_task", "sub_act", "pack_act",
            "care", "allocated", "colleague", "known_admission", "urgent_matter", "urgent_act",
        }
    ),
    "nudges": frozenset({"nudged"}),
    "alerts": frozenset({"alert", "alert_post", "maintenance", "part_trouble"}),
    "frontdoor": frozenset({"door_task", "door_act", "door_request", "door_clock"}),
    "relationship": frozenset({"opening", "duty_contact", "last_look", "record_link"}),
    "safeguarding": frozenset({"adult", "bare_flag", "concern", "concern_act", "walled_message"}),
    "replies": frozenset({"reply", "reply_receiver"}),
    "record": frozenset(
        {
            "record_part", "dirty_person", "sent_resource", "resource", "resource_identifier", "resource_version",
            "republishing",
        }
    ),
}  # fmt: skip
"""Which package may write which table."""
