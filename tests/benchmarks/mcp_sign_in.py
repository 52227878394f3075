"""Signing in without a browser, for the conformance suite: the authorization address is fetched, what the redirect says is taken."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthToken

from tools.mcp.config import ServerConfig
from tools.mcp.oauth import sign_in

METADATA = "https://conformance-test.local/client-metadata.json"


class Kept:
    """Tokens in memory."""

    def __init__(self) -> None:
        self.tokens: OAuthToken | None = None
        self.client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


def provider(url: str, context: dict[str, Any]) -> httpx2.Auth:
    """The product's own sign-in with a browser that is none."""
    came: dict[str, str] = {}

    async def redirect(address: str) -> None:
        async with httpx2.AsyncClient(follow_redirects=False) as client:
            location = (await client.get(address)).headers["location"]
        came.clear()
        came.update({key: value[0] for key, value in parse_qs(urlsplit(location).query).items()})

    async def callback() -> AuthorizationCodeResult:
        return AuthorizationCodeResult(code=came["code"], state=came.get("state"), iss=came.get("iss"))

    if "idp_id_token" in context:
        return enterprise(url, context)
    auth: dict[str, Any] = {key: context[key] for key in ("client_id", "private_key_pem", "signing_algorithm") if key in context}
    import os

    if "client-credentials" in os.environ.get("MCP_CONFORMANCE_SCENARIO", ""):
        auth["grant"] = "client_credentials"
    auth.setdefault("client_metadata_url", METADATA)
    return sign_in(ServerConfig("conformance", url=url, auth=auth), Kept(), context.get("client_secret"), redirect, callback, "http://localhost:3000/callback")  # type: ignore[arg-type]


def enterprise(url: str, context: dict[str, Any]) -> httpx2.Auth:
    """Token exchange at the identity provider, then an assertion at the authorization server."""
    from mcp.client.auth.extensions.identity_assertion import IdentityAssertionOAuthProvider

    async def exchange(audience: str, resource: str) -> str:
        async with httpx2.AsyncClient() as client:
            answer = await client.post(
                context["idp_token_endpoint"],
                data={
                    "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token": context["idp_id_token"], "client_id": context["idp_client_id"],
                    "subject_token_type": "urn:ietf:params:oauth:token-type:id_token", "requested_token_type": "urn:ietf:params:oauth:token-type:id-jag",
                    "audience": audience, "resource": resource,
                },
            )  # fmt: skip
        return str(answer.json()["access_token"])

    issuer = context.get("auth_server_issuer") or context.get("issuer") or f"{urlsplit(url).scheme}://{urlsplit(url).netloc}"
    return IdentityAssertionOAuthProvider(url, Kept(), context["client_id"], context["client_secret"], issuer, exchange, token_endpoint_auth_method="client_secret_basic")  # type: ignore[arg-type]
