"""Anna has her balance paid back, never what was granted: where it came from, or to an account somebody looks at."""

import json
from collections.abc import Iterator

import pytest
from tests.dying import Killed, dying
from tests.flows.test_centre import anna, centre, mail, refundable, with_balance  # noqa: F401 - fixtures
from tests.flows.test_providers import BACK, Paying
from tests.stage import ANNA, CORA, Stage

from zahlmeister.banking.models import BankAccount
from zahlmeister.banking.outgoing_models import PaymentOrder
from zahlmeister.banking.outgoing_states import OrderState
from zahlmeister.connectors.providers.contract import Method
from zahlmeister.flows.centre.adjust import Adjustment, adjust
from zahlmeister.flows.centre.pay import FromBalance, pay_from_balance
from zahlmeister.flows.centre.pay_back import OTHER, BackWanted, ask_back, reject_back, release_back, ways_back
from zahlmeister.flows.change_refund import cancel_refund, change_refund
from zahlmeister.flows.execute_refunds import execute_next
from zahlmeister.flows.follow_refunds import follow_next
from zahlmeister.flows.pay_by_provider import Wish, start
from zahlmeister.flows.person_data import person_data
from zahlmeister.intents.models import PaymentIntent, ProviderRefund
from zahlmeister.intents.states import GoesBack, Purpose
from zahlmeister.ledger.queries import balance
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.amount import Amount
from zahlmeister.prepaid.models import Account, CentreSettings, Entry
from zahlmeister.prepaid.queries import balance_of
from zahlmeister.prepaid.rules import Balance, NotEnough
from zahlmeister.prepaid.states import EntryKind, GivesBack
from zahlmeister.refunds.accounts import GoesTo
from zahlmeister.refunds.models import Refund, RefundSettings
from zahlmeister.refunds.states import RefundState, Way
from zahlmeister.refusals import Refused

KNOWN = f"account-{ANNA}"


@pytest.fixture
def rich(centre: Stage, anna: Account) -> Account:  # noqa: F811
    """Anna has paid in 100.00 by transfer, and 20.00 were granted."""
    refundable(centre)
    anna.merchant.refresh_from_db()
    with_balance(centre, anna)
    adjust(centre.merchant, anna.pk, Adjustment(EntryKind.GRANT, 2000, "Willkommen", "g"), by="b", at=centre.now)
    return anna


def asks(stage: Stage, account: Account, minor: int = 6000, way: str = KNOWN, **more: str) -> Refund:
    return ask_back(account, BackWanted(minor, "form", way, **more), at=stage.now)


def test_it_leaves_the_balance_at_once_and_the_house_when_somebody_released_it(centre: Stage, rich: Account) -> None:  # noqa: F811
    assert [(way.code, way.most) for way in ways_back(rich)] == [(KNOWN, 10_000)]
    refund = asks(centre, rich)
    assert asks(centre, rich).pk == refund.pk  # the form sent twice
    assert (balance_of(rich), refund.state) == (Balance(4000, 2000), RefundState.STOPPED)
    assert balance(centre.merchant.pk, Book.REFUNDS, "EUR").minor == -6000
    assert "60,00 EUR" in mail()
    assert "DE89 … 3000" in " ".join(mail().split())
    with pytest.raises(NotEnough):
        pay_from_balance(rich, FromBalance(6001, "spent"), by="anna", at=centre.now)
    assert execute_next(clock=centre.clock) is None

    for _ in range(2):
        release_back(centre.merchant, refund.pk, by="b", at=centre.now)
    while execute_next(clock=centre.clock):
        pass
    order = PaymentOrder.objects.get()
    assert (order.creditor_number, order.amount_minor) == (ANNA, 6000)
    refund.refresh_from_db()
    assert refund.state == RefundState.ORDERED
    assert refund.reference in order.text
    with pytest.raises(Refused, match="released meanwhile"):
        reject_back(centre.merchant, refund.pk, by="b", at=centre.now, reason="nein")
    assert centre.books() == []


def test_where_the_operator_pays_refunds_a_balance_is_collected_too(centre: Stage, rich: Account) -> None:  # noqa: F811
    runs = Merchant.objects.create(name="Betrieb", slug="betrieb", is_operator=True)
    BankAccount.objects.create(merchant=runs, number="DE75512108001245126199", currency="EUR", holder="Betrieb")
    RefundSettings.objects.create(merchant=centre.merchant, way=Way.DEBIT)
    refund = asks(centre, rich)
    release_back(centre.merchant, refund.pk, by="b", at=centre.now)
    assert [execute_next(clock=centre.clock) for _ in range(2)] == [refund, None]
    refund.refresh_from_db()
    assert refund.state == RefundState.COLLECTING
    assert refund.collection is not None
    assert refund.collection.amount_minor == 6000
    assert centre.books() == []


def test_what_waits_for_its_release_leaves_by_no_other_door(centre: Stage, rich: Account) -> None:  # noqa: F811
    refund = asks(centre, rich)
    for goes in (None, GoesTo("Cora", CORA)):
        with pytest.raises(Refused, match="waits for its release"):
            change_refund(refund, goes=goes, on=centre.now.date(), by="b", at=centre.now)
    refund.refresh_from_db()
    assert (refund.state, refund.iban) == (RefundState.STOPPED, ANNA)


def test_who_asks_what_is_kept_gets_it_too(centre: Stage, rich: Account) -> None:  # noqa: F811
    refund = asks(centre, rich)
    told = json.loads(person_data(centre.merchant, "anna@post.example", by="b", at=centre.now))
    assert [row["id"] for row in told["refunds_refund"]] == [refund.pk]


@pytest.mark.parametrize("how", ["rejected", "withdrawn"])
def test_what_is_rejected_or_withdrawn_is_balance_again_once(centre: Stage, rich: Account, how: str) -> None:  # noqa: F811
    refund = asks(centre, rich)
    for _ in range(2):
        if how == "rejected":
            reject_back(centre.merchant, refund.pk, by="b", at=centre.now, reason="Bitte rufen Sie an.")
        else:
            cancel_refund(refund, by="b", at=centre.now, reason="Bitte rufen Sie an.")
    assert balance_of(rich) == Balance(10_000, 2000)
    assert "Bitte rufen Sie an." in mail()
    with pytest.raises(Refused, match="withdrawn or rejected"):
        release_back(centre.merchant, refund.pk, by="b", at=centre.now)
    assert centre.books() == []


def test_by_itself_it_goes_only_to_where_it_came_from(centre: Stage, rich: Account) -> None:  # noqa: F811
    CentreSettings.objects.update(gives_back=GivesBack.KNOWN)
    assert asks(centre, rich).state == RefundState.PLANNED
    other = ask_back(rich, BackWanted(1000, "other", OTHER, "Cora", CORA), at=centre.now)
    assert (other.state, other.is_going_back) == (RefundState.STOPPED, False)
    assert centre.books() == []


@pytest.mark.parametrize(
    ("minor", "way", "more"),
    [
        (10_001, KNOWN, {}),  # the rest was granted
        (0, KNOWN, {}),
        (100, f"account-{CORA}", {}),
        (100, OTHER, {"name": "Anna", "iban": "DE00"}),
        (100, OTHER, {"name": " ", "iban": CORA}),
    ],
)
def test_what_cannot_go_back(centre: Stage, rich: Account, minor: int, way: str, more: dict[str, str]) -> None:  # noqa: F811
    with pytest.raises(Refused):
        asks(centre, rich, minor, way, **more)
    CentreSettings.objects.update(gives_back=GivesBack.NEVER)
    with pytest.raises(Refused, match="nothing can be paid back"):
        asks(centre, rich)
    assert balance_of(rich) == Balance(10_000, 2000)
    assert not Refund.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("moment", ["before", "after"])
def test_whoever_dies_pays_back_once(
    centre: Stage,  # noqa: F811
    rich: Account,
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
) -> None:
    def all_of_it() -> None:
        refund = asks(centre, rich)
        release_back(centre.merchant, refund.pk, by="b", at=centre.now)
        while execute_next(clock=centre.clock):
            pass

    for at in (1, 2, 1):
        with dying(monkeypatch, at=at, moment=moment), pytest.raises(Killed):
            all_of_it()
        if PaymentOrder.objects.exists():
            break
    all_of_it()
    assert (PaymentOrder.objects.count(), Refund.objects.count()) == (1, 1)
    assert Entry.objects.filter(kind=EntryKind.REFUND).count() == 1
    assert balance_of(rich) == Balance(4000, 2000)
    assert centre.books() == []


# ---- at a provider --------------------------------------------------------------------------------------------------


@pytest.fixture
def paying(centre: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Paying]:  # noqa: F811
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    paying = Paying(centre, "stripe")
    yield paying
    paying.check()
    paying.till.close()


def tops_up(paying: Paying, account: Account, minor: int = 5000) -> PaymentIntent:
    wish = Wish(Purpose.TOP_UP, Amount(minor, "EUR"), Method.CARD, "Kundenkonto", BACK, account=account.pk)
    intent = start(paying.merchant, wish, at=paying.stage.now)
    paying.till.approve(intent.provider_id)
    paying.calls()
    paying.work()
    account.merchant.refresh_from_db()
    return intent


@pytest.mark.django_db(transaction=True)
def test_what_was_paid_at_a_provider_goes_back_there(paying: Paying, anna: Account) -> None:  # noqa: F811
    intent = tops_up(paying, anna)
    way = f"payment-{intent.pk}"
    refund = asks(paying.stage, anna, 3000, way)
    paying.later(hours=1)
    assert paying.till.sale(intent.provider_id).refunded == 0  # nobody has released it
    assert [one.most for one in ways_back(anna)] == [2000]
    with pytest.raises(Refused, match="by the way it was paid"):
        change_refund(refund, goes=None, on=None, by="b", at=paying.stage.now)

    for _ in range(2):
        release_back(paying.merchant, refund.pk, by="b", at=paying.stage.now)
        paying.work()
    assert paying.till.sale(intent.provider_id).refunded == 3000
    refund.refresh_from_db()
    assert (refund.state, balance_of(anna)) == (RefundState.PAID, Balance(paid=2000))

    paying.till.refund_fails(intent.provider_id)
    paying.calls()
    paying.work()
    refund.refresh_from_db()
    assert (refund.state, balance_of(anna)) == (RefundState.CANCELLED, Balance(paid=5000))
    assert "stehen wieder auf Ihrem Guthaben" in mail()


@pytest.mark.django_db(transaction=True)
def test_a_chargeback_while_it_waits_takes_the_money_once(paying: Paying, anna: Account) -> None:  # noqa: F811
    intent = tops_up(paying, anna)
    refund = asks(paying.stage, anna, 3000, f"payment-{intent.pk}")
    paying.till.charge_back(intent.provider_id)
    paying.calls()
    paying.work()
    refund.refresh_from_db()
    assert (refund.state, balance_of(anna)) == (RefundState.CANCELLED, Balance())
    assert ProviderRefund.objects.get().state == GoesBack.FAILED


@pytest.mark.django_db(transaction=True)
def test_a_payment_beside_is_not_taken_for_it(paying: Paying, anna: Account) -> None:  # noqa: F811
    """What is sent back at the provider itself leaves the balance as well, and is no refund that was asked for here."""
    intent = tops_up(paying, anna)
    refund = asks(paying.stage, anna, 1000, f"payment-{intent.pk}")
    paying.till.refund(paying.till.sale(intent.provider_id), 2000, "")
    paying.calls()
    paying.work()
    refund.refresh_from_db()
    assert (refund.state, balance_of(anna)) == (RefundState.STOPPED, Balance(paid=2000))


def test_a_transfer_that_comes_back_is_balance_again(centre: Stage, rich: Account) -> None:  # noqa: F811
    CentreSettings.objects.update(gives_back=GivesBack.KNOWN)
    refund = asks(centre, rich)
    while execute_next(clock=centre.clock):
        pass
    PaymentOrder.objects.update(state=OrderState.CANCELLED)
    Refund.objects.update(has_news=True)
    for _ in range(2):
        follow_next(clock=centre.clock)
    refund.refresh_from_db()
    assert (refund.state, balance_of(rich)) == (RefundState.CANCELLED, Balance(10_000, 2000))
    assert [way.code for way in ways_back(rich)] == [KNOWN]
