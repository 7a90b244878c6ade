"""Whoever stands at the machine gives somebody another password wherever the person works, and not only at home."""

from datetime import UTC, datetime

import pytest
from allauth.mfa.models import Authenticator
from click.testing import CliRunner

from zahlmeister.cells.move import move_merchant
from zahlmeister.cli.main import main
from zahlmeister.merchants.cells import in_cell
from zahlmeister.merchants.models import Membership, Merchant, Person

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
OLD, NEW = "sehr-geheim-2026", "anderes-geheim-2027"


def taken_in(slug: str, *people: Person) -> Merchant:
    merchant = Merchant.objects.create(name=slug.title(), slug=slug)
    for person in people:
        Membership.objects.create(merchant=merchant, person=person)
    return merchant


@pytest.fixture
def vera(two: str) -> Person:
    """She works for Brigitte, who has moved, and for nobody at home."""
    vera = Person.objects.create_user("vera@wollstube.example", OLD, name="Vera")
    Authenticator.objects.create(user=vera, type=Authenticator.Type.TOTP, data={})
    taken_in("brigitte", vera)
    move_merchant("brigitte", two, at=NOW, by="operator")
    return vera


@pytest.fixture
def berta(vera: Person) -> Person:
    """She works for Emil at home, and for Gerd, who has moved."""
    berta = Person.objects.create_user("berta@buch.example", OLD, name="Berta")
    taken_in("emil", berta)
    taken_in("gerd", berta)
    move_merchant("gerd", "two", at=NOW, by="operator")
    return berta


def give(email: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["set-password", email], input=f"{NEW}\n{NEW}\n")
    return done.exit_code, done.output


def take(email: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["take-factor", email, "--why", "seen in person"])
    return done.exit_code, done.output


def test_who_works_elsewhere_only_gets_another_password_there(vera: Person) -> None:
    status, told = give(" Vera@wollstube.example")
    assert (status, "another password in two" in told) == (0, True)
    with in_cell("two"):
        assert Person.objects.get(email=vera.email).check_password(NEW)
    assert not Person.objects.filter(email=vera.email).exists()


def test_who_works_in_two_cells_gets_it_in_both_and_nobody_else_does(berta: Person, vera: Person) -> None:
    status, told = give(berta.email)
    assert (status, "in home, two" in told) == (0, True)
    assert Person.objects.get(email=berta.email).check_password(NEW)
    with in_cell("two"):
        assert Person.objects.get(email=berta.email).check_password(NEW)
        assert Person.objects.get(email=vera.email).check_password(OLD)


def test_a_factor_is_taken_where_it_is_and_not_twice(vera: Person, berta: Person) -> None:
    status, told = take(vera.email)
    assert (status, "in two" in told) == (0, True)
    with in_cell("two"):
        assert not Authenticator.objects.exists()
        assert not Person.objects.get(email=vera.email).has_usable_password()
        assert Person.objects.get(email=berta.email).check_password(OLD)
    status, told = take(vera.email)
    assert (status, "has no second factor" in told) == (1, True)


def test_nobody_is_found_nowhere(vera: Person) -> None:
    for status, told in (give("nobody@nowhere.example"), take("nobody@nowhere.example")):
        assert (status, "Nobody signs in as nobody@nowhere.example." in told) == (1, True)
