"""What Anna pays at a provider goes partly onto her balance: what goes back later is told apart, to the cent."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from tests.flows.test_centre import anna, centre, refundable, with_balance  # noqa: F401 - fixtures
from tests.flows.test_providers import BACK, BY, Paying
from tests.stage import Stage, order

from zahlmeister.connectors.providers.contract import Method
from zahlmeister.connectors.providers.paypal_moves import disputed
from zahlmeister.flows.ask_refund import Asked, ask_refund, limit_of
from zahlmeister.flows.centre.adjust import Adjustment, adjust
from zahlmeister.flows.centre.by_itself import expire_next
from zahlmeister.flows.centre.let_in import ask_link
from zahlmeister.flows.centre.pay import FromBalance, pay_from_balance, undo_payment
from zahlmeister.flows.centre.surplus import choose
from zahlmeister.flows.centre.surplus_at_provider import send_surplus_next
from zahlmeister.flows.pay_by_provider import OnItsWay, Wish, start
from zahlmeister.flows.purchase import follow_claims
from zahlmeister.flows.refund_by_provider import Wanted, left_for_orders, refund
from zahlmeister.intents.models import PaymentIntent, ProviderPayout
from zahlmeister.intents.states import IntentState, Purpose
from zahlmeister.merchants.models import Trouble
from zahlmeister.money.amount import Amount
from zahlmeister.orders.models import Shop
from zahlmeister.prepaid.models import Account, AskedLink, Customer
from zahlmeister.prepaid.queries import balance_of
from zahlmeister.prepaid.rules import Balance, GrantStep, grants_left
from zahlmeister.prepaid.states import EntryKind, Surplus
from zahlmeister.receivables.states import ItemState
from zahlmeister.refunds.models import Refund
from zahlmeister.refunds.states import RefundState
from zahlmeister.refusals import Refused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def paying(centre: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Paying]:  # noqa: F811
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    paying = Paying(centre, "stripe")
    yield paying
    paying.check()
    paying.till.close()


def pays_invoice_and_more(paying: Paying, account: Account, minor: int = 6000) -> PaymentIntent:
    """Invoice 1001 of 49.90, and the rest is for the balance."""
    item = paying.stage.item("1001")
    wish = Wish(Purpose.ITEMS, Amount(minor, "EUR"), Method.CARD, "Kundenkonto", BACK, [(item.pk, 4990)], account.pk)
    intent = start(paying.merchant, wish, at=paying.stage.now)
    happens(paying, lambda: paying.till.approve(intent.provider_id))
    intent.refresh_from_db()
    return intent


def happens(paying: Paying, what: object) -> None:
    """Something is done at the provider, who calls, and the worker works."""
    assert callable(what)
    what()
    paying.calls()
    paying.work()


def test_what_goes_back_at_the_provider_leaves_the_balance_first(paying: Paying, anna: Account) -> None:  # noqa: F811
    intent = pays_invoice_and_more(paying, anna)
    assert (paying.state("1001"), balance_of(anna)) == (ItemState.PAID, Balance(paid=1010))
    sale = paying.till.sale(intent.provider_id)
    happens(paying, lambda: paying.till.refund(sale, 2000, ""))
    assert balance_of(anna) == Balance()
    found = Refund.objects.get()
    assert (found.state, found.amount_minor, found.item_id) == (RefundState.PAID, 990, paying.stage.item("1001").pk)

    happens(paying, lambda: paying.till.refund_fails(intent.provider_id))  # it never arrived
    found.refresh_from_db()
    assert (found.state, balance_of(anna)) == (RefundState.ACCOUNT_MISSING, Balance(paid=1010))


def test_more_than_is_open_goes_back_at_the_provider_where_that_is_wanted(paying: Paying, anna: Account) -> None:  # noqa: F811
    item = paying.stage.item("1001")
    wish = Wish(Purpose.ITEMS, Amount(6000, "EUR"), Method.CARD, "x", BACK, [(item.pk, 4990)], sends_back=True)
    intent = start(paying.merchant, wish, at=paying.stage.now)
    happens(paying, lambda: paying.till.approve(intent.provider_id))
    for _ in range(2):
        send_surplus_next(clock=paying.stage.clock)
        paying.work()
    assert paying.till.sale(intent.provider_id).refunded == 1010
    item.refresh_from_db()
    assert (item.state, item.surplus_minor, balance_of(anna)) == (ItemState.PAID, 0, Balance())
    assert Refund.objects.get().state == RefundState.PAID


@pytest.mark.parametrize("to", list(Surplus))
def test_what_was_paid_too_much_at_a_provider_goes_where_the_customer_says(
    paying: Paying,
    anna: Account,  # noqa: F811
    to: Surplus,
) -> None:
    item = paying.stage.item("1001")
    wish = Wish(Purpose.ITEMS, Amount(6000, "EUR"), Method.CARD, "x", BACK, [(item.pk, 4990)])
    intent = start(paying.merchant, wish, at=paying.stage.now)
    happens(paying, lambda: paying.till.approve(intent.provider_id))
    anna.merchant.refresh_from_db()
    choose(anna, item.pk, to, at=paying.stage.now)
    with pytest.raises(Refused):
        choose(anna, item.pk, to, at=paying.stage.now)
    paying.work()
    item.refresh_from_db()
    is_balance = to == Surplus.BALANCE
    assert (item.state, item.surplus_minor) == (ItemState.PAID, 0)
    assert (balance_of(anna).paid, paying.till.sale(intent.provider_id).refunded) == (
        1010 * is_balance,
        1010 * (not is_balance),
    )
    happens(paying, lambda: paying.till.charge_back(intent.provider_id))
    item.refresh_from_db()
    assert (item.open_minor, balance_of(anna)) == (4990, Balance())


def test_the_office_sends_back_only_what_the_orders_were_paid_with(paying: Paying, anna: Account) -> None:  # noqa: F811
    intent = pays_invoice_and_more(paying, anna)
    item = paying.stage.item("1001")
    assert left_for_orders(intent) == Amount(4990, "EUR")
    with pytest.raises(Refused, match=r"10\.10 EUR of this payment went onto the customer's balance"):
        refund(paying.merchant, intent.pk, Wanted(item.pk, Amount(5000, "EUR"), "1"), by=BY, at=paying.stage.now)
    refund(paying.merchant, intent.pk, Wanted(item.pk, Amount(4990, "EUR"), "1"), by=BY, at=paying.stage.now)
    paying.work()
    intent.refresh_from_db()
    assert (left_for_orders(intent).minor, balance_of(anna)) == (0, Balance(paid=1010))


def test_granted_credit_never_leaves_by_a_refund(centre: Stage, anna: Account) -> None:  # noqa: F811
    refundable(centre)
    with_balance(centre, anna, 5000)
    adjust(centre.merchant, anna.pk, Adjustment(EntryKind.GRANT, 2000, "Willkommen", "g"), by="b", at=centre.now)
    [entry] = pay_from_balance(anna, FromBalance(4990, "f"), by="anna", at=centre.now)
    item = centre.item("1001")
    with pytest.raises(Refused, match=r"20\.00 EUR were paid with granted credit"):
        ask_refund(centre.merchant, item.pk, Asked("o:1", Amount(2991, "EUR")), by="b", at=centre.now)
    ask_refund(centre.merchant, item.pk, Asked("o:2", Amount(2990, "EUR")), by="b", at=centre.now)
    assert limit_of(item).left == 0
    with pytest.raises(Refused):  # and what went back is not balance again as well
        undo_payment(centre.merchant, entry.pk, by="b", at=centre.now)
    assert centre.books() == []


@pytest.mark.parametrize(
    ("steps", "left"),
    [
        ("G700@10 G300", {1: 700, 2: 300}),
        ("G300 -300 G700@10", {1: 0, 3: 700}),  # the older one was gone before the newer one came
        ("G700@10 G1000 -900", {1: 0, 2: 800}),  # what ends first goes first, a withdrawal too
        ("G700@10 G300@5 -400 U3", {1: 700, 2: 300}),  # what is undone goes back to where it was
        ("G700@10 -700 G300 U2", {1: 700, 3: 300}),
    ],
)
def test_what_is_left_of_each_grant(steps: str, left: dict[int, int]) -> None:
    told = []
    for number, step in enumerate(steps.split(), 1):
        minor, _at, days = step.lstrip("G-U").partition("@")
        ends = date(2026, 11, int(days)) if days else None
        undone = next((each for each in told if step.startswith("U") and each.number == int(minor)), None)
        amount = -undone.minor if undone else -int(minor) if step.startswith("-") else int(minor)
        told.append(GrantStep(number, amount, step.startswith("G"), ends, undone.number if undone else None))
    assert grants_left(told) == left


def test_a_grant_that_is_over_goes_also_when_it_comes_back_later(centre: Stage, anna: Account) -> None:  # noqa: F811
    until = centre.now.date() + timedelta(days=10)
    for key, kind, minor, on in (
        ("a", EntryKind.GRANT, 300, None),
        ("b", EntryKind.GRANT_WITHDRAWN, 300, None),
        ("c", EntryKind.GRANT, 700, until),
    ):
        adjust(centre.merchant, anna.pk, Adjustment(kind, minor, "Willkommen", key, on), by="b", at=centre.now)
    [entry] = pay_from_balance(anna, FromBalance(200, "f"), by="anna", at=centre.now)
    centre.later(days=12)
    while expire_next(clock=centre.clock):
        pass
    assert balance_of(anna) == Balance()
    undo_payment(centre.merchant, entry.pk, by="b", at=centre.now)
    while expire_next(clock=centre.clock):
        pass
    assert balance_of(anna) == Balance()
    assert expire_next(clock=centre.clock) is None
    assert centre.books() == []


def test_a_payment_that_is_on_its_way_is_not_made_again_unknowingly(paying: Paying) -> None:
    paying.stage.orders(order("100012345", "89.90"))
    first = paying.wants(8990, "100012345")
    PaymentIntent.objects.filter(pk=first.pk).update(state=IntentState.PROCESSING)
    with pytest.raises(OnItsWay, match=r"89\.90 EUR for the same is on its way"):
        paying.wants(5000, "100012345")
    item = paying.stage.item("100012345")
    wish = Wish(Purpose.ITEMS, Amount(5000, "EUR"), paying.method, "x", BACK, [(item.pk, 5000)], again=True)
    assert start(paying.merchant, wish, at=paying.stage.now).pk != first.pk


def test_a_dispute_is_known_by_what_moved_and_not_by_its_place() -> None:
    def moved(way: str, value: str, at: str, reason: str) -> dict[str, object]:
        amount = {"value": value, "currency_code": "EUR"}
        return {"affected_party": "SELLER", "type": way, "amount": amount, "initiated_time": at, "reason": reason}

    first = moved("DEBIT", "89.90", "2026-11-20T08:00:00Z", "DISPUTE_SETTLEMENT")
    fee = moved("DEBIT", "20.00", "2026-11-20T08:00:00Z", "CHARGEBACK_FEE")
    won = moved("CREDIT", "89.90", "2026-11-25T08:00:00Z", "DISPUTE_SETTLEMENT")
    told = {"dispute_id": "PP-D-1", "dispute_amount": first["amount"], "create_time": "2026-11-20T08:00:00Z"}
    before = disputed({**told, "money_movements": [first, fee]})
    later = disputed({**told, "money_movements": [won, fee, first]})
    assert {move.key for move in before} < {move.key for move in later}
    assert len({move.key for move in disputed({**told, "money_movements": [fee, fee]})}) == 3


@pytest.mark.parametrize("system", ["paypal", "mollie"])
def test_payouts_are_read_page_by_page(system: str, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    stage.orders(order("100012345", "89.90"))
    paying = Paying(stage, system)
    paying.till.page_size = 2
    paying.till.most_reported = 3  # PayPal wants a smaller time to be asked for then
    paying.pays(8990, "100012345")
    for _day in range(5):
        paying.till.pay_out()
        paying.stage.later(days=2)
    paying.work()
    assert ProviderPayout.objects.count() == 5
    paying.till.close()


def test_asking_for_a_link_does_the_same_for_everybody(
    centre: Stage,  # noqa: F811
    django_assert_num_queries: object,
) -> None:
    for address in ("anna@post.example", "eva@nowhere.example"):
        ask_link(centre.merchant, address, language="de", at=centre.now)
        with django_assert_num_queries(4):
            ask_link(centre.merchant, address, language="de", at=centre.now)
    assert AskedLink.objects.count() == 2
    assert not Customer.objects.exists()


def test_claims_that_cannot_be_followed_rest_and_keep_no_other_waiting(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(61):
        Shop.objects.create(merchant=stage.merchant, name=f"{number:02}")

    def follow(shop: Shop, *, at: object) -> None:
        if shop.name < "60":
            raise Refused("This claim cannot be followed.")

    monkeypatch.setattr(follow_claims, "news", lambda _rows, today: Shop.objects.filter(name__lt="99"))
    monkeypatch.setattr(follow_claims, "follow", follow)
    found = [follow_claims.follow_next(clock=stage.clock) for _ in range(2)]
    assert [row and row.name for row in found] == [None, "60"]
    assert Trouble.objects.filter(turn=follow_claims.FOLLOW).count() == 60
