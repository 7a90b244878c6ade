"""What is easily counted twice in a guaranteed purchase, or not at all: each story happened on paper first."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.flows.test_run_dunning import switch_on
from tests.guaranteed import Market
from tests.stage import BERND, Paid, order

from zahlmeister.banking.outgoing_models import PaymentOrder
from zahlmeister.banking.outgoing_states import OrderState
from zahlmeister.connectors.erps.documents import InvoiceDocument, Line
from zahlmeister.dunning.models import Notice
from zahlmeister.flows.check_books import check_books
from zahlmeister.flows.mark_paid import cancel_item
from zahlmeister.flows.purchase import follow_claims
from zahlmeister.flows.purchase.agree_terms import agree_terms, name_guarantor
from zahlmeister.flows.purchase.authorise import change
from zahlmeister.flows.purchase.dispute import give_up, take_recourse
from zahlmeister.flows.purchase.pay_guarantee import conditions
from zahlmeister.flows.purchase.release import Part, cancel, release
from zahlmeister.flows.purchase.take_document import take
from zahlmeister.flows.run_dunning import run_next
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Merchant, Trouble
from zahlmeister.purchase import queries
from zahlmeister.purchase.models import Capture, Due, GuaranteeTerms, Guarantor
from zahlmeister.purchase.refusals import DifferentContent
from zahlmeister.purchase.states import NEXT_GUARANTEE, GuaranteeState, Recourse
from zahlmeister.receivables.models import OpenItem
from zahlmeister.refusals import Refused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def market(merchant: Merchant, tmp_path: Path) -> Market:
    return Market(merchant, tmp_path)


@pytest.fixture
def billed(market: Market) -> Market:
    market.confirms()
    market.bills()
    return market


def claim_item(market: Market) -> OpenItem:
    return OpenItem.objects.get(pk=market.capture().item_id)


# the merchant's own order


@pytest.mark.parametrize("is_reported_first", [True, False])
def test_a_direct_payment_pays_brigittes_own_order_once(market: Market, *, is_reported_first: bool) -> None:
    own = market.sellers_stage()
    own.orders(order("1001", "100.00"))
    market.confirms()
    market.bills()
    assert own.item("1001").state == "paid"
    acts = [lambda: market.was_paid_directly(10_000), lambda: own.pays(Paid(10_000, "1001", on=market.today))]
    for act in acts if is_reported_first else reversed(acts):
        act()

    item = own.item("1001")
    assert (item.state, item.open_minor, item.surplus_minor) == ("paid", 0, 0)
    assert market.book(market.merchant, Book.PAID_ELSEWHERE) == 0
    assert market.wrong() == []


def test_an_order_that_is_imported_late_is_not_asked_for_and_is_paid_by_the_guarantor(market: Market) -> None:
    market.confirms()
    own = market.sellers_stage()
    policy = switch_on(market.merchant, "invoice")
    own.orders(order("1001", "100.00", payment_kind="invoice", email="anna@post.example"))
    assert own.item("1001").pk in queries.guaranteed_items(market.merchant.pk)
    market.stage.later(days=28)
    while run_next(clock=market.stage.clock):
        pass
    held = own.item("1001")
    assert (Notice.objects.filter(item=held).count(), held.dunning.holds) == (0, ["guaranteed"])

    market.bills()
    market.confirms("1002", 5_000)
    market.bills("R2", 5_000, "1002")
    own.orders(order("1002", "50.00", payment_kind="invoice", email="anna@post.example"))
    assert (own.item("1001").state, own.item("1002").state, policy.is_on) == ("paid", "paid", True)
    assert market.wrong() == []


def test_brigitte_asks_again_when_nobody_stands_for_her_order_any_more(market: Market) -> None:
    own = market.sellers_stage()
    own.orders(order("1001", "100.00"), order("1002", "100.00"), order("1003", "100.00"))
    for number in ("1001", "1002", "1003"):
        market.confirms(number)
    cancel(market.merchant, market.authorisation("1001").pk, at=market.stage.now, by="erp")
    market.bills("R3", order="1003")
    take_recourse(market.party, market.capture("R3").pk, Recourse.NOT_SHIPPED, by="eva", at=market.stage.now)

    assert queries.guaranteed_items(market.merchant.pk) == {own.item("1002").pk}
    assert own.item("1003").open_minor == 10_000
    assert market.wrong() == []


# transfers that fail


def test_what_a_failed_transfer_paid_is_paid_by_the_next_one_and_not_again(billed: Market) -> None:
    billed.buyer_pays(10_000, billed.capture().reference)
    for _time in range(2):
        billed.passes(7)
        assert billed.capture().guarantee == "in_payout"
        PaymentOrder.objects.filter(merchant=billed.party).update(state=OrderState.CANCELLED)
        billed.works()
        assert billed.capture().guarantee == "payable"
    billed.passes(7)
    billed.bank_transfers()

    assert (billed.capture().guarantee, billed.capture().settled_by) == ("paid_out", billed.settlements()[-1])
    billed.passes(14)
    assert [one.transfer_minor for one in billed.settlements() if one.state == "paid"] == [10_000]
    assert billed.wrong() == []


def test_a_failed_transfer_leaves_what_an_earlier_one_paid_alone(billed: Market) -> None:
    billed.buyer_pays(10_000, billed.capture().reference)
    billed.passes(7)
    billed.bank_transfers()
    billed.confirms("1002", 8_000)
    billed.bills("R2", 8_000, "1002")
    billed.buyer_pays(8_000, billed.capture("R2").reference, BERND)
    billed.credits(1_000)
    billed.passes(7)
    PaymentOrder.objects.filter(merchant=billed.party, state=OrderState.APPROVED).update(state=OrderState.CANCELLED)
    billed.works()

    assert (billed.capture("R1").guarantee, billed.capture("R2").guarantee) == ("paid_out", "payable")
    assert billed.wrong() == []


def test_every_move_of_a_guarantee_is_in_the_table() -> None:
    assert set(NEXT_GUARANTEE) == set(GuaranteeState)
    assert NEXT_GUARANTEE[GuaranteeState.RECOURSE] == set()


# claims that went back, and claims that were given up


def test_a_part_payment_for_a_claim_that_went_back_does_not_open_the_rest(billed: Market) -> None:
    billed.passes(30)
    take_recourse(billed.party, billed.capture().pk, Recourse.NOT_SHIPPED, by="eva", at=billed.stage.now)
    billed.buyer_pays(3_000, billed.capture().reference)
    billed.somebody_assigns()
    billed.passes(7)

    assert (claim_item(billed).open_minor, claim_item(billed).cancelled_minor) == (0, 7_000)
    assert billed.capture().due_minor == 3_000
    assert billed.wrong() == []


def test_a_claim_that_is_withheld_cannot_be_given_up_but_given_back(market: Market) -> None:
    market.confirms()
    market.bills(ships=False)
    market.passes(30)
    with pytest.raises(Refused, match="was not paid for this claim yet"):
        give_up(market.party, market.capture().pk, by="eva", at=market.stage.now)
    take_recourse(market.party, market.capture().pk, Recourse.NOT_SHIPPED, by="eva", at=market.stage.now)
    assert market.wrong() == []


def test_a_claim_that_asking_has_ended_before_it_was_paid_can_still_go_back(market: Market) -> None:
    market.confirms()
    market.bills(ships=False)
    cancel_item(market.party, market.capture().item_id, by="eva", at=market.stage.now, reason="hopeless")
    market.works()
    assert market.book(market.party, Book.LOSSES) == 10_000
    take_recourse(market.party, market.capture().pk, Recourse.NOT_SHIPPED, by="eva", at=market.stage.now)

    assert (market.book(market.party, Book.LOSSES), market.capture().guarantee) == (0, "recourse")
    market.works()
    assert market.wrong() == []


# parts that are released, buyers that change


def test_a_part_that_is_released_twice_counts_once(market: Market) -> None:
    market.confirms()
    number, said = market.authorisation().pk, {"at": market.stage.now, "by": "erp"}
    for _time in range(2):
        assert release(market.merchant, number, Part(4_000, "S1"), **said).released_minor == 4_000
    with pytest.raises(DifferentContent, match="Release S1 was sent before"):
        release(market.merchant, number, Part(3_000, "S1"), **said)
    assert release(market.merchant, number, Part(4_000, "S2"), **said).released_minor == 8_000


def test_another_buyer_is_another_debtor_with_a_limit_of_his_own(market: Market) -> None:
    market.limits(debtor=15_000)
    market.authorises("1001", 10_000, email="bernd@post.example")
    number = market.authorises("1002", 10_000).pk
    said = {"at": market.stage.now, "by": "erp"}
    with pytest.raises(Refused, match="limit"):
        change(market.merchant, number, market.application("1002", 9_000, email="bernd@post.example"), **said)
    assert market.authorisation("1002").debtor == "mail:anna@post.example"
    changed, decision = change(
        market.merchant, number, market.application("1002", 5_000, email="bernd@post.example"), **said
    )
    assert (changed.debtor, decision is not None) == ("mail:bernd@post.example", True)
    assert queries.exposure(market.guarantor, "mail:anna@post.example").sum == 0
    assert queries.exposure(market.guarantor, "mail:bernd@post.example").sum == 15_000


def test_the_buyer_of_an_order_that_is_billed_in_part_stays(market: Market) -> None:
    market.confirms()
    market.bills("R1", 4_000)
    other = market.application("1001", 10_000, email="bernd@post.example")
    with pytest.raises(Refused, match="its buyer cannot become another one"):
        change(market.merchant, market.authorisation().pk, other, at=market.stage.now, by="erp")


# guarantors and terms


def test_two_merchants_of_one_name_have_one_guarantor(market: Market) -> None:
    other = Merchant.objects.create(name=market.merchant.name, slug="zweite")
    agreed = agree_terms(other, market.guarantor, GuaranteeTerms(), by="operator", at=market.stage.now)
    assert agreed.shop.name == f"{market.merchant.name} (zweite)"
    assert agree_terms(other, market.guarantor, GuaranteeTerms(), by="operator", at=market.stage.now).pk == agreed.pk


def test_what_is_agreed_anew_moves_no_settlement_that_is_due(billed: Market) -> None:
    billed.buyer_pays(10_000, billed.capture().reference)
    billed.stage.later(days=7)
    due = billed.terms.due_on
    agree_terms(
        billed.merchant, billed.guarantor, GuaranteeTerms(is_approved=True, fee_minor=10), by="operator",
        at=billed.stage.now,
    )  # fmt: skip
    billed.terms.refresh_from_db()
    assert billed.terms.due_on == due == billed.today
    billed.works()
    assert [one.on for one in billed.settlements()] == [due]


def test_a_guarantor_with_agreements_keeps_its_currency(market: Market) -> None:
    wanted = Guarantor(kind="external", currency="CHF")
    with pytest.raises(Refused, match="cannot become another one"):
        name_guarantor(market.party, wanted, by="operator", at=market.stage.now)


# the books


def test_books_that_say_other_than_the_invoices_are_named_every_night(billed: Market) -> None:
    billed.buyer_pays(10_000, billed.capture().reference)
    billed.passes(7)
    assert (check_books(billed.merchant), check_books(billed.party)) == ([], [])
    Capture.objects.update(price_minor=9_000)
    Due.objects.update(minor=9_999)

    for each, book in ((billed.merchant, "with_guarantor"), (billed.party, "sellers")):
        found = check_books(each)
        assert [one for one in found if f"of {book}, the books" in one]
        assert "The lines of invoice R1 do not make what is due of it." in found
        assert f"The lines of settlement {billed.settlements()[0]} do not make its sum." in found


# what breaks keeps nobody waiting


def test_a_claim_at_which_the_work_breaks_off_keeps_no_other_and_no_week_waiting(
    billed: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    billed.confirms("1002", 8_000)
    billed.bills("R2", 8_000, "1002")
    bad, real = billed.capture("R1").pk, follow_claims.note_paid

    def note_paid(capture: Capture, *, at: datetime, by: str = "house") -> None:
        if capture.pk == bad:
            raise RuntimeError("nobody had thought of it")
        real(capture, at=at, by=by)

    monkeypatch.setattr(follow_claims, "note_paid", note_paid)
    billed.buyer_pays(10_000, billed.capture("R1").reference)
    billed.buyer_pays(8_000, billed.capture("R2").reference, BERND)
    billed.stage.later(days=7)
    with pytest.raises(RuntimeError):
        billed.works()
    billed.works()
    assert (billed.transferred(), Trouble.objects.get().row) == ([8_000], bad)

    monkeypatch.undo()
    billed.passes(7)
    assert billed.transferred() == [8_000, 10_000]
    assert billed.wrong() == []


# reported in time


def test_an_invoice_that_came_in_time_and_was_taken_later_is_not_late(market: Market) -> None:
    market.confirms()
    lines = (Line("Wolle", 10_000),)
    bill = InvoiceDocument(
        number="R1", order="1001", currency="EUR", minor=10_000, lines=lines, invoiced_on=market.today
    )
    came = market.stage.now
    market.stage.later(days=9)
    take(market.merchant, bill, at=market.stage.now, by="erp", came_at=came)
    goods = market.receives_return(1_000, market.today - timedelta(days=1))

    assert goods.is_new
    found = conditions(queries.every_capture().get(number="R1"), at=market.stage.now)
    assert "reported_late" not in found
