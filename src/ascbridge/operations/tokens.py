"""Tokens for machines and for people at a command line: signed, one hour, one role, and none that is not
audited.

The command that mints a token may not write the bridge's database where another process does. So it leaves
a slip, a small file under the data directory, before it shows the token; the running bridge takes slips up
into the audit, and accepts a token only once its minting is there. On many machines it is the directory of `web`.
"""

from __future__ import annotations

import os
import secrets
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from ascbridge.access import Role, as_role
from ascbridge.operations.scopes import Scopes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ascbridge.events.logs.sealing import Keyring

LIFE_S = 3600
_ISSUER = "ascbridge"
_SLIPS = "minted"


class BadToken(ValueError):
    """A token that is not ours, was changed, is too old or names no role; the text may be shown to its
    bearer.
    """


@dataclass(frozen=True, slots=True)
class Slip:
    """That a token was minted: all that is kept of it, never the token. Times are seconds of the epoch,
    UTC.
    """

    token_id: str
    role: Role
    who: str
    why: str
    minted_s: int
    expires_s: int
    facility: str = ""
    """The ODS code with which the sites begin whose stays this token is for; only of role `hospital`."""
    scope: str = ""
    """What it may read over the FHIR interface, as SMART scopes with a blank between them; empty: what its role may."""
    person: str = ""
    """The id of the person whom ``patient/`` scopes are for."""
    organisation: str = ""
    """Whose system or staff it is for; empty: the installation's own, or whose the facility is."""

    @property
    def scopes(self) -> Scopes | None:
        """What it may read over the FHIR interface, and then nothing else; None: what its role may."""
        return Scopes(tuple(self.scope.split()), self.person) if self.scope else None


def mint(
    keyring: Keyring,
    role: Role,
    who: str,
    why: str = "",
    facility: str = "",
    scopes: Scopes | None = None,
    organisation: str = "",
) -> tuple[str, Slip]:
    """Make a token for `role`, good for an hour of the machine's own clock, and the slip that must be
    audited. With `scopes` it reads these over the FHIR interface, and opens nothing else.
    """
    now_s = int(time.time())
    limits = (" ".join(scopes.written), scopes.person) if scopes else ("", "")
    slip = Slip(secrets.token_hex(16), role, who, why, now_s, now_s + LIFE_S, facility, *limits, organisation)
    claims = {
        "iss": _ISSUER, "sub": who, "role": role, "jti": slip.token_id, "iat": now_s, "exp": slip.expires_s,
        **({"facility": facility} if facility else {}),
        **({"organisation": organisation} if organisation else {}),
        **({"scope": slip.scope} if slip.scope else {}), **({"patient": slip.person} if slip.person else {}),
    }  # fmt: skip
    return jwt.encode({"alg": "HS256"}, claims, _key(keyring)), slip


def read(keyring: Keyring, text: str) -> Slip:
    """Return what a token says of itself. Raises `BadToken`."""
    try:
        claims = jwt.decode(text, _key(keyring), algorithms=["HS256"]).claims
        jwt.JWTClaimsRegistry(
            leeway=5,
            iss={"essential": True, "value": _ISSUER},
            sub={"essential": True},
            jti={"essential": True},
            exp={"essential": True},
        ).validate(claims)
    except (JoseError, ValueError) as fault:
        raise BadToken(f"the token is not valid: {type(fault).__name__}") from None
    role = as_role(str(claims.get("role", "")))
    if role is None:
        raise BadToken("the token names no role that this bridge knows")
    limits = [str(claims.get(name, "")) for name in ("facility", "scope", "patient", "organisation")]
    return Slip(
        str(claims["jti"]), role, str(claims["sub"]), "", int(claims["iat"]), int(claims["exp"]), *limits
    )


def leave_slip(data_dir: Path, slip: Slip) -> Path:
    """Leave the slip where the running bridge takes it up; it is on disk when this returns."""
    folder = data_dir / _SLIPS
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{slip.token_id}.json"
    descriptor = os.open(path.with_suffix(".new"), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(orjson.dumps(asdict(slip)))
        file.flush()
        os.fsync(file.fileno())
    path.with_suffix(".new").replace(path)
    return path


def slips(data_dir: Path) -> Iterator[tuple[Path, Slip]]:
    """Give the slips that wait, each with its file, which is to be removed once the audit holds it."""
    folder = data_dir / _SLIPS
    if folder.is_dir():
        for path in sorted(folder.glob("*.json")):
            yield path, Slip(**orjson.loads(path.read_bytes()))


def _key(keyring: Keyring) -> OctKey:
    return OctKey.import_key(keyring.lookup("secret", "token", "1") + keyring.lookup("secret", "token", "2"))
