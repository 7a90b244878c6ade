import pytest
from tests.matching.shop import item, payment, propose_one

from zahlmeister.matching.facts import Decision, Policy
from zahlmeister.matching.ignore import is_ignored, is_other_money


@pytest.mark.parametrize(
    "payer",
    [
        "PayPal Europe S.a.r.l. et Cie S.C.A",
        "Klarna Bank AB",
        "STRIPE TECHNOLOGY EUROPE LTD",
        "Adyen N.V.",
        "VR Payment GmbH",
    ],
)
def test_settlements_of_providers_are_ignored(payer):
    assert is_ignored(payment(100, payer, "PP.4711"), Policy()) == "provider"


@pytest.mark.parametrize("payer", ["Mollie Weber", "Anna Klarnason", "Nexus Handel GmbH", "Payoneer Fan"])
def test_people_with_similar_names_are_not(payer):
    assert is_ignored(payment(100, payer), Policy()) is None


def test_the_merchants_own_rules_come_first():
    policy = Policy(
        ignored_payers=frozenset({"EGON VOGT", "DE89370400440532013000"}), ignored_patterns=(r"Umlage \d+.*",)
    )

    assert is_ignored(payment(100, "Egon Vogt"), policy) == "own_rule"
    assert is_ignored(payment(100, "Jo", iban="DE89 3704 0044 0532 0130 00"), policy) == "own_rule"
    assert is_ignored(payment(100, "Jo", "umlage 12"), policy) == "own_rule"
    assert is_ignored(payment(100, "Jo", "Bestellung 12"), policy) is None


def test_known_providers_can_be_switched_off():
    assert is_ignored(payment(100, "PayPal Europe"), Policy(ignores_known_providers=False)) is None


def test_tax_and_wages_are_other_money():
    assert is_other_money(payment(100, "Finanzamt München", "USt Erstattung"), Policy()) == "tax"
    assert is_other_money(payment(100, "Nord AG", "LOHN/GEHALT 11.2026"), Policy()) == "salary"
    assert is_other_money(payment(100, "Nord AG", bank_code="153"), Policy()) == "salary"


def test_an_insurance_that_names_its_order_is_a_customer():
    ordered = item("100012345", 24_980, None, company="Alte Versicherung AG")
    paid = propose_one(payment(24_980, "Alte Versicherung AG", "Bestellung 100012345"), ordered)
    other = propose_one(payment(12_311, "Alte Versicherung AG", "Schaden 4711"), ordered)

    assert paid.decision is Decision.ASSIGNED
    assert other.decision is not Decision.ASSIGNED
