"""The settings of signing in: who says who somebody is, and what its words for roles, teams and organisations are."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from ascbridge.access import Organisation
from ascbridge.config_sections import Section, WebAddress, Words


class SignInSettings(Section):
    """OpenID Connect. Without an issuer, sign-in is a one-time link and works on loopback only.

    Of whom no organisation is said, they are of `own_organisation`. `organisations` are more names for those of the
    access table.
    """

    issuer: WebAddress = ""
    client_id: str = ""
    client_secret_file: Path | None = None
    role_claim: Words = "roles"
    organisation_claim: Words = "organisation"
    team_claim: Words = "team"
    own_organisation: Organisation | Literal[""] = "council"
    organisations: dict[Words, Organisation] = Field({})
    table_agreed_by: str = ""
