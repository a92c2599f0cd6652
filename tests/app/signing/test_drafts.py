"""What a page is told of the keys that an act takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.app.joining.rig import Rig, rigged
from tests.identity.people.firm import first
from tests.ledger.authenticator import plainly, write
from tests.ledger.world import key

from tallystick.identity import AddKey
from tallystick.ledger import P256, SigningKey


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with rigged(tmp_path, f"sqlite:///{tmp_path / 'ledger.sqlite3'}") as made:
        yield made


def drafted(browser: TestClient) -> Any:
    body = {"key": f"300:{first}", "reason": "replaced"}
    wish = {"type": "identity.key.revoke/1", "body": body, "author": first}
    answer = browser.post("/v1/drafts", json=wish)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_keys_of_two_suites_sign_together_and_need_no_other_device(rig: Rig) -> None:
    """Only an amount takes a second device: who holds keys of two suites may have both in one browser."""
    browser = rig.login(first)
    told = drafted(browser)
    assert (len(told["keys"]), told["together"], told["apart"]) == (1, False, False)

    own: SigningKey = key(f"320:{first}", P256)
    added = AddKey(key=own.keyid, jwk=own.private.public.jwk(), custody="self", types=("*",))
    signers = [plainly(key(f"300:{first}")), plainly(own)]
    rig.world.append([write(rig.world.author(first), "identity.key.add/1", added, signers)])
    told = drafted(browser)
    assert (len(told["keys"]), told["together"], told["apart"]) == (2, True, False)
