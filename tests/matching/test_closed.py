"""Orders that are paid already and are known by their numbers: what they say of a payment for another one."""

from tests.matching.shop import item, orders_of, payment, propose_one

from zahlmeister.matching.facts import Decision

PRACTICE = item("100012603", 1299, company="Weber Praxis OHG")
PAID = item("100017603", 2500, "Klaus Rossleitner", open_minor=0)


def test_a_paid_orders_own_number_is_no_slip_of_another_where_only_the_text_names_the_customer():
    asked = payment(1299, "Klaus Rossleitner", "Bestellung Nr 100017603 Weber Praxis OHG")

    assert propose_one(asked, PRACTICE).decision is Decision.ASSIGNED
    beside = propose_one(asked, PRACTICE, PAID)
    assert (beside.decision, beside.reason) == (Decision.SUGGESTED, "closed")


def test_a_customer_who_hits_a_strangers_paid_number_is_believed_for_his_own_order_and_amount():
    proposal = propose_one(payment(1299, "Weber Praxis OHG", "Bestellung Nr 100017603"), PRACTICE, PAID)

    assert (proposal.decision, orders_of(proposal)) == (Decision.ASSIGNED, [PRACTICE.number])


def test_who_writes_his_own_paid_number_again_is_asked_about():
    again = item("100017604", 2500, "Klaus Rossleitner", customer_number="17")
    paid = item("100017603", 2500, "Klaus Rossleitner", open_minor=0, customer_number="17")

    assert propose_one(payment(2500, "Klaus Rossleitner", "100017603"), again, paid).decision is Decision.SUGGESTED


def test_a_till_is_no_order_where_a_paid_orders_number_stands_beside_it_and_nobody_is_named():
    order = item("SW23620", 1890, "Petra Ruhland")
    paid = item("100013316", 4000, "Otto Kahl", open_minor=0)
    text = "SB-EINZAHLUNG KASSE 23620 100013316"

    assert propose_one(payment(1890, None, text), order).decision is Decision.ASSIGNED
    assert propose_one(payment(1890, None, text), order, paid).decision is Decision.SUGGESTED
    assert propose_one(payment(1890, "Petra Ruhland", text), order, paid).decision is Decision.ASSIGNED


def test_paid_orders_are_found_by_their_numbers_only():
    paid = item("100017603", 2500, "Klaus Rossleitner", open_minor=0, ibans=("DE02120300000000202051",))
    asked = payment(2500, "Klaus Rossleitner", "danke", iban="DE02120300000000202051")

    assert propose_one(asked, paid).candidates == ()
    assert orders_of(propose_one(payment(2500, "Klaus Rossleitner", "100017603"), paid)) == [paid.number]
