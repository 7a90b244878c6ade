"""Rules by which money is for no order: seen before they count, taken back, and never on a pooled account."""

import time

import pytest
from tests.stage import BERND, CORA, Paid, Stage, order

from zahlmeister.banking.models import AccountKind, BankAccount
from zahlmeister.flows.assign_payment import ignore
from zahlmeister.flows.ignore_rules import Wanted, ignore_providers, make_rule, preview
from zahlmeister.flows.learn import forget_rule
from zahlmeister.history.queries import steps_of
from zahlmeister.learning.models import IgnoreRule
from zahlmeister.money.amount import Amount
from zahlmeister.receivables.models import IgnoredPayer
from zahlmeister.refusals import Refused


@pytest.fixture
def waiting(stage: Stage) -> Stage:
    """Three payments that wait: through a provider, for a manual invoice, and a large one."""
    stage.pays(
        Paid(2498, "SOFORT 88-1234 irgendwas", "Sofort Zahlung", BERND),
        Paid(3333, "Rechnung 90017 vom Lager", "Lager Nord", CORA),
        Paid(900_000, "danke", "Erbschaft"),
    )
    return stage


def states(stage: Stage) -> list[str]:
    return [payment.state for payment in stage.payments()]


@pytest.mark.parametrize(
    ("wanted", "taken"),
    [
        (Wanted(text="Lager Rechnung"), 1),
        (Wanted(text="rechnung"), 1),
        (Wanted(text="{regex}.*RECHNUNG 9[0-9]{4}.*"), 1),
        (Wanted(payer=CORA), 1),
        (Wanted(payer="lager nord"), 1),
    ],
)
def test_a_rule_shows_what_it_touches_and_then_takes_it(waiting: Stage, wanted: Wanted, taken: int) -> None:
    touched = preview(waiting.merchant, wanted)
    assert (touched.waiting, touched.newest[0].transaction.counterparty) == (taken, "Lager Nord")
    assert states(waiting) == ["unclear"] * 3  # looking changes nothing

    assert make_rule(waiting.merchant, wanted, by="brigitte", at=waiting.now) == taken
    assert states(waiting) == ["unclear", "ignored", "unclear"]
    assert waiting.books() == []


def test_what_is_above_an_amount_is_ignored_and_the_amount_itself_is_not(waiting: Stage) -> None:
    make_rule(waiting.merchant, Wanted(above=Amount(900_000, "EUR")), by="brigitte", at=waiting.now)
    assert states(waiting) == ["unclear"] * 3
    make_rule(waiting.merchant, Wanted(above=Amount(899_999, "EUR")), by="brigitte", at=waiting.now)
    assert states(waiting) == ["unclear", "unclear", "ignored"]


def test_a_rule_holds_for_what_comes_even_if_it_names_an_order(stage: Stage) -> None:
    stage.orders(order("100012345", "24.98"))
    make_rule(stage.merchant, Wanted(text="SOFORT", is_told=True), by="brigitte", at=stage.now)
    stage.pays(Paid(2498, "Bestellung 100012345 SOFORT 88-1234"), Paid(100, "sofortige Lieferung 4711"))
    first, second = stage.payments()
    assert (first.state, first.reason) == ("ignored", "own_rule")
    assert second.state != "ignored"  # another word
    assert IgnoreRule.objects.get().is_told


def test_the_same_rule_again_is_one_rule(waiting: Stage) -> None:
    for wanted in (Wanted(text="Lager, Rechnung!"), Wanted(text="LAGER rechnung"), Wanted(payer=CORA)) * 2:
        make_rule(waiting.merchant, wanted, by="brigitte", at=waiting.now)
    assert IgnoreRule.objects.count() == 1
    assert IgnoredPayer.objects.count() == 1
    assert len(list(steps_of(waiting.merchant.pk, "rule", IgnoreRule.objects.get().pk))) == 1


def test_a_rule_is_taken_back(waiting: Stage) -> None:
    make_rule(waiting.merchant, Wanted(text="Lager"), by="brigitte", at=waiting.now)
    forget_rule(waiting.merchant, IgnoreRule.objects.get().pk, by="brigitte", at=waiting.now)
    waiting.pays(Paid(4444, "Rechnung 90018 vom Lager", "Lager Nord", CORA))
    assert states(waiting) == ["unclear", "ignored", "unclear", "unclear"]


def test_it_is_said_when_a_rule_would_have_hidden_what_was_assigned(stage: Stage) -> None:
    stage.orders(order("100012345", "24.98"))
    stage.pays(Paid(2498, "Bestellung 100012345"))
    touched = preview(stage.merchant, Wanted(text="{regex}.*bestellung.*"))
    assert (touched.waiting, touched.assigned, touched.looked_at) == (0, 1, 1)


def test_what_a_person_has_taken_up_again_stays_with_the_person(waiting: Stage) -> None:
    from zahlmeister.flows.assign_payment import unignore

    taken = waiting.payments()[1]
    ignore(waiting.merchant, taken.pk, by="brigitte", at=waiting.now)
    unignore(waiting.merchant, taken.pk, by="brigitte", at=waiting.now)
    assert preview(waiting.merchant, Wanted(text="Lager")).waiting == 0
    assert make_rule(waiting.merchant, Wanted(text="Lager"), by="brigitte", at=waiting.now) == 0


@pytest.mark.parametrize("kind", [AccountKind.POOLED, AccountKind.OWN])
def test_nothing_is_ignored_on_a_pooled_account(waiting: Stage, kind: AccountKind) -> None:
    BankAccount.objects.update(kind=kind)
    expected = "ignored" if kind == AccountKind.OWN else "unclear"
    assert preview(waiting.merchant, Wanted(text="Lager")).waiting == (kind == AccountKind.OWN)
    make_rule(waiting.merchant, Wanted(text="Lager"), by="brigitte", at=waiting.now)
    waiting.pays(
        Paid(4444, "Rechnung 90018 vom Lager", "Lager Nord", CORA), Paid(77_00, "PP.123", "PayPal Europe S.a.r.l.")
    )
    assert states(waiting) == ["unclear", expected, "unclear", expected, expected]


def test_nor_by_hand(waiting: Stage) -> None:
    BankAccount.objects.update(kind=AccountKind.POOLED)
    with pytest.raises(Refused, match="pooled account cannot be ignored"):
        ignore(waiting.merchant, waiting.payments()[0].pk, by="brigitte", at=waiting.now)


def test_known_providers_are_ignored_until_somebody_says_no(stage: Stage) -> None:
    stage.pays(Paid(100, "PP.1", "PayPal Europe S.a.r.l."))
    for _ in range(2):
        ignore_providers(stage.merchant, is_on=False, by="brigitte", at=stage.now)
    stage.pays(Paid(200, "PP.2", "PayPal Europe S.a.r.l."))
    assert states(stage) == ["ignored", "unclear"]
    assert len(list(steps_of(stage.merchant.pk, "settings", stage.merchant.pk))) == 1


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (Wanted(text="{regex}(ab"), "no pattern that can be used: missing"),
        (Wanted(text=r"{regex}(\w+)\1"), "no pattern that can be used: invalid escape"),
        (Wanted(text="{regex}(?=x).*"), "no pattern that can be used: invalid perl operator"),
        (Wanted(text="{regex}((a{100}){100}){100}"), "no pattern that can be used"),
        (Wanted(text="{regex}" + "a" * 201), "at most 200"),
        (Wanted(text="{regex}.*"), "fits an empty text"),
        (Wanted(text="{regex}"), "fits an empty text"),
        (Wanted(text=" - , "), "at least one word"),
        (Wanted(text="ab"), "at least one word"),
        (Wanted(payer="x"), "Write an IBAN"),
        (Wanted(above=Amount(0, "EUR")), "above zero"),
    ],
)
def test_what_is_no_rule_is_refused(stage: Stage, wanted: Wanted, why: str) -> None:
    for verb in (
        lambda: preview(stage.merchant, wanted),
        lambda: make_rule(stage.merchant, wanted, by="b", at=stage.now),
    ):
        with pytest.raises(Refused, match=why):
            verb()
    assert not IgnoreRule.objects.exists()


def test_no_pattern_makes_reading_slow(stage: Stage) -> None:
    """Patterns and texts that keep engines with backtracking busy for longer than the universe is old."""
    for text in ("{regex}(a|a)*b", "{regex}(a*)*c", "{regex}.*a.*a.*a.*a.*a.*a.*a.*a.*d"):
        make_rule(stage.merchant, Wanted(text=text), by="brigitte", at=stage.now)
    begun = time.process_time()
    stage.pays(*[Paid(100 + n, "a" * 140, f"Payer {n}") for n in range(50)])
    assert time.process_time() - begun < 5
    assert set(states(stage)) == {"unclear"}
