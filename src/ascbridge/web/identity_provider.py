"""The council's identity provider, by OpenID Connect. Imported only where one is set up: it is slow to load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.httpx_client._compat import (
    httpx2,  # whichever of httpx2 and httpx Authlib itself uses
)
from authlib.integrations.starlette_client import OAuth
from joserfc.errors import JoseError

from ascbridge.web.visitors import NotBelieved

if TYPE_CHECKING:
    from fastapi import Request
    from fastapi.responses import Response

    from ascbridge.sign_in_sections import SignInSettings

_NAME = "council"
_REFUSED = (OAuthError, JoseError, httpx2.HTTPError, ValueError)
"""What Authlib raises where the provider cannot be reached, or its answer is not to be believed."""


class IdentityProvider:
    """Authlib's client for the provider that the settings name."""

    def __init__(self, settings: SignInSettings) -> None:
        file = settings.client_secret_file
        oauth = OAuth()
        oauth.register(
            _NAME,
            client_id=settings.client_id,
            client_secret=(file.read_text("utf-8").strip() if file else "") or None,
            server_metadata_url=f"{settings.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={"scope": "openid profile", "code_challenge_method": "S256"},
        )
        self._client = oauth.create_client(_NAME)

    async def redirect(self, request: Request, back: str) -> Response:
        """Send the browser there, to come back to the address `back`. Raises `NotBelieved`."""
        try:
            response: Response = await self._client.authorize_redirect(request, back)
        except _REFUSED as fault:
            raise NotBelieved(type(fault).__name__) from fault
        return response

    async def claims(self, request: Request) -> dict[str, Any]:
        """Return what the answer says of whoever signed in. Raises `NotBelieved`.

        Authlib checks state, nonce, code verifier and the token's signature.
        """
        try:
            token = await self._client.authorize_access_token(request)
        except _REFUSED as fault:
            raise NotBelieved(type(fault).__name__) from fault
        return dict(token.get("userinfo") or {})
