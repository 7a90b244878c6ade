"""The table of shop systems: every row can be opened, and asks a person for what can be kept."""

import pytest

from zahlmeister.connectors.shops import systems
from zahlmeister.connectors.shops.system import named
from zahlmeister.connectors.shops.systems import SYSTEMS, System

KINDS = {"prepayment", "invoice", "cod"}


@pytest.mark.parametrize("system", SYSTEMS.values(), ids=lambda system: system.code)
def test_each_row_can_be_opened(system: System):
    assert callable(named(system.opener))
    assert not system.introducer or callable(named(system.introducer))
    assert system.defaults.keys() <= KINDS
    assert all(field.label and not (field.is_secret and field.default) for field in system.fields)
    assert len({field.name for field in system.fields}) == len(system.fields)


def test_codes_are_there_once():
    assert len(SYSTEMS) == len(systems._ALL)
