"""What goes wrong when programs ask for organisations: tokens (RFC 6750), the token endpoint (RFC 6749 §5.2), and limits.

No detail repeats what was sent: it may be a secret.
"""

from __future__ import annotations

from typing import ClassVar

from tallystick.ledger import TallystickError


class MachineRefused(TallystickError):
    """Base: `headers` go with the answer."""

    code = "machine-refused"
    status = 401
    title = "The program did not prove for whom it asks"

    @property
    def headers(self) -> dict[str, str]:
        return {}


class CredentialsAmbiguous(MachineRefused):
    code = "credentials-ambiguous"
    status = 400
    title = "The request shows who sends it in more than one way"
    advice = "Send one Authorization header or one signature; beside a signature, only an access token that it covers."


class NotInTheClear(MachineRefused):
    code = "not-in-the-clear"
    status = 403
    title = "Secrets and access tokens are taken over TLS alone"
    advice = (
        "Use https. Behind a proxy that ends TLS, the operator names it in TALLYSTICK_TRUSTED_PROXIES; "
        "what was sent may have been read on the way: `tallystick client rotate`."
    )


class NoHeldKey(MachineRefused):
    code = "no-held-key"
    status = 403
    title = "This node holds no key with which it could write for you"
    advice = "Sign entries with your own key and send them to POST /v1/entries."


class TokenRefused(MachineRefused):
    """Base of what RFC 6750 calls `invalid_token`."""

    code = "access-token-refused"
    title = "The access token is not one of this node"
    advice = "Get one from POST /oauth/token, and send it to the node that gave it."

    @property
    def headers(self) -> dict[str, str]:
        told = f'Bearer error="invalid_token", error_description="{self.title}"'
        return {"WWW-Authenticate": told}


class TokenExpired(TokenRefused):
    code = "access-token-expired"
    title = "The access token has expired"
    advice = "Get a new one from POST /oauth/token."


class TokenEarly(TokenRefused):
    code = "access-token-early"
    title = "The access token is not valid yet"
    advice = "Compare the clocks of the node's machines."


class TokenTakenBack(TokenRefused):
    code = "access-token-taken-back"
    title = (
        "The access token was taken back, or its client, or the service device as which it writes"
    )
    advice = "Ask the operator: `tallystick client list` names the clients; `--as` names another service device."


class ScopeMissing(MachineRefused):
    code = "insufficient-scope"
    status = 403
    title = "The program may not do this for its organisation"
    advice = (
        "Ask the operator for the scope that is named, and get a new token; a key signs for the parts that "
        "its entry types name."
    )

    def __init__(self, *needed: str) -> None:
        self.needed = " ".join(sorted(needed))
        super().__init__(f"it needs {self.needed}", scope=self.needed)

    @property
    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{self.needed}"'}


class OAuthRefused(MachineRefused):
    """Base: `error` is the code of RFC 6749."""

    code = "oauth-request-refused"
    status = 400
    title = "The request is not one of OAuth's client credentials"
    advice = "Send a form with grant_type=client_credentials, each parameter once."
    error: ClassVar[str] = "invalid_request"

    def answer(self) -> dict[str, object]:
        """As RFC 6749 wants it, with the members of a problem."""
        return {"error": self.error, "error_description": self.title, **self.problem()}


class GrantUnknown(OAuthRefused):
    code = "oauth-grant-unknown"
    title = "This node gives tokens for client credentials alone"
    advice = "Send grant_type=client_credentials; people log in elsewhere."
    error = "unsupported_grant_type"


class ScopeRefused(OAuthRefused):
    code = "oauth-scope-refused"
    title = "The client may not have this scope"
    advice = "`tallystick client list` names the scopes of each client; without `scope` it gets all of its own."
    error = "invalid_scope"


class ClientRefused(OAuthRefused):
    code = "oauth-client-refused"
    status = 401
    title = "The client did not prove who it is"
    advice = (
        "Log in by HTTP Basic with id and secret, or by a client assertion (RFC 7523) of the registered key, "
        "for this node, short-lived and used once."
    )
    error = "invalid_client"

    @property
    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": 'Basic realm="tallystick"'}


class AssertionReplayed(ClientRefused):
    code = "oauth-assertion-replayed"
    title = "The client assertion was used before"
    advice = "Make a new one, with a new jti, for each request."


class LimitReached(MachineRefused):
    """Base: what counts against a limit. `wait_s`: seconds until it is worth trying again."""

    code = "limit-reached"
    status = 429
    title = "Too many requests"
    policy: ClassVar[str] = "rate"

    def __init__(self, limit: int, window_s: int, wait_s: int) -> None:
        super().__init__(f"at most {limit} in {window_s} s; try again in {wait_s} s")
        self._told = (limit, window_s, wait_s)

    @property
    def headers(self) -> dict[str, str]:
        limit, window_s, wait_s = self._told
        return {
            "Retry-After": str(wait_s),
            **limit_headers(self.policy, limit, window_s, 0, wait_s),
        }


class RateExceeded(LimitReached):
    code = "rate-exceeded"
    title = "Requests come faster than this node answers them for one caller"
    advice = "Wait as long as Retry-After says, and spread requests over time."


class QuotaExhausted(LimitReached):
    code = "quota-exhausted"
    title = "The organisation has used up its requests of this day"
    policy = "day"
    advice = "It begins anew at midnight UTC; ask the operator for more."


class FailuresTooMany(LimitReached):
    code = "failures-too-many"
    title = "Too many requests from this address did not prove who sends them"
    policy = "failures"
    advice = "Wait as long as Retry-After says, and correct the program that sends them."


def limit_headers(name: str, limit: int, window_s: int, left: int, reset_s: int) -> dict[str, str]:
    """The RateLimit fields of draft-ietf-httpapi-ratelimit-headers."""
    return {
        "RateLimit-Policy": f'"{name}";q={limit};w={window_s}',
        "RateLimit": f'"{name}";r={left};t={reset_s}',
    }
