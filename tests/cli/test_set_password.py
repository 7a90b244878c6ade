"""Whoever stands at the machine gives somebody another password; it stands in the history who did."""

import pytest
from click.testing import CliRunner
from tests.office.conftest import signed_in
from tests.stage import Stage

from zahlmeister.cli.main import main
from zahlmeister.history.queries import steps_of
from zahlmeister.merchants.models import Person

NEW = "anderes-geheim-2027"
pytestmark = pytest.mark.django_db(transaction=True)


def give(email: str, password: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["set-password", email], input=f"{password}\n{password}\n")
    return done.exit_code, done.output


def test_brigitte_gets_another_password_and_is_out_everywhere(stage: Stage, brigitte: Person) -> None:
    client = signed_in(brigitte)
    status, told = give("Brigitte@wollstube.example", NEW)
    assert (status, NEW in told) == (0, False)
    assert client.get("/").status_code == 302
    assert Person.objects.get(pk=brigitte.pk).check_password(NEW)
    step = steps_of(stage.merchant.pk, "person", brigitte.pk).last()
    assert step is not None
    assert step.verb == "password_changed"
    assert step.actor != brigitte.email


@pytest.mark.parametrize(
    ("email", "password", "why"),
    [
        ("nobody@nowhere.example", NEW, "Nobody signs in"),
        ("brigitte@wollstube.example", "kurz", "too short"),
    ],
)
def test_nothing_changes_for_nobody_or_by_an_easy_password(
    stage: Stage, brigitte: Person, email: str, password: str, why: str
) -> None:
    status, told = give(email, password)
    assert status == 1
    assert why in told
    assert not Person.objects.get(pk=brigitte.pk).check_password(password)
