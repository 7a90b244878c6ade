"""A program with a key for everything, Anna's order that is paid, and a stranger with a house of his own."""

import pytest
from tests.callers import Program, key_for
from tests.stage import Paid, Stage, order

from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.states import Verification
from zahlmeister.programs import limits


@pytest.fixture(autouse=True)
def _quiet() -> None:
    limits._knocks.clear()


@pytest.fixture
def wollstube(stage: Stage) -> Stage:
    """Anna's order is paid, Bernd's is not, and the merchant is verified."""
    stage.merchant.verification = Verification.VERIFIED
    stage.merchant.save()
    stage.orders(order("100012345", "49.90"), order("100012346", "20.00", "Bernd Blau"))
    stage.pays(Paid(4990, "Bestellung 100012345"))
    return stage


@pytest.fixture
def program(wollstube: Stage) -> Program:
    return key_for(wollstube.merchant)


@pytest.fixture
def stranger(db: None) -> Program:
    return key_for(Merchant.objects.create(name="Andere", slug="andere"))
