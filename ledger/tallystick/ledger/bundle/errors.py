"""What can be wrong with a proof bundle, each by its name (docs/reference/bundle-format.md)."""

from __future__ import annotations

from tallystick.ledger.errors import TallystickError

_again = (
    "Ask for the bundle again; if it is refused again, keep it and show it to the log's operator."
)
_claims = "Do not rely on it: somebody claims what the log does not say. Keep the file as evidence."


class BundleRefused(TallystickError):
    """Base of what a verifier refuses a bundle for."""

    code = "bundle-refused"
    status = 422
    title = "The bundle does not prove what it should"
    advice = _again


class NothingPinned(TallystickError):
    code = "bundle-nothing-pinned"
    status = 400
    title = "Nothing says which log is to be believed"
    advice = (
        "Give --log-key, --genesis or --policy (one that names the log) as you got it by another way "
        "than the bundle."
    )


class BundleSuiteLacking(TallystickError):
    """No refusal: nothing is known of these signatures. Nothing else of the bundle is said either."""

    code = "bundle-suite-lacking"
    status = 501
    title = "Not checked: entries are signed with a suite that this program lacks"
    advice = (
        "Verify the file where the suite is: for sm2-sm3, tallystick[sm] with OpenSSL 3. Until then it is neither "
        "valid nor refused."
    )


class BundleTooLarge(BundleRefused):
    code = "bundle-too-large"
    status = 413
    title = "The bundle has more bytes than are read"


class NotAZip(BundleRefused):
    code = "bundle-not-a-zip"
    title = "The file is no zip file, or is cut off"


class FileCount(BundleRefused):
    code = "bundle-file-count"
    title = "The bundle holds no file, or more files than are read"


class NotCanonicalZip(BundleRefused):
    code = "bundle-not-canonical"
    title = "The zip file is not written in the one way in which bundles are"
    advice = "Do not pack it again with another program: only the very file that was made verifies."


class NameRefused(BundleRefused):
    code = "bundle-name-refused"
    title = "A file of the bundle has a name that no file of a bundle has"


class DuplicateName(BundleRefused):
    code = "bundle-duplicate-name"
    title = "Two files of the bundle have one name"
    advice = _claims


class OrderRefused(BundleRefused):
    code = "bundle-order-refused"
    title = "The files of the bundle are not in the order of their names"


class Compressed(BundleRefused):
    code = "bundle-compressed"
    title = "A file of the bundle is compressed, and bundles are stored as they are"


class FileTooLarge(BundleRefused):
    code = "bundle-file-too-large"
    status = 413
    title = "A file of the bundle has more bytes than its kind may have"


class HeaderConflict(BundleRefused):
    code = "bundle-header-conflict"
    title = "The two headers of a file contradict each other, or files overlap"
    advice = _claims


class CrcFails(BundleRefused):
    code = "bundle-crc-fails"
    title = "A file of the bundle was damaged or changed: its check sum is another"


class FileMissing(BundleRefused):
    code = "bundle-file-missing"
    title = "A file of the bundle is missing"


class FileStray(BundleRefused):
    code = "bundle-file-stray"
    title = "The bundle holds a file that belongs to nothing in it"


class ManifestRefused(BundleRefused):
    code = "bundle-manifest-refused"
    title = "bundle.json is not in its form"


class BundleCheckpointRefused(BundleRefused):
    code = "bundle-checkpoint-refused"
    title = "The checkpoint of the bundle is malformed, or of another log"


class BundleEntryRefused(BundleRefused):
    code = "bundle-entry-refused"
    title = "An entry of the bundle is malformed, or of another log"


class BundleAnchorRefused(BundleRefused):
    code = "bundle-anchor-refused"
    title = "anchor.json is not in its form"


class AnchorOfOther(BundleRefused):
    code = "bundle-anchor-differs"
    title = "anchor.json is of another checkpoint than the one in the bundle"
    advice = _claims


class BundleProofRefused(BundleRefused):
    code = "bundle-proof-refused"
    title = "A proof of the bundle is malformed, or of another entry or checkpoint"


class EntryNotInLog(BundleRefused):
    code = "bundle-entry-not-in-log"
    title = "An entry of the bundle is not in the log: it was changed, or was never there"
    advice = _claims


class BodyDiffers(BundleRefused):
    code = "bundle-body-differs"
    title = "A body of the bundle is not the one that its author signed"
    advice = _claims


class FieldDiffers(BundleRefused):
    code = "bundle-field-differs"
    title = "A field that the bundle shows is not one of the body that was signed"
    advice = _claims


class AttachmentDiffers(BundleRefused):
    code = "bundle-attachment-differs"
    title = "An attachment of the bundle is not the one that its name says"
    advice = _claims


class BundleGenesisRefused(BundleRefused):
    code = "bundle-genesis-refused"
    title = "Entry 0 of the bundle is no genesis of this log"


class ActsRefused(BundleRefused):
    code = "bundle-chain-refused"
    title = "The acts of governance in the bundle do not follow from genesis, or are not all here"
    advice = _claims


class WrongGenesis(BundleRefused):
    code = "bundle-wrong-genesis"
    title = "The bundle is of a log with another genesis than you pinned"
    advice = (
        "Compare the genesis that you pinned with the log you mean. Two logs can have one name."
    )


class WrongLogKey(BundleRefused):
    code = "bundle-wrong-log-key"
    title = "The log key that you pinned has not signed this checkpoint"
    advice = "Compare the key with the one that the operator published. If it is right, the bundle is false."


class PolicyReplaced(BundleRefused):
    code = "bundle-policy-replaced"
    title = "The policy of the bundle is not the one that is in force in the log"
    advice = _claims


class CosignatureFails(BundleRefused):
    code = "bundle-cosignature-fails"
    title = "A cosignature by a known witness does not verify"
    advice = _claims


class NotFinal(BundleRefused):
    code = "bundle-not-final"
    title = "Cosignatures are missing: too few witnesses vouch for the checkpoint"
    advice = "Ask for a bundle under a checkpoint that is final. Until then another history may be shown to others."


class BundleBlockRefused(BundleRefused):
    code = "bundle-block-refused"
    title = "The last entry under the checkpoint is not here as a block of this log"


class HeadRefused(BundleRefused):
    code = "bundle-head-refused"
    title = "A head of the bundle is not in its form"


class HeadDiffers(BundleRefused):
    code = "bundle-head-differs"
    title = "What the bundle says to be complete or absent is not what the log says"
    advice = (
        "Do not rely on it: entries were left out, or something is said to be absent that is not. Keep "
        "the file as evidence."
    )


class Incomplete(BundleRefused):
    code = "bundle-incomplete"
    title = "An entry that the log lists is left out of the bundle"
    advice = (
        "Do not rely on it: what was left out may be a later transfer or a revocation. Ask for the "
        "whole bundle."
    )


class BundleKeyRefused(BundleRefused):
    code = "bundle-key-refused"
    title = "A key in the bundle is malformed, or is registered twice"


class BundleKeyUnknown(BundleRefused):
    code = "bundle-key-unknown"
    title = "An entry is signed with a key whose registration is not in the bundle"


class BundleSignatureFails(BundleRefused):
    code = "bundle-signature-fails"
    title = "A signature of an entry does not verify"
    advice = _claims


class SignerRevoked(BundleRefused):
    code = "bundle-signer-revoked"
    title = "An entry is signed with a key that was revoked before"
    advice = (
        "Do not rely on it: the log should not have taken this entry in. Keep the file as evidence."
    )


class SignerNotValid(BundleRefused):
    code = "bundle-signer-not-valid"
    title = "An entry is signed with a key that was not registered yet, or may not sign this"
    advice = (
        "Do not rely on it: the log should not have taken this entry in. Keep the file as evidence."
    )


class BundleEntryMissing(BundleRefused):
    code = "bundle-entry-missing"
    title = "An entry that a statement needs is not in the bundle, or without its body"


class HeadMissing(BundleRefused):
    code = "bundle-head-missing"
    title = "The bundle claims something for which it holds no head of the log"


class ClaimMisnamed(BundleRefused):
    code = "bundle-claim-misnamed"
    title = "The bundle claims something of a name that the log would write otherwise"
    advice = (
        "Do not rely on it: that nothing stands under a wrong spelling says nothing of what was meant. Ask for a "
        "bundle about the name as the log writes it."
    )


class StatementRefused(BundleRefused):
    code = "bundle-statement-refused"
    title = "The entries of the bundle contradict each other"
    advice = _claims


class ReplayRefused(BundleRefused):
    code = "bundle-replay-refused"
    title = "The rules, executed again over the entries of the bundle, do not give what it says"
    advice = "Was it made with --replay? If so, do not rely on it, and keep the file as evidence."


class ClaimedKeyRevoked(BundleRefused):
    code = "bundle-key-revoked"
    title = "The bundle claims that a key is not revoked, and it is"
    advice = _claims


class ClaimedConfirmed(BundleRefused):
    code = "bundle-was-confirmed"
    title = "The bundle claims that an invoice line was never confirmed, and it was"
    advice = _claims


class AbsenceFalse(BundleRefused):
    code = "bundle-absence-false"
    title = "The bundle claims that something is absent, and it is not"
    advice = _claims
