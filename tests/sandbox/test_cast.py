from collections import Counter
from itertools import islice

from stdnum.eu import at_02

from zahlmeister.money.accounts import is_iban
from zahlmeister.money.references import is_creditor_reference
from zahlmeister.sandbox.business import _creditor_id
from zahlmeister.sandbox.cast import ANNA, KNOWN, household, people, plain, with_check_digits
from zahlmeister.sandbox.chance import dice


def test_the_same_seed_brings_the_same_people_and_another_seed_others():
    assert list(islice(people(3), 50)) == list(islice(people(3), 50))
    assert list(islice(people(3), 50)) != list(islice(people(4), 50))


def test_the_five_everybody_knows_come_first():
    assert tuple(islice(people(9), 5)) == KNOWN


def test_no_two_people_share_an_address_and_all_addresses_belong_to_nobody():
    crowd = list(islice(people(1), 2000))

    assert len({person.email for person in crowd}) == 2000
    assert all(person.email.endswith(".example") and person.email.isascii() for person in crowd)


def test_people_come_from_three_countries_with_postcodes_of_their_own_length():
    crowd = list(islice(people(1), 2000))

    assert Counter(person.country for person in crowd).keys() == {"DE", "AT", "CH"}
    assert all(len(person.postcode) == (5 if person.country == "DE" else 4) for person in crowd)


def test_every_account_of_a_household_has_right_check_digits():
    for person in islice(people(2), 300):
        home = household(person.email, person.name, person.country)
        accounts = (home.own, home.spouse, home.joint, home.parent, home.employer)
        assert all(is_iban(account.iban) for account in accounts)
        assert len({account.iban for account in accounts}) == 5


def test_a_household_stays_the_same():
    assert household(ANNA.email, ANNA.name, ANNA.country) == household(ANNA.email, ANNA.name, ANNA.country)


def test_references_get_the_check_digits_of_their_standards():
    assert is_creditor_reference(with_check_digits("RF", "WS10482"))
    assert at_02.is_valid(_creditor_id("ZZZ", "DE02120300000000202051"))


def test_an_address_has_plain_letters_only():
    assert plain("Jörg D'Angelo-Weiß") == "joerg.dangelo-weiss"
    assert plain("Małgorzata Şahin") == "malgorzata.sahin"


def test_weighted_dice_never_roll_what_weighs_nothing():
    roll = dice("weights")

    assert {roll.weighted({"often": 3, "seldom": 1, "never": 0}) for _ in range(200)} == {"often", "seldom"}
