"""What can be wrong with a message of the Handle protocol: each thing by its own name.

`response_code` is what a server answers to it (RFC 3652 §2.2.2.2).
"""

from __future__ import annotations

from typing import ClassVar

from tallystick.ledger import TallystickError

protocol_error, operation_unsupported = 4, 5
authentication_failed, invalid_credential, cannot_authenticate = 403, 404, 406


class NativeRefused(TallystickError):
    code = "native-refused"
    status = 400
    title = "This is no message of the Handle protocol that we accept"
    advice = "Send what RFC 3652 and DO-IRP 3.0 say."
    response_code: ClassVar[int] = protocol_error


class MessageShort(NativeRefused):
    code = "native-message-short"
    title = "The message ends before its fields do"


class MessageLong(NativeRefused):
    code = "native-message-long"
    title = "The message goes on after its last field"


class MessageTooLarge(NativeRefused):
    code = "native-message-too-large"
    title = "The message is larger than any that we read"


class PacketTooLarge(NativeRefused):
    code = "native-packet-too-large"
    title = "A datagram of the Handle protocol has at most 512 bytes"


class VersionUnknown(NativeRefused):
    code = "native-version-unknown"
    title = "This version of the Handle protocol is not spoken here"
    advice = "Versions 2 and 3 are."


class MessageSealed(NativeRefused):
    code = "native-message-sealed"
    title = "The message is compressed or encrypted"
    advice = "Send it plain; what is private is asked for over HTTPS."
    response_code = operation_unsupported


class MessageInPieces(NativeRefused):
    code = "native-message-in-pieces"
    title = "Questions in several datagrams are not put together here"
    advice = "Ask by TCP."


class LengthsDisagree(NativeRefused):
    code = "native-lengths-disagree"
    title = "Two lengths in the message contradict each other"


class TextNotUtf8(NativeRefused):
    code = "native-text-not-utf8"
    title = "A text in the message is not UTF-8"


class TextTooLong(NativeRefused):
    code = "native-text-too-long"
    title = "A handle, type or name in the message is longer than 2048 bytes"


class CountTooLarge(NativeRefused):
    code = "native-count-too-large"
    title = "A list in the message has more items than we read"


class IndexRefused(NativeRefused):
    code = "native-index-refused"
    title = "An index of a value is 1 or more"


class TtlRefused(NativeRefused):
    code = "native-ttl-refused"
    title = "A time to live is relative (0) or absolute (1)"


class PermissionsRefused(NativeRefused):
    code = "native-permissions-refused"
    title = "Permissions are four bits"


class CredentialRefused(NativeRefused):
    code = "native-credential-refused"
    title = "The message's credential is not in its form"


class OperationUnsupported(NativeRefused):
    code = "native-operation-unsupported"
    title = "This operation is not offered by the native protocol here"
    advice = "Write over HTTP: every change is a signed entry."
    response_code = operation_unsupported


class DataRefused(NativeRefused):
    code = "native-data-refused"
    title = "The data of a value is not in the form of its type"


class HashRefused(NativeRefused):
    code = "native-hash-refused"
    title = "MD5 and SHA-1 prove nothing any more"
    advice = "Use SHA-256."
    response_code = invalid_credential


class LoginRefused(NativeRefused):
    code = "native-login-refused"
    status = 403
    title = "The answer to the challenge does not show who asks"
    advice = (
        "Sign the nonce and the digest of the question with a key that is registered and valid."
    )
    response_code = authentication_failed


class LoginUnsupported(NativeRefused):
    code = "native-login-unsupported"
    status = 403
    title = "Over the native protocol, only a public key shows who asks"
    advice = "Secret keys are for HTTPS."
    response_code = cannot_authenticate


class ChallengeUnknown(NativeRefused):
    code = "native-challenge-unknown"
    status = 403
    title = "There is no such challenge: it was answered before, ran out, or went to somebody else"
    advice = "Ask again, and answer the new challenge."
    response_code = 405


class FragmentsRefused(NativeRefused):
    code = "native-fragments-refused"
    status = 502
    title = "The datagrams of an answer do not fit together"


class AnswerMismatched(NativeRefused):
    code = "native-answer-mismatched"
    status = 502
    title = "The answer is to another question"


class AnswerUnsigned(NativeRefused):
    code = "native-answer-unsigned"
    status = 502
    title = "The answer is not signed by the key of this service"
    advice = "Compare the key with what its operator publishes; or verify the proof instead."


class NativeUnanswered(TallystickError):
    code = "native-unanswered"
    status = 504
    title = "The Handle server does not answer"
    advice = "Check its address, and whether UDP gets through; try --tcp."
