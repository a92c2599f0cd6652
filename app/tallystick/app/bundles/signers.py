"""Who signed the entries of a bundle: step 10 of docs/reference/bundle-format.md.

Every signature must verify, by a key whose registration is in the bundle. A signature counts if its key was
registered at or before the entry, may sign its type, and was not revoked before it. That it was not is
proven only by the key's head; without it somebody may have left the revocation out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tallystick.app.bundles.key_lives import HeldKey, keys_of
from tallystick.app.bundles.statements import Statement, authentic, proven
from tallystick.ledger import SuiteLacking, TallystickError, check_signature, pae
from tallystick.ledger.bundle import Bundle, HeldEntry, errors


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that counts."""

    key: HeldKey
    own: bool


class Signers:
    """The keys of a bundle, and which of them signed each entry so that it counts.

    Raises `BundleSuiteLacking` naming every entry with a signature that this program cannot check.
    """

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self.keys = keys_of(bundle)
        self._used: set[str] = set()
        self._lacking: dict[int, str] = {}
        self.by_entry: Mapping[int, tuple[Signed, ...]] = {
            index: self._signed(bundle.entries[index]) for index in sorted(bundle.entries)
        }
        if self._lacking:
            suites = ", ".join(sorted(set(self._lacking.values())))
            entries = ", ".join(map(str, self._lacking))
            raise errors.BundleSuiteLacking(f"entries {entries}: {suites}")

    def statement(self) -> Statement:
        """Of all entries of the bundle together."""
        entries, keys = len(self._bundle.entries), len(self._used)
        unproven = [key for key in self._used if not self.keys[key].proven]
        if not unproven:
            return proven("signers.proven", entries=entries, keys=keys)
        return authentic("signers.unproven", entries=entries, keys=keys, unproven=len(unproven))

    def _signed(self, held: HeldEntry) -> tuple[Signed, ...]:
        message = pae(held.envelope.payload)
        counting: list[Signed] = []
        own: list[HeldKey] = []
        for signature in held.envelope.signatures:
            key = self.keys.get(signature.keyid)
            if key is None:
                raise errors.BundleKeyUnknown(f"{signature.keyid}, which signed entry {held.index}")
            try:
                check_signature(signature, key.record.public, message)
            except SuiteLacking as error:
                self._lacking[held.index] = error.suite
            except TallystickError as error:
                raise errors.BundleSignatureFails(f"entry {held.index}: {error.detail}") from None
            self._used.add(signature.keyid)
            mine = key.record.owner == held.entry.author
            own += [key] if mine else []
            if key.counts(held):
                counting.append(Signed(key, mine))
        if own and not any(signed.own for signed in counting):
            raise _invalid(held, own)
        return tuple(counting)


def _invalid(held: HeldEntry, own: list[HeldKey]) -> errors.BundleRefused:
    for key in own:
        at = key.revoked_at
        if at is not None and at < held.index:
            said = f"entry {at} revoked {key.record.reference}, which signed entry {held.index}"
            return errors.SignerRevoked(said)
    return errors.SignerNotValid(f"entry {held.index}, by {own[0].record.reference}")
