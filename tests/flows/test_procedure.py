"""The procedure in writing, how long things are kept, what is forgotten, and what a person is given of themselves."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from tests.credit.asked import ANNA as ANNA_ASKS
from tests.credit.asked import rules
from tests.stage import ANNA, Paid, Stage, order

from zahlmeister.accounting.models import BookkeeperSettings
from zahlmeister.accounting.retention import COUNTRIES, retention_classes, retention_of
from zahlmeister.banking.models import BankTransaction, StatementImport
from zahlmeister.collection.models import Agency, Case, CaseEvent
from zahlmeister.correspondence.models import SentLetter
from zahlmeister.credit.rule_sets import publish
from zahlmeister.flows.close_month import close_month
from zahlmeister.flows.export_audit import house_tables
from zahlmeister.flows.forget import forget_next, forget_old
from zahlmeister.flows.person_data import person_data
from zahlmeister.flows.procedure import procedure
from zahlmeister.flows.purchase.check_credit import check
from zahlmeister.history.models import Step
from zahlmeister.history.queries import broken_chains
from zahlmeister.history.record import Happened, record
from zahlmeister.ledger.queries import balances
from zahlmeister.merchants.models import Person
from zahlmeister.orders.models import Customer, Order
from zahlmeister.outbox.models import Message
from zahlmeister.prepaid.models import Account as CentreAccount
from zahlmeister.prepaid.models import Customer as CentreCustomer
from zahlmeister.programs.models import HandedInvoice
from zahlmeister.receivables.models import OpenItem, PayerAccount, Payment
from zahlmeister.refusals import Refused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def paid(stage: Stage) -> Stage:
    """Anna has paid, Cora owes, and somebody unknown has paid something."""
    stage.orders(order("100012345", "24.98"), order("100012347", "10.00", "Cora Lindner"))
    stage.pays(Paid(2498, "100012345"), Paid(3333, "danke", "Unbekannt Verzogen"))
    return stage


def test_the_documentation_says_what_the_program_does(paid: Stage, brigitte: Person) -> None:
    BookkeeperSettings.objects.create(
        merchant=paid.merchant, consultant=1001, client=456, begins_on=date(2026, 11, 1), chart="04"
    )
    paid.later(days=14)
    closing = close_month(paid.merchant, date(2026, 11, 1), by=brigitte, at=paid.now)
    said = procedure(paid.merchant, at=paid.now)
    for words in (
        "| payment_allocated | unclear | receivables | Zahlung |",
        "| bank |  | 1800 |",
        "| ledger_posting | books |",
        "posting_once_per_source",
        "| brigitte@wollstube.example | may do everything | yes |",
        closing.digest,
        "Transfers above 1000.00 EUR need two people",
    ):
        assert words in said, words
    assert all(table._meta.db_table in said for table in house_tables())


def test_every_class_has_its_years_and_an_unknown_table_is_kept_longest() -> None:
    assert {each.name: tuple(each.years.values()) for each in retention_classes()} == {
        "books": (10, 7, 10), "vouchers": (8, 7, 10), "letters": (6, 7, 10), "settings": (0, 0, 0),
    }  # fmt: skip
    assert retention_of("something new").name == "books"
    assert retention_of("orders").ended_before("DE", date(2035, 3, 1)) == date(2027, 1, 1)
    assert retention_of("orders").ended_before("FR", date(2037, 3, 1)) == date(2027, 1, 1)
    assert COUNTRIES == ("DE", "AT", "CH")


def changed(counts: dict[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}


def test_after_its_time_nobodys_name_is_kept_and_the_books_stay(paid: Stage) -> None:
    before = balances(paid.merchant.pk)
    assert not changed(forget_old(paid.merchant, by="house", at=paid.now))
    almost = datetime(2034, 12, 31, 12, tzinfo=UTC)
    assert not changed(forget_old(paid.merchant, by="house", at=almost))
    later = datetime(2035, 1, 2, tzinfo=UTC)
    assert changed(forget_old(paid.merchant, by="house", at=later)) == {
        "orders": 1, "lines": 1, "clues": 1, "customers": 1,
    }  # fmt: skip
    assert not changed(forget_old(paid.merchant, by="house", at=later))
    anna, cora = Order.objects.order_by("number")
    assert (anna.name, anna.email, cora.name) == ("", "", "Cora Lindner")  # what is owed is not forgotten
    assert sorted(BankTransaction.objects.values_list("counterparty", flat=True)) == ["", "Unbekannt Verzogen"]
    assert Customer.objects.filter(identity__startswith="forgotten:").count() == 1
    assert balances(paid.merchant.pk) == before
    assert paid.books() == []
    again = paid.receive(paid.statement(Paid(2498, "100012345")), "again.xml")
    assert (again.recorded, again.known) == (0, 1)  # the same line is still known


def test_everything_else_that_names_somebody_is_forgotten_in_its_own_time(paid: Stage) -> None:
    """Letters after six years, the rest after eight; a file stays while a line of it is not settled."""
    merchant, now = paid.merchant, paid.now
    anna = Order.objects.get(number="100012345")
    paths = [default_storage.save(f"{name}.txt", ContentFile(b"Anna Weber")) for name in ("letter", "invoice")]
    SentLetter.objects.create(
        merchant=merchant, order=anna, kind="k", medium="mail", key="k", message_id="m", reader="anna@post.example",
        subject="Anna", path=paths[0], sent_at=now,
    )  # fmt: skip
    HandedInvoice.objects.create(merchant=merchant, order=anna, number="1", sha256="", path=paths[1], created_at=now)
    PayerAccount.objects.create(merchant=merchant, customer=anna.customer, number=ANNA, learned_at=now)
    Message.objects.create(
        merchant=merchant, channel="mail", subject="x", key="x", payload={"reader": "anna@post.example"},
        state="delivered", due_at=now, give_up_at=now, created_at=now, ended_at=now,
    )  # fmt: skip
    visitor = CentreCustomer.objects.create(
        merchant=merchant, email="anna@post.example", name="Anna Weber", created_by="b", created_at=now
    )
    clock = iter([datetime(2033, 1, 2, tzinfo=UTC), *[datetime(2035, 1, 2, tzinfo=UTC)] * 2, *[paid.now] * 9]).__next__
    assert forget_next(clock=clock)
    assert (SentLetter.objects.get().reader, [default_storage.exists(path) for path in paths]) == ("", [False, True])
    assert forget_next(clock=clock)  # orders go first, and what hangs on them a turn later
    assert forget_next(clock=clock)
    assert not HandedInvoice.objects.exists()
    assert not default_storage.exists(paths[1])
    assert not PayerAccount.objects.exists()
    assert Message.objects.get().payload == {}
    visitor.refresh_from_db()
    assert (visitor.email, visitor.name) == (f"forgotten:{visitor.pk}", "")
    [file] = StatementImport.objects.all()
    assert default_storage.exists(file.path)  # the unknown payer's money waits
    Payment.objects.update(open_minor=0, state="ignored")
    forget_old(merchant, by="house", at=datetime(2035, 1, 2, tzinfo=UTC))
    assert not default_storage.exists(file.path)
    assert StatementImport.objects.get().path == "forgotten"
    kept = {table._meta.db_table: str(list(table._default_manager.values())) for table in house_tables()}
    assert [name for name, rows in kept.items() if "Anna" in rows or ANNA in rows] == []


def test_a_worker_forgets_by_itself_and_looks_again_in_a_week(paid: Stage) -> None:
    paid.now = datetime(2035, 1, 2, tzinfo=UTC)
    turns = 0
    while forget_next(clock=paid.clock):
        turns += 1
    assert (turns, Order.objects.filter(name="").count()) == (2, 1)
    assert Step.objects.filter(verb="forgotten", actor="retention").count() == 1
    Order.objects.filter(number="100012345").update(name="Anna")
    assert forget_next(clock=paid.clock) is None
    paid.later(days=8)
    assert forget_next(clock=paid.clock)
    assert not Order.objects.filter(name="Anna").exists()


def test_a_person_is_given_what_is_kept_of_them_and_of_nobody_else(paid: Stage) -> None:
    visitor = CentreCustomer.objects.create(
        merchant=paid.merchant, email="anna@post.example", name="Anna Weber", created_by="b", created_at=paid.now
    )
    CentreAccount.objects.create(
        merchant=paid.merchant, customer=visitor, number=1, currency="EUR", created_by="b", created_at=paid.now
    )
    with transaction.atomic():
        publish(paid.merchant.pk, rules(), why="test", preview={}, by="brigitte", at=paid.now)
    check(paid.merchant, replace(ANNA_ASKS, email="Anna@post.example"), at=paid.now)
    check(paid.merchant, replace(ANNA_ASKS, email="cora@post.example", order="100012347"), at=paid.now)
    told = json.loads(person_data(paid.merchant, "anna@post.example", by="brigitte", at=paid.now))
    assert [row["number"] for row in told["orders_order"]] == ["100012345"]
    assert [(row["amount_minor"], row["from"]) for row in told["payments"]] == [(2498, "Anna Weber")]
    assert [row["open_minor"] for row in told["receivables_openitem"]] == [0]
    assert [row["number"] for row in told["prepaid_account"]] == [1]
    assert [row["order"] for row in told["credit_creditdecision"]] == ["100012345"]
    assert not {"password", "sealed"} & {name for rows in told.values() for row in rows for name in row}
    assert "cora" not in json.dumps(told).lower()
    with pytest.raises(Refused, match="Nothing is kept"):
        person_data(paid.merchant, "eva@post.example", by="brigitte", at=paid.now)


def test_old_steps_lose_their_words_and_prove_what_came_after(paid: Stage) -> None:
    merchant, item = paid.merchant, OpenItem.objects.get(order__number="100012345")
    facts = {"minor": 2498, "to": "Anna Weber"}
    with transaction.atomic():
        record(merchant.pk, [Happened("item", item.pk, "noted", "anna@post.example", "Anna", facts)], at=paid.now)
    years_later = datetime(2036, 12, 31, tzinfo=UTC)
    forget_old(merchant, by="house", at=years_later)
    assert Step.objects.get(verb="noted").reason == "Anna"  # ten years from the end of 2026
    with transaction.atomic():
        record(merchant.pk, [Happened("item", item.pk, "noted", "eva@post.example", "Eva")], at=years_later)

    assert forget_old(merchant, by="house", at=datetime(2037, 1, 2, tzinfo=UTC))["steps"] > 1
    old, young = Step.objects.filter(verb="noted").order_by("ordinal")
    assert (old.actor, old.reason, old.facts, young.reason) == ("forgotten", "", {"minor": 2498}, "Eva")
    assert broken_chains(merchant.pk) == []
    assert not forget_old(merchant, by="house", at=datetime(2037, 1, 2, tzinfo=UTC)).get("steps")

    Step.objects.filter(pk=young.pk).update(actor="forgotten", reason="", facts={})
    assert broken_chains(merchant.pk) == [("item", item.pk, young.ordinal)]  # too young to be forgotten


def test_a_claim_that_no_agency_has_any_more_forgets_its_debtor(paid: Stage) -> None:
    item, now = OpenItem.objects.get(order__number="100012345"), paid.now
    agency = Agency.objects.create(merchant=paid.merchant, name="Eintreiber", profile="paywise", due_at=now)
    told = {"merchant": paid.merchant, "agency": agency}
    for state in ("ended", "accepted"):
        case = Case.objects.create(
            **told, item=item, reference=state, currency="EUR", principal_minor=2498, hand_over=state,
            claim={"debtor": {"name": "Anna Weber"}}, handed_over_on=now.date(), handed_over_by="b", look_at=now,
        )  # fmt: skip
        CaseEvent.objects.create(
            **told, case=case, is_ours=False, kind="note", key=state, at=now, recorded_at=now, text="Anna hat angerufen"
        )
    assert not forget_old(paid.merchant, by="house", at=datetime(2032, 12, 31, tzinfo=UTC))["claims"]
    counts = forget_old(paid.merchant, by="house", at=datetime(2033, 1, 2, tzinfo=UTC))
    assert (counts["claims"], counts["news of claims"]) == (1, 1)
    assert [(case.claim == {}, case.principal_minor) for case in Case.objects.order_by("pk")] == [
        (True, 2498), (False, 2498),
    ]  # fmt: skip
    assert list(CaseEvent.objects.order_by("pk").values_list("text", flat=True)) == ["", "Anna hat angerufen"]
