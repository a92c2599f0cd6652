"""Certificates of SM2 that OpenSSL issues, answers about and verifies, beside our verdict on them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from cryptography import x509
from tests.identity.keys import test_sm_path
from tests.identity.keys.openssl_ca import (
    OpensslCa,
    ca_extensions,
    openssl_ca,
    path_is_good,
)

from tallystick.identity.keys import certificates, sm
from tallystick.ledger import TallystickError, from_instant

now = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)


@pytest.fixture(scope="module")
def openssl(tmp_path_factory: pytest.TempPathFactory) -> OpensslCa:
    """A CA, one below it that issues to companies, and others that are not as they should be."""
    ca = openssl_ca(tmp_path_factory.mktemp("openssl"))
    ca.root("CA")
    ca.root("Other")
    none_below = ("basicConstraints=critical,CA:TRUE,pathlen:0", *ca_extensions[1:])
    no_cert_sign = (ca_extensions[0], "keyUsage=critical,digitalSignature", *ca_extensions[2:])
    ca.issue("Companies", "CA", extensions=ca_extensions, days=3000)
    ca.issue("Last", "CA", extensions=none_below)
    ca.issue("Below last", "Last", extensions=ca_extensions)
    ca.issue("Unable", "CA", extensions=no_cert_sign)
    ca.issue("No CA", "CA")
    for by in ("CA", "Other", "Companies", "Last", "Below last", "Unable", "No CA"):
        ca.issue(f"Firm of {by}", by)
    ca.issue("Short", "Companies", days=10)
    ca.issue("Other ID", "Companies", user_id="ALICE123@YAHOO.COM")
    ca.issue("No ID", "Companies", user_id="")
    return ca


def says(chain: Sequence[x509.Certificate], anchor: x509.Certificate, at: datetime) -> bool:
    """Our own verdict on the path."""
    try:
        path = sm.check(chain, anchor, certificates.instant(at)).certificates
    except TallystickError:
        return False
    return all(sm.issued(one, by) for one, by in pairwise(path))


paths: dict[str, tuple[bool, timedelta, tuple[str, ...]]] = {
    "direct": (True, timedelta(), ("Firm of CA",)),
    "one between": (True, timedelta(), ("Firm of Companies", "Companies")),
    "before its first second": (False, timedelta(days=-2), ("Firm of CA",)),
    "still valid": (True, timedelta(days=9), ("Short", "Companies")),
    "ended": (False, timedelta(days=10), ("Short", "Companies")),
    "the one between ended": (False, timedelta(days=3001), ("Firm of Companies", "Companies")),
    "another issuer": (False, timedelta(), ("Firm of Other",)),
    "without the one between": (False, timedelta(), ("Firm of Companies",)),
    "pathlen kept": (True, timedelta(), ("Firm of Last", "Last")),
    "pathlen exceeded": (False, timedelta(), ("Firm of Below last", "Below last", "Last")),
    "no keyCertSign": (False, timedelta(), ("Firm of Unable", "Unable")),
    "no CA": (False, timedelta(), ("Firm of No CA", "No CA")),
    "another user ID": (False, timedelta(), ("Other ID", "Companies")),
    "no user ID": (False, timedelta(), ("No ID", "Companies")),
}


@pytest.mark.parametrize("why", paths)
def test_openssl_says_the_same_of_paths_that_it_made(openssl: OpensslCa, why: str) -> None:
    is_good, later, names = paths[why]
    chain, anchor = [openssl.certificate(one) for one in names], openssl.certificate("CA")
    at = now + later
    assert says(chain, anchor, at) == path_is_good(chain, anchor, _seconds(at)) == is_good


@pytest.mark.parametrize("name", ["Firm of Companies", "Other ID", "No ID", "Firm of Other"])
def test_the_command_says_the_same_of_each_signature(openssl: OpensslCa, name: str) -> None:
    one, issuer = openssl.certificate(name), openssl.certificate("Companies")
    ours = says([one], issuer, now)
    assert ours == openssl.is_issued(name, "Companies", _seconds(now)) == (name[-3:] == "ies")


#: Where OpenSSL is content with less: it puts a path together from what it finds, takes any version and any key at the
#: end of it, leaves open for which purpose it verifies, and checks names and policies only where somebody asks.
stricter = frozenset(
    {
        "out of order", "one besides", "of version 1", "a key of P-256, signed with SM2",
        "name constraints", "policy constraints", "a CA of one purpose",
    }
)  # fmt: skip


@pytest.mark.parametrize("why", [*test_sm_path.good, *test_sm_path.wrong])
def test_openssl_says_the_same_of_paths_that_we_made(why: str) -> None:
    is_good = why in test_sm_path.good
    chain = test_sm_path.good[why] if is_good else test_sm_path.wrong[why][1]
    found = [one.certificate for one in chain]
    at = from_instant(test_sm_path.time) // 1000
    theirs = path_is_good(found, test_sm_path.root.certificate, at)
    assert says(found, test_sm_path.root.certificate, datetime.fromtimestamp(at, UTC)) == is_good
    assert theirs == (is_good or why in stricter)


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
