"""Above the merchant's limits a second person looks before money goes back at a provider."""

from collections.abc import Iterator

import pytest
from tests.flows.test_centre import anna, centre  # noqa: F401 - fixtures
from tests.flows.test_providers import BACK, Paying
from tests.stage import Stage, order

from zahlmeister.connectors.providers.contract import Method
from zahlmeister.flows.approve_back import approve_back, refuse_back
from zahlmeister.flows.centre.pay_back import BackWanted, ask_back, release_back
from zahlmeister.flows.pay_by_provider import Wish, start
from zahlmeister.flows.refund_by_provider import Wanted, refund
from zahlmeister.intents.models import PaymentIntent, ProviderRefund
from zahlmeister.intents.queries import refunds_to_approve
from zahlmeister.intents.states import GoesBack, Purpose
from zahlmeister.merchants.models import Membership, Merchant, Person, Role
from zahlmeister.money.amount import Amount
from zahlmeister.prepaid.models import Account, CentreSettings
from zahlmeister.prepaid.queries import balance_of
from zahlmeister.prepaid.states import GivesBack
from zahlmeister.refunds.models import Refund
from zahlmeister.refunds.states import RefundState
from zahlmeister.refusals import Refused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def paying(centre: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Paying]:  # noqa: F811
    """Two people look above 50 euros."""
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    paying = Paying(centre, "stripe")
    limited(four_eyes_above_minor=5000)
    yield paying
    paying.check()
    paying.till.close()


def limited(**limits: int) -> None:
    Merchant.objects.update(**{"day_cap_minor": None, "recipient_cap_minor": None, **limits})


def person(stage: Stage, name: str, role: Role = Role.OWNER) -> Person:
    made = Person.objects.create_user(f"{name}@wolle.example", name)
    Membership.objects.create(merchant=stage.merchant, person=made, role=role, may_approve=role != Role.ACCOUNTANT)
    return made


def sends_back(paying: Paying, minor: int, by: Person, key: str = "1") -> ProviderRefund:
    item, intent = paying.stage.item("100012345"), PaymentIntent.objects.latest("id")
    wanted = Wanted(item.pk, Amount(minor, "EUR"), key)
    return refund(paying.merchant, intent.pk, wanted, by=by.email, at=paying.stage.now, person_id=by.pk)


def renamed(person: Person) -> Person:
    person.email = f"new-{person.email}"
    person.save(update_fields=["email"])
    return person


def paid(paying: Paying) -> None:
    paying.stage.orders(order("100012345", "89.90"))
    paying.pays(8990, "100012345")


def test_above_the_limit_somebody_else_has_to_approve(paying: Paying) -> None:
    paid(paying)
    brigitte, carl = person(paying.stage, "b"), person(paying.stage, "c")
    accountant = person(paying.stage, "a", Role.ACCOUNTANT)
    back = sends_back(paying, 6000, brigitte)
    paying.later(days=1)
    sale = next(iter(paying.till.sales.values()))
    assert (sale.refunded, list(refunds_to_approve(paying.merchant.pk))) == (0, [back])
    for nobody in (brigitte, accountant):
        with pytest.raises(Refused):
            approve_back(paying.merchant, back.pk, by=nobody, at=paying.stage.now)
    for _twice in range(2):
        approve_back(paying.merchant, back.pk, by=carl, at=paying.stage.now)
    paying.work()
    assert sale.refunded == 6000
    back.refresh_from_db()
    assert (back.state, back.approved_by) == (GoesBack.DONE, carl.email)
    assert not refunds_to_approve(paying.merchant.pk)


def test_another_address_makes_nobody_a_second_person(paying: Paying) -> None:
    paid(paying)
    brigitte = person(paying.stage, "b")
    back = sends_back(paying, 6000, brigitte)
    with pytest.raises(Refused, match="somebody else"):
        approve_back(paying.merchant, back.pk, by=renamed(brigitte), at=paying.stage.now)
    back.refresh_from_db()
    assert back.needs_second


def test_parts_of_one_day_are_one_and_caps_count_too(paying: Paying) -> None:
    paid(paying)
    brigitte = person(paying.stage, "b")
    assert not sends_back(paying, 3000, brigitte).needs_second
    assert sends_back(paying, 2500, brigitte, "2").needs_second  # together more than 50 euros
    paying.later(days=1)
    limited(four_eyes_above_minor=100_000, day_cap_minor=1000)
    assert sends_back(paying, 1100, brigitte, "3").needs_second
    limited(four_eyes_above_minor=100_000, recipient_cap_minor=1500)
    assert sends_back(paying, 500, brigitte, "4").needs_second
    limited(four_eyes_above_minor=100_000)
    assert not sends_back(paying, 500, brigitte, "5").needs_second


def test_what_a_second_person_does_not_approve_stops(paying: Paying) -> None:
    paid(paying)
    brigitte, carl = person(paying.stage, "b"), person(paying.stage, "c")
    back = sends_back(paying, 6000, brigitte)
    for _twice in range(2):
        refuse_back(paying.merchant, back.pk, by=carl, at=paying.stage.now)
    with pytest.raises(Refused):
        approve_back(paying.merchant, sends_back(paying, 7000, carl, "2").pk, by=carl, at=paying.stage.now)
    paying.later(days=1)
    assert next(iter(paying.till.sales.values())).refunded == 0
    stopped = Refund.objects.earliest("id")
    assert (stopped.state, stopped.reason, stopped.by_provider) == (RefundState.STOPPED, "not_approved", "")


def test_a_balance_is_released_by_one_and_approved_by_another(paying: Paying, anna: Account) -> None:  # noqa: F811
    CentreSettings.objects.update(gives_back=GivesBack.KNOWN)
    wish = Wish(Purpose.TOP_UP, Amount(9000, "EUR"), Method.CARD, "x", BACK, account=anna.pk)
    intent = start(paying.merchant, wish, at=paying.stage.now)
    paying.till.approve(intent.provider_id)
    paying.calls()
    paying.work()
    anna.merchant.refresh_from_db()
    asked = ask_back(anna, BackWanted(6000, "f", f"payment-{intent.pk}"), at=paying.stage.now)
    assert asked.state == RefundState.STOPPED  # not by itself, though it goes where it came from
    back, brigitte, carl = ProviderRefund.objects.get(), person(paying.stage, "b"), person(paying.stage, "c")
    with pytest.raises(Refused, match="released first"):
        approve_back(paying.merchant, back.pk, by=carl, at=paying.stage.now)
    release_back(paying.merchant, asked.pk, by=brigitte.email, at=paying.stage.now, person_id=brigitte.pk)
    paying.work()
    assert paying.till.sale(intent.provider_id).refunded == 0
    with pytest.raises(Refused, match="somebody else"):
        approve_back(paying.merchant, back.pk, by=renamed(brigitte), at=paying.stage.now)
    approve_back(paying.merchant, back.pk, by=carl, at=paying.stage.now)
    paying.work()
    assert (paying.till.sale(intent.provider_id).refunded, balance_of(anna).paid) == (6000, 3000)
    second = ask_back(anna, BackWanted(3000, "g", f"payment-{intent.pk}"), at=paying.stage.now)
    release_back(paying.merchant, second.pk, by=brigitte.email, at=paying.stage.now)
    refuse_back(paying.merchant, ProviderRefund.objects.latest("id").pk, by=carl, at=paying.stage.now)
    assert balance_of(anna).paid == 3000


def test_parts_promised_on_several_days_and_released_on_one_are_one(paying: Paying, anna: Account) -> None:  # noqa: F811
    CentreSettings.objects.update(gives_back=GivesBack.BY_HAND)
    wish = Wish(Purpose.TOP_UP, Amount(9000, "EUR"), Method.CARD, "x", BACK, account=anna.pk)
    intent = start(paying.merchant, wish, at=paying.stage.now)
    paying.till.approve(intent.provider_id)
    paying.calls()
    paying.work()
    anna.merchant.refresh_from_db()
    asked = []
    for key in "fg":
        asked.append(ask_back(anna, BackWanted(3000, key, f"payment-{intent.pk}"), at=paying.stage.now))
        paying.later(days=1)
    brigitte = person(paying.stage, "b")
    for refunded in asked:
        release_back(paying.merchant, refunded.pk, by=brigitte.email, at=paying.stage.now, person_id=brigitte.pk)
    paying.work()
    assert paying.till.sale(intent.provider_id).refunded == 3000
    [waits] = refunds_to_approve(paying.merchant.pk)
    assert (waits.needs_second, waits.by) == (True, brigitte.email)
