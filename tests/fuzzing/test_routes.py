"""The body of every POST route: a precise 4xx, or a sound answer; never a 500, and nothing half-stored."""

from __future__ import annotations

import ast
import base64
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import orjson
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient
from tests.app.bank_files import camt as bank_file
from tests.app.devices.conftest import desk
from tests.app.devices.desk import Desk, gate
from tests.app.documents import samples
from tests.app.handles.conftest import Asked, asked
from tests.app.login.test_login import Place, served
from tests.app.mirror.rig import rigged
from tests.fuzzing.applying import applying_office, applying_routes, given
from tests.fuzzing.hooking import given as hooked
from tests.fuzzing.hooking import hooking_routes
from tests.fuzzing.joining import given as joined
from tests.fuzzing.joining import joining_firm, joining_routes
from tests.fuzzing.mutate import mutated
from tests.fuzzing.part_parsers import _events
from tests.fuzzing.service_parsers import statements
from tests.identity.minting.minted import Mint
from tests.identity.people.firm import checker
from tests.identity.rest.conftest import Api, admin, populated, still, text, user
from tests.ledger.bls.signers import key as quorum_key
from tests.ledger.test_http import client_of
from tests.ledger.witness import history
from tests.ledger.world import World, core, supplier
from tests.lint.source import shipped

from tallystick.app import problems
from tallystick.app.handover.serving import create_app as handover_app
from tallystick.app.handover.wire import write_submissions
from tallystick.app.machines.clients import Clients, NewClient
from tallystick.app.witness.serving import create_app as witness_app
from tallystick.identity import devices
from tallystick.identity import minting as identity_minting
from tallystick.ledger import (
    PrivateKey,
    Reader,
    Sequencer,
    SystemClock,
    auditor_reader,
    bls,
    write_batch,
)
from tallystick.ledger.erasure.api import router as erasure_routes
from tallystick.ledger.erasure.kept import keep_statement
from tallystick.trace import router as trace_router

__all__ = ["applying_office", "asked", "desk", "joining_firm", "populated", "still"]
bank_files_api = "app/tallystick/app/bank_files/api.py"
statements_api = "app/tallystick/app/statements/api.py"
documents_api = "app/tallystick/app/documents/api.py"
devices_api = "app/tallystick/app/devices/api.py"
papers_api = "app/tallystick/app/credentials/papers_api.py"
seconds_each = 0.4
minimum = 40
seed_each_run = 20_260_105


@dataclass
class Route:
    client: TestClient
    path: str
    seeds: list[bytes]
    headers: dict[str, str]
    method: str = "POST"


def _entries(world: World) -> list[bytes]:
    return [write_batch(world.mint(1, 800)), write_batch(world.mint(4, 810))]


@pytest.fixture
def entries(world: World) -> Iterator[Route]:
    for client in client_of(world):
        yield Route(client, "/v1/entries", _entries(world), {})


@pytest.fixture
def mirrored(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Route]:
    from tallystick.app.mirror.serving import create_app

    with rigged(tmp_path, sqlite_url, monkeypatch) as rig:
        app = create_app(rig.running)
        with TestClient(app, raise_server_exceptions=False) as client:
            yield Route(client, "/v1/entries", _entries(rig.world), {})


def _witness(tmp_path: Path) -> TestClient:
    opened = history.fresh(tmp_path / "witness")
    signer = bls.CertificateSigner(opened, quorum_key("witness.example/w1"))
    return TestClient(witness_app(opened, signer), raise_server_exceptions=False)


@pytest.fixture
def cosigning(tmp_path: Path) -> Route:
    log = history.History()
    seeds = [log.request(0, 5).encode(), log.request(5, 9).encode()]
    return Route(_witness(tmp_path), "/add-checkpoint", seeds, {})


@pytest.fixture
def certifying(tmp_path: Path) -> Route:
    client, log = _witness(tmp_path), history.History()
    line = client.post("/add-checkpoint", content=log.request(0, 5).encode()).content
    note = log.note(5).encode().encode() + line
    assert client.post("/sign-quorum", content=note).status_code == 200
    return Route(client, "/sign-quorum", [note], {})


def _alone(routes: APIRouter) -> TestClient:
    app = FastAPI()
    problems.install(app)
    app.include_router(routes)
    return TestClient(app, raise_server_exceptions=False, follow_redirects=False)


@pytest.fixture
def validating() -> Route:
    return Route(_alone(trace_router(lambda: None)), "/epcis/validate", _events(), {})


@pytest.fixture
def handing_over(world: World) -> Iterator[Route]:
    for client in _sequencer(world):
        yield Route(client, "/append", [write_submissions(world.mint(2, 800))], {})


@pytest.fixture
def asking_receipts(world: World) -> Iterator[Route]:
    answers = world.ledger.append(world.mint(2, 820))
    names = [[answer.author, answer.id] for answer in answers]
    for client in _sequencer(world):
        yield Route(client, "/receipt", [orjson.dumps(names), orjson.dumps(names[:1])], {})


def _sequencer(world: World) -> Iterator[TestClient]:
    app = handover_app(Sequencer(world.ledger), world.ledger, world.reader, 1 << 20)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def stating(world: World) -> Route:
    @dataclass
    class Reading:
        snapshot: None
        reader: Reader

    routes = erasure_routes(
        lambda: Reading(None, auditor_reader),
        lambda document: keep_statement(world.store, "example.org/log", document, world.clock),
    )
    return Route(_alone(routes), "/v1/erasures/statements", statements(), {})


@pytest.fixture
def putting(still: Api) -> Route:
    seeds = [orjson.dumps([text(1), admin(100, "99.100.1/X", 1, "1" * 12)]), orjson.dumps(text(2))]
    return Route(still.client, "/api/handles/99.100.1/SN-1", seeds, {"who": user}, "PUT")


@pytest.fixture
def beginning(asked: Asked) -> Route:
    return Route(asked.client, "/api/sessions", [b"{}"], {})


@pytest.fixture
def answering(asked: Asked) -> Route:
    """The body counts for nothing; the header is fuzzed among the parsers."""
    told = 'Handle version="0", sessionId="none"'
    return Route(asked.client, "/api/sessions/this", [b"{}"], {"Authorization": told}, "PUT")


@pytest.fixture
def minting(world: World, tmp_path: Path) -> Route:
    mint = Mint.of(world, tmp_path)
    rows = [
        {
            "key": f"k{n}",
            "handle": f"99.100.1/F-{n}",
            "values": [{"index": 1, "type": "A", "data": "b"}],
        }
        for n in range(3)
    ]
    seeds = [
        b"\n".join(map(orjson.dumps, rows)),
        orjson.dumps({"key": "m", "prefix": "99.100.1", "values": []}),
    ]
    routes = identity_minting.bulk_router(lambda: mint.pen, mint.look, mint.folder)
    return Route(_alone(routes), "/v1/handles", seeds, {})


@pytest.fixture
def handing_in(world: World, tmp_path: Path) -> Iterator[Route]:
    """Leaves that are not quite the batch's: once they are kept, no body is looked at."""
    mint = Mint.of(world, tmp_path)
    found, _ = mint.issue(300)
    path = mint.folder.leaves_path("99.100.1", found.batch)
    seeds = [path.read_bytes()[:-1], path.read_bytes()[:40]]
    path.unlink()
    with world.reader.open() as snapshot:
        reading = SimpleNamespace(view=snapshot.view, reader=auditor_reader)
        routes = identity_minting.batches_router(lambda: reading, mint.folder)
        where = f"/v1/batches/99.100.1/{found.batch}/leaves"
        yield Route(_alone(routes), where, seeds, {}, "PUT")


@pytest.fixture
def giving(asked: Asked) -> Route:
    return _oauth(asked, "/oauth/token", [b"grant_type=client_credentials&scope=finance%3Aread"])


@pytest.fixture
def taking_back(asked: Asked) -> Route:
    return _oauth(asked, "/oauth/revoke", [b"token=a.b.c&token_type_hint=access_token"])


def _oauth(asked: Asked, path: str, seeds: list[bytes]) -> Route:
    new = NewClient("erp", asked.organisation, asked.organisation, ("finance:read",))
    client, secret = Clients(asked.node.store, SystemClock()).add(new)
    proof = base64.b64encode(f"{client.id}:{secret}".encode()).decode()
    headers = {
        "content-type": "application/x-www-form-urlencoded", "Authorization": f"Basic {proof}",
    }  # fmt: skip
    return Route(asked.client, path, seeds, headers)


def _documents(asked: Asked, path: str, *seeds: bytes, method: str = "POST") -> Route:
    new = NewClient(
        "erp", asked.organisation, asked.organisation, ("finance:read", "finance:write")
    )
    client, secret = Clients(asked.node.store, SystemClock()).add(new)
    told = {"grant_type": "client_credentials"}
    answer = asked.client.post("/oauth/token", data=told, auth=(client.id, secret))
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    return Route(asked.client, f"/v1/documents{path}", list(seeds), headers, method)


@pytest.fixture
def documenting(asked: Asked) -> Route:
    return _documents(
        asked, "", samples.order(), samples.cii(), samples.fapiao(), samples.in_json()
    )


@pytest.fixture
def reading_documents(asked: Asked) -> Route:
    return _documents(asked, "/read", samples.invoice(), samples.credit(), samples.despatch())


@pytest.fixture
def retrying(asked: Asked) -> Route:
    return _documents(asked, "/queue/retry", b"")


@pytest.fixture
def dropping(asked: Asked) -> Route:
    return _documents(asked, f"/queue/{'0' * 64}", b"", method="DELETE")


@pytest.fixture
def reading_notifications(asked: Asked) -> Route:
    """Where nothing waits: what a line comes to is asked of the parser's tests."""
    found = _documents(
        asked,
        "",
        *(bank_file.notification([bank_file.Entry()], version) for version in bank_file.versions),
    )
    return Route(found.client, "/finance/v1/notifications/read", found.seeds, found.headers)


@pytest.fixture
def reading_answers(asked: Asked) -> Route:
    """Where nothing was stated: what a row comes to is asked of the parser's tests."""
    found = _documents(asked, "", b"line,answer,dispute reason\n1,agree,\n")
    path = "/finance/v1/statements/answers/read?statement=99.100/O-A%23FC-1%23S-1"
    return Route(found.client, path, found.seeds, found.headers)


def _devices(desk: Desk, path: str, *seeds: object) -> Route:
    """`desk`: of an administrator, whom the headers name."""
    headers = {"Authorization": f"Bearer {desk.tokens['core']}"}
    return Route(desk.client, f"/v1/devices/{path}", [orjson.dumps(one) for one in seeds], headers)


@pytest.fixture
def inviting(desk: Desk) -> Route:
    wish = {"organisation": core, "purpose": "scanner"}
    return _devices(desk, "invitations", wish, {**wish, "minutes": 5})


@pytest.fixture
def looking(desk: Desk) -> Route:
    token = desk.invite()["address"].partition("#t=")[2]
    return _devices(desk, "invitations/look", {"token": token})


@pytest.fixture
def requesting(desk: Desk) -> Route:
    token = desk.invite()["address"].partition("#t=")[2]
    own = PrivateKey.generate()
    message = devices.request_message(desk.world.origin, token, "Gate", own.public.jwk())
    told = {"token": token, "name": "Gate", "jwk": own.public.jwk()}
    signature = base64.b64encode(own.sign(message)).decode()
    return _devices(desk, "requests", {**told, "signature": signature})


@pytest.fixture
def renewing(desk: Desk) -> Route:
    device, _ = desk.enrol()
    own, reference, time = PrivateKey.generate(), f"300:{gate}", "2026-03-01T00:00:00.000Z"
    message = devices.renewal_message(desk.world.origin, reference, own.public.jwk(), time)
    signed = {"by_old": device.key, "signature": own}
    told = {"old": reference, "jwk": own.public.jwk(), "time": time}
    proofs = {name: base64.b64encode(key.sign(message)).decode() for name, key in signed.items()}
    return _devices(desk, "renewals", {**told, **proofs})


@pytest.fixture
def approving(desk: Desk) -> Route:
    _, _, asked = desk.asks(desk.invite()["address"])
    return _devices(desk, f"requests/{asked.id}/approval", desk.approval(asked.id))


@pytest.fixture
def countersigning(desk: Desk) -> Route:
    _, _, asked = desk.asks(desk.invite()["address"])
    assert desk.approve(asked.id)[0] == 200
    return _devices(desk, f"requests/{asked.id}/signature", {"signature": "A" * 86 + "=="})


@pytest.fixture
def refusing(desk: Desk) -> Route:
    """The body counts for nothing."""
    _, _, asked = desk.asks(desk.invite()["address"])
    return _devices(desk, f"requests/{asked.id}/refusal", {})


_proof = {"person": "99.100/P-NOBODY", "nonce": "1.a.b", "sig": "A" * 86 + "=="}


@pytest.fixture
def challenging(asked: Asked) -> Route:
    """The body counts for nothing."""
    return Route(asked.client, "/v1/login/challenge", [b"{}"], {})


@pytest.fixture
def logging_in(asked: Asked) -> Route:
    nonce = asked.client.post("/v1/login/challenge").json()["nonce"]
    told = {**_proof, "webauthn": {"authenticatorData": "AAAA", "clientDataJSON": "e30="}}
    return Route(asked.client, "/v1/login", [orjson.dumps(told | {"nonce": nonce})], {})


@pytest.fixture
def logging_in_by_page(asked: Asked) -> Route:
    form = b"nonce=1.a.b&next=%2F&person=OTkuMTAwL1A&sig=AAAA&data=AAAA&client=e30%3D"
    return Route(asked.client, "/login", [form], {})


@pytest.fixture
def signing(tmp_path: Path) -> Iterator[Place]:
    """Somebody who is logged in."""
    with served(tmp_path, f"sqlite:///{tmp_path / 'log.sqlite'}") as place:
        assert place.login(place.proof()) == ""
        yield place


def _drafted(place: Place) -> dict[str, str]:
    told = {"type": "identity.person.leave/1", "body": {"person": checker, "reason": "left"}}
    made = place.client.post("/v1/drafts", json=told).json()
    return {name: made[name] for name in ("payload", "body", "salt")}


def _token(place: Place) -> str:
    made = place.client.post("/v1/handovers", json=_drafted(place)).json()
    return str(made["address"].partition("#t=")[2])


@pytest.fixture
def drafting(signing: Place) -> Route:
    told = {"type": "identity.person.leave/1", "body": {"person": checker, "reason": "left"}}
    return Route(signing.client, "/v1/drafts", [orjson.dumps(told)], {})


@pytest.fixture
def handing_a_draft(signing: Place) -> Route:
    return Route(signing.client, "/v1/handovers", [orjson.dumps(_drafted(signing))], {})


@pytest.fixture
def looking_at_a_draft(signing: Place) -> Route:
    told = {"token": _token(signing)}
    return Route(signing.client, "/v1/handovers/look", [orjson.dumps(told)], {})


@pytest.fixture
def signing_a_draft(signing: Place) -> Route:
    signature = {"keyid": f"300:{checker}", "sig": "A" * 86 + "=="}
    told = {"token": _token(signing), "signature": signature}
    return Route(signing.client, "/v1/handovers/signature", [orjson.dumps(told)], {})


@pytest.fixture
def certifying_a_firm(signing: Place) -> Route:
    said = {
        "number": "1", "kind": "iso-9001", "scope": "x", "sites": ["y"], "issued": "2026-01-01",
        "expiry": "2030-01-01", "issuer": "z",
    }  # fmt: skip
    told = {"key": f"300:{core}", "holder": supplier, "said": said}
    return Route(signing.client, "/v1/credentials/drafts", [orjson.dumps(told)], {})


@pytest.fixture
def declaring_materials(signing: Place) -> Route:
    said = {
        "part": "99.100.1/PART-1", "lot": "L-1", "list": {"name": "x", "version": "1"}, "number": 1,
        "complete": True,
        "substances": [{"cas": "7439-92-1", "share_ppm": 400, "threshold_ppm": 1000}],
    }  # fmt: skip
    told = {"key": f"300:{core}", "expires": "2030-01-01", "said": said}
    return Route(signing.client, "/v1/credentials/declarations", [orjson.dumps(told)], {})


@pytest.fixture
def presenting(signing: Place) -> Route:
    told = {"sd_jwt": "e30.e30.AAAA~WyJhIiwiYiIsMV0~e30.e30.AAAA", "salt": "00" * 32}
    path = f"/v1/credentials/{'0' * 64}/presentations"
    return Route(signing.client, path, [orjson.dumps(told)], {})


@pytest.fixture
def verifying(signing: Place) -> Route:
    file = b'{"presentation":1,"proof":"AAAA","salt":"' + b"00" * 32 + b'","sd_jwt":"e30.e30.AA~"}'
    told = {"file": base64.b64encode(file).decode(), "nonce": "n"}
    return Route(signing.client, "/v1/presentations/verify", [orjson.dumps(told)], {})


@pytest.fixture
def logging_out(asked: Asked) -> Route:
    return Route(asked.client, "/logout", [b"everywhere=1"], {})


#: Where each route stands in the sources, and the fixture that serves it.
routes = {
    ("app/tallystick/app/login/api.py", "/challenge"): "challenging",
    ("app/tallystick/app/login/api.py", ""): "logging_in",
    ("app/tallystick/app/pages/login.py", "/login"): "logging_in_by_page",
    ("app/tallystick/app/pages/login.py", "/logout"): "logging_out",
    ("app/tallystick/app/signing/api.py", "/v1/drafts"): "drafting",
    ("app/tallystick/app/signing/api.py", "/v1/handovers"): "handing_a_draft",
    ("app/tallystick/app/signing/api.py", "/v1/handovers/look"): "looking_at_a_draft",
    ("app/tallystick/app/signing/api.py", "/v1/handovers/signature"): "signing_a_draft",
    (papers_api, "/v1/credentials/drafts"): "certifying_a_firm",
    (papers_api, "/v1/credentials/declarations"): "declaring_materials",
    (papers_api, "/v1/credentials/{credential}/presentations"): "presenting",
    (papers_api, "/v1/presentations/verify"): "verifying",
    (bank_files_api, "/read"): "reading_notifications",
    (statements_api, "/answers/read"): "reading_answers",
    ("ledger/tallystick/ledger/api.py", "/v1/entries"): "entries",
    ("app/tallystick/app/mirror/serving.py", "/v1/entries"): "mirrored",
    ("ledger/tallystick/ledger/erasure/api.py", "/v1/erasures/statements"): "stating",
    ("app/tallystick/app/handover/serving.py", "/append"): "handing_over",
    ("app/tallystick/app/handover/serving.py", "/receipt"): "asking_receipts",
    ("ledger/tallystick/ledger/witness/api.py", "/add-checkpoint"): "cosigning",
    ("ledger/tallystick/ledger/bls/api.py", "/sign-quorum"): "certifying",
    ("trace/tallystick/trace/api.py", "/epcis/validate"): "validating",
    ("identity/tallystick/identity/rest/writing.py", "/api/handles/{handle:path}"): "putting",
    ("app/tallystick/app/handles/api.py", "/api/sessions"): "beginning",
    ("app/tallystick/app/handles/api.py", "this"): "answering",
    ("identity/tallystick/identity/minting/api.py", "/v1/handles"): "minting",
    (
        "identity/tallystick/identity/minting/serving.py",
        "/v1/batches/{prefix}/{batch}/leaves",
    ): "handing_in",
    ("app/tallystick/app/machines/oauth_api.py", "token_path"): "giving",
    ("app/tallystick/app/machines/oauth_api.py", "revoke_path"): "taking_back",
    (devices_api, "/v1/devices/invitations"): "inviting",
    (devices_api, "/v1/devices/invitations/look"): "looking",
    (devices_api, "/v1/devices/requests"): "requesting",
    (devices_api, "/v1/devices/renewals"): "renewing",
    (devices_api, "/v1/devices/requests/{known}/approval"): "approving",
    (devices_api, "/v1/devices/requests/{known}/signature"): "countersigning",
    (devices_api, "/v1/devices/requests/{known}/refusal"): "refusing",
    (documents_api, ""): "documenting",
    (documents_api, "/read"): "reading_documents",
    (documents_api, "/queue/retry"): "retrying",
    (documents_api, "/queue/{document}"): "dropping",
    **applying_routes,
    **joining_routes,
    **hooking_routes,
}


@pytest.mark.parametrize("fixture", sorted(routes.values()))
def test_no_body_makes_a_route_fail(fixture: str, request: pytest.FixtureRequest) -> None:
    if fixture in applying_routes.values():
        route = Route(*given(request.getfixturevalue("applying_office"), fixture))
    elif fixture in joining_routes.values():
        route = Route(*joined(request.getfixturevalue("joining_firm"), fixture))
    elif fixture in hooking_routes.values():
        route = Route(*hooked(request.getfixturevalue("joining_firm"), fixture))
    else:
        route = request.getfixturevalue(fixture)
    end, count, good = time.monotonic() + seconds_each, 0, 0
    while count < minimum or time.monotonic() < end:
        rng = random.Random(f"{fixture}/{seed_each_run}/{count}")
        body = mutated(route.seeds, rng)
        answer = route.client.request(route.method, route.path, content=body, headers=route.headers)
        said = f"{answer.status_code} {answer.text[:300]} by {body[:1000]!r}"
        assert answer.status_code < 500, said
        if answer.status_code >= 400 and not answer.headers["content-type"].startswith("text/"):
            assert answer.json()["code"], said
        count, good = count + 1, good + (answer.status_code < 400)
    print(f"{route.path}: {count} bodies, {good} answered")


def test_bodies_that_were_changed_leave_the_log_sound(world: World) -> None:
    """Whatever came in between: what is in the log is what was signed."""
    rng = random.Random(seed_each_run)
    for client in client_of(world):
        seeds = _entries(world)
        for _ in range(minimum):
            told = client.post("/v1/entries", content=mutated(seeds, rng))
            if told.status_code != 200:
                continue
            for row in told.json()["results"]:
                assert "problem" in row or row["outcome"] == "accepted"
        asked = orjson.loads(seeds[1])
        answer = client.post("/v1/entries", content=orjson.dumps(asked))
        assert all(row["outcome"] == "accepted" for row in answer.json()["results"])
    world.restart()
    world.ledger.seal()
    assert world.audit().refused == 0


def test_every_route_that_takes_a_body_is_in_the_table() -> None:
    found = {
        (source.path, _path(call))
        for source in shipped()
        for call in ast.walk(source.tree)
        if isinstance(call, ast.Call) and _is_route(call)
    }
    assert found == routes.keys()


_methods: Callable[[str], bool] = {"post", "put", "patch", "delete"}.__contains__


def _is_route(call: ast.Call) -> bool:
    named = isinstance(call.func, ast.Attribute) and _methods(call.func.attr)
    return named and ast.unparse(call.func).partition(".")[0] in (
        "app",
        "routes",
        "router",
        "shown",
    )


def _path(call: ast.Call) -> str:
    first = call.args[0]
    return str(first.value) if isinstance(first, ast.Constant) else ast.unparse(first)
