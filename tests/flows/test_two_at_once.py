"""Two workers, or a worker and a person, at the same moment: constraints and turns keep every cent single.

On SQLite writers have the whole file to themselves; these stories are about PostgreSQL.
"""

from collections.abc import Callable
from datetime import date
from threading import Barrier, Thread

import pytest
from django.db import connection
from tests.flows.test_divide_payment import ALL, NUMBERS, carrier_pays, three_parcels
from tests.stage import BERND, Paid, Stage, order

from zahlmeister.banking.models import BankTransaction
from zahlmeister.flows.assign_payment import assign, unassign
from zahlmeister.flows.divide_payment import divide, hand_in_list
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
