"""Brigitte sells on invoice, and whoever does not pay, she is paid: week by week, after 30 days in any case."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.dying import Killed, dying
from tests.guaranteed import BEGIN, Market
from tests.stage import BERND, order

from zahlmeister.banking.outgoing_models import PaymentOrder
from zahlmeister.banking.outgoing_states import OrderState
from zahlmeister.connectors.erps.documents import InvoiceDocument, Line
from zahlmeister.dunning.models import DunningCase
from zahlmeister.flows.purchase import settle_week
from zahlmeister.flows.purchase.authorise import authorise, change, follow_decision
from zahlmeister.flows.purchase.confirm import confirm
from zahlmeister.flows.purchase.dispute import dispute, end_dispute, give_up, promise, take_recourse
from zahlmeister.flows.purchase.pay_guarantee import conditions
from zahlmeister.flows.purchase.release import Part, cancel, release
from zahlmeister.ledger.models import Posting
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Merchant
from zahlmeister.purchase import queries
from zahlmeister.purchase.events import after
from zahlmeister.purchase.models import Capture, Document, Due, Guarantor, PurchaseEvent, Settlement
from zahlmeister.purchase.refusals import DifferentContent, NotAuthorised
from zahlmeister.purchase.states import Dispute, Recourse
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


def lines(market: Market) -> list[tuple[str, int]]:
    """What is or was due, by cause."""
    return list(Due.objects.filter(merchant=market.merchant).order_by("pk").values_list("kind", "minor"))


# paid in any case


def test_anna_pays_and_brigitte_has_it_with_the_next_settlement(market: Market) -> None:
    told = market.confirms()
    market.bills()
    market.passes(2)
    market.buyer_pays(10_000, told.reference)
    market.passes(5)

    [week] = market.settlements()
    assert (week.on, week.transfer_minor, week.state) == (date(2026, 11, 30), 10_000, "ordered")
    market.bank_transfers()
    assert market.capture().guarantee == "paid_out"
    assert market.book(market.party, Book.SELLERS, market.merchant.pk) == 0
    assert market.wrong() == []


def test_eva_never_pays_and_brigitte_has_it_within_thirty_days(billed: Market) -> None:
    billed.passes(30)

    assert billed.transferred() == [0, 0, 0, 10_000]
    assert billed.settlements()[-1].on == date(2026, 12, 21)
    assert billed.capture().guarantee == "in_payout"
    assert lines(billed) == [("guarantee", 10_000)]
    assert billed.wrong() == []


def test_a_part_payment_is_passed_on_and_the_rest_is_guaranteed(billed: Market) -> None:
    billed.buyer_pays(4_000, billed.capture().reference)
    billed.passes(30)

    assert billed.transferred() == [4_000, 0, 0, 6_000]
    assert billed.wrong() == []


def test_what_is_paid_after_the_guarantee_is_the_guarantors(billed: Market) -> None:
    billed.passes(30)
    billed.buyer_pays(10_000, billed.capture().reference)
    billed.passes(7)

    assert (sum(billed.transferred()), billed.capture().claim) == (10_000, "paid")
    assert billed.wrong() == []


def test_the_settlement_reaches_brigittes_own_statement(billed: Market) -> None:
    billed.buyer_pays(10_000, billed.capture().reference)
    billed.passes(7)
    [week] = billed.settlements()
    billed.seller_receives(10_000, f"ZG{week.pk} Rechnungskauf")

    week.refresh_from_db()
    assert week.payment is not None
    assert billed.book(billed.merchant, Book.WITH_GUARANTOR, billed.party.pk) == 0
    assert billed.wrong() == []


# credit notes


def test_a_credit_note_before_anybody_paid_makes_the_claim_smaller(billed: Market) -> None:
    billed.credits(2_500)
    billed.passes(30)

    assert sum(billed.transferred()) == 7_500
    assert OpenItem.objects.get(pk=billed.capture().item_id).open_minor == 7_500
    assert billed.wrong() == []


def test_a_credit_note_after_the_payout_is_carried_forward_until_it_is_earned(billed: Market) -> None:
    billed.buyer_pays(10_000, billed.capture().reference)
    billed.passes(7)
    billed.credits(2_500)
    billed.passes(7)
    assert [(one.transfer_minor, one.forward_minor) for one in billed.settlements()] == [(10_000, 0), (0, -2_500)]

    told = billed.confirms("1002", 8_000)
    billed.bills("R2", 8_000, "1002")
    billed.buyer_pays(8_000, told.reference)
    billed.passes(7)
    assert (billed.settlements()[-1].brought_minor, billed.settlements()[-1].transfer_minor) == (-2_500, 5_500)
    assert OpenItem.objects.get(pk=billed.capture().item_id).surplus_minor == 2_500  # the guarantor owes it to Anna
    assert billed.wrong() == []


def test_a_whole_credit_note_leaves_nothing_to_pay(billed: Market) -> None:
    billed.credits(10_000)
    billed.passes(30)

    assert (billed.capture().guarantee, billed.transferred()) == ("paid_out", [0, 0, 0, 0])
    assert billed.wrong() == []


def test_more_than_the_invoice_cannot_be_credited(billed: Market) -> None:
    with pytest.raises(Refused, match="are left of invoice R1"):
        billed.credits(10_001)
    assert not Document.objects.filter(number="G1").exists()


# direct payments


def test_money_that_came_to_brigitte_is_netted(billed: Market) -> None:
    billed.was_paid_directly(10_000)
    billed.passes(7)

    assert lines(billed) == [("payment", 10_000), ("direct_payment", -10_000)]
    assert (billed.transferred(), billed.capture().guarantee) == ([0], "paid_out")
    assert billed.wrong() == []


def test_money_that_came_to_brigitte_after_the_guarantee_is_given_back(billed: Market) -> None:
    billed.passes(30)
    billed.was_paid_directly(10_000)
    billed.passes(7)

    assert (billed.settlements()[-1].forward_minor, billed.capture().claim) == (-10_000, "paid")
    assert billed.book(billed.party, Book.SELLERS, billed.merchant.pk) == 10_000
    assert billed.wrong() == []


def test_what_is_more_than_the_claim_is_between_brigitte_and_anna(billed: Market) -> None:
    billed.was_paid_directly(12_000)

    assert billed.capture().direct_minor == 10_000
    assert billed.wrong() == []


# many invoices, and what is left


def test_an_order_is_billed_in_parts_and_the_rest_is_let_go(market: Market) -> None:
    told = market.confirms()
    first, second = market.bills("R1", 6_000), market.bills("R2", 3_000)
    market.drops_rest()

    assert first.reference == told.reference != second.reference
    found = market.authorisation()
    assert (found.state, found.captured_minor, found.released_minor) == ("captured", 9_000, 1_000)
    market.passes(30)
    assert sum(market.transferred()) == 9_000
    assert market.wrong() == []


def test_more_than_was_authorised_cannot_be_billed(market: Market) -> None:
    market.confirms()
    market.bills("R1", 6_000)

    with pytest.raises(NotAuthorised, match=r"40\.00 EUR of order 1001 are left"):
        market.bills("R2", 4_001)
    with pytest.raises(NotAuthorised, match="no authorisation covers"):
        market.bills("R3", 100, "9999")


def test_nothing_is_billed_before_it_is_confirmed_or_after_its_time(market: Market) -> None:
    made = market.authorises()
    with pytest.raises(NotAuthorised):
        market.bills()
    confirm(market.merchant, made.pk, at=market.stage.now, by="erp")
    market.passes(31)

    assert market.authorisation().state == "expired"
    with pytest.raises(NotAuthorised):
        market.bills()
    assert queries.exposure(market.guarantor).sum == 0


def test_what_is_billed_in_part_keeps_that_when_its_time_is_over(market: Market) -> None:
    market.confirms()
    market.bills("R1", 4_000)
    market.passes(31)

    assert (market.authorisation().state, market.authorisation().released_minor) == ("captured", 6_000)


def test_an_order_that_is_billed_cannot_be_cancelled(billed: Market) -> None:
    with pytest.raises(Refused, match="is billed in part"):
        cancel(billed.merchant, billed.authorisation().pk, at=billed.stage.now, by="erp")


def test_a_part_can_be_released_and_the_limit_with_it(market: Market) -> None:
    market.confirms()
    release(market.merchant, market.authorisation().pk, Part(4_000, "S1"), at=market.stage.now, by="erp")
    assert queries.exposure(market.guarantor).reserved == 6_000
    with pytest.raises(Refused, match=r"60\.00 EUR are left"):
        release(market.merchant, market.authorisation().pk, Part(6_001, "S2"), at=market.stage.now, by="erp")


# asked twice, and changed


def test_the_same_question_has_the_same_answer_and_another_one_is_refused(market: Market) -> None:
    assert market.authorises().pk == market.authorises().pk
    told = market.confirms()
    assert market.confirms() == told
    with pytest.raises(DifferentContent):
        market.authorises("1001", 9_000)


def test_an_order_of_nothing_is_neither_bought_nor_what_one_becomes(market: Market) -> None:
    with pytest.raises(Refused, match="comes to nothing"):
        market.authorises("1002", 0)
    number = market.authorises().pk
    with pytest.raises(Refused, match="comes to nothing"):
        change(market.merchant, number, market.application("1001", 0), at=market.stage.now, by="erp")


def test_a_smaller_order_needs_no_decision_and_a_larger_one_does(market: Market) -> None:
    number = market.authorises().pk
    smaller, decision = change(
        market.merchant, number, market.application("1001", 8_000), at=market.stage.now, by="erp"
    )
    assert (smaller.amount_minor, decision) == (8_000, None)
    larger, decision = change(
        market.merchant, number, market.application("1001", 15_000), at=market.stage.now, by="erp"
    )
    assert (larger.amount_minor, decision is not None) == (15_000, True)


def test_a_change_that_is_declined_leaves_everything_as_it_was(market: Market) -> None:
    market.limits(debtor=12_000)
    number = market.authorises().pk
    with pytest.raises(Refused, match="limit"):
        change(market.merchant, number, market.application("1001", 15_000), at=market.stage.now, by="erp")
    assert market.authorisation().amount_minor == 10_000


# limits


def test_a_buyer_is_one_buyer_at_all_merchants_of_a_guarantor(market: Market) -> None:
    market.limits(debtor=15_000)
    market.confirms()
    market.bills()

    assert market.authorises("1002", 5_001).reasons == ["debtor_limit"]
    assert market.authorises("1003", 5_000).state == "accepted"
    assert market.authorises("1004", 5_001, email="bernd@post.example").state == "accepted"


def test_a_guarantor_carries_no_more_than_it_wants(market: Market) -> None:
    market.limits(total=15_000)
    market.confirms()
    declined = market.authorises("1002", 5_001, email="bernd@post.example")
    assert (declined.state, declined.reasons, declined.public_text) == ("declined", ["guarantor_limit"], "not_now")

    market.bills()
    market.buyer_pays(10_000, market.capture().reference)
    assert market.authorises("1003", 15_000, email="bernd@post.example").state == "accepted"


# conditions


def test_without_a_shipment_the_guarantor_does_not_pay_and_says_why(market: Market) -> None:
    market.confirms()
    market.bills(ships=False)
    market.passes(30)
    assert (market.capture().guarantee, market.capture().withheld) == ("pending", ["not_shipped"])
    assert "withheld" in market.told()

    market.ships()
    market.passes(7)
    assert (sum(market.transferred()), market.capture().withheld) == (10_000, [])
    assert market.wrong() == []


def test_without_a_shipment_a_payment_is_passed_on_all_the_same(market: Market) -> None:
    market.confirms()
    market.bills(ships=False)
    market.buyer_pays(10_000, market.capture().reference)
    market.passes(7)

    assert market.transferred() == [10_000]


def test_a_late_invoice_and_a_late_return_are_named(market: Market) -> None:
    market.confirms()
    said = {"number": "R1", "order": "1001", "currency": "EUR", "minor": 10_000, "lines": (Line("Wolle", 10_000),)}
    market.sends(InvoiceDocument(invoiced_on=market.today - timedelta(days=8), **said))
    market.receives_return(1_000, market.today - timedelta(days=15))

    found = conditions(queries.every_capture().get(number="R1"), at=market.stage.now)
    assert [each.value for each in found] == [
        "not_shipped",
        "reported_late",
        "return_announced",
        "return_reported_late",
    ]


# asking rests


def paused_for(market: Market) -> str:
    return str(DunningCase.objects.get(item=market.capture().item_id).paused_for)


def test_asking_rests_while_goods_are_on_their_way_back(billed: Market) -> None:
    billed.announces_return(2_000)
    assert paused_for(billed) == "return"
    billed.receives_return(2_000, billed.today)
    assert paused_for(billed) == "return"
    billed.credits(2_000)
    assert paused_for(billed) == ""


def test_the_strongest_reason_counts(billed: Market) -> None:
    number, said = billed.capture().pk, {"by": "eva", "at": billed.stage.now}
    promise(billed.party, number, billed.today + timedelta(days=5), **said)
    assert paused_for(billed) == "agreement"
    billed.announces_return(2_000)
    assert paused_for(billed) == "return"
    dispute(billed.merchant, number, Dispute.FAULTY, None, **said)
    assert paused_for(billed) == "dispute"
    end_dispute(billed.party, number, is_buyer_right=False, **said)
    assert paused_for(billed) == "return"


# objections, recourse, losses


def test_an_objection_holds_the_guarantee_and_ends_it_when_the_buyer_is_right(billed: Market) -> None:
    dispute(billed.merchant, billed.capture().pk, Dispute.FAULTY, None, by="brigitte", at=billed.stage.now)
    billed.passes(30)
    assert (billed.capture().withheld, sum(billed.transferred())) == (["disputed"], 0)

    with pytest.raises(Refused, match="Only the guarantor"):
        end_dispute(billed.merchant, billed.capture().pk, is_buyer_right=False, by="brigitte", at=billed.stage.now)
    end_dispute(billed.party, billed.capture().pk, is_buyer_right=True, by="eva", at=billed.stage.now)
    assert (billed.capture().guarantee, billed.capture().recourse) == ("recourse", "dispute_lost")
    assert billed.book(billed.party, Book.LOSSES) == 0
    assert billed.wrong() == []


def test_a_claim_that_goes_back_after_the_payout_is_owed_by_brigitte(billed: Market) -> None:
    billed.buyer_pays(3_000, billed.capture().reference)
    billed.passes(30)
    take_recourse(billed.party, billed.capture().pk, Recourse.NOT_SHIPPED, by="eva", at=billed.stage.now)
    billed.passes(7)

    assert lines(billed) == [("payment", 3_000), ("guarantee", 7_000), ("recourse", -7_000)]
    assert billed.settlements()[-1].forward_minor == -7_000
    billed.buyer_pays(7_000, billed.capture().reference)  # it is Brigitte's now, and comes to the guarantor
    billed.somebody_assigns()
    billed.passes(7)
    assert (billed.settlements()[-1].transfer_minor, billed.settlements()[-1].forward_minor) == (0, 0)
    assert billed.wrong() == []


def test_what_the_guarantor_gives_up_is_its_loss_until_somebody_pays_after_all(billed: Market) -> None:
    billed.passes(30)
    give_up(billed.party, billed.capture().pk, by="eva", at=billed.stage.now)
    billed.works()
    assert (billed.capture().claim, billed.book(billed.party, Book.LOSSES)) == ("written_off", 10_000)
    assert billed.wrong() == []

    billed.buyer_pays(10_000, billed.capture().reference)
    billed.somebody_assigns()
    billed.works()
    assert (billed.capture().claim, billed.book(billed.party, Book.LOSSES)) == ("paid", 0)
    assert sum(billed.transferred()) == 10_000
    assert billed.wrong() == []


# transfers that fail


def test_a_transfer_that_was_not_made_is_due_anew(billed: Market) -> None:
    billed.buyer_pays(10_000, billed.capture().reference)
    billed.passes(7)
    PaymentOrder.objects.filter(merchant=billed.party).update(state=OrderState.CANCELLED)
    billed.works()
    assert billed.capture().guarantee == "payable"
    billed.passes(7)

    assert [(one.transfer_minor, one.state) for one in billed.settlements()] == [
        (10_000, "not_made"),
        (10_000, "ordered"),
    ]
    assert billed.wrong() == []


def test_without_an_account_to_pay_to_it_says_why_and_goes_on_later(billed: Market) -> None:
    billed.buyer_pays(10_000, billed.capture().reference)
    billed.forgets_account()
    billed.passes(8)
    billed.terms.refresh_from_db()
    assert "No account is known" in billed.terms.stopped_by
    assert billed.settlements() == []

    billed.knows_account()
    billed.stage.later(hours=2)
    billed.works()
    assert billed.transferred() == [10_000]
    assert billed.wrong() == []


# fees


def test_fees_and_their_tax_are_lines_of_the_settlement(merchant: Merchant, tmp_path: Path) -> None:
    market = Market(merchant, tmp_path, fee_basis_points=250, fee_minor=50, fee_tax_basis_points=1900)
    market.confirms()
    market.bills()
    market.buyer_pays(10_000, market.capture().reference)
    market.passes(7)

    assert lines(market) == [("fee", -300), ("fee_tax", -57), ("payment", 10_000)]
    assert market.transferred() == [9_643]
    assert market.book(market.party, Book.GUARANTEE_FEES) == -300
    assert market.wrong() == []


# Brigitte's own order of the same number


def held(market: Market, order: str = "1001") -> bool:
    """Whether the merchant does not ask for her own order, because the guarantor stands for it."""
    return market.sellers_stage().item(order).pk in queries.guaranteed_items(market.merchant.pk)


def test_the_order_of_brigittes_own_shop_is_not_open_a_second_time(market: Market) -> None:
    own = market.sellers_stage()
    own.orders(order("1001", "100.00"))
    market.confirms()
    market.bills("R1", 6_000)
    assert (own.item("1001").open_minor, held(market)) == (4_000, True)

    market.bills("R2", 4_000)
    assert own.item("1001").state == "paid"
    market.credits(1_000)
    assert market.book(market.merchant, Book.PAID_ELSEWHERE) == 0
    assert market.wrong() == []


# documents come twice, and workers die


def test_every_document_counts_once_and_another_content_is_refused(billed: Market) -> None:
    billed.credits(1_000)
    billed.was_paid_directly(2_000)
    before = (Posting.objects.count(), Due.objects.count(), PurchaseEvent.objects.count())
    assert not billed.credits(1_000).is_new
    assert not billed.was_paid_directly(2_000).is_new
    assert not billed.ships().is_new
    assert (Posting.objects.count(), Due.objects.count(), PurchaseEvent.objects.count()) == before
    for again in (
        lambda: billed.credits(1_001),
        lambda: billed.was_paid_directly(1),
        lambda: billed.bills("R1", 9_000),
    ):
        with pytest.raises(DifferentContent):
            again()


@pytest.mark.parametrize("moment", ["before", "after"])
def test_whoever_dies_while_taking_a_document_loses_and_doubles_nothing(
    market: Market, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    market.confirms()
    for act in (market.bills, lambda: market.credits(1_000), lambda: market.was_paid_directly(2_000)):
        with dying(monkeypatch, at=1, moment=moment), pytest.raises(Killed):
            act()
        assert market.wrong() == []
        act()
    market.passes(30)

    assert (Capture.objects.count(), sum(market.transferred())) == (1, 7_000)
    assert market.wrong() == []


@pytest.mark.parametrize("at", range(1, 5))
@pytest.mark.parametrize("moment", ["before", "after"])
def test_whoever_dies_while_settling_pays_once(
    billed: Market, monkeypatch: pytest.MonkeyPatch, at: int, moment: str
) -> None:
    billed.buyer_pays(4_000, billed.capture().reference)
    billed.stage.now = BEGIN + timedelta(days=28)  # the payment, the guarantee and the settlement are all to be done
    with dying(monkeypatch, at=at, moment=moment), pytest.raises(Killed):
        billed.works()
    billed.works()

    assert sum(billed.transferred()) == 10_000
    assert PaymentOrder.objects.count() == 1
    assert billed.wrong() == []


def test_a_week_is_settled_once(billed: Market) -> None:
    billed.buyer_pays(10_000, billed.capture().reference)
    billed.passes(7)
    due = billed.settlements()[0].on
    known = settle_week.settle(billed.terms, due, at=billed.stage.now, by="eva")
    assert (known.pk, Settlement.objects.count()) == (billed.settlements()[0].pk, 1)


# a person decides, and the ERP is told


def test_an_order_that_waits_is_decided_by_a_person_once(market: Market) -> None:
    made = market.authorises()
    type(made).objects.filter(pk=made.pk).update(state="review", decision=77)
    said = {"reason": "known", "by": "eva", "at": market.stage.now}
    assert follow_decision(market.merchant, 77, accept=True, **said).state == "accepted"
    assert follow_decision(market.merchant, 77, accept=True, **said).state == "accepted"
    assert follow_decision(market.merchant, 78, accept=True, **said) is None


def test_the_erp_is_told_in_the_order_in_which_it_happened(billed: Market) -> None:
    billed.buyer_pays(10_000, billed.capture().reference, BERND)
    billed.passes(7)

    assert billed.told() == ["decided", "confirmed", "captured", "shipped", "paid", "payout", "payout"]
    first = after(billed.merchant.pk, 0, 1)
    assert next(one.kind for one in after(billed.merchant.pk, first[0].pk)) == "confirmed"


def test_nobody_new_is_taken_when_the_terms_are_off(market: Market) -> None:
    type(market.terms).objects.update(is_on=False)
    with pytest.raises(Refused, match="No new purchases"):
        authorise(market.merchant, market.application(), at=market.stage.now, by="erp")
    assert Guarantor.objects.count() == 1
