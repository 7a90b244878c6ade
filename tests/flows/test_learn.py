"""What a person decides is remembered, what is taken back is forgotten; what the matcher decides teaches nothing."""

from datetime import timedelta

import pytest
from tests.stage import ANNA, BERND, DIRK, Paid, Stage, order

from zahlmeister.flows.assign_payment import assign, ignore, unassign, unignore
from zahlmeister.flows.learn import accept_proposal, dismiss_proposal, forget_rule, learn_from_settled
from zahlmeister.learning.models import IgnoredPhrase, IgnoreProposal, Learned
from zahlmeister.learning.queries import proposals
from zahlmeister.learning.states import ProposalState
from zahlmeister.receivables.models import IgnoredPayer, MatchKey, PayerAccount, Payment
from zahlmeister.receivables.states import PaymentState
from zahlmeister.refusals import Refused

BY = "brigitte@wollstube.example"
BAU = "Kessler Bau GmbH"


def give(stage: Stage, payment: Payment, number: str, source: str = "form-1") -> None:
    item = stage.item(number)
    share = (item.pk, payment.open_minor)
    assign(stage.merchant, payment.pk, [share], by=BY, at=stage.now, source=source)


def newest(stage: Stage) -> Payment:
    return stage.payments()[-1]


def orders(stage: Stage, *numbers: str) -> None:
    """Orders of one customer and of somebody else."""
    stage.orders(
        *(order(number, "387.50", "Johann Kessler", customer_number="20815") for number in numbers),
        order("100099999", "387.50", "Dirk Vogel", customer_number="20816"),
    )


def answer(payment: Payment) -> tuple[str, set[str]]:
    """The order that was found, booked or suggested, and the kinds of the clues for it."""
    part = payment.allocations.select_related("item__order").first()
    if part is not None:
        return part.item.order.number, {clue["kind"] for clue in part.clues}
    if not payment.candidates:
        return "", set()
    best = payment.candidates[0]
    return best["shares"][0]["number"], {clue["kind"] for clue in best["clues"]}


def test_a_corrected_name_is_evidence_the_next_time_from_whatever_account(stage: Stage) -> None:
    orders(stage, "100012345", "100012346")
    stage.pays(Paid(38750, "Material", BAU, BERND))
    give(stage, newest(stage), "100012345")
    assert (PayerAccount.objects.get().number, PayerAccount.objects.get().name) == (BERND, "KESLER BAU")
    stage.pays(Paid(38750, "Material", BAU.upper(), DIRK))
    number, kinds = answer(newest(stage))
    assert number == "100012346"
    assert kinds & {"payer_name", "surname"}


def test_a_name_that_has_nothing_of_the_customers_is_found_by_what_was_taught(stage: Stage) -> None:
    orders(stage, "100012345", "100012346")
    stage.pays(Paid(38750, "Material", "Tiefbau Ortlieb", BERND))
    give(stage, newest(stage), "100012345")
    stage.pays(Paid(38750, "Material", "TIEFBAU ORTLIEB", DIRK))
    number, kinds = answer(newest(stage))
    assert number == "100012346"
    assert "payer_name" in kinds
    assert stage.books() == []


def test_an_order_that_comes_later_is_found_by_the_name_too(stage: Stage) -> None:
    orders(stage, "100012345")
    stage.pays(Paid(38750, "Material", "Tiefbau Ortlieb", BERND))
    give(stage, newest(stage), "100012345")
    orders(stage, "100012345", "100012347")
    stage.pays(Paid(12345, "Rest", "Tiefbau Ortlieb", DIRK))
    assert answer(newest(stage))[0] == "100012347"


def test_a_name_that_pays_for_two_customers_tells_of_neither(stage: Stage) -> None:
    orders(stage, "100012345", "100012346")
    stage.pays(Paid(38750, "a", "Tiefbau Ortlieb", BERND))
    give(stage, newest(stage), "100012345")
    stage.pays(Paid(11111, "b", "Tiefbau Ortlieb", DIRK))
    give(stage, newest(stage), "100099999", "form-2")
    stage.pays(Paid(38750, "c", "Tiefbau Ortlieb", ANNA))
    assert "payer_name" not in answer(newest(stage))[1]


def test_taken_back_it_is_forgotten_with_its_keys(stage: Stage) -> None:
    orders(stage, "100012345", "100012346")
    keys = MatchKey.objects.count()
    stage.pays(Paid(38750, "Material", "Tiefbau Ortlieb", BERND))
    payment = newest(stage)
    give(stage, payment, "100012345")
    unassign(stage.merchant, payment.pk, by=BY, at=stage.now)
    assert PayerAccount.objects.count() == 0
    assert MatchKey.objects.count() == keys


def test_taken_back_once_of_two_it_is_still_known(stage: Stage) -> None:
    orders(stage, "100012345", "100012346")
    for source, number in enumerate(("100012345", "100012346")):
        stage.pays(Paid(38000 + source, "Material", "Tiefbau Ortlieb", BERND))
        give(stage, newest(stage), number, f"form-{source}")
    unassign(stage.merchant, newest(stage).pk, by=BY, at=stage.now)
    assert PayerAccount.objects.get().name == "TIEFBAU ORTLIEB"


def test_what_the_matcher_decides_teaches_no_payer(stage: Stage) -> None:
    orders(stage, "100012345")
    stage.pays(Paid(38750, "100012345", "Johann Kessler", BERND))
    assert newest(stage).state == PaymentState.ASSIGNED
    assert PayerAccount.objects.count() == 0


def test_a_carrier_pays_for_many_and_is_nobodys_payer(stage: Stage) -> None:
    orders(stage, "100012345")
    stage.pays(Paid(38750, "Nachnahme", "DHL Paket GmbH", BERND))
    give(stage, newest(stage), "100012345")
    assert PayerAccount.objects.count() == 0


def ignored(stage: Stage, minor: int, text: str = "Hausgeld Ruecklage", iban: str = BERND) -> Payment:
    stage.pays(Paid(minor, text, "Ursel Sorge", iban))
    payment = newest(stage)
    ignore(stage.merchant, payment.pk, by=BY, at=stage.now)
    return payment


def test_the_third_time_a_rule_is_proposed_and_a_yes_makes_it(stage: Stage) -> None:
    for minor in (80000, 80001):
        ignored(stage, minor)
    assert proposals(stage.merchant.pk) == []
    ignored(stage, 80002)
    [proposal] = proposals(stage.merchant.pk)
    assert (proposal.kind, proposal.value, proposal.payments) == ("account", BERND, 3)
    assert IgnoredPayer.objects.count() == 0
    accept_proposal(stage.merchant, proposal.pk, by=BY, at=stage.now)
    stage.pays(Paid(80003, "Hausgeld", "Ursel Sorge", BERND))
    assert (newest(stage).state, newest(stage).reason) == (PaymentState.IGNORED, "own_rule")
    with pytest.raises(Refused):
        accept_proposal(stage.merchant, proposal.pk, by=BY, at=stage.now)
    assert stage.books() == []


def test_a_no_is_for_good(stage: Stage) -> None:
    for minor in (80000, 80001, 80002):
        ignored(stage, minor)
    [proposal] = proposals(stage.merchant.pk)
    dismiss_proposal(stage.merchant, proposal.pk, by=BY, at=stage.now)
    ignored(stage, 80003)
    assert proposals(stage.merchant.pk) == []
    assert IgnoreProposal.objects.get().state == ProposalState.DISMISSED
    assert IgnoredPayer.objects.count() == 0


def test_a_phrase_of_different_payers_is_proposed_and_ignores_what_names_no_order(stage: Stage) -> None:
    for place, iban in enumerate((ANNA, BERND, DIRK)):
        ignored(stage, 80000 + place, f"Umlage Werbering {place}", iban)
    [proposal] = proposals(stage.merchant.pk)
    assert (proposal.kind, proposal.value) == ("phrase", "UMLAGE WERBERING")
    accept_proposal(stage.merchant, proposal.pk, by=BY, at=stage.now)
    orders(stage, "100012345")
    stage.pays(Paid(5000, "Umlage Werbering 2027", "Neuer Nachbar", "DE75512108001245126199"))
    assert newest(stage).state == PaymentState.IGNORED
    stage.pays(Paid(38750, "100012345 Umlage Werbering", "Johann Kessler", "DE75512108001245126199"))
    assert newest(stage).state == PaymentState.ASSIGNED
    forget_rule(stage.merchant, IgnoredPhrase.objects.get().pk, by=BY, at=stage.now)
    stage.pays(Paid(5001, "Umlage Werbering 2028", "Neuer Nachbar", "DE75512108001245126199"))
    assert newest(stage).state == PaymentState.UNCLEAR


def test_no_longer_ignored_the_proposal_is_withdrawn(stage: Stage) -> None:
    rows = [ignored(stage, minor) for minor in (80000, 80001, 80002)]
    unignore(stage.merchant, rows[0].pk, by=BY, at=stage.now)
    assert proposals(stage.merchant.pk) == []


def test_what_the_matcher_ignores_proposes_nothing(stage: Stage) -> None:
    for minor in (1, 2, 3):
        stage.pays(Paid(minor, "Auszahlung", "PayPal Europe S.a.r.l.", DIRK))
    ignored(stage, 80000)
    assert {row.state for row in stage.payments()} == {PaymentState.IGNORED}
    assert proposals(stage.merchant.pk) == []


PEOPLE = (
    *("Ada Abel", "Bea Brock", "Cem Cordes", "Dea Dorn", "Eva Ehlers"),
    *("Fee Funk", "Gil Gerke", "Hans Hofer", "Ida Ilgner", "Jan Jahn"),
)


def shop_with_a_hotline(stage: Stage, names: int = 10) -> None:
    """So many customers who all write the shop's phone number; the matcher is sure of each."""
    people = PEOPLE[:names]
    stage.orders(
        *(
            order(f"1000123{place:02}", f"{20 + place}.50", name, customer_number=f"30{place:03}", email=None)
            for place, name in enumerate(people)
        )
    )
    stage.pays(
        *(
            Paid(2050 + 100 * place, f"Best. 1000123{place:02} Wollstube 100098765", name, f"DE{place:020}")
            for place, name in enumerate(people)
        )
    )
    assert {payment.state for payment in stage.payments()} == {PaymentState.ASSIGNED}


def a_person_says_so(stage: Stage) -> None:
    """Brigitte takes each payment back and gives it to the same order; then what is settled is looked at again."""
    for payment in stage.payments():
        number, _kinds = answer(payment)
        unassign(stage.merchant, payment.pk, by=BY, at=stage.now)
        payment.refresh_from_db()
        give(stage, payment, number, f"form-{payment.pk}")
    assert learn_from_settled(stage.merchant, at=stage.now + timedelta(days=2))


def test_what_persons_saw_all_customers_write_is_noise_and_no_evidence(stage: Stage) -> None:
    shop_with_a_hotline(stage)
    a_person_says_so(stage)
    assert ["100098765", 10] in Learned.objects.get().noise
    orders(stage, "100012999")
    stage.pays(Paid(38750, "Wollstube 100098765", "Johann Kessler", BERND))
    number, kinds = answer(newest(stage))
    assert number == "100012999"
    assert "other_number" not in kinds


def test_what_the_matcher_decided_teaches_nothing_however_sure_it_was(stage: Stage) -> None:
    shop_with_a_hotline(stage)
    learned = Learned.objects.get()
    assert learned.mix["number"]["exact"] == learned.payments == 10
    assert learned.noise == []
    orders(stage, "100012999")
    stage.pays(Paid(38750, "Wollstube 100098765", "Johann Kessler", BERND))
    assert "other_number" in answer(newest(stage))[1]
    assert learn_from_settled(stage.merchant, at=stage.now + timedelta(days=2))
    assert Learned.objects.get().noise == []
    assert not PayerAccount.objects.exists()
    assert not IgnoreProposal.objects.exists()


def test_few_customers_make_no_noise(stage: Stage) -> None:
    shop_with_a_hotline(stage, 7)
    a_person_says_so(stage)
    assert Learned.objects.get().noise == []


def test_a_number_that_an_order_has_is_never_noise(stage: Stage) -> None:
    stage.orders(order("100098765", "12.00", "Wera Selten"))
    shop_with_a_hotline(stage)
    a_person_says_so(stage)
    assert [row for row in Learned.objects.get().noise if row[0] == "100098765"] == []


def test_it_is_looked_at_once_a_day_at_most(stage: Stage) -> None:
    assert learn_from_settled(stage.merchant, at=stage.now)
    assert not learn_from_settled(stage.merchant, at=stage.now + timedelta(hours=23))
    assert learn_from_settled(stage.merchant, at=stage.now + timedelta(hours=25))
    assert Learned.objects.count() == 1
