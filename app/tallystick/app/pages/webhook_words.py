"""Words of the pages about webhooks."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.app.pages.language import message

tables: Mapping[str, Mapping[str, str]] = {
    "webhook_states": {
        "active": message("running"),
        "paused": message("paused"),
        "failing": message("stopped: nothing went through"),
        "gone": message("stopped: the address is gone"),
    },
    "webhook_stops": {
        "paused": message("An officer paused it; it goes on where it stopped."),
        "failing": message(
            "For days nothing went through, and it was stopped. See to the receiver, then let it go on."
        ),
        "gone": message("The address answered that it is gone for good (410), and it was stopped."),
    },
    "webhook_contents": {
        "thin": message("that there is an entry, and where"),
        "body": message("also the body, as far as its grade lets it leave"),
    },
    "webhook_schemes": {
        "v1a": message("by a key of its own: you verify with a public key (Ed25519, v1a)"),
        "v1": message("by a shared secret (HMAC-SHA256, v1)"),
    },
    "webhook_refusals": {
        "webhook-address-refused": message("Nothing is sent to this address."),
        "webhook-malformed": message("This cannot be read."),
        "webhooks-too-many": message("You have as many webhooks as you may have."),
    },
    "delivery_states": {
        "waiting": message("waits"),
        "delivered": message("delivered"),
        "failed": message("given up"),
        "withheld": message("withheld: not yours to read any more"),
    },
}
