"""Who may call: token requests of every supported grant, and the access tokens that are good right now."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping

from engine.sandbox.salesforce.settings import SandboxSettings

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_REMEMBERED = 10_000


class TokenRefused(Exception):
    """A token request that is turned down; becomes a 400 with `error` and `error_description`."""

    def __init__(self, error: str, description: str) -> None:
        self.error = error
        self.description = description
        super().__init__(f"{error}: {description}")


class Tokens:
    """The access tokens of one org. Times are monotonic seconds."""

    __slots__ = ("_issued", "_organisation", "_refresh", "_settings")

    def __init__(self, settings: SandboxSettings, organisation: str) -> None:
        self._settings = settings
        self._organisation = organisation
        self._refresh = {settings.refresh_token}
        self._issued: dict[str, float] = {}
        if settings.access_token:
            self._issued[settings.access_token] = time.monotonic()

    def valid(self, authorization: str) -> bool:
        """Whether an Authorization header carries a token that is good now.

        `OAuth` is the older word for Bearer.
        """
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() not in ("bearer", "oauth"):
            return False
        return self.good(token.strip())

    def good(self, token: str) -> bool:
        """Whether a token is known and young enough."""
        issued = self._issued.get(token)
        return issued is not None and time.monotonic() - issued < self._settings.access_token_lifetime

    def revoke(self, token: str) -> bool:
        """Make one token bad; tells whether it was known."""
        return self._issued.pop(token, None) is not None

    def expire_all(self) -> None:
        """Make every access token bad at once; refresh tokens stay good."""
        self._issued.clear()

    def issue(self) -> str:
        """A new access token, in the shape of Salesforce's: the org's id, `!`, the secret part."""
        if len(self._issued) >= _REMEMBERED:
            oldest = min(self._issued, key=self._issued.__getitem__)
            del self._issued[oldest]
        token = f"{self._organisation[:15]}!{secrets.token_urlsafe(48)}"
        self._issued[token] = time.monotonic()
        return token

    def check(self, form: Mapping[str, str], authorization: str) -> None:
        """Check a token request. Raises TokenRefused."""
        grant = form.get("grant_type", "")
        if not grant:
            raise TokenRefused("invalid_request", "grant type not specified")
        if grant == JWT_BEARER:
            self._check_assertion(form.get("assertion", ""))
            return
        if grant not in ("refresh_token", "password", "client_credentials"):
            raise TokenRefused("unsupported_grant_type", "grant type not supported")
        self._check_client(form, authorization)
        if grant == "refresh_token" and form.get("refresh_token", "") not in self._refresh:
            raise TokenRefused("invalid_grant", "expired access/refresh token")
        if grant == "password" and not self.password_fits(form.get("username", ""), form.get("password", "")):
            raise TokenRefused("invalid_grant", "authentication failure")

    def password_fits(self, username: str, password: str) -> bool:
        """Whether a user may log in: the password alone, or with the security token behind it."""
        settings = self._settings
        wanted = (settings.password, settings.password + settings.security_token)
        return username.lower() == settings.username.lower() and password in wanted

    def _check_client(self, form: Mapping[str, str], authorization: str) -> None:
        client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
        scheme, _, encoded = authorization.partition(" ")
        if not client_id and scheme.lower() == "basic":
            client_id, secret = _basic(encoded)
        if client_id != self._settings.client_id:
            raise TokenRefused("invalid_client_id", "client identifier invalid")
        if not hmac.compare_digest(secret.encode(), self._settings.client_secret.encode()):
            raise TokenRefused("invalid_client", "invalid client credentials")

    def _check_assertion(self, assertion: str) -> None:
        """Check issuer, user and age; the signature is not, since the org holds no certificate."""
        try:
            claims = json.loads(_unpadded(assertion.split(".")[1]))
            fits = (
                claims["iss"] == self._settings.client_id
                and (claims.get("sub") or claims.get("prn")) == self._settings.username
                and float(claims["exp"]) > time.time()
            )
        except (IndexError, KeyError, TypeError, ValueError):
            fits = False
        if not fits:
            raise TokenRefused("invalid_grant", "invalid assertion")

    def reply(self, instance_url: str, user_id: str) -> dict[str, str]:
        """The answer to a token request that was granted."""
        identity = f"https://login.salesforce.com/id/{self._organisation}/{user_id}"
        issued_at = str(time.time_ns() // 1_000_000)
        digest = hmac.digest(self._settings.client_secret.encode(), (identity + issued_at).encode(), hashlib.sha256)
        return {
            "access_token": self.issue(),
            "signature": base64.b64encode(digest).decode(),
            "scope": "refresh_token api full",
            "instance_url": instance_url,
            "id": identity,
            "token_type": "Bearer",
            "issued_at": issued_at,
        }


def _basic(encoded: str) -> tuple[str, str]:
    try:
        client_id, _, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return client_id, secret


def _unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
