"""The lists that the council's contract names: what a statement may choose from. A new word is one line here and there.

Where a list is that of the national return (client level data, release 2) each word stands for one of its values.
"""

from __future__ import annotations

from typing import Literal

Client = Literal["person", "carer"]
Life = Literal["planned", "live", "ended"]
Jointly = Literal["joint", "separate", ""]
YesNo = Literal["yes", "no", ""]
Method = Literal["", "in-person", "telephone", "online", "on-paper", "in-hospital", "by-others"]
Delivery = Literal[
    "", "council-managed", "council-commissioned", "direct-payment", "part-direct-payment",
    "individual-service-fund", "prepaid-card", "managed-account", "mixed",
]  # fmt: skip
Service = Literal[
    "", "long-term-community", "long-term-nursing", "long-term-residential", "long-term-prison",
    "short-term-st-max", "short-term-low-level", "short-term-other", "carer-direct", "carer-through-person",
]  # fmt: skip
Outcome = Literal[
    "", "admitted-to-hospital", "continues", "died", "information-and-advice", "not-offered", "nothing-more",
    "nhs", "other-council-service", "other-council", "self-funded", "declined", "ended-as-planned",
    "ended-otherwise", "assessment", "reablement", "support",
]  # fmt: skip
"""What came of it, one for each outcome of the national return (client level data, release 2)."""
Decision = Literal[
    "", "resolved", "signposted", "low-level", "short-term", "long-term", "assessment", "other-council", "nhs",
    "self-funded", "declined", "died",
]  # fmt: skip
Domain = Literal[
    "nutrition", "hygiene", "toilet", "clothing", "safe-at-home", "upkeep-of-home", "relationships",
    "work-and-learning", "community", "caring-for-a-child", "caring-for-others", "recreation",
]  # fmt: skip
"""The outcomes of regulations 2 and 3 of the Care and Support (Eligibility Criteria) Regulations 2015."""
FactName = Literal[
    "known", "contact", "referral", "self_assessment", "circumstances", "interim_support", "assessment",
    "support_plan", "package", "short_term", "review", "carer", "equipment", "placement", "worker",
    "communication", "legal_power", "objection", "death",
]  # fmt: skip
"""The facts of the contract, in the order in which a case lives."""
