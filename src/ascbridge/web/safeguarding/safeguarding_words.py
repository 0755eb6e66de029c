"""What people call the codes of safeguarding, on its pages and forms."""

from __future__ import annotations

ABUSE_WORDS = {
    "physical": "Physical",
    "domestic": "Domestic violence or abuse",
    "sexual": "Sexual",
    "psychological": "Psychological",
    "modern-slavery": "Modern slavery",
    "financial-or-material": "Financial or material",
    "neglect-and-acts-of-omission": "Neglect and acts of omission",
    "discriminatory": "Discriminatory",
    "organisational": "Organisational",
    "self-neglect": "Self-neglect",
}
KNOWN_WORDS = {"yes": "Yes", "no": "No", "unknown": "Not known"}
ACT_TITLES = {
    "accept": "Take this concern up",
    "decide": "Decide what follows",
    "record": "Record wishes, capacity and advocate",
    "document": "Write down a document",
    "hand-over": "Hand over to another team",
    "conclude": "Conclude the enquiry",
    "invite": "Write down the invitation to the survey",
    "keep-out": "Keep somebody from it",
    "note": "Write a note",
}
ACTED = {
    "raise": "raised it",
    "accept": "took it up",
    "decide": "decided",
    "record": "recorded wishes, capacity or advocate",
    "document": "wrote down a document",
    "hand-over": "handed it over",
    "conclude": "concluded the enquiry",
    "invite": "wrote down the invitation to the survey",
    "keep-out": "kept somebody from it",
    "note": "wrote a note",
}
