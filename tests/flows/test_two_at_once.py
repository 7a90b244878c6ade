"""Two workers, or a worker and a person, at the same moment: constraints and turns keep every cent single.

On SQLite writers have the whole file to themselves; these stories are about PostgreSQL.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from io import BytesIO
from itertools import count
from pathlib import Path
from threading import Barrier, Thread

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from tests.flows.test_divide_payment import ALL, NUMBERS, carrier_pays, three_parcels
from tests.flows.test_outgoing import Desk
from tests.stage import ANNA, BERND, Paid, Stage, order

from zahlmeister.banking.claim import LeaseLost
from zahlmeister.banking.models import BankTransaction, StatementImport
from zahlmeister.banking.outgoing_models import PaymentFile
from zahlmeister.banking.outgoing_states import OrderState
from zahlmeister.banking.states import ImportState
from zahlmeister.flows import receive_statement
from zahlmeister.flows.approve_payment import approve_payment
from zahlmeister.flows.assign_payment import assign, unassign
from zahlmeister.flows.deliver_outbox import deliver_next
from zahlmeister.flows.divide_payment import divide, hand_in_list
from zahlmeister.flows.draft_payment import Wanted, draft_payment
from zahlmeister.flows.hand_in_statement import hand_in_statement
from zahlmeister.flows.make_payment_file import export_file, withdraw_file
from zahlmeister.formats.payments.parties import Party
from zahlmeister.ledger.models import Posting
from zahlmeister.merchants.lock import at_one_moment
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.amount import Amount
from zahlmeister.outbox.states import Done
from zahlmeister.outbox.write import Said, tell
from zahlmeister.receivables.models import Allocation
from zahlmeister.receivables.states import PaymentState
from zahlmeister.refusals import Refused

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one writer at a time into the file"),
]


def at_once(*actions: Callable[[], object]) -> list[object]:
    """Run the actions in threads of their own, begun together; answers or refusals in order."""
    barrier, answers = Barrier(len(actions)), [None] * len(actions)

    def run(place: int, action: Callable[[], object]) -> None:
        barrier.wait()
        try:
            answers[place] = action()
        except Refused as refusal:
            answers[place] = refusal
        finally:
            connection.close()

    threads = [Thread(target=run, args=(place, action)) for place, action in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return answers


@pytest.mark.parametrize("attempt", range(3))
def test_two_workers_read_overlapping_files(transactional_db: None, stage: Stage, attempt: int) -> None:
    stage.orders(*(order(f"1000123{n:02d}", "24.98", f"Name{n} Weber") for n in range(20)))
    lines = [Paid(2498, f"Bestellung 1000123{n:02d}", f"Name{n} Weber") for n in range(20)]
    one, two = stage.statement(*lines[:15]), stage.statement(*lines[5:])
    done = at_once(lambda: stage.receive(one, "one.xml"), lambda: stage.receive(two, "two.xml"))
    assert [each.error for each in done] == ["", ""]
    assert BankTransaction.objects.count() == 20
    assert stage.books() == []


@pytest.mark.parametrize("attempt", range(3))
def test_two_workers_on_one_statement_assign_each_payment_once(
    transactional_db: None, stage: Stage, monkeypatch: pytest.MonkeyPatch, attempt: int
) -> None:
    """Each takes the file from the other again and again, as if that one had gone silent."""
    monkeypatch.setattr(receive_statement, "AT_ONCE", 5)
    stage.orders(*(order(f"1000123{n:02d}", "24.98", f"Name{n} Weber") for n in range(60)))
    content = stage.statement(*(Paid(2498, f"Bestellung 1000123{n:02d}", f"Name{n} Weber") for n in range(60)))
    hand_in_statement(stage.merchant, BytesIO(content), "one.xml", by="brigitte", at=stage.now)

    def work() -> None:
        minutes = count()
        for _ in range(100):
            with suppress(LeaseLost):
                receive_statement.receive_next(clock=lambda: stage.now + timedelta(seconds=61 * next(minutes)))

    assert at_once(work, work) == [None, None]
    done = StatementImport.objects.get()
    assert (done.state, done.error, done.entries_done, done.recorded) == (ImportState.DONE, "", 60, 60)
    assert Allocation.objects.count() == BankTransaction.objects.count() == 60
    assert all(payment.state == PaymentState.ASSIGNED for payment in stage.payments())
    assert stage.books() == []


def test_books_are_checked_as_they_were_at_one_moment_and_nobody_waits(transactional_db: None, stage: Stage) -> None:
    stage.orders(order("100012345", "24.98"))
    with at_one_moment():
        assert Posting.objects.count() == 1
        [read] = at_once(lambda: stage.pays(Paid(2498, "100012345")))
        assert read.settled == 1
        assert (Posting.objects.count(), stage.books()) == (1, [])
    assert Posting.objects.count() == 4


def test_two_days_of_a_new_account_begin_its_books_once(transactional_db: None, stage: Stage) -> None:
    one = stage.statement(Paid(100, "eins", on=date(2026, 11, 17)), opening=50_000)
    two = stage.statement(Paid(200, "zwei", on=date(2026, 11, 18)), opening=50_100)
    done = at_once(lambda: stage.receive(one, "one.xml"), lambda: stage.receive(two, "two.xml"))
    assert [each.error for each in done] == ["", ""]
    three = stage.receive(stage.statement(Paid(300, "drei", on=date(2026, 11, 19)), opening=50_300))
    assert three.error == ""
    assert stage.books() == []


def test_a_double_click_assigns_and_takes_back_once(transactional_db: None, stage: Stage) -> None:
    stage.orders(order("100012345", "24.98"))
    stage.pays(Paid(2498, "danke", "Unbekannt Verzogen", BERND))
    payment, item = stage.payment().pk, stage.item("100012345").pk

    def click() -> None:
        assign(stage.merchant, payment, [(item, 2498)], by="brigitte", at=stage.now, source="form")

    assert at_once(click, click) == [None, None]
    answers = at_once(*[lambda: unassign(stage.merchant, payment, by="brigitte", at=stage.now)] * 2)
    assert sorted(isinstance(answer, Refused) for answer in answers) == [False, True]
    assert stage.books() == []


def test_a_carriers_list_is_applied_once_by_two_people(transactional_db: None, stage: Stage) -> None:
    three_parcels(stage)
    carrier_pays(stage, 7545)
    advice = hand_in_list(stage.merchant, stage.payment().pk, ALL.encode(), "l.csv", by="brigitte", at=stage.now)
    clicks = [
        lambda source=source: divide(advice, [2, 3, 4], by="brigitte", at=stage.now, source=source)
        for source in ("one", "one", "other")
    ]
    assert all(answer is None or isinstance(answer, Refused) for answer in at_once(*clicks))
    assert [stage.item(number).surplus_minor for number in NUMBERS] == [0, 0, 0]
    assert (stage.payment().open_minor, stage.payment().kept_minor) == (0, 450)
    assert stage.books() == []


def test_an_import_and_new_orders_do_not_wait_for_each_other(transactional_db: None, stage: Stage) -> None:
    stage.orders(*(order(f"1000123{n:02d}", "24.98", f"Name{n} Weber") for n in range(20)))
    content = stage.statement(*(Paid(2498, f"1000123{n:02d}", f"Name{n} Weber") for n in range(20)))
    raised = [order(f"1000123{n:02d}", "30.00", f"Name{n} Weber") for n in range(20)]
    done = at_once(lambda: stage.receive(content), lambda: stage.orders(*raised))
    assert done[0].error == ""
    assert stage.books() == []


def test_two_who_approve_at_once_are_both_counted(transactional_db: None, merchant: Merchant, tmp_path: Path) -> None:
    desk = Desk(merchant, tmp_path)
    for attempt in range(5):
        drafted = draft_payment(
            desk.account,
            Wanted(f"{attempt}", Party("Anna"), ANNA, Amount(200_000, "EUR"), desk.bank.today, text="x"),
            by="house",
            at=desk.stage.now,
        )
        clicks = [
            lambda person=person, order=drafted.order: approve_payment(order, by=person, at=desk.stage.now)
            for person in (desk.brigitte, desk.benno, desk.benno)
        ]
        assert not [answer for answer in at_once(*clicks) if isinstance(answer, Refused)]
        assert desk.state(drafted.order) == OrderState.APPROVED
        assert drafted.order.approvals.count() == 2


def test_two_who_make_a_file_at_once_make_one(transactional_db: None, merchant: Merchant, tmp_path: Path) -> None:
    desk = Desk(merchant, tmp_path)
    orders = [desk.approved(f"{number}") for number in range(5)]
    answers = at_once(desk.file, desk.file, desk.file)
    assert sorted(isinstance(answer, Refused) for answer in answers) == [False, True, True]
    [file] = PaymentFile.objects.all()
    assert file.count == len(orders)
    assert desk.on_its_way() == -5 * 1999
    assert len(default_storage.listdir(f"payment-files/{merchant.pk}")[1]) == 1
    assert desk.stage.books() == []


def test_a_file_is_fetched_or_withdrawn_and_never_both(
    transactional_db: None, merchant: Merchant, tmp_path: Path
) -> None:
    desk = Desk(merchant, tmp_path)
    order = desk.approved()
    file = desk.file()
    again = PaymentFile.objects.get(pk=file.pk)
    answers = at_once(
        lambda: export_file(file, by="brigitte", at=desk.stage.now),
        lambda: withdraw_file(again, by="benno", at=desk.stage.now),
    )
    assert sorted(isinstance(answer, Refused) for answer in answers) == [False, True]
    is_fetched = isinstance(answers[0], bytes)
    assert desk.state(order) == (OrderState.IN_FILE if is_fetched else OrderState.APPROVED)
    assert desk.stage.books() == []


@pytest.mark.parametrize("attempt", range(3))
def test_four_workers_deliver_each_message_once(transactional_db: None, stage: Stage, attempt: int) -> None:
    said = [Said("shop", f"order:{n}", f"order:{n}:paid", group=f"shop:{n % 3}") for n in range(90)]
    tell(stage.merchant.pk, said, at=stage.now)
    heard: list[str] = []

    def work() -> None:
        for _ in range(20):
            deliver_next(
                clock=stage.clock,
                deliverers={"shop": lambda told: [heard.append(one.key) or Done() for one in told]},
            )

    at_once(work, work, work, work)

    assert sorted(heard) == sorted(one.key for one in said)
