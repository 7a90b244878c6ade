"""What a merchant's people have taught is evidence, and what recurs in all their texts is none."""

from tests.matching.shop import item, kinds_of, orders_of, payment, propose_one

from zahlmeister.matching.facts import Decision, Policy

JOHANN = item("100077001", 38750, "Johann Kessler-Ambach")
KNOWN = item("100077001", 38750, "Johann Kessler-Ambach", payer_names=("TIEFBAU ORTLIEB",))


def test_a_payer_of_another_name_is_no_evidence_before_somebody_says_so():
    proposal = propose_one(payment(38750, "Tiefbau Ortlieb GmbH", "Wolle"), JOHANN)

    assert "100077001" not in orders_of(proposal) or "other_name" in kinds_of(proposal)


def test_a_payer_known_to_pay_for_a_customer_comes_first():
    proposal = propose_one(payment(38750, "TIEFBAU ORTLIEB GMBH", "Wolle"), KNOWN)

    assert orders_of(proposal) == ["100077001"]
    assert "payer_name" in kinds_of(proposal)
    assert "other_name" not in kinds_of(proposal)


def test_a_known_payer_is_found_by_the_name_alone_and_then_a_person_decides():
    proposal = propose_one(payment(12345, "Tiefbau Ortlieb", "Anzahlung"), KNOWN)

    assert orders_of(proposal) == ["100077001"]
    assert proposal.decision is Decision.SUGGESTED


def test_the_merchants_phone_number_is_not_taken_for_an_order():
    text = "Wollstube Hotline 100519999"  # it looks like an order number, and is nobody's
    without = propose_one(payment(38750, "Johann Kessler-Ambach", text), JOHANN)
    learned = Policy(noise=frozenset({"100519999"}))
    having = propose_one(payment(38750, "Johann Kessler-Ambach", text), JOHANN, policy=learned)

    assert "other_number" in kinds_of(without)
    assert without.decision is Decision.SUGGESTED
    assert "other_number" not in kinds_of(having)
    assert having.decision is Decision.ASSIGNED


def test_the_shops_own_name_names_no_customer():
    anna = item("100077002", 5990, "Anna Trübswetter")
    text = "Einkauf bei Anna Trübswetter Keramik"
    without = propose_one(payment(5990, "Jorid Hallander", text), anna)
    having = propose_one(
        payment(5990, "Jorid Hallander", text), anna, policy=Policy(noise=frozenset({"ANNA", "TRUBSWETTER"}))
    )

    assert "name_in_text" in kinds_of(without)
    assert not any("name_in_text" in [clue.kind for clue in one.clues] for one in having.candidates)


def test_a_phrase_the_merchant_ignores_is_for_no_order_unless_it_names_one():
    policy = Policy(ignored_phrases=("MIETE LADENLOKAL",))
    rent = propose_one(payment(80000, "Jorid Hallander", "Miete, Ladenlokal 11/2026"), JOHANN, policy=policy)
    named = propose_one(
        payment(38750, "Johann Kessler-Ambach", "100077001 nicht Miete Ladenlokal"), JOHANN, policy=policy
    )

    assert (rent.decision, rent.reason) == (Decision.IGNORED, "own_rule")
    assert named.decision is Decision.ASSIGNED


def test_a_phrase_is_whole_words():
    policy = Policy(ignored_phrases=("MIETE",), ignores_known_providers=False)
    proposal = propose_one(payment(80000, "Jorid Hallander", "Vermietete Wolle"), policy=policy)

    assert proposal.decision is not Decision.IGNORED
