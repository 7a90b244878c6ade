"""Anna lets the shop charge her: her balance is topped up by itself, once each time, and never beyond what she said."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from tests.dying import Killed
from tests.flows.test_centre import anna, centre, mail, with_balance  # noqa: F401 - fixtures
from tests.flows.test_providers import BACK, Paying
from tests.messages import messages
from tests.stage import Stage

from zahlmeister.connectors.providers.contract import Charged, Method, Stored, Why
from zahlmeister.flows import charge_stored
from zahlmeister.flows.centre import by_itself
from zahlmeister.flows.centre.by_itself import ask_next, save_automatic
from zahlmeister.flows.centre.charge import Charge, charge
from zahlmeister.flows.centre.charge_by_itself import follow_next
from zahlmeister.flows.centre.pay_back import BackWanted, ask_back
from zahlmeister.flows.charge_stored import charge_next, forget_stored_next
from zahlmeister.flows.forget import forget_old
from zahlmeister.flows.pay_by_provider import Wish, start
from zahlmeister.flows.person_data import person_data
from zahlmeister.intents.models import PaymentIntent, StoredMethod
from zahlmeister.intents.states import IntentState, Purpose, StoredState
from zahlmeister.intents.stored import keep_stored
from zahlmeister.merchants.models import Membership, Person, Role
from zahlmeister.money.amount import Amount
from zahlmeister.orders.models import Shop
from zahlmeister.prepaid.models import Account, AnnouncedTransfer, AutomaticTopUp, CentreSettings
from zahlmeister.prepaid.queries import balance_of
from zahlmeister.prepaid.states import Every, GivesBack
from zahlmeister.refusals import Refused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=["stripe", "mollie", "paypal"])
def paying(centre: Stage, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Paying]:  # noqa: F811
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    CentreSettings.objects.update(charges=True)
    paying = Paying(centre, request.param)
    paying.method = Method.PAYPAL if request.param == "paypal" else Method.CARD
    paying.connection.methods = [paying.method.value]
    paying.connection.save()
    yield paying
    paying.check()
    paying.till.close()


stripe_only = pytest.mark.parametrize("paying", ["stripe"], indirect=True)


def agrees(paying: Paying, account: Account, **more: object) -> AutomaticTopUp:
    """Anna wants 20 each time below 10, at most 60 a month, and pays the first time herself."""
    figures = {"amount_minor": 2000, "below_minor": 1000, "month_cap_minor": 6000, "every": Every.THRESHOLD, **more}
    said = AutomaticTopUp(is_on=True, way=paying.method.value, **figures)
    kept = save_automatic(account, said, consent="Ja.", at=paying.stage.now)
    wish = Wish(Purpose.TOP_UP, Amount(2000, "EUR"), paying.method, "x", BACK, account=account.pk, keeps=True)
    intent = start(paying.merchant, wish, at=paying.stage.now)
    paying.till.approve(intent.provider_id)
    works(paying)
    return kept


def works(paying: Paying) -> None:
    clock = paying.stage.clock
    turns = (ask_next, charge_next, follow_next, forget_stored_next)
    for _round in range(3):
        paying.calls()
        paying.work()
        while any(turn(clock=clock) is not None for turn in turns):
            pass


def spends(paying: Paying, account: Account, minor: int, key: str) -> None:
    wanted = Charge(Amount(minor, "EUR"), key, "Hosting")
    charge(Shop.objects.get(merchant=paying.merchant), account.pk, wanted, by="program", at=paying.stage.now)
    works(paying)


def dies_before_it_is_kept(paying: Paying, monkeypatch: pytest.MonkeyPatch) -> None:
    """The provider has charged, and the worker is gone before it knows."""

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(charge_stored, "_keep", die)
        with pytest.raises(Killed):
            works(paying)


def charges() -> list[str]:
    return list(PaymentIntent.objects.filter(stored__isnull=False).order_by("id").values_list("state", flat=True))


def test_a_balance_that_falls_is_topped_up_by_what_was_stored(paying: Paying, anna: Account) -> None:  # noqa: F811
    agrees(paying, anna)
    stored = StoredMethod.objects.get()
    assert (stored.state, stored.account) == (StoredState.USABLE, anna.pk)
    assert balance_of(anna).paid == 2000
    paying.stage.later(days=1)
    works(paying)
    assert charges() == []  # there is enough
    spends(paying, anna, 1500, "a")
    assert charges() == [IntentState.SUCCEEDED]
    assert balance_of(anna).paid == 2500
    spends(paying, anna, 2000, "b")
    paying.stage.later(days=3)
    works(paying)
    assert (charges(), balance_of(anna).paid) == ([IntentState.SUCCEEDED] * 2, 2500)
    spends(paying, anna, 2000, "c")  # a fourth time within the month is more than she agreed to
    assert (len(charges()), balance_of(anna).paid) == (2, 500)
    assert not AnnouncedTransfer.objects.exists()
    assert sum(sale.paid_at is not None for sale in paying.till.sales.values()) == 3


@stripe_only
def test_every_week_counts_by_the_month(paying: Paying, anna: Account) -> None:  # noqa: F811
    agrees(paying, anna, every=Every.WEEK)
    assert charges() == []  # the first one she has paid herself
    for _week in range(2):
        paying.stage.later(days=7)
        works(paying)
    assert len(charges()) == 2
    assert AutomaticTopUp.objects.get().charging is None


def test_who_declines_is_told_and_after_three_times_asked_by_mail(paying: Paying, anna: Account) -> None:  # noqa: F811
    agrees(paying, anna)
    kept = next(iter(paying.till.vault.kept.values()))
    kept.declines = 1
    spends(paying, anna, 1500, "a")
    assert (charges(), balance_of(anna).paid) == ([IntentState.FAILED], 500)
    assert "konnten nicht abgebucht werden" in " ".join(mail().split())
    assert "Beim nächsten Mal versuchen wir es wieder." in " ".join(mail().split())
    kept.asks = True
    for _day in range(2):
        paying.stage.later(days=1)
        works(paying)
    assert charges() == [IntentState.FAILED] * 3
    automatic = AutomaticTopUp.objects.get()
    assert (automatic.way, automatic.failures, automatic.trouble, automatic.is_on) == ("", 3, "ask", True)
    assert "Wir buchen nun nichts mehr ab." in " ".join(mail().split())
    assert "Ihre Bank möchte" in " ".join(mail().split())
    assert StoredMethod.objects.get().state == StoredState.GONE
    assert kept.is_revoked
    paying.stage.later(days=1)
    works(paying)
    assert len(charges()) == 3
    assert AnnouncedTransfer.objects.get().amount_minor == 2000


def test_what_was_revoked_at_the_provider_is_never_charged_again(paying: Paying, anna: Account) -> None:  # noqa: F811
    agrees(paying, anna)
    [number] = paying.till.vault.kept
    paying.till.vault.revoke(number)
    spends(paying, anna, 1500, "a")
    assert (charges(), AutomaticTopUp.objects.get().way) == ([IntentState.FAILED], "")
    assert "die Erlaubnis wurde zurückgezogen" in " ".join(mail().split())


@stripe_only
def test_two_workers_order_one_charge(paying: Paying, anna: Account) -> None:  # noqa: F811
    agrees(paying, anna)
    AutomaticTopUp.objects.update(below_minor=5000, look_at=paying.stage.now)
    row = AutomaticTopUp.objects.select_related("account__merchant", "account__customer").get()
    by_itself._ask(row, paying.stage.now)
    by_itself._ask(row, paying.stage.now)
    assert len(charges()) == 1


def test_an_answer_that_gets_lost_charges_once(paying: Paying, anna: Account, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    agrees(paying, anna)
    AutomaticTopUp.objects.update(below_minor=5000, look_at=paying.stage.now)
    dies_before_it_is_kept(paying, monkeypatch)
    paying.till.due.clear()  # and its call never arrives
    assert charges() == [IntentState.CREATED]
    assert len(paying.till.sales) == 2
    paying.stage.later(minutes=10)
    works(paying)
    assert charges() == [IntentState.SUCCEEDED]
    assert len(paying.till.sales) == 2
    assert balance_of(anna).paid == 4000


@stripe_only
def test_the_provider_may_call_before_its_answer_is_kept(
    paying: Paying,
    anna: Account,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    agrees(paying, anna)
    AutomaticTopUp.objects.update(below_minor=5000, look_at=paying.stage.now)
    dies_before_it_is_kept(paying, monkeypatch)
    works(paying)  # long before it would ask again
    assert (charges(), balance_of(anna).paid) == ([IntentState.SUCCEEDED], 4000)


@stripe_only
def test_switched_off_nothing_is_charged_and_the_provider_forgets(paying: Paying, anna: Account) -> None:  # noqa: F811
    agrees(paying, anna)
    AutomaticTopUp.objects.update(below_minor=5000, look_at=paying.stage.now)
    ask_next(clock=paying.stage.clock)
    assert charges() == [IntentState.CREATED]
    off = AutomaticTopUp(is_on=False, amount_minor=0, month_cap_minor=0)
    save_automatic(anna, off, consent="", at=paying.stage.now)
    works(paying)
    assert charges() == [IntentState.CANCELLED]
    assert (StoredMethod.objects.get().state, len(paying.till.sales)) == (StoredState.GONE, 1)
    [kept] = paying.till.vault.kept.values()
    assert kept.is_revoked
    assert b"4242" in person_data(paying.merchant, "anna@post.example", by="b", at=paying.stage.now)
    forget_old(paying.merchant, by="b", at=paying.stage.now + timedelta(days=365 * 15))
    assert StoredMethod.objects.get().label == ""


@stripe_only
@pytest.mark.parametrize("way", ["", "paypal"])
def test_what_is_stored_after_its_consent_has_ended_is_forgotten(paying: Paying, anna: Account, way: str) -> None:  # noqa: F811
    """She switched it off, or to another way, in another tab, and then paid in the first one."""
    figures = {"amount_minor": 2000, "below_minor": 1000, "month_cap_minor": 6000}
    said = AutomaticTopUp(is_on=True, way="card", **figures)
    save_automatic(anna, said, consent="Ja.", at=paying.stage.now)
    wish = Wish(Purpose.TOP_UP, Amount(2000, "EUR"), Method.CARD, "x", BACK, account=anna.pk, keeps=True)
    intent = start(paying.merchant, wish, at=paying.stage.now)
    other = AutomaticTopUp(is_on=bool(way), way=way, **figures)
    save_automatic(anna, other, consent="Ja.", at=paying.stage.now)
    paying.till.approve(intent.provider_id)
    works(paying)
    assert (StoredMethod.objects.get().state, balance_of(anna).paid) == (StoredState.GONE, 2000)
    [kept] = paying.till.vault.kept.values()
    assert kept.is_revoked


@stripe_only
def test_the_merchant_decides_whether_anything_is_charged(paying: Paying, anna: Account) -> None:  # noqa: F811
    agrees(paying, anna)
    CentreSettings.objects.update(charges=False)
    spends(paying, anna, 1500, "a")
    assert charges() == []
    assert AnnouncedTransfer.objects.count() == 1  # asked by mail instead
    said = AutomaticTopUp(is_on=True, way="card", amount_minor=2000, month_cap_minor=2000)
    with pytest.raises(Refused):
        save_automatic(anna, said, consent="Ja.", at=paying.stage.now)


@stripe_only
def test_nothing_is_charged_before_the_first_payment_and_nothing_asked(paying: Paying, anna: Account) -> None:  # noqa: F811
    said = AutomaticTopUp(is_on=True, way="card", amount_minor=2000, below_minor=5000, month_cap_minor=6000)
    save_automatic(anna, said, consent="Ja.", at=paying.stage.now)
    works(paying)
    assert charges() == []
    assert not AnnouncedTransfer.objects.exists()


def last_sale(paying: Paying) -> str:
    return next(reversed(paying.till.sales))


def is_off(paying: Paying) -> bool:
    """Whether nothing is charged any more, today nor on the days that follow."""
    before = len(charges())
    for _day in range(3):
        works(paying)
        paying.stage.later(days=1)
    works(paying)
    return not AutomaticTopUp.objects.get().is_on and len(charges()) == before


def test_what_was_charged_back_is_never_charged_again(paying: Paying, anna: Account) -> None:  # noqa: F811
    agrees(paying, anna)
    spends(paying, anna, 1500, "a")
    assert charges() == [IntentState.SUCCEEDED]
    paying.till.charge_back(last_sale(paying))
    assert is_off(paying)
    assert balance_of(anna).paid == 500
    assert StoredMethod.objects.get().state == StoredState.GONE
    assert "Eine Zahlung wurde zurückgebucht." in " ".join(mail().split())
    assert len(messages("charge_over")) == 1


@stripe_only
def test_what_goes_back_to_her_is_not_charged_again(paying: Paying, anna: Account) -> None:  # noqa: F811
    CentreSettings.objects.update(gives_back=GivesBack.KNOWN)
    agrees(paying, anna)
    first = PaymentIntent.objects.get()
    anna.merchant.refresh_from_db()
    for _twice in range(2):
        ask_back(anna, BackWanted(1500, "f", f"payment-{first.pk}"), at=paying.stage.now)
    assert is_off(paying)
    assert (balance_of(anna).paid, charges()) == (500, [])
    [told] = messages("charge_over")
    assert told.payload["because"] == "goes_back"


@stripe_only
def test_what_the_merchant_gave_back_at_the_provider_is_not_charged_again(paying: Paying, anna: Account) -> None:  # noqa: F811
    agrees(paying, anna)
    sale = paying.till.sales[last_sale(paying)]
    paying.till.refund(sale, 1500, "at-the-provider")
    assert is_off(paying)
    assert (balance_of(anna).paid, charges()) == (500, [])


def first_try_is_lost(paying: Paying) -> PaymentIntent:
    """The first try reaches nobody; another one is due soon."""
    AutomaticTopUp.objects.update(below_minor=5000, look_at=paying.stage.now)
    ask_next(clock=paying.stage.clock)
    paying.till.broken = 3
    charge_next(clock=paying.stage.clock)
    paying.till.broken = 0
    intent = PaymentIntent.objects.latest("id")
    assert (intent.state, intent.failures) == (IntentState.CREATED, 1)
    return intent


@stripe_only
@pytest.mark.parametrize("stops", ["withdrawn", "blocked", "switched off", "its time", "its month"])
def test_a_charge_that_did_not_get_through_is_not_made_when_it_may_not_be(
    paying: Paying,
    anna: Account,  # noqa: F811
    stops: str,
) -> None:
    agrees(paying, anna)
    first_try_is_lost(paying)
    match stops:
        case "withdrawn":
            off = AutomaticTopUp(is_on=False, amount_minor=0, month_cap_minor=0)
            save_automatic(anna, off, consent="", at=paying.stage.now)
        case "blocked":
            Account.objects.update(is_blocked=True)
        case "switched off":
            paying.connection.is_on = False
            paying.connection.save()
        case "its time":
            PaymentIntent.objects.filter(stored__isnull=False).update(expires_at=paying.stage.now)
        case "its month":
            earlier = paying.stage.now - timedelta(days=31)
            PaymentIntent.objects.filter(stored__isnull=False).update(created_at=earlier)
    paying.stage.later(minutes=10)
    charge_next(clock=paying.stage.clock)
    assert (charges(), len(paying.till.sales)) == ([IntentState.CANCELLED], 1)
    follow_next(clock=paying.stage.clock)
    automatic = AutomaticTopUp.objects.get()
    assert (automatic.charging, automatic.failures) == (None, 0)


def test_withdrawn_after_a_try_that_got_through_is_credited_all_the_same(
    paying: Paying,
    anna: Account,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    agrees(paying, anna)
    AutomaticTopUp.objects.update(below_minor=5000, look_at=paying.stage.now)
    dies_before_it_is_kept(paying, monkeypatch)
    calls, paying.till.due = paying.till.due, []
    off = AutomaticTopUp(is_on=False, amount_minor=0, month_cap_minor=0)
    save_automatic(anna, off, consent="", at=paying.stage.now)
    paying.stage.later(minutes=10)
    works(paying)
    if paying.system == "paypal":  # cannot be asked, but calls
        assert charges() == [IntentState.CREATED]
        paying.till.due = calls
        works(paying)
    assert (charges(), balance_of(anna).paid) == ([IntentState.SUCCEEDED], 4000)
    assert len(paying.till.sales) == 2


@pytest.mark.parametrize("paying", ["paypal"], indirect=True)
def test_what_paypal_knows_already_is_not_declined_and_nothing_is_charged_after_it(
    paying: Paying,
    anna: Account,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    agrees(paying, anna)
    AutomaticTopUp.objects.update(below_minor=5000, look_at=paying.stage.now)
    dies_before_it_is_kept(paying, monkeypatch)
    calls, paying.till.due = paying.till.due, []  # its call does not arrive for long
    brigitte = Person.objects.create_user("b@wolle.example", "b")
    Membership.objects.create(merchant=paying.merchant, person=brigitte, role=Role.OWNER)
    paying.till._keys.clear()  # and it is later than PayPal keeps keys
    for _day in range(8):
        works(paying)
        paying.stage.later(days=1)
        assert len(paying.till.sales) == 2
    works(paying)
    assert charges() == [IntentState.FAILED]
    assert (PaymentIntent.objects.latest("id").why, AutomaticTopUp.objects.get().trouble) == ("unknown", "unknown")
    assert is_off(paying)
    assert "konnten wir nicht herausfinden" in " ".join(mail().split())
    assert len(messages("charge_unknown")) == 1
    paying.till.due = calls
    works(paying)
    assert (charges(), balance_of(anna).paid) == ([IntentState.SUCCEEDED], 4000)  # money counts whenever it comes


@stripe_only
def test_a_no_to_a_later_try_says_nothing_of_the_first(
    paying: Paying,
    anna: Account,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    agrees(paying, anna)
    first_try_is_lost(paying)

    def no(*_: object, **__: object) -> None:
        raise Refused("Something is wrong with the question.")

    monkeypatch.setattr(charge_stored, "_asked", no)
    paying.stage.later(minutes=10)
    charge_next(clock=paying.stage.clock)
    assert charges() == [IntentState.CREATED]


@stripe_only
def test_why_it_was_declined_is_kept_though_the_provider_called_first(paying: Paying, anna: Account) -> None:  # noqa: F811
    agrees(paying, anna)
    intent = first_try_is_lost(paying)
    PaymentIntent.objects.filter(pk=intent.pk).update(provider_id="pi_1")  # by its call
    charge_stored._keep(intent, Charged("pi_1", Why.GONE, "Expired."), paying.stage.now)
    intent.refresh_from_db()
    assert (intent.state, intent.why) == (IntentState.FAILED, "gone")
    assert StoredMethod.objects.get().state == StoredState.GONE
    charge_stored._keep(intent, Charged("pi_1"), paying.stage.now)  # what is over is not on its way again
    intent.refresh_from_db()
    assert intent.state == IntentState.FAILED


@stripe_only
def test_the_old_card_says_nothing_of_the_new_one(paying: Paying, anna: Account) -> None:  # noqa: F811
    agrees(paying, anna)
    old = StoredMethod.objects.get()
    intent = first_try_is_lost(paying)
    keeping = PaymentIntent.objects.get(keeps=True)
    keep_stored(keeping, Stored("pm_new", old.owner, "Visa 1111"), agrees=True, at=paying.stage.now)
    PaymentIntent.objects.filter(pk=intent.pk).update(state=IntentState.FAILED, why="gone")
    follow_next(clock=paying.stage.clock)
    automatic = AutomaticTopUp.objects.get()
    assert (automatic.charging, automatic.failures, automatic.way) == (None, 0, "card")
    assert StoredMethod.objects.get(number="pm_new").state == StoredState.USABLE


@stripe_only
def test_a_number_that_is_stored_anew_is_charged_again(paying: Paying, anna: Account) -> None:  # noqa: F811
    agrees(paying, anna)
    told = StoredMethod.objects.get()
    first = PaymentIntent.objects.get(keeps=True)
    off = AutomaticTopUp(is_on=False, amount_minor=0, month_cap_minor=0)
    save_automatic(anna, off, consent="", at=paying.stage.now)
    again = Stored(told.number, told.owner, told.label)
    keep_stored(first, again, agrees=True, at=paying.stage.now)  # the payment of before says nothing new
    assert StoredMethod.objects.get().state == StoredState.LEAVING
    paying.stage.later(days=1)
    first.created_at = paying.stage.now
    keep_stored(first, again, agrees=True, at=paying.stage.now)
    told.refresh_from_db()
    assert (told.state, told.look_at) == (StoredState.USABLE, None)
