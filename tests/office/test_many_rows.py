"""Lists of a merchant who has very many rows: what is read for them, and how far they are counted."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from tests.stage import Paid, Stage

from zahlmeister.banking.models import BankAccount, BankTransaction, StatementImport
from zahlmeister.banking.queries import DAYS_AT_ONCE, doubtful
from zahlmeister.correspondence.models import SentLetter
from zahlmeister.correspondence.queries import letters_by_id, sent_letters
from zahlmeister.dunning.models import DunningCase
from zahlmeister.office.listed import MOST_COUNTED
from zahlmeister.receivables import queries
from zahlmeister.receivables.models import OpenItem, Payment
from zahlmeister.receivables.queries import PaymentsWanted
from zahlmeister.receivables.states import ItemState

NOON = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
on_sqlite = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="the plan of PostgreSQL depends on how much there is"
)


def plan(rows: QuerySet) -> str:
    said, facts = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        return " / ".join(row[-1] for row in cursor.execute(f"EXPLAIN QUERY PLAN {said}", facts).fetchall())


def files(stage: Stage, count: int) -> None:
    StatementImport.objects.bulk_create(
        StatementImport(
            merchant=stage.merchant, name=f"{place}.xml", sha256=f"{place:064}", path="-", created_at=NOON,
            created_by="a test", state="done",
        )
        for place in range(count)
    )  # fmt: skip


def test_a_list_says_that_there_is_more_than_it_counts(stage: Stage, office: Client):
    files(stage, MOST_COUNTED + 1)
    page = " ".join(office.get("/statements/").content.decode().split())
    assert "more than 10,000 rows" in page
    assert office.get(f"/statements/?page={MOST_COUNTED // 50}").content.decode().count('role="row"') == 51


def test_a_list_that_was_counted_to_its_end_does_not(stage: Stage, office: Client):
    files(stage, 60)
    page = " ".join(office.get("/statements/").content.decode().split())
    assert "60 rows" in page
    assert "more than" not in page


def twins(stage: Stage, *days: date) -> None:
    """On each of the days the same people pay the same amount, and two files tell one payment each."""
    for day in days:
        stage.pays(Paid(4990, "order 4711", reference="A1", on=day))
        stage.pays(Paid(4990, "something else entirely", reference="B2", on=day))


def test_what_may_be_told_twice_is_found_on_the_days_of_two_files_newest_first(stage: Stage):
    twins(stage, date(2026, 11, 3), date(2026, 11, 5))
    stage.pays(Paid(4990, "order 4711", on=date(2026, 11, 9)))
    found = doubtful(BankAccount.objects.get())
    assert [[row.booked_on.day for row in alike] for alike in found] == [[5, 5], [3, 3]]
    assert len(doubtful(BankAccount.objects.get(), limit=1)) == 1


def test_it_is_found_inside_a_long_file_and_beyond_the_days_that_are_read_at_once(stage: Stage):
    first, last = date(2026, 1, 5), date(2026, 11, 9)
    assert (last - first).days > 2 * DAYS_AT_ONCE
    for text, reference in (("order 4711", "A1"), ("something else entirely", "B2")):
        stage.pays(
            Paid(4990, text, reference=reference, on=first), Paid(1000, text, reference=f"{reference}0", on=last)
        )
    assert [alike[0].booked_on for alike in doubtful(BankAccount.objects.get())] == [last, first]


def test_no_movement_is_read_where_each_file_has_days_of_its_own(
    stage: Stage, django_assert_num_queries: pytest.FixtureRequest
):
    for day in (3, 4, 5):
        stage.pays(Paid(4990, "order 4711", on=date(2026, 11, day)))
    account = BankAccount.objects.get()
    with django_assert_num_queries(1):
        assert doubtful(account) == []


@on_sqlite
def test_the_first_and_the_last_day_of_a_file_are_read_off_their_index(stage: Stage):
    rows = BankTransaction.objects.filter(first_import=7, account=8).order_by("-booked_on").values("booked_on")
    assert "COVERING INDEX transaction_by_import " in plan(rows)


@on_sqlite
def test_payments_on_which_persons_decided_are_read_off_their_own_index(stage: Stage):
    for states in ((), ("assigned", "ignored")):
        rows = queries.payments(stage.merchant.pk, PaymentsWanted(states=states, by="person")).rows
        assert "USING INDEX payment_by_person " in plan(rows.order_by().values_list("pk"))
    rows = queries.payments(stage.merchant.pk, PaymentsWanted(states=("assigned",), by="matcher")).rows
    assert "payment_by_person" not in plan(rows.order_by().values_list("pk"))


def test_who_decided_and_what_became_of_it_narrow_together(stage: Stage):
    stage.pays(*(Paid(1000 + place, f"text {place}", reference=f"R{place}") for place in range(4)))
    said = [("assigned", "anna"), ("ignored", "anna"), ("assigned", "matcher"), ("unclear", "")]
    for payment, (state, by) in zip(stage.payments(), said, strict=True):
        left = payment.amount_minor if state == "unclear" else 0
        Payment.objects.filter(pk=payment.pk).update(state=state, decided_by=by, open_minor=left)

    def count(**wanted: object) -> int:
        return queries.payments(stage.merchant.pk, PaymentsWanted(**wanted)).rows.count()

    assert (count(by="person"), count(by="person", states=("assigned",))) == (2, 1)
    assert (count(by="matcher"), count(by="person", states=("unclear",))) == (1, 0)


@on_sqlite
def test_the_newest_letters_are_found_and_counted_without_sorting_them(stage: Stage):
    newest = plan(sent_letters(stage.merchant.pk).values_list("pk"))
    assert "COVERING INDEX letter_newest " in newest
    assert "ORDER BY" not in newest


def test_letters_are_read_by_their_numbers_in_the_order_asked_for_and_foreign_ones_not(stage: Stage):
    letters = [
        SentLetter.objects.create(merchant=stage.merchant, kind="payment_information", medium="mail", key=f"k{place}")
        for place in range(3)
    ]
    ids = [row.pk for row in letters]
    assert [row.pk for row in letters_by_id(stage.merchant.pk, [ids[2], ids[0], 5])] == [ids[2], ids[0]]
    assert letters_by_id(stage.merchant.pk + 1, ids) == []


@on_sqlite
def test_how_soon_buyers_pay_and_what_is_held_back_are_read_in_the_order_of_an_index(stage: Stage):
    paid = OpenItem.objects.filter(
        merchant_id=stage.merchant.pk, state=ItemState.PAID, settled_on__gte=NOON.date(), settled_on__lte=NOON.date()
    )
    assert "COVERING INDEX item_settled " in plan(paid.values_list("opened_on", "settled_on"))
    held = DunningCase.objects.filter(merchant_id=stage.merchant.pk, held_on__isnull=False)
    assert "case_held" in plan(held.order_by("-held_on", "-id"))
