"""A real witness in a process of its own: killed between requests, asked by many at once, and by the log."""

from __future__ import annotations

import base64
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from tests.ledger.witness.history import History, key, origin, verifier
from tests.patience import patience_s

from tallystick.app.settings import Settings
from tallystick.app.witness.home import WitnessHome
from tallystick.ledger import Note, Verifier, bls, witness

main = History()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def serving(settings: Settings) -> Iterator[tuple[subprocess.Popen[bytes], httpx.Client]]:
    """`tallystick witness serve`; whoever kills it early may."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tallystick.app.main", "witness", "serve"],
        env={**os.environ, **settings.environment()},
        stdout=subprocess.DEVNULL,
    )
    client = httpx.Client(base_url=f"http://127.0.0.1:{settings.witness_port}", timeout=patience_s)
    try:
        until = time.monotonic() + patience_s
        while True:
            try:
                client.get("/healthz").raise_for_status()
                break
            except httpx.HTTPError:
                if process.poll() is not None or time.monotonic() > until:
                    raise
                time.sleep(0.05)
        yield process, client
    finally:
        client.close()
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.wait(30)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    chosen = Settings(home=tmp_path / "home", database_url="", witness_port=free_port())
    home = WitnessHome(chosen.folder)
    home.create("witness.example/process")
    home.add_log(verifier())
    return chosen


def ask(client: httpx.Client, old: int, new: int, history: History = main) -> httpx.Response:
    return client.post("/add-checkpoint", content=history.request(old, new).encode())


@pytest.mark.slow
def test_killed_between_requests_it_forgets_nothing(settings: Settings) -> None:
    """kill -9 right behind an answer: what was cosigned is on the disk before it is told."""
    cosigner, size = WitnessHome(settings.folder).cosigner(), 0
    for _ in range(3):
        with serving(settings) as (process, client):
            told = ask(client, size + 1, size + 1)
            assert (told.status_code, told.text) == (409, f"{size}\n")
            for _ in range(3):
                answer = ask(client, size, size + 3)
                assert answer.status_code == 200
                size += 3
                line = main.note(size).encode() + answer.text
                assert Note.parse(line).verify([cosigner]) == [cosigner]
            assert ask(client, size, size + 1, History("fork")).status_code == 422
            process.kill()
            process.wait(20)
    remembered = WitnessHome(settings.folder).memory.load(origin)
    assert remembered.checkpoint == main.checkpoint(size)


@pytest.mark.slow
def test_killed_in_the_middle_it_contradicts_nothing_it_said(settings: Settings) -> None:
    """Two forks race while it is killed: all that was ever answered 200 is of one history."""
    fork, said = History("fork", shared=2), list[tuple[History, int]]()
    enough = threading.Event()

    def race(client: httpx.Client, history: History) -> None:
        old = 0
        for _ in range(200):
            try:
                answer = ask(client, old, old + 1, history)
            except httpx.HTTPError:
                return
            if answer.status_code == 409:
                old = int(answer.text)
            elif answer.status_code == 200:
                old += 1
                said.append((history, old))
                if len(said) % 5 == 0:
                    enough.set()
            else:
                assert answer.status_code == 422
                return

    for _ in range(2):
        enough.clear()
        with serving(settings) as (process, client), ThreadPoolExecutor(4) as pool:
            races = [pool.submit(race, client, history) for history in (main, fork, main, fork)]
            assert enough.wait(30)
            process.kill()
            for one in races:
                one.result()
    assert said
    newest = WitnessHome(settings.folder).memory.load(origin).checkpoint
    assert newest.size >= max(size for _, size in said)
    winner = main if main.checkpoint(newest.size) == newest else fork
    for history, size in said:
        assert history.checkpoint(size) == winner.checkpoint(size)


@pytest.mark.slow
def test_many_at_once_get_one_history(settings: Settings) -> None:
    with serving(settings) as (_, client):
        assert ask(client, 0, 5).status_code == 200
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda new: ask(client, 5, new), range(6, 22)))
        statuses = [answer.status_code for answer in answers]
        assert (statuses.count(200), statuses.count(409)) == (1, 15)
        won = 6 + statuses.index(200)
        assert {answer.text for answer in answers if answer.status_code == 409} == {f"{won}\n"}
        assert origin in client.get("/").text
        second = subprocess.run(
            [sys.executable, "-m", "tallystick.app.main", "witness", "serve"],
            env={**os.environ, **settings.environment()},
            capture_output=True, text=True, timeout=patience_s, check=False,
        )  # fmt: skip
        assert (second.returncode, "witness-busy" in second.stderr) == (2, True)


@pytest.mark.slow
def test_a_log_collects_from_real_witnesses(settings: Settings) -> None:
    """One that answers, one at a port where nobody listens: 1 of 2 is final, and the loss is told."""
    home = WitnessHome(settings.folder)
    lost = witness.Cosigner("witness.example/lost", key("lost").public)
    text = "\n".join(
        [
            f"log {verifier().encode()}",
            f"witness here {home.cosigner().encode()} http://127.0.0.1:{settings.witness_port}",
            f"witness lost {lost.encode()} http://127.0.0.1:{free_port()}",
            "group g any here lost",
            "quorum g",
        ]
    )
    policy = witness.Policy.parse(text)
    with serving(settings), httpx.Client() as http:
        asked = witness.remote_witnesses(policy, http)
        for size in (3, 9, 200):
            found = witness.collect(main.note(size).encode(), asked, policy, main.prove)
            codes = {outcome.witness: outcome.code for outcome in found.outcomes}
            # While it is being asked again, the quorum ends the wait, and it counts as slow.
            assert codes["lost"] in ("witness-unreachable", "witness-slow")
            assert codes["here"] == "cosigned"
            cosigned = witness.open_cosigned(found.note, policy)
            assert (cosigned.checkpoint.size, cosigned.verdict.met) == (size, True)


def test_the_keys_of_two_witnesses_differ(tmp_path: Path) -> None:
    made = [WitnessHome(tmp_path / name).create("witness.example/w") for name in "ab"]
    assert made[0].key != made[1].key
    assert Verifier.parse(verifier().encode()) == verifier()


@pytest.mark.slow
def test_a_real_witness_signs_for_certificates_what_it_cosigned(settings: Settings) -> None:
    """With its BLS key beside the cosigner key; and again the same bytes after a restart."""
    home = WitnessHome(settings.folder)
    public = home.make_quorum_key().public
    quorum = bls.register(1, [public]).proven()
    text, shares = main.note(3), list[str]()
    for old in (0, 3):
        with serving(settings) as (_, client):
            cosigned = Note.parse(text.encode() + ask(client, old, 3).text)
            assert client.post("/sign-quorum", content=text.encode()).status_code == 403
            answer = client.post("/sign-quorum", content=cosigned.encode())
            assert answer.status_code == 200
            shares.append(answer.text)
    assert shares[0] == shares[1]
    remote = base64.b64decode(shares[0])
    line = bls.certificate_line(text, quorum, {public.name: remote})
    assert bls.open_certificate(text.adding([line]), quorum).signers == (public.name,)
