"""A role with just these rights does the day's work, and cannot touch what was booked."""

from collections.abc import Iterator

import pytest
from click.testing import CliRunner
from django.db import DatabaseError, connection, transaction
from tests.stage import Paid, Stage, order

from zahlmeister.flows.assign_payment import unassign
from zahlmeister.history.models import Step
from zahlmeister.ledger.models import Posting
from zahlmeister.project.grants import grants, statements
from zahlmeister.receivables.states import PaymentState

ROLE = "zahlmeister_offices"


@pytest.fixture
def limited(transactional_db: None) -> Iterator[None]:
    """The connection has become the role."""
    if connection.vendor == "sqlite":
        pytest.skip("the embedded database has no roles")
    role = f"{ROLE}_{connection.settings_dict['NAME']}"  # roles are the server's: tests run side by side
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {role}")
        for statement in statements(role):
            cursor.execute(statement)
        cursor.execute(f"SET ROLE {role}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
            cursor.execute(f"DROP OWNED BY {role}")
            cursor.execute(f"DROP ROLE {role}")
            cursor.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")


@pytest.mark.postgres
def test_orders_money_and_a_mistake_taken_back(limited: None, stage: Stage) -> None:
    stage.orders(order("100012345", "24.98"))
    assert stage.pays(Paid(2498, "Bestellung 100012345", "Anna Weber")).settled == 1
    [payment] = stage.payments()
    unassign(stage.merchant, payment.pk, by="brigitte", at=stage.now)
    payment.refresh_from_db()
    assert payment.state != PaymentState.ASSIGNED
    assert stage.books() == []


@pytest.mark.postgres
def test_a_month_is_sealed(limited: None, stage: Stage) -> None:
    stage.orders(order("100012345", "24.98"))
    stage.pays(Paid(2498, "Bestellung 100012345", "Anna Weber"))
    Step.objects.update(closing=1)
    assert not Step.objects.filter(closing=None).exists()


@pytest.mark.postgres
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_posting SET amount_minor = 1",
        "DELETE FROM ledger_posting",
        "TRUNCATE ledger_posting CASCADE",
        "UPDATE history_step SET hash = ''",
        "UPDATE history_step SET ordinal = 7",
        "DELETE FROM history_step",
        "CREATE TABLE mine (id int)",
        "DROP TABLE ledger_posting CASCADE",
        "ALTER TABLE ledger_posting DROP COLUMN text",
        "CREATE ROLE zahlmeister_another SUPERUSER",
    ],
)
def test_what_was_booked_stays(limited: None, stage: Stage, statement: str) -> None:
    stage.orders(order("100012345", "24.98"))
    before = Posting.objects.count(), Step.objects.count()
    with pytest.raises(DatabaseError, match=r"permission denied|must be owner"), transaction.atomic():
        connection.cursor().execute(statement)
    assert (Posting.objects.count(), Step.objects.count()) == before


def test_the_embedded_database_has_no_roles(db: None) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("this is PostgreSQL")
    said = CliRunner().invoke(grants, [ROLE])
    assert (said.exit_code, said.output.strip()) == (
        1,
        "Error: The embedded database has no roles; guard its file. See zahlmeister move-database.",
    )
