"""Whoever takes something away takes it to a country: of its token, of its webhook, or of the register that has it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient
from tests.app.captures import lend_keys
from tests.identity.devices.enrolled import copied
from tests.ledger.world import World, core, node

from tallystick.app import access, problems
from tallystick.app.bootstrap import Node
from tallystick.app.leaving import leaves_to, taken_home
from tallystick.app.readers import Readers
from tallystick.app.settings import Settings
from tallystick.identity import RegisterOrganisation
from tallystick.ledger import Reader, grading

german = "99.100/O-DE00000000000"
personal, trade = grading.Mark("personal", "restricted"), grading.Mark("trade", "partner")
restricted = grading.Mark("trade", "restricted")


@pytest.fixture
def world(tmp_path: Path) -> World:
    lend_keys(tmp_path)
    made = copied(tmp_path)
    told = RegisterOrganisation(
        organisation=german, name={"en": "Werk"}, scheme="register", number="HRB-1", country="DE",
        capacities=("supplier",),
    )  # fmt: skip
    made.add(node, "identity.organisation.register/1", told)
    return made


@pytest.fixture
def place(world: World, tmp_path: Path) -> Node:
    return Node.at(Settings(home=tmp_path, database_url=world.url, country="CN"))


def test_who_stands_in_a_foreign_register_takes_it_there(place: Node) -> None:
    with place.look() as view:
        for organisation, country in ((german, "DE"), (core, "CN"), ("99.100/O-NOBODY", "CN")):
            taken = taken_home(view, place.settings, Reader.party(organisation), "bundle")
            assert taken.leaving is not None
            assert taken.leaving.country == country
            # Its own personal data go home with it, and across a border by a permission alone.
            assert taken.leaving.lets(personal, organisation) is (country == "CN")
            assert taken.leaving.lets(trade, organisation)


@pytest.mark.parametrize("route", ["export", "mirror", "bundle", "webhook"])
def test_restricted_data_cross_no_border_unnamed(place: Node, route: Any) -> None:
    """A webhook carries none of them anywhere."""
    with place.look() as view:
        for country, may in (("CN", route != "webhook"), ("DE", False)):
            taken = leaves_to(view, place.settings, Reader.party(core), route, "x", country)
            assert taken.leaving is not None
            assert taken.leaving.lets(restricted, core) is may, (route, country)


def test_a_bundle_over_http_goes_to_the_country_of_who_asks(place: Node, tmp_path: Path) -> None:
    """Of a token that names one, that; of one that names none, the node's: a token is the node's own to give. What
    nobody in particular is shown, may leave anyhow.
    """
    readers = Readers(tmp_path)
    tokens = {
        "DE": readers.add("abroad", core, country="DE"), "CN": readers.add("here", core),
    }  # fmt: skip
    app = FastAPI()
    problems.install(app)

    @app.get("/v1/bundles/country")
    def country(reading: Any = Depends(access.reading(place, None))) -> str:
        leaving = reading.reader.leaving
        return str(leaving.country) if leaving else ""

    with TestClient(app) as client:
        for expected, token in tokens.items():
            told = client.get("/v1/bundles/country", headers={"Authorization": f"Bearer {token}"})
            assert told.json() == expected
        assert client.get("/v1/bundles/country").json() == ""
