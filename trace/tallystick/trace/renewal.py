"""A handle that an event has named is never registered again: its story is one thing's for ever."""

from __future__ import annotations

from tallystick.identity import RenewHandle
from tallystick.ledger import Act, Effects, RuleError, State

renew_type = "identity.handle.renew/1"


class NamedByEvent(RuleError):
    code = "named-by-event"
    title = "Events have named this handle: it is never registered again"
    advice = "Register another handle; what was captured under this one stays what it was about."


def refuse_named(state: State, act: Act[RenewHandle]) -> Effects:
    """Follows the renewal of a handle. An item is written by the first event that names it."""
    item = state.get("item", act.body.handle)
    if item is not None:
        first = int(str(item["first"]).partition(".")[0])
        raise NamedByEvent(f"{act.body.handle}, first by entry {first}")
    return ()
