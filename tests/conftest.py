"""The policies, loaded once."""

from __future__ import annotations

import os

import pytest

from folders import HARBOURLINE, KESTREL
from supportrules import Policy, load_policy
from supportrules.policy.starter import STARTER

# What commands keep of the policies of tests is of no use to anybody.
os.environ["SUPPORTRULES_CACHE"] = "off"


@pytest.fixture(scope="session")
def shipped() -> Policy:
    return load_policy()


@pytest.fixture(scope="session")
def harbourline() -> Policy:
    return load_policy(HARBOURLINE)


@pytest.fixture(scope="session")
def kestrel() -> Policy:
    """A policy with several promises."""
    return load_policy(KESTREL)


@pytest.fixture(scope="session")
def starter() -> Policy:
    return load_policy(STARTER)


@pytest.fixture(params=["shipped", "harbourline"])
def policy(request: pytest.FixtureRequest) -> Policy:
    found: Policy = request.getfixturevalue(request.param)
    return found
