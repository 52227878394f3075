"""Signing in to a server (OAuth 2.1 with PKCE): tokens in the keyring, the browser's answer on a loopback port, refreshed by the SDK.

``auth`` in ``mcp.json`` may hold ``client_id`` and, for machines without a person, ``client_secret`` with ``grant: "client_credentials"``;
secrets themselves stand in the keyring under ``mcp:NAME`` (``auth.secret: "keyring"``).
"""

from __future__ import annotations

import asyncio
import contextlib
import html
import json
import socket
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from mcp.client.auth import OAuthClientProvider, TokenStorage
from mcp.client.auth.extensions.client_credentials import ClientCredentialsOAuthProvider, PrivateKeyJWTOAuthProvider, SignedJWTParameters
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata, OAuthToken

from core.errors import ToolFailed
from core.ports import Secrets
from tools.mcp.config import ServerConfig

SIGN_IN_SECONDS = 300.0
Redirect = Callable[[str], Awaitable[None]]
Callback = Callable[[], Awaitable[AuthorizationCodeResult]]


class KeyringTokens(TokenStorage):
    """Tokens and registration of one server, one entry of the keyring."""

    def __init__(self, secrets_: Secrets, name: str) -> None:
        self._secrets, self._name = secrets_, f"mcp-oauth:{name}"

    def _read(self) -> dict[str, Any]:
        with contextlib.suppress(ValueError):
            found = json.loads(self._secrets.get(self._name) or "{}")
            return found if isinstance(found, dict) else {}
        return {}

    def _write(self, key: str, value: Any) -> None:
        self._secrets.set(self._name, json.dumps({**self._read(), key: value}))

    async def get_tokens(self) -> OAuthToken | None:
        row = self._read().get("tokens")
        return OAuthToken.model_validate(row) if row else None

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self._write("tokens", tokens.model_dump(mode="json", exclude_none=True))

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        row = self._read().get("client")
        return OAuthClientInformationFull.model_validate(row) if row else None

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self._write("client", client_info.model_dump(mode="json", exclude_none=True))

    def forget(self) -> None:
        """Sign out."""
        self._secrets.set(self._name, None)


class Loopback:
    """Waits on a loopback port for the browser to come back; the port is taken when this is made."""

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}/callback"

    async def answer(self) -> AuthorizationCodeResult:
        """Code, state and issuer. Raises :class:`ToolFailed` where the person or the server says no, or nobody comes back."""
        came: asyncio.Future[dict[str, str]] = asyncio.get_running_loop().create_future()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError, ValueError, TimeoutError):
                line = await asyncio.wait_for(reader.readline(), 10)
                address = urlsplit(line.split(b" ")[1].decode("ascii", "replace"))
                values = {key: value[0] for key, value in parse_qs(address.query).items()}
                mine = address.path == "/callback" and ("code" in values or "error" in values)
                words = f"Signing in failed: {values['error']}." if "error" in values else "Signed in. You can close this page." if mine else "There is nothing here."
                page = f"<!doctype html><meta charset=utf-8><title>Deskhand</title><p>{html.escape(words)}</p>".encode()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: " + str(len(page)).encode() + b"\r\n\r\n" + page)
                await writer.drain()
                if mine and not came.done():
                    came.set_result(values)
            writer.close()

        server = await asyncio.start_server(serve, sock=self._socket)
        try:
            values = await asyncio.wait_for(came, SIGN_IN_SECONDS)
        except TimeoutError as error:
            raise ToolFailed("Nobody signed in within five minutes.", code="sign_in") from error
        finally:
            server.close()
        if "error" in values:
            raise ToolFailed(f"Signing in failed: {values.get('error_description') or values['error']}", code="sign_in")
        return AuthorizationCodeResult(code=values["code"], state=values.get("state"), iss=values.get("iss"))


async def _nobody(address: str) -> None:
    raise ToolFailed("It wants you to sign in.", code="sign_in")


async def _no_answer() -> AuthorizationCodeResult:
    raise ToolFailed("It wants you to sign in.", code="sign_in")


def sign_in(
    config: ServerConfig,
    tokens: TokenStorage,
    secret: str | None = None,
    redirect: Redirect = _nobody,
    callback: Callback = _no_answer,
    address: str = "http://127.0.0.1:0/callback",
) -> httpx2.Auth:
    """How requests to ``config.url`` are authorised. Without ``redirect`` only tokens that are there are used, and refreshed."""
    auth = dict(config.auth)
    client_id, scope = str(auth.get("client_id") or ""), auth.get("scope")
    if auth.get("grant") == "client_credentials" and auth.get("private_key_pem") and client_id:
        signed = SignedJWTParameters(issuer=client_id, subject=client_id, signing_key=auth["private_key_pem"], signing_algorithm=auth.get("signing_algorithm", "ES256"))
        return PrivateKeyJWTOAuthProvider(server_url=config.url, storage=tokens, client_id=client_id, assertion_provider=signed.create_assertion_provider(), scope=scope)
    if auth.get("grant") == "client_credentials" and client_id:
        return ClientCredentialsOAuthProvider(server_url=config.url, storage=tokens, client_id=client_id, client_secret=secret or str(auth.get("client_secret") or ""), scope=scope)
    metadata = OAuthClientMetadata(client_name="Deskhand", redirect_uris=[address], scope=scope)  # type: ignore[list-item]
    storage = _Registered(tokens, client_id, secret, address) if client_id else tokens
    return OAuthClientProvider(config.url, metadata, storage, redirect, callback, client_metadata_url=auth.get("client_metadata_url"))


class _Registered(TokenStorage):
    """Tokens as they are kept, with a client that was registered by hand."""

    def __init__(self, inner: TokenStorage, client_id: str, secret: str | None, address: str) -> None:
        self._inner = inner
        method = "client_secret_basic" if secret else "none"
        self._client = OAuthClientInformationFull(client_id=client_id, client_secret=secret, redirect_uris=[address], token_endpoint_auth_method=method)  # type: ignore[list-item]

    async def get_tokens(self) -> OAuthToken | None:
        return await self._inner.get_tokens()

    async def set_tokens(self, tokens: OAuthToken) -> None:
        await self._inner.set_tokens(tokens)

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self._client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        await self._inner.set_client_info(client_info)
