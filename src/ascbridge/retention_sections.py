"""The section of the settings that says how long what is resolved is kept. What is not resolved is never removed."""

from __future__ import annotations

from pydantic import Field

from ascbridge.config_sections import Section

NEVER = 0


class RetentionSettings(Section):
    """Days by state, each since it was resolved; 0: for as long as the record itself.

    `messages_days`: what understood messages said, once nothing newer is kept of their person. `refused_days`: what
    refused messages said. `letters_days`: dead letters that were dealt with. `alerts_days`: alerts that are over.
    """

    messages_days: int = Field(NEVER, ge=0, le=36_525)
    refused_days: int = Field(365, ge=0, le=36_525)
    letters_days: int = Field(2_922, ge=0, le=36_525)
    alerts_days: int = Field(365, ge=0, le=36_525)
