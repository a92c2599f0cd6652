"""What the API refuses: each error bears the response code that clients of the Handle System know.

1 is answered with 200 or 201, 100 with 404, 101 and 201 with 409, 102, 200, 202 and 301 with 400, 402 with 401,
the other codes of authentication with 403.
"""

from __future__ import annotations

from typing import ClassVar

from tallystick.ledger import Answer, InvariantError, RuleError, TallystickError

success = 1
error, busy, protocol_error = 2, 3, 4


class HandleRefused(TallystickError):
    """Base: `response` is the code, `headers` go with the answer."""

    code = "handle-request-refused"
    status = 400
    title = "The request about a handle is refused"
    response: ClassVar[int] = error
    headers: ClassVar[dict[str, str]] = {}

    def __init__(self, detail: str = "", handle: str = "") -> None:
        named = {"handle": handle} if handle else {}
        super().__init__(detail, responseCode=self.response, **named)
        self.members["message"] = self.detail


class RequestNotUnderstood(HandleRefused):
    code = "handle-request-not-understood"
    title = "The request is not in the form of the Handle API"
    advice = "Send a JSON list of values, one value, or an object with `values`."
    response = protocol_error


class HandleMissing(HandleRefused):
    code = "handle-missing"
    status = 404
    title = "There is no such handle"
    response = 100


class HandleExists(HandleRefused):
    code = "handle-exists"
    status = 409
    title = "The handle exists already"
    advice = "Choose another one, or say overwrite=true."
    response = 101


class HandleNotFormed(HandleRefused):
    code = "handle-not-formed"
    title = "This is not a well-formed handle"
    advice = "A handle is `prefix/suffix`; with mintNewSuffix=true it may end in `/`."
    response = 102


class ValuesMissing(HandleRefused):
    code = "handle-values-missing"
    title = "The handle has no values under these indexes"
    response = 200


class ValueExists(HandleRefused):
    code = "handle-value-exists"
    status = 409
    title = "There is a value under this index already"
    advice = "Choose another index, or say overwrite=true."
    response = 201


class ValueInvalid(HandleRefused):
    code = "handle-value-invalid"
    title = "A value is not in its form"
    response = 202


class NotResponsible(HandleRefused):
    code = "handle-not-responsible"
    title = "This node does not administer the prefix of the handle"
    advice = "Ask the holder of the prefix, or the node at which it lives."
    response = 301


class NoAdministrator(HandleRefused):
    code = "handle-no-administrator"
    status = 403
    title = "You are no administrator of this handle"
    advice = (
        "An HS_ADMIN value of the handle, or of its prefix, must name you or a group you are in."
    )
    response = 400


class NoPermission(HandleRefused):
    code = "handle-no-permission"
    status = 403
    title = "You are an administrator of this handle, but not for this"
    response = 401


class AuthenticationNeeded(HandleRefused):
    code = "handle-authentication-needed"
    status = 401
    title = "Say who you are"
    advice = (
        "Send `Authorization: Basic`, a client certificate, or answer the challenge of a session."
    )
    response = 402
    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": 'Basic realm="handle", Handle'}


class AuthenticationFailed(HandleRefused):
    code = "handle-authentication-failed"
    status = 403
    title = "You did not prove who you are"
    response = 403


class CannotAuthenticate(HandleRefused):
    code = "handle-cannot-authenticate"
    status = 403
    title = "This connection is not safe enough to say who you are"
    advice = "Use HTTPS. Behind a proxy that ends it, name the proxy in TALLYSTICK_TRUSTED_PROXIES."
    response = 406


class SessionEnded(HandleRefused):
    code = "handle-session-ended"
    status = 401
    title = "There is no such session, or no longer"
    advice = "POST /api/sessions makes a new one."
    response = 500
    headers: ClassVar[dict[str, str]] = AuthenticationNeeded.headers


class TooManyFailures(HandleRefused):
    code = "handle-too-many-failures"
    status = 429
    title = "Too many attempts failed"
    advice = "Wait a minute, and check key or password."
    response = busy
    headers: ClassVar[dict[str, str]] = {"Retry-After": "60"}


class SearchTooWide(HandleRefused):
    code = "handle-search-too-wide"
    title = "The search would go through too many values"
    advice = "Give the beginning of the value, or a second field without a wildcard."


_told: dict[str, type[HandleRefused]] = {
    "already-registered": HandleExists,
    "handle-refused": HandleNotFormed,
    "handle-unknown": HandleMissing,
    "values-refused": ValueInvalid,
    "record-too-large": ValueInvalid,
    "value-frozen": NoPermission,
    "body-refused": ValueInvalid,
    "not-entitled": NoAdministrator,
}


def of(refusal: TallystickError, handle: str) -> TallystickError:
    """A refusal of the rules as clients of the API know it; others with the code for an error."""
    kind = _told.get(refusal.code)
    if kind is not None:
        return kind(refusal.detail, handle)
    if isinstance(refusal, RuleError):
        return HandleRefused(f"{refusal.code}: {refusal.diagnosis()}", handle)
    refusal.members.setdefault("responseCode", error)
    return refusal


def require(answer: Answer, handle: str) -> None:
    """Raises what became of an entry that is not in the log as accepted."""
    if not answer.accepted:
        raise of(answer.problem or answer.refusal or InvariantError(answer.id), handle)
