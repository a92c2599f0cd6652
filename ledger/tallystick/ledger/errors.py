"""The one error family.

Every refusal the product utters is a `TallystickError`: a stable kebab-case `code`, an HTTP `status`,
a `title`, and a paragraph for a human that says what happened and what to do. Over HTTP it becomes
an RFC 9457 problem; on the command line it becomes that paragraph.
"""

from __future__ import annotations

from typing import ClassVar

#: What code with a defect raises on input that nobody thought of.
defects = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError)


class TallystickError(Exception):
    """Base of all errors; subclasses set `code`, `status`, `title` and `advice`."""

    code: ClassVar[str] = "tallystick"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong"
    advice: ClassVar[str] = ""

    def __init__(self, detail: str = "", **members: object) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.members = members

    def diagnosis(self) -> str:
        """What happened and what to do, in one paragraph."""
        said = self.detail if self.detail == self.title else f"{self.title}: {self.detail}"
        return f"{said}. {self.advice}".strip() if self.advice else said

    def problem(self) -> dict[str, object]:
        """RFC 9457 members."""
        return {
            "type": f"https://tallystick.invalid/errors/{self.code}",
            "code": self.code,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            **({"advice": self.advice} if self.advice else {}),
            **self.members,
        }


class InvariantError(TallystickError):
    """A guard over money or hashes failed: a defect, never a user's mistake."""

    code = "invariant-broken"
    title = "An invariant of the ledger is broken"
    advice = "Nothing was stored. Run `tallystick audit` and report the finding."


class LogExists(TallystickError):
    code = "log-exists"
    status = 409
    title = "This store already holds a log"
    advice = "Use another database or TALLYSTICK_HOME for a new log; `tallystick log key` says which one is here."


class NoLog(TallystickError):
    code = "no-log"
    status = 503
    title = "This store holds no log yet"
    advice = "Run `tallystick init` first."


class DataLost(TallystickError):
    code = "data-lost"
    status = 500
    title = "The log lost acknowledged data"
    advice = (
        "Stop, and keep `signer/`. Lay down the newest backup (`tallystick restore DIR`), or a mirror's full "
        "export (`tallystick log export DIR` there, `tallystick log import DIR` here), in an empty database: "
        "docs/how-to/recover-from-a-disaster.md."
    )


class RuleError(TallystickError):
    """An authentic entry that its rule refuses; nothing changes except the refusal itself."""

    code = "refused"
    status = 422
    title = "The rule refuses this entry"


def error_types(base: type[TallystickError] = TallystickError) -> list[type[TallystickError]]:
    """Every error class loaded, sorted by code: the source of the table in the documentation."""
    found: set[type[TallystickError]] = {base}
    todo = [base]
    while todo:
        for child in todo.pop().__subclasses__():
            if child not in found:
                found.add(child)
                todo.append(child)
    return sorted(found, key=lambda error: error.code)
