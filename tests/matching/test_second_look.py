"""What a person sees at a second look: letters for digits, names that a bank cut, and money that may be for more."""

from dataclasses import replace

import pytest
from tests.matching.shop import TODAY, item, kinds_of, orders_of, payment, propose_one

from zahlmeister.matching.facts import Decision

DENNIS = item("SW28026", 6590, "Dennis Winterfeldt")


@pytest.mark.parametrize("written", ["SW28O26", "BestellungSW2BO26", "Nr. SW280Z6"])
def test_letters_that_look_like_digits_are_read_behind_a_prefix(written):
    proposal = propose_one(payment(6590, "Eva Sommerkamp", written), DENNIS)

    assert proposal.decision is Decision.ASSIGNED
    assert "order_number_look_alike" in kinds_of(proposal)


def test_a_carriers_money_that_makes_the_sum_without_one_named_order_is_not_divided():
    orders = [item(f"10001{n}777", minor, name) for n, (minor, name) in enumerate(COLLECTED)]
    named = " ".join(order.number for order in orders)
    proposal = propose_one(payment(13833, "General Logistics Systems", f"NACHNAHME SENDUNG 82773483 {named}"), *orders)

    assert (proposal.decision, proposal.reason) == (Decision.SUGGESTED, "ambiguous")


COLLECTED = [
    (7289, "Alexander Ottokamp"),
    (5049, "Sabine Niederner"),
    (1495, "Martina Sommerhus"),
    (2200, "Michael Zimmerle"),
]


def test_twice_as_much_is_not_booked_while_the_customer_owes_the_same_once_more():
    first = item("2026-04-20554", 6389, "Susanne Schmiedel", customer_number="40098")
    other = item("QETT3Y", 6389, "Frank Ohnegleichen", customer_number="40098")

    alone = propose_one(payment(12778, "Susanne Schmiedel", "Bestellung 20554"), first)
    beside = propose_one(payment(12778, "Susanne Schmiedel", "Bestellung 20554"), first, other)

    assert (alone.decision, orders_of(alone)) == (Decision.ASSIGNED, [first.number])
    assert beside.decision is Decision.SUGGESTED


def test_two_equal_orders_are_paid_together_rather_than_one_of_them_twice():
    orders = [item(f"10005{n}333", 5089, "Helmut Birnenmeier", customer_number="5711") for n in (1, 4)]
    proposal = propose_one(payment(10178, "Birnenmeier, Helmut", "Best."), *orders)

    one_named = propose_one(payment(10178, "Birnenmeier, Helmut", f"Best. {orders[0].number[:-1]}8"), *orders)

    assert proposal.decision is Decision.ASSIGNED
    assert sorted(orders_of(proposal)) == sorted(order.number for order in orders)
    assert one_named.decision is Decision.SUGGESTED


def test_what_is_left_over_is_for_no_order_that_merely_ends_in_the_same_digits():
    namesake = item("SW31332", 1995, "Ute Lauterbach")
    order = item("#31332", 12683, "Peter Seidelmann")
    proposal = propose_one(payment(12933, "Peter Seidelmann", "Order #31332"), order, namesake)

    assert (proposal.decision, orders_of(proposal)) == (Decision.ASSIGNED, ["#31332"])


def test_the_number_of_one_of_two_equal_orders_is_no_slip_of_the_others():
    orders = [item(number, 14400, "Julia Maierhofer", customer_number="7") for number in ("#12458", "#12456")]

    one_named = propose_one(payment(28800, "Julia Maierhofer", "Bestellnr. 12458"), *orders)
    both_named = propose_one(payment(28800, "Julia Maierhofer", "Bestellnr. 12458 und 12456"), *orders)

    assert one_named.decision is Decision.SUGGESTED
    assert (both_named.decision, len(orders_of(both_named))) == (Decision.ASSIGNED, 2)


def test_a_strangers_number_with_an_amount_of_his_own_reckoning_is_asked_about():
    order = item("100035448", 13238, "Jörg Brunner")

    assert propose_one(payment(13237, "Christian Thomas", "Vorkasse 100035448"), order).decision is Decision.SUGGESTED
    assert propose_one(payment(13238, "Christian Thomas", "Vorkasse 100035448"), order).decision is Decision.ASSIGNED
    assert propose_one(payment(13237, "Jörg Brunner", "Vorkasse 100035448"), order).decision is Decision.ASSIGNED


def test_a_namesake_who_takes_a_discount_of_his_own_is_asked_about():
    anna = item("RE-202631913", 17940, "Anna Bergfeldner")

    assert propose_one(payment(17402, "Anna Bergfeldner", "Ueberweisung"), anna).decision is Decision.SUGGESTED
    assert propose_one(payment(17402, "Anna Bergfeldner", "RE-202631913"), anna).decision is Decision.ASSIGNED


def test_an_old_number_does_no_harm_from_the_customers_own_account():
    account = "DE02500105170137075030"
    order = item("100107219", 4485, "Walter Kühnel", ibans=(account,))
    known = propose_one(payment(4485, "Walter Kuehnel", "Bestellnr. 100500001", iban=account), order)
    other = propose_one(payment(4485, "Jana Ohnegleichen", "Bestellnr. 100500001"), order)

    assert (known.decision, orders_of(known)) == (Decision.ASSIGNED, ["100107219"])
    assert other.decision is not Decision.ASSIGNED


def test_a_surname_in_a_firms_name_says_as_much_as_it_is_rare():
    firm = item("100900777", 1389, None, company="Wintershuber Metallbau GmbH")
    owner = propose_one(payment(1389, "Michael Wintershuber", "siehe Bestellung"), firm)
    namesake = propose_one(payment(1389, "Wintershuber Holding AG", "siehe Bestellung"), firm)

    assert weight_of(owner, "firm_part") > 2 * weight_of(namesake, "firm_part") > 0


def weight_of(proposal, kind):
    return next(clue.weight for clue in proposal.candidates[0].clues if clue.kind == kind)


@pytest.mark.parametrize(
    ("payer", "name"),
    [
        ("Heinz ztrk", "Heinz Öztürk"),
        ("Gnter Lautermeier", "Günter Lautermeier"),
        ("Peter G?nter Becker-Nikoli?", "Peter Günter Becker-Nikolić"),
    ],
)
def test_a_name_without_the_letters_that_the_bank_cannot_write_is_the_name(payer, name):
    proposal = propose_one(payment(5235, payer, "10 0053247"), item("100053247", 5290, name))

    assert "name" in kinds_of(proposal)


def test_a_couple_whose_surname_is_cut_off_is_nobody_else():
    order = item("100900444", 3889, "Claudia Birnerhaus")
    proposal = propose_one(payment(3889, "EHELEUTE CLAUDIA UND FELIX", "AUFTRAG 100900444"), order)
    stranger = propose_one(payment(3889, "EHELEUTE PETRA UND FELIX", "AUFTRAG 100900444"), order)

    assert "name_similar" in kinds_of(proposal)
    assert "other_name" in kinds_of(stranger)


def test_in_a_crowd_of_namesakes_the_owner_of_the_account_pays_his_own_orders():
    account, mine = (
        "DE51678095224956649812",
        {"customer_number": "37009", "postcode": "37073", "email": "m@weber.example"},
    )
    owed = (6539, 3895, 2289)
    orders = [item(f"30001{n}555", minor, "Michael Weber", **mine) for n, minor in enumerate(owed)]
    known = replace(orders[0], ibans=(account,))
    namesakes = [
        item(
            f"30002{n}777",
            2289 + 7 * n,
            "Michael Weber",
            customer_number=f"8{n:04}",
            postcode="37073",
            email=f"{n}@x.example",
        )
        for n in range(30)
    ]
    proposal = propose_one(payment(sum(owed), "Weber, Michael", "Danke", iban=account), known, *orders[1:], *namesakes)

    assert proposal.decision is Decision.ASSIGNED
    assert sorted(orders_of(proposal)) == sorted(order.number for order in orders)


def test_orders_of_namesakes_in_one_town_are_not_paid_together_without_a_number():
    town = {"postcode": "37073", "opened_on": TODAY}
    one = item("30001555", 6539, "Michael Ottokamp", customer_number="37009", email="m@post.example", **town)
    other = item("30002777", 2289, "Michael Ottokamp", customer_number="71277", email="mo@post.example", **town)
    guest = replace(other, customer_number=None, email=one.email)

    apart = propose_one(payment(8828, "Michael Ottokamp", "Danke"), one, other)
    his = propose_one(payment(8828, "Michael Ottokamp", "Danke"), one, guest)

    assert apart.decision is not Decision.ASSIGNED
    assert sorted(orders_of(his)) == sorted([one.number, guest.number])
