"""What nobody should send, from the bank's file to the books: nothing assigned wrongly, no crash, bounded work."""

import re
from xml.sax.saxutils import escape

from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.matching.hostile import texts
from tests.stage import Paid, Stage, order

from zahlmeister.banking.states import ImportState
from zahlmeister.receivables.models import Allocation

ENORMOUS = 10**15
#: More than are looked at under one key (500).
CROWD = 600
#: What no XML may contain.
NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def hostile_lines() -> list[Paid]:
    """Every strange text as text and as payer, for a price, for nothing and for more than any shop sells."""
    told = [escape(NO_XML.sub("", raw)) for _pattern, raw in texts(10_000)]
    return [Paid(minor, said, said[:300] or "?") for minor in (2498, 0, ENORMOUS) for said in told]


def crowd(stage: Stage) -> list[str]:
    numbers = [str(20_000_000 + 7 * n) for n in range(CROWD)]
    stage.orders(*(order(number, "29.90", "Cora Lindner", customer_number="40001") for number in numbers))
    return numbers


def test_no_text_and_no_amount_is_assigned_or_breaks_the_file(stage: Stage) -> None:
    stage.orders(order("100012345", "24.98", "Bernd Klein"))
    lines = hostile_lines()
    done = stage.pays(*lines)
    assert (done.state, done.recorded) == (ImportState.DONE, len(lines))
    assert not Allocation.objects.exists()
    assert stage.books() == []


def test_five_hundred_numbers_of_one_customer_wait_for_a_person_and_one_number_says_which(stage: Stage) -> None:
    numbers = crowd(stage)
    stage.pays(Paid(500 * 2990, " ".join(numbers[:500]), "Cora Lindner"), Paid(2990, "danke", "Cora Lindner"))
    assert not Allocation.objects.exists()
    stage.pays(Paid(2990, f"Bestellung {numbers[550]}", "Cora Lindner"))
    assert stage.payments()[-1].candidates[0]["shares"][0]["number"] == numbers[550]
    assert stage.books() == []


def test_a_crowd_and_strange_texts_ask_the_database_no_more_than_honest_ones(stage: Stage) -> None:
    numbers = crowd(stage)
    honest = [Paid(2990, f"Bestellung {number}", "Cora Lindner") for number in numbers[500:596]]
    hostile = hostile_lines()
    assert len(hostile) == len(honest)
    asked = []
    for lines in (hostile, honest):
        with CaptureQueriesContext(connection) as queries:
            stage.pays(*lines)
        asked.append(len(queries))
    assert asked[0] <= asked[1]
