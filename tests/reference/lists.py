"""Lists by hand: short texts of each kind, as somebody would write them."""

from __future__ import annotations

from ascbridge.reference.list_files import read

HEAD = 'kind = "{kind}"\nversion = {version}\neffective_from = {day}\nagreed = false\n'
AGREED = 'agreed_by = "Head of Hospital Social Work"\nagreed_on = 2026-02-01\n'


def text(kind: str, body: str, *, version: int = 2, day: str = "2026-05-01", more: str = "") -> str:
    """The text of one list; `more` goes into its head."""
    return HEAD.format(kind=kind, version=version, day=day) + more + body


def made(kind: str, body: str, **head: object):
    """The list that such a text is."""
    return read(text(kind, body, **head))


LOCALITIES = """
[[locality]]
name = "North base"
postcodes = ["CV2", "CV6 4"]

[[locality]]
name = "South base"
postcodes = ["CV2 1", "CV2 1AB", "CV"]
"""
HOURS = """
[[hours]]
team = "Community Discharge Team"
daily = ["08:00-18:00"]

[[hours]]
team = "Emergency Out of Hours"
daily = ["00:00-08:00", "18:00-24:00"]
"""
LEVELS = """
[[level]]
number = 1
words = "No Known Concerns"
stops_new_work = false

[[level]]
number = 4
words = "Persistent Serious Concerns"
stops_new_work = true
"""
DROP = """
[[list]]
name = "drop"
title = "Why the desk drops a task"
complete = true

[[list.reason]]
code = "duplicate"
words = "The work is done under another task"

[[list.reason]]
code = "moved-away"
words = "Moved away"
"""
