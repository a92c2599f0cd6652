"""Why a webhook is not made, or what is asked of one not done."""

from __future__ import annotations

from tallystick.ledger import TallystickError


class WebhookMalformed(TallystickError):
    code = "webhook-malformed"
    status = 400
    title = "This does not describe a webhook"
    advice = "The detail names the field; docs/how-to/be-told-by-webhooks.md has an example."


class WebhookAddressRefused(TallystickError):
    code = "webhook-address-refused"
    status = 400
    title = "Nothing is sent to this address"
    advice = (
        "Name an `https://` address on the public internet, without user or password. For one in a network of your "
        "own, the operator allows it by TALLYSTICK_WEBHOOK_NETWORKS."
    )


class WebhookUnknown(TallystickError):
    code = "webhook-unknown"
    status = 404
    title = "There is no such webhook, or it is not your organisation's"
    advice = "Look at `/webhooks` as somebody who speaks for the organisation."


class DeliveryUnknown(TallystickError):
    code = "delivery-unknown"
    status = 404
    title = "Nothing was sent to this webhook under this id"
    advice = (
        "Look at its page for what was sent; rows are kept for 30 days after they were done with."
    )


class NotYoursToHook(TallystickError):
    code = "not-yours-to-hook"
    status = 403
    title = "Only an officer of the organisation looks after its webhooks"
    advice = "Ask an administrator or security administrator of your organisation."


class WebhooksTooMany(TallystickError):
    code = "webhooks-too-many"
    status = 409
    title = "The organisation has as many webhooks as it may have"
    advice = "Remove one that is not used."


class DeliveryFailed(TallystickError):
    code = "delivery-failed"
    status = 502
    title = "The address did not take the delivery"
    advice = "The page of the webhook says what it answered; it is tried again by itself."
