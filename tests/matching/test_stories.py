from dataclasses import replace
from datetime import date

import pytest
from tests.matching.shop import item, kinds_of, orders_of, payment, propose, propose_one

from zahlmeister.matching.facts import Decision, Outcome, Policy

ANNA = item("100012345", 2498, "Anna Trübswetter", email="anna@example.de", shipping_minor=495)
BERND = item("100012346", 7990, "Bernd Eichstädt", shipping_minor=495)
CORA = item("100012347", 4310, "Cora Weiß-Lindqvist")
DIRK = item("100012348", 11870, "Dirk Ostermoor")
#: These give references without doubled characters.
REFERENCES = (1, 2, 5, 7, 8, 12)


def test_anna_pays_well():
    proposal = propose_one(payment(2498, "Anna Trübswetter", "Bestellung 100012345"), ANNA, BERND)

    assert proposal.decision is Decision.ASSIGNED
    assert orders_of(proposal) == ["100012345"]
    best = proposal.candidates[0]
    assert (best.shares[0].minor, best.outcome) == (2498, Outcome.PAID)
    assert best.confidence > 0.999
    assert {"order_number", "name", "amount"} <= set(kinds_of(proposal))


def test_bernd_pays_too_little_and_stays_open():
    proposal = propose_one(payment(7000, "BERND EICHSTAEDT", "100012346 vielen Dank"), ANNA, BERND)

    assert proposal.decision is Decision.ASSIGNED
    assert proposal.candidates[0].outcome is Outcome.UNDERPAID
    assert proposal.candidates[0].shares[0].minor == 7000


def test_bernd_pays_without_the_shipping():
    proposal = propose_one(payment(7990 - 495, "Eichstädt, Bernd", "100012346"), BERND)

    assert proposal.decision is Decision.ASSIGNED
    assert "amount_without_shipping" in kinds_of(proposal)
    assert proposal.candidates[0].outcome is Outcome.UNDERPAID


def test_bernd_pays_the_rest_later():
    two = [
        payment(5000, "Bernd Eichstädt", "100012346 Rate 1"),
        payment(2990, "Bernd Eichstädt", "100012346 Rate 2"),
    ]
    first, second = propose(two, BERND)

    assert (first.decision, first.candidates[0].outcome) == (Decision.ASSIGNED, Outcome.UNDERPAID)
    assert (second.decision, second.candidates[0].outcome) == (Decision.ASSIGNED, Outcome.PAID)


def test_cora_pays_twice_and_a_person_decides_on_the_second():
    twice = [payment(4310, "Cora Weiss-Lindqvist", "Bestellung 100012347")] * 2
    first, second = propose(twice, CORA)

    assert first.decision is Decision.ASSIGNED
    assert (second.decision, second.reason) == (Decision.SUGGESTED, "closed")
    assert orders_of(second) == ["100012347"]
    assert second.candidates[0].shares[0].minor == 0


def test_dirk_pays_from_his_mothers_account_and_names_the_order():
    proposal = propose_one(payment(11870, "Renate Paulsen", "100012348"), DIRK)

    assert proposal.decision is Decision.ASSIGNED
    assert "other_name" in kinds_of(proposal)


def test_dirks_mother_names_only_him():
    proposal = propose_one(payment(11870, "Renate Paulsen", "fuer Dirk Ostermoor"), DIRK)

    assert proposal.decision is Decision.ASSIGNED
    assert "name_in_text" in kinds_of(proposal)


def test_eva_never_pays_and_nobody_pays_for_her():
    eva = item("100012349", 6611, "Eva Hohenfels")
    proposal = propose_one(payment(50_000, "Stadtwerke Musterstadt", "Erstattung Abschlag"), eva)

    assert proposal.decision is not Decision.ASSIGNED
    assert "100012349" not in orders_of(proposal)


@pytest.mark.parametrize(
    "text",
    [
        "Bestellung100012345DATUM 12.11.2026, 18.34 UHR1.TAN 934500",
        "100 012 345",
        "Best.Nr.: 10001 2345",
        "1OOO12345",
        "EREF+NOTPROVIDEDSVWZ+Auftrag 100012345",
        "100012354 Danke",
        "10001235",
        "danke und viele Gruesse",
        None,
    ],
)
def test_annas_money_is_found_whatever_became_of_her_text(text):
    proposal = propose_one(payment(2498, "TRUEBSWETTER ANNA", text), ANNA, BERND)

    assert (proposal.decision, orders_of(proposal)) == (Decision.ASSIGNED, ["100012345"])


def test_a_number_cut_by_the_banks_line_is_put_together():
    pieces = ("Onlineshop Bestellung 10001", "2345 vom 12.11.2026")
    proposal = propose_one(payment(2498, "A. Trübswetter", " ".join(pieces), remittance_pieces=pieces), ANNA)

    assert (proposal.decision, orders_of(proposal)) == (Decision.ASSIGNED, ["100012345"])


def test_part_of_a_longer_number_is_nobodys_number():
    proposal = propose_one(payment(9900, "Karl Zander", "1000123459999"), ANNA)

    assert "100012345" not in orders_of(proposal)


def test_the_number_of_another_with_another_name_and_amount_is_not_booked():
    proposal = propose_one(payment(9912, "Karl Zander", "Bestellung 100012345"), ANNA)

    assert proposal.decision is Decision.SUGGESTED
    assert orders_of(proposal) == ["100012345"]


def test_a_slip_that_hits_a_neighbours_order_finds_the_right_one():
    """Bernd writes 100012345, which is Anna's number; name and amount are his."""
    proposal = propose_one(payment(7990, "Bernd Eichstädt", "Bestellung 100012345"), ANNA, BERND)

    assert proposal.candidates[0].shares[0].item.number == "100012346"


def test_two_of_the_same_name_and_amount_are_left_to_a_person():
    one = item("100012350", 5555, "Petra Hellmann", customer_number="4711")
    two = item("100012351", 5555, "Petra Hellmann", customer_number="4812")
    proposal = propose_one(payment(5555, "Petra Hellmann", "Danke"), one, two)

    assert (proposal.decision, proposal.reason) == (Decision.SUGGESTED, "ambiguous")


def test_two_orders_of_one_customer_with_one_amount_and_no_number_are_left_to_a_person():
    mine = [item(f"10001235{n}", 5555, "Petra Hellmann", customer_number="4711") for n in range(2)]
    proposal = propose_one(payment(5555, "Petra Hellmann"), *mine)

    assert proposal.decision is Decision.SUGGESTED


def test_couples_titles_and_firms_are_recognised():
    for payer in ("KLAUS UND ANNA TRUEBSWETTER", "Frau Dr. Anna Trübswetter", "Eheleute Anna u. Klaus Trübswetter"):
        assert propose_one(payment(2498, payer, "danke"), ANNA).decision is Decision.ASSIGNED, payer
    firm = item("100012360", 45_111, "Max Holm", company="Holm & Söhne Elektrotechnik GmbH")
    proposal = propose_one(payment(45_111, "HOLM UND SOEHNE ELEKTROTECHNI", "Rechnung"), firm)
    assert (proposal.decision, orders_of(proposal)) == (Decision.ASSIGNED, ["100012360"])


def test_several_orders_all_named():
    both = propose_one(payment(2498 + 7990, "Anna Trübswetter", "100012345/46"), ANNA, BERND)

    assert both.decision is Decision.ASSIGNED
    assert sorted(orders_of(both)) == ["100012345", "100012346"]
    assert sum(share.minor for share in both.candidates[0].shares) == 2498 + 7990


def test_the_orders_are_paid_before_anybodys_fees():
    """Anna owes a fee as well; the money for both orders is not taken for it from Bernd's."""
    reminded = replace(ANNA, fees_minor=500)
    both = propose_one(payment(2498 + 7990, "Anna Trübswetter", "100012345/46"), reminded, BERND)

    assert {share.item.number: share.minor for share in both.candidates[0].shares} == {
        "100012345": 2498,
        "100012346": 7990,
    }


def test_several_orders_one_named():
    second = item("100012399", 3105, "Anna Trübswetter", email="anna@example.de")
    proposal = propose_one(payment(2498 + 3105, "Anna Trübswetter", "Bestellung 100012345"), ANNA, second)

    assert proposal.decision is Decision.ASSIGNED
    assert sorted(orders_of(proposal)) == ["100012345", "100012399"]


def test_several_orders_none_named():
    second = item("100012399", 3105, "Anna Trübswetter", email="anna@example.de")
    proposal = propose_one(payment(2498 + 3105, "Anna Trübswetter", "vielen Dank"), ANNA, second)

    assert proposal.decision is Decision.ASSIGNED
    assert len(orders_of(proposal)) == 2


def test_several_orders_whose_sum_is_another_are_left_to_a_person():
    proposal = propose_one(payment(9000, "Anna Trübswetter", "100012345 und 100012346"), ANNA, BERND)

    assert proposal.decision is Decision.SUGGESTED


def test_much_more_than_owed_is_left_to_a_person():
    proposal = propose_one(payment(29_800, "Anna Trübswetter", "100012345"), ANNA)

    assert (proposal.decision, proposal.reason) == (Decision.SUGGESTED, "too_much")


def test_who_names_the_order_and_pays_too_much_for_it_most_likely_means_it():
    some, far = (propose_one(payment(minor, "Anna Trübswetter", "100012345"), ANNA) for minor in (4368, 29_800))

    assert (some.decision, some.reason) == (Decision.SUGGESTED, "too_much")
    assert some.candidates[0].confidence > 0.85
    assert far.candidates[0].confidence < 0.5


def test_a_little_too_much_is_a_surplus():
    proposal = propose_one(payment(2748, "Anna Trübswetter", "100012345 mit Mahngebühr"), ANNA)

    assert (proposal.decision, proposal.candidates[0].outcome) == (Decision.ASSIGNED, Outcome.OVERPAID)
    assert proposal.candidates[0].shares[0].minor == 2498


def test_the_tolerance_makes_a_small_difference_paid():
    short = payment(2495, "Anna Trübswetter", "100012345")

    assert propose_one(short, ANNA).candidates[0].outcome is Outcome.UNDERPAID
    lenient = propose_one(short, ANNA, policy=Policy(tolerance_minor=5))
    assert lenient.candidates[0].outcome is Outcome.PAID


def test_bank_charges_that_the_bank_states_do_not_make_it_too_little():
    foreign = payment(7490, "Bernd Eichstädt", "100012346", charges_minor=500)

    assert propose_one(foreign, BERND).candidates[0].outcome is Outcome.PAID


def test_an_agreed_discount_settles_in_time_only():
    agreed = item("100012361", 10_000, "Ulla Brandis", discount_minor=200, discount_until=date(2026, 11, 20))
    late = item("100012361", 10_000, "Ulla Brandis", discount_minor=200, discount_until=date(2026, 11, 1))
    paid = payment(9_800, "Ulla Brandis", "100012361")

    assert propose_one(paid, agreed).candidates[0].outcome is Outcome.PAID
    assert propose_one(paid, late).candidates[0].outcome is Outcome.UNDERPAID


def test_our_own_reference_survives_one_wrong_character():
    from zahlmeister.money.references import payment_reference

    right = payment_reference(7)
    referenced = item("100012362", 6123, "Jo Abendroth", reference=right)
    wrong = right[:3] + ("A" if right[3] != "A" else "C") + right[4:]

    assert "reference" in kinds_of(propose_one(payment(6123, "Egon Vogt", right), referenced))
    slipped = propose_one(payment(6123, "Egon Vogt", wrong), referenced)
    assert "reference_slip" in kinds_of(slipped)
    assert slipped.decision is Decision.ASSIGNED


@pytest.mark.parametrize("step", [2, 3, 4, 5])
def test_our_own_reference_is_found_in_groups_of_any_size(step):
    from zahlmeister.money.references import payment_reference

    right = payment_reference(7)
    said = " ".join(right[i : i + step] for i in range(0, len(right), step))
    referenced = item("100012362", 6123, "Jo Abendroth", reference=right)

    assert propose_one(payment(5999, "Egon Vogt", said), referenced).decision is Decision.ASSIGNED
    assert propose_one(payment(5999, "Egon Vogt", f"BESTNR{said}"), referenced).decision is Decision.ASSIGNED


def test_our_own_reference_put_right_counts_as_much_as_a_number_whatever_else_is_odd():
    from zahlmeister.money.references import payment_reference

    right = payment_reference(7)
    wrong = right[:3] + ("A" if right[3] != "A" else "C") + right[4:]
    swapped = right[:4] + right[5] + right[4] + right[6:]
    referenced = item("100012362", 6123, "Jo Abendroth", reference=right, opened_on=date(2026, 11, 20))
    early = payment(6123, "Jo Abendroth", wrong, booked_on=date(2026, 11, 17))
    with_fee = payment(6373, "Jo Abendroth", swapped, booked_on=date(2026, 11, 22))
    twice = payment(12246, "Jo Abendroth", wrong, booked_on=date(2026, 11, 22))

    assert [propose_one(one, referenced).decision for one in (early, with_fee, twice)] == [Decision.ASSIGNED] * 3


def test_more_money_than_is_owed_is_not_taken_where_a_second_open_order_is_named():
    mine = item("100016382", 5089, "Michael Hochreiter", ibans=("DE89370400440532013000",))
    other = item("100014696", 2389, "Michael Peters")
    paid = payment(6378, "Sammelstelle", "Nachnahme 100016382 100014696", iban="DE89370400440532013000")

    assert propose_one(paid, mine, other).decision is Decision.SUGGESTED


def test_a_postcode_that_ends_like_an_order_makes_no_set_of_strangers():
    from zahlmeister.money.references import payment_reference

    mine = item("100024556", 10186, "Anja Lauter", reference=payment_reference(7))
    other = item("2026-09-4001", 4289, "Ursula Aydin")
    paid = payment(9375, "Anja Lauter", f"HAUPTSTRASSE 27 4001 BASEL Referenz {payment_reference(7)}")
    proposal = propose_one(paid, mine, other)

    assert (proposal.decision, *orders_of(proposal)) == (Decision.ASSIGNED, "100024556")


def test_a_plain_payment_is_not_robbed_by_an_earlier_one_that_only_seems_to_fit():
    seeming = payment(2498, "Anna Trübswetter", "danke")
    plain = payment(2498, "Anna Trübswetter", "100012345")
    first, second = propose([seeming, plain], ANNA)

    assert second.decision is Decision.ASSIGNED
    assert first.decision is not Decision.ASSIGNED


def test_another_currency_is_another_debt():
    swiss = item("100012370", 2498, "Urs Hürlimann", currency="CHF")
    proposal = propose_one(payment(2498, "Urs Hürlimann", "100012370"), swiss)

    assert (proposal.decision, proposal.reason) == (Decision.UNMATCHED, "currency")


def test_a_closed_order_is_named():
    done = item("100012371", 3333, "Ida Kern", open_minor=0)
    proposal = propose_one(payment(3333, "Ida Kern", "100012371"), done)

    assert (proposal.decision, proposal.reason) == (Decision.SUGGESTED, "closed")


def test_an_unknown_number_beside_a_fitting_name_is_left_to_a_person():
    proposal = propose_one(payment(2498, "Anna Trübswetter", "Bestellung 100400001"), ANNA)

    assert (proposal.decision, proposal.reason) == (Decision.SUGGESTED, "contradiction")


def test_rent_is_no_order_although_name_and_amount_fit():
    proposal = propose_one(payment(2498, "Anna Trübswetter", "Kaution Garage"), ANNA)

    assert proposal.decision is not Decision.ASSIGNED


def test_a_wrong_digit_that_hits_an_order_of_the_same_amount_is_left_to_a_person():
    """Somebody unknown names 100012345, and its neighbour 100012346 costs the same: either may be meant."""
    one = item("100012345", 2498, "Anna Trübswetter")
    neighbour = item("100012346", 2498, "Bernd Eichstädt")
    paid = payment(2498, "Hausverwaltung Nord", "100012345")

    assert propose_one(paid, one).decision is Decision.ASSIGNED
    assert propose_one(paid, one, neighbour).candidates[0].confidence < propose_one(paid, one).candidates[0].confidence


def test_a_bare_number_like_that_of_anothers_order_makes_a_namesake_doubtful():
    """Susanne's husband pays #29616 and types 29606; a stranger of his name owes the same amount."""
    short = [item(f"#{29_000 + 7 * n}", 3100 + 13 * n, f"Egon{n} Berg{n}") for n in range(100)]
    susannes, strangers = item("#29616", 6389, "Susanne Richter"), item("100531461", 6389, "Michael Jovanović")
    paid = payment(6389, "Michael Jovanovic", "29606 vielen Dank")

    def chances(*orders):
        return propose_one(paid, strangers, *orders).candidates[0].confidence

    assert chances(*short, susannes) < chances(*short)


def test_a_little_too_much_is_for_no_other_order_of_much_more():
    """2.50 too much are a fee, although Anna owes 14.90 for something else."""
    annas = {"email": "anna@x.example"}
    named, other = item("100012345", 2498, "Anna Berg", **annas), item("100057001", 1490, "Anna Berg", **annas)

    def decided(minor):
        return propose_one(payment(minor, "Anna Berg", "100012345"), named, other).decision

    assert decided(2498 + 250) is Decision.ASSIGNED
    assert decided(2498 + 1390) is Decision.SUGGESTED


@pytest.mark.parametrize(
    ("customer", "payer"),
    [
        ("Luca-Martin Müller", "Luca-Klaus Müller"),
        ("Zeynep Wolf", "Claudia-Zeynep Wolf"),
        ("Horst Steinlreiter", "Horst Stein"),
        ("Jennifer Lang", "Jennifer und Alexander Lang"),  # cut at 27 letters: perhaps Lange
    ],
)
def test_somebody_of_nearly_the_same_name_is_not_the_customer(customer, payer):
    proposal = propose_one(payment(2990, payer, "danke"), item("100012380", 2990, customer))

    assert "name" not in kinds_of(proposal)


def test_a_customer_pays_soon_or_late():
    soon = item("100012381", 6612, "Ida Kern", opened_on=date(2026, 11, 18))
    late = item("100012381", 6612, "Ida Kern", opened_on=date(2026, 10, 20))
    paid = payment(6612, "Ida Kern", "danke")

    weights = [
        next(clue.weight for clue in propose_one(paid, one).candidates[0].clues if clue.kind.startswith("paid_"))
        for one in (soon, late)
    ]
    assert weights[0] > 0.5 > -1 > weights[1]


def test_an_old_number_beside_a_fitting_sum_is_left_to_a_person():
    second = item("100012399", 3105, "Anna Trübswetter", email="anna@example.de")
    proposal = propose_one(payment(2498 + 3105, "Anna Trübswetter", "Bestellung 100499999"), ANNA, second)

    assert proposal.decision is not Decision.ASSIGNED


def test_half_of_another_number_names_nobody():
    """`2026-10-115738` is an old order; the invoice R115738 is somebody else's."""
    dated = [item(f"2026-10-{115_000 + 7 * n}", 4_000 + n, f"Uta Berg{n}") for n in range(120)]
    theirs = item("2026-10-115007", 895, "Anna Trübswetter", invoice_numbers=("R115738",))
    proposal = propose_one(payment(895, "Hausverwaltung Nord", "Zahlung zu 2026-10-115738"), theirs, *dated)

    assert "2026-10-115007" not in orders_of(proposal)


def test_a_number_glued_to_thanks_is_found():
    coded = [item(f"{a}{b}7{c}KQ", 1_900, f"Ute Kamp{a}") for a in "HJX" for b in "WZ" for c in "FR"]
    proposal = propose_one(payment(1_900, "Ute KampH", "BestNr.HW7FKQvielenDank"), *coded)

    assert orders_of(proposal) == ["HW7FKQ"]


def test_a_reference_in_groups_is_put_together():
    qr = "210000000003139471430009017"
    swiss = item("100012382", 9_901, "Urs Hürlimann", reference=qr)
    grouped = "21 00000 00003 13947 14300 09017"
    proposal = propose_one(payment(9_901, "Reto Wyss", grouped), swiss)

    assert (proposal.decision, orders_of(proposal)) == (Decision.ASSIGNED, ["100012382"])
    assert "reference" in kinds_of(proposal)


@pytest.mark.parametrize(
    "said",
    [
        "{}",
        "Ref. {}",
        "bestnr{}",
        "Referenz: {} Danke",
        "{}DATUM 16.1 1.2026,  22.39 UHR1.TAN 8930 06",
        "BESTELLUNG{}VIELENDANK",
        "REFERENZNUMMER {}DATU M 18.11.2026, 19.18 UHR",
    ],
)
def test_our_own_reference_is_found_however_it_is_written(said):
    from zahlmeister.money.references import payment_reference

    ways = (str, str.lower)
    references = [payment_reference(number) for number in REFERENCES]
    orders = [item(f"1000124{i}0", 6123 + i, f"Jo Abend{i}", reference=one) for i, one in enumerate(references)]
    paid = [payment(5999, "Egon Vogt", said.format(ways[i % 2](one))) for i, one in enumerate(references)]
    proposals = propose(paid, *orders)

    assert [(proposal.decision, *orders_of(proposal)) for proposal in proposals] == [
        (Decision.ASSIGNED, order.number) for order in orders
    ]


def test_a_couple_whose_name_is_as_long_as_a_line_is_not_taken_for_cut():
    orders = [item("100053001", 5300, "Holger Braun"), item("100053002", 10728, "Holger Braun")]
    payer = "Holger und Stefanie Braun"  # 25 letters; nobody here is called Braun and on
    proposal = propose_one(payment(16028, payer, "Ihre Lieferung"), *orders)

    assert (proposal.decision, set(orders_of(proposal))) == (Decision.ASSIGNED, {"100053001", "100053002"})


def test_a_name_that_others_carry_on_may_be_cut():
    winter, longer = (
        item("100054001", 5390, "Holger Winter"),
        [
            item(f"10005500{n}", 7000 + n, f"Egon Winter{end}")
            for n, end in enumerate(("berger", "stein", "hold", "mann"))
        ],
    )
    cut = payment(5390, "Hans-Joerg u. Holger Winter", "Danke")  # 27 letters
    whole = payment(5390, "Holger Winter", "Danke")

    assert "name_similar" in kinds_of(propose_one(cut, winter, *longer))
    assert "name" in kinds_of(propose_one(whole, winter, *longer))


def test_who_lacks_a_given_name_of_the_customer_may_be_another():
    whole, part = payment(4590, "Anna Renate Santos"), payment(4590, "Anna Santos")
    order = item("100056001", 4590, "Anna Renate Santos")

    def weight(proposal):
        return next(clue.weight for clue in proposal.candidates[0].clues if clue.kind == "name")

    assert weight(propose_one(part, order)) < weight(propose_one(whole, order)) - 3


def test_a_number_written_as_the_shop_writes_it_is_not_torn():
    order = item("2026-10-4711", 5690, "Anna Berg")

    assert "order_number" in kinds_of(propose_one(payment(5690, "Egon Vogt", "2026-10-4711"), order))
    assert "order_number_joined" in kinds_of(propose_one(payment(5690, "Egon Vogt", "2026 10 4711"), order))


def test_the_end_of_a_number_says_more_behind_the_word_order():
    order = item("2026-09-33556", 9389, "Anja Birner")

    def weight(text):
        proposal = propose_one(payment(9389, "Egon Vogt", text), order)
        return next(clue.weight for clue in proposal.candidates[0].clues if clue.kind == "number_tail")

    assert weight("Bestellnummer 33556") == pytest.approx(weight("33556 Danke") + 2)


def test_an_order_is_found_by_the_end_of_its_number_among_many_of_the_payers_name():
    mine = item("RE-202618722", 5999, "Martin Fischer")
    namesakes = [item(f"1000{n}7801", 7000 + 13 * n, "Anna Fischer", email=f"anna{n}@x.example") for n in range(10, 40)]
    proposal = propose_one(payment(6000, "Anna Fischer", "Bestellung 18722"), mine, *namesakes)

    assert orders_of(proposal) == ["RE-202618722"]


def test_nothing_is_stated_surer_than_it_has_been_seen_to_be():
    named = propose_one(payment(2498, "Anna Trübswetter", "100012345"), ANNA)
    unnamed = propose_one(payment(2498, "Anna Trübswetter", "danke"), ANNA)

    assert unnamed.decision is named.decision is Decision.ASSIGNED
    assert unnamed.candidates[0].confidence <= 0.9998 < named.candidates[0].confidence


def test_much_more_than_one_order_named_is_never_stated_as_sure():
    proposal = propose_one(payment(9990, "Anna Trübswetter", "100012345"), ANNA)

    assert proposal.decision is Decision.SUGGESTED
    assert 0.2 < proposal.candidates[0].confidence < 0.5
