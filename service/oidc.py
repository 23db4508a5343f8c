"""OpenID Connect: what we ask an identity provider, and what we believe of its answer.

The authorization code flow with PKCE. The provider is the administrator's own setting, so it is
asked directly, wherever it stands. Who a verified address belongs to here is decided by
`operations.identities`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx
import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from domain.errors import Unauthenticated, Unavailable
from service.secrets import Undecipherable, seal, unseal
from service.settings import Settings

FLOW = "oidc sign-in"
"""Purpose of the key that seals what the browser carries from the beginning to the return."""
FLOW_LASTS_SECONDS = 600
TIMEOUT_SECONDS = 10.0
LEEWAY_SECONDS = 60
"""How far the provider's clock may be from ours."""
KEPT_SECONDS = 3_600
MOST_BYTES = 1_000_000
SIGNED_WITH = ["RS256", "PS256", "ES256", "RS384", "ES384", "RS512", "ES512"]
"""Only with the provider's own key pair: our client secret signs nothing."""


class Flow(msgspec.Struct, frozen=True):
    """One attempt to sign in, between leaving for the provider and coming back."""

    state: str
    nonce: str
    verifier: str
    next: str
    until: float


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody the provider vouches for."""

    email: str
    name: str


@dataclass(slots=True)
class _Known:
    """What a provider has published, and until when we take it for true."""

    metadata: dict[str, Any]
    keys: KeySet
    until: float = field(default_factory=lambda: time.monotonic() + KEPT_SECONDS)


_known: dict[str, _Known] = {}
_lock = threading.Lock()


def is_configured(settings: Settings) -> bool:
    return bool(settings.oidc_issuer and settings.oidc_client_id)


def redirect_uri(settings: Settings) -> str:
    """Where the provider sends people back to; to be registered there."""
    return f"{settings.public_url.rstrip('/')}/sign-in/oidc/return"


def begin(settings: Settings, next_page: str) -> tuple[str, str]:
    """The provider's address to go to, and the sealed flow for a cookie."""
    metadata = _provider(settings).metadata
    flow = Flow(
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(32),
        next=next_page,
        until=time.time() + FLOW_LASTS_SECONDS,
    )
    challenge = hashlib.sha256(flow.verifier.encode()).digest()
    query = {
        "response_type": "code",
        "client_id": settings.oidc_client_id,
        "redirect_uri": redirect_uri(settings),
        "scope": "openid email profile",
        "state": flow.state,
        "nonce": flow.nonce,
        "code_challenge": base64.urlsafe_b64encode(challenge).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    joined = "&" if "?" in metadata["authorization_endpoint"] else "?"
    address = metadata["authorization_endpoint"] + joined + urlencode(query)
    return address, seal(settings, FLOW, msgspec.json.encode(flow)).decode()


def finish(settings: Settings, sealed: str, answered: Mapping[str, str]) -> tuple[Identity, str]:
    """Who came back, and the page they wanted. `answered` is the query of their return."""
    flow = _flow(settings, sealed)
    if not hmac.compare_digest(answered.get("state", "").encode(), flow.state.encode()):
        raise _refused("oidc_flow")
    if answered.get("error") or not answered.get("code"):
        raise _refused("oidc_refused")
    token = _exchange(settings, answered["code"], flow.verifier)
    return _identity(_claims(settings, token, flow.nonce)), flow.next


def _flow(settings: Settings, sealed: str) -> Flow:
    try:
        flow = msgspec.json.decode(unseal(settings, FLOW, sealed.encode()), type=Flow)
    except (Undecipherable, msgspec.DecodeError):
        raise _refused("oidc_flow") from None
    if flow.until < time.time():
        raise _refused("oidc_flow")
    return flow


def _exchange(settings: Settings, code: str, verifier: str) -> str:
    """The ID token for a code."""
    metadata = _provider(settings).metadata
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri(settings),
        "code_verifier": verifier,
        "client_id": settings.oidc_client_id,
    }
    secret = settings.oidc_client_secret
    auth: httpx.BasicAuth | None = None
    ways = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    if secret and "client_secret_basic" in ways:
        auth = httpx.BasicAuth(settings.oidc_client_id, secret)
    elif secret:
        form["client_secret"] = secret
    try:
        answer = httpx.post(
            metadata["token_endpoint"],
            data=form,
            auth=auth,
            timeout=TIMEOUT_SECONDS,
        )
    except httpx.HTTPError:
        raise _away() from None
    if answer.status_code >= 500:
        raise _away()
    try:
        token = answer.json()["id_token"]
    except (ValueError, KeyError, TypeError):
        raise _refused("oidc_refused") from None
    return str(token)


def _claims(settings: Settings, token: str, nonce: str) -> dict[str, Any]:
    """What the token says, once its signature, issuer, audience, time and nonce were checked."""
    try:
        decoded = _decoded(settings, token)
        jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": settings.oidc_issuer},
            aud={"essential": True, "value": settings.oidc_client_id},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
        ).validate(decoded.claims)
    except (JoseError, ValueError):
        raise _refused("oidc_token") from None
    claims = dict(decoded.claims)
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    meant = claims.get("azp") == settings.oidc_client_id or not (several or "azp" in claims)
    if not meant or not hmac.compare_digest(str(claims.get("nonce", "")), nonce):
        raise _refused("oidc_token")
    return claims


def _decoded(settings: Settings, token: str) -> jwt.Token:
    try:
        return jwt.decode(token, _provider(settings).keys, algorithms=SIGNED_WITH)
    except (JoseError, ValueError):
        # Perhaps the provider has new keys since we asked.
        with _lock:
            _known.pop(settings.oidc_issuer, None)
        return jwt.decode(token, _provider(settings).keys, algorithms=SIGNED_WITH)


def _identity(claims: Mapping[str, Any]) -> Identity:
    email = str(claims.get("email") or "").strip().lower()
    if not email or claims.get("email_verified") is not True:
        raise Unauthenticated(
            "The identity provider has not verified your e-mail address.",
            code="oidc_unverified",
            advice="Verify it there, or sign in with a password.",
        )
    return Identity(email, str(claims.get("name") or email)[:200])


def _provider(settings: Settings) -> _Known:
    issuer = settings.oidc_issuer
    with _lock:
        known = _known.get(issuer)
    if known is not None and known.until > time.monotonic():
        return known
    metadata = _fetched(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if metadata.get("issuer") != issuer:
        raise _away()
    try:
        keys = KeySet.import_key_set(_fetched(metadata["jwks_uri"]))  # type: ignore[arg-type]
        known = _Known(metadata, keys)
        _ = metadata["authorization_endpoint"], metadata["token_endpoint"]
    except (KeyError, JoseError, ValueError):
        raise _away() from None
    with _lock:
        _known[issuer] = known
    return known


def _fetched(address: str) -> dict[str, Any]:
    try:
        answer = httpx.get(address, timeout=TIMEOUT_SECONDS)
        answer.raise_for_status()
        if len(answer.content) > MOST_BYTES:
            raise _away()
        found = answer.json()
    except (httpx.HTTPError, ValueError):
        raise _away() from None
    if not isinstance(found, dict):
        raise _away()
    return found


def _refused(code: str) -> Unauthenticated:
    messages = {
        "oidc_flow": "This sign-in was not begun in this browser, or too long ago.",
        "oidc_refused": "The identity provider did not sign you in.",
        "oidc_token": "The identity provider's answer cannot be trusted.",
    }
    return Unauthenticated(messages[code], code=code, advice="Try to sign in again.")


def _away() -> Unavailable:
    return Unavailable(
        "The identity provider does not answer as it should.",
        code="oidc_away",
        advice="Try again in a while, or sign in with a password.",
    )
