"""What travels between a module and us, byte for byte."""

from base64 import b64decode, b64encode
from datetime import date
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives.serialization import load_der_private_key
from hypothesis import given
from hypothesis import strategies as st

from tests.connectors.shops import module_example as example
from zahlmeister.connectors.shops.module import safe
from zahlmeister.connectors.shops.module.ciphers import Aes, Plain, Rsa
from zahlmeister.connectors.shops.module.keys import kept_cipher, new_keys
from zahlmeister.connectors.shops.module.orders import read_credit, read_order
from zahlmeister.connectors.shops.module.profiles import PROFILES
from zahlmeister.connectors.shops.module.wire import NotOurs, fields, form, glimpse, rows, values
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Refused, Unreadable

WARNING = b"<br />\n<b>Warning</b>:  Undefined array key in <b>/var/www/htdocs/shop</b> on line <b>12</b><br />\n"


def rsa() -> Rsa:
    """The example's keys as they are kept after a handshake."""
    kept = {"cipher": "openssl", "shop_key": example.SHOP_PUBLIC, "our_key": example.OUR_PRIVATE}
    cipher = kept_cipher(kept)
    assert isinstance(cipher, Rsa)
    return cipher


# --- forms and lists


def test_a_value_is_encoded_twice_so_that_a_module_that_decodes_twice_sees_it():
    body = form({"o": "a+b/c=&d"}, times=2)

    assert body == b"o=a%252Bb%252Fc%253D%2526d"
    assert parse_qs(body.decode())["o"] == ["a%2Bb%2Fc%3D%26d"]


def test_virtuemart_gets_its_values_encoded_once():
    assert form({"o": "YWxs", "s": "1,2"}, times=1) == b"o=YWxs&s=1%2C2"


def test_a_list_is_read_and_an_empty_one_is_empty():
    assert values('"201";"202";') == ["201", "202"]
    assert values("") == values("\n") == []


@pytest.mark.parametrize("text", ['"201";"20', '"201";"202"', "201;202;", "<b>Warning</b>", '"201";x"202";'])
def test_half_a_list_is_no_list(text: str):
    with pytest.raises(NotOurs):
        values(text)


def test_fields_are_read_with_lists_and_without_what_is_nested_deeper():
    line = "number=1&products%5B0%5D=A&products%5B1%5D=B&history%5B0%5D%5Bdate%5D=x&company=&amp;city=K%C3%B6ln"

    assert fields(line) == {"number": "1", "products": ("A", "B"), "company": "", "city": "Köln"}


def test_a_value_of_an_old_database_is_read_as_cp1252():
    assert fields("city=K%F6ln&sign=%80")["city"] == "Köln"
    assert fields("city=K%F6ln&sign=%80")["sign"] == "€"


def test_rows_are_parted_by_semicolons_and_line_feeds():
    assert rows([("201", "PAID", "z-1"), ("202", "CANCELLED", "z-2")]) == "201;PAID;z-1\n202;CANCELLED;z-2"


def test_a_page_is_shown_by_its_first_words():
    assert glimpse(b"<html><h1>Wartung</h1> bis  10&nbsp;Uhr</html>") == "Wartung bis 10&nbsp;Uhr"


# --- RSA


def test_the_example_is_opened():
    body = "".join(f"\n{block}" for block in example.LIST_BLOCKS).encode()

    assert rsa().reveal(body).decode() == example.LIST


def test_warnings_around_and_between_the_blocks_are_passed_over():
    first, second = (block.encode() for block in example.LIST_BLOCKS)

    assert rsa().reveal(WARNING + b"\n" + first + WARNING + b"\n" + second + WARNING).decode() == example.LIST


def test_what_we_send_is_for_the_shop_alone_in_blocks_of_117_bytes():
    text = "301;PAID;z-1\n" * 20
    blocks = [b64decode(block) for block in rsa().hide(text).split("\n")]
    shop = load_der_private_key(b64decode(example.SHOP_PRIVATE), None)

    whole = [int.from_bytes(block) for block in blocks]
    numbers = shop.private_numbers()  # type: ignore[union-attr] # an RSA key
    raw = [pow(one, numbers.d, numbers.public_numbers.n).to_bytes(128) for one in whole]
    chunks = [block[2:].partition(b"\0")[2] for block in raw]

    assert all(block[:2] == b"\x00\x02" for block in raw)
    assert [len(chunk) for chunk in chunks] == [117, 117, 26]
    assert b"".join(chunks).decode() == text


def test_a_page_is_nothing_that_was_hidden():
    with pytest.raises(NotOurs):
        rsa().reveal(b"<html>Down for maintenance</html>")


def test_nothing_is_nothing():
    assert rsa().reveal(b"") == rsa().reveal(b"\n\n") == b""


def test_a_block_that_was_cut_is_not_taken():
    first = example.LIST_BLOCKS[0].encode()

    with pytest.raises(NotOurs):
        rsa().reveal(first[:-20])


# --- mcrypt and base64


@pytest.mark.parametrize("key", example.AES_LIST)
def test_what_mcrypt_has_hidden_is_opened_with_each_length_of_key(key: str):
    cipher = Aes(key.encode(), example.AES_IV.encode())

    assert cipher.reveal(example.AES_LIST[key].encode()) == b'"301";"302";'
    assert cipher.reveal(WARNING + example.AES_LIST[key].encode() + b"\n" + WARNING) == b'"301";"302";'


def test_what_we_hide_by_aes_is_one_line_of_whole_blocks():
    cipher = Aes(b"abcdefghijklmnop", example.AES_IV.encode())
    hidden = cipher.hide("all")

    assert len(b64decode(hidden)) == 16
    assert cipher.reveal(hidden.encode()) == b"all"


def test_half_of_a_text_by_aes_is_refused():
    with pytest.raises(NotOurs):
        Aes(b"abcdefghijklmnop", example.AES_IV.encode()).reveal(b64encode(bytes(24)))


def test_plain_text_is_found_among_warnings():
    assert Plain().reveal(WARNING + b64encode(b'"301";"302";') + b"\n" + WARNING) == b'"301";"302";'


@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=300))
def test_each_cipher_opens_what_it_has_hidden(text: str):
    for cipher in (Aes(b"abcdefghijklmnop", example.AES_IV.encode()), Plain()):
        assert cipher.reveal(cipher.hide(text).encode()).decode() == text


# --- keys


@pytest.mark.parametrize(("bits", "private", "public"), [(1024, range(808, 820), 216), (2048, range(1584, 1600), 392)])
def test_keys_have_the_lengths_that_the_columns_of_shops_were_seen_to_hold(bits: int, private: range, public: int):
    keys = new_keys(bits, {})

    assert len(keys.shop_private()) in private
    assert len(keys.our_public()) == public


def test_access_code_and_api_key_cannot_be_guessed_and_stay_once_a_shop_has_them():
    first, second = new_keys(1024, {}), new_keys(1024, {})

    assert first.access_code != second.access_code
    assert first.api_key != first.access_code
    assert len(first.access_code) * 5.95 > 128  # bits of letters and digits
    again = new_keys(1024, first.kept(first.ciphers()["openssl"]))
    assert (again.access_code, again.api_key) == (first.access_code, first.api_key)
    assert again.our_public() != first.our_public()


def test_only_what_the_cipher_needs_is_kept():
    keys = new_keys(1024, {})
    kept = keys.kept(keys.ciphers()["openssl"])

    assert set(kept) == {"access_code", "api_key", "cipher", "shop_key", "our_key"}
    assert keys.shop_private() not in kept.values()
    assert kept_cipher(keys.kept(keys.ciphers()["mcrypt"])) == keys.ciphers()["mcrypt"]


# --- orders

LINE = (
    "number=201&date=20.11.2026&email=anna%40example.org&customer_number=KD-7&payment_method=moneyorder&amount=201.9900"
    "&currency_code=EUR&exchange_rate=1.000000&language_code=de-AT&delivery_firstname=&delivery_lastname=&"
    "delivery_countrycode=AT&billing_firstname=Anna&billing_lastname=Arendt&billing_company=%C3%96l+%26+S%C3%B6hne"
    "&billing_street=Stra%C3%9Fe+1&billing_postcode=50667&billing_city=K%C3%B6ln&billing_countrycode=DE"
    "&products%5B0%5D=ART-201&products%5B1%5D=Ohne+Nr&type=INVOICE&something_new=1"
)


def test_an_order_is_read_as_it_was_told():
    order = read_order(LINE, PROFILES["modified"])

    assert (order.key, order.number, order.amount) == ("201", "201", Amount(20199, "EUR"))
    assert (order.ordered_on, order.kind, order.language) == (date(2026, 11, 20), "invoice", "de-AT")
    assert (order.billing.first_name, order.billing.company, order.billing.city) == ("Anna", "Öl & Söhne", "Köln")
    assert (order.payment_method, order.customer_number) == ("moneyorder", "KD-7")
    assert order.items == ("ART-201", "Ohne Nr")


def test_only_number_and_amount_must_be_there():
    order = read_order("number=7&amount=5&currency_code=CHF", PROFILES["magento2"])

    assert (order.amount, order.ordered_on, order.kind, order.paid) == (Amount(500, "CHF"), None, "", None)


@pytest.mark.parametrize(
    ("told", "minor"), [("201.9900", 20199), ("71.510000", 7151), ("71.514999", 7151), ("0.005", 1), ("-3", -300)]
)
def test_amounts_have_two_to_six_decimal_places(told: str, minor: int):
    order = read_order(f"number=7&amount={told}&currency_code=EUR", PROFILES["gambio"])

    assert order.amount == Amount(minor, "EUR")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("amount=5&currency_code=EUR", "without a number"),
        ("number=7&amount=&currency_code=EUR", "amount “” of order 7"),
        ("number=7&amount=NaN&currency_code=EUR", "amount “NaN” of order 7"),
        ("number=7&amount=1,99&currency_code=EUR", "amount “1,99” of order 7"),
        ("number=7&amount=5", "currency “” of order 7"),
        ("number=7&amount=5&currency_code=EUR&date=2026", "date “2026” of order 7"),
    ],
)
def test_an_order_that_cannot_be_read_is_refused_in_a_sentence(line: str, sentence: str):
    with pytest.raises(Unreadable, match=sentence):
        read_order(line, PROFILES["modified"])


def test_newer_systems_write_dates_the_other_way_round():
    line = "number=7&amount=5&currency_code=EUR&date="

    assert read_order(f"{line}2026-11-20 11:02:33", PROFILES["xtcommerce4"]).ordered_on == date(2026, 11, 20)
    assert read_order(f"{line}0000-00-00", PROFILES["xtcommerce4"]).ordered_on is None


def test_an_address_that_was_encoded_twice_is_mended_and_a_right_one_stays():
    line = "number=7&amount=5&currency_code=EUR&billing_city=K%C3%83%C2%B6ln&billing_firstname=J%C3%BCrgen"

    mended = read_order(line, PROFILES["prestashop"])
    left = read_order(line, PROFILES["modified"])

    assert (mended.billing.city, mended.billing.first_name) == ("Köln", "Jürgen")
    assert left.billing.city == "KÃ¶ln"


def test_oxid_escapes_for_the_web_and_exchanges_the_countries():
    line = "number=7&amount=5&currency_code=EUR&billing_company=%C3%96l+%26amp%3B+%26quot%3BS%26quot%3B"

    both = read_order(f"{line}&delivery_countrycode=DE&billing_countrycode=AT", PROFILES["oxid"])
    one = read_order(f"{line}&delivery_countrycode=DE", PROFILES["oxid"])

    assert both.billing.company == 'Öl & "S"'
    assert (both.billing.country, both.delivery.country) == ("DE", "AT")
    assert (one.billing.country, one.delivery.country) == ("DE", "")


def test_a_credit_note_stands_where_the_customer_would():
    credit = read_credit(
        "number=100000005&customer_number=100000001&date=21.11.2026&amount=49.9800", PROFILES["magento1"]
    )

    assert (credit.key, credit.order_number, credit.amount) == ("100000001", "100000005", None)
    assert (credit.told, credit.on) == ("49.9800", date(2026, 11, 21))


# --- what may be sent


@pytest.mark.parametrize("number", ["1 OR 1=1", "1;DROP", "1'", "orders_id", "", "12\n", "１２", "9" * 19])
def test_a_number_that_is_none_never_reaches_a_shop_that_numbers_its_orders(number: str):
    with pytest.raises(Refused):
        safe.number(number, digits=True)


@pytest.mark.parametrize("number", ["100000012", "A-1001", "RE_2026/17", "XKBKNABJK", "1.2"])
def test_usual_numbers_are_let_through(number: str):
    assert safe.number(number, digits=False) == number


@pytest.mark.parametrize("number", ["A--1", "A' OR 'a'='a", 'A"', "A\\", "A;B", "A B", "A/*x*/", "-1", "A" * 65, "Ä1"])
def test_a_number_that_could_leave_its_quotes_is_refused(number: str):
    with pytest.raises(Refused):
        safe.number(number, digits=False)


def test_keys_of_changes_and_subshops_are_as_strict():
    assert safe.callback("z.1_2-3") == "z.1_2-3"
    assert safe.subshops("1, 2,", codes=False) == "1,2"
    assert safe.subshops("default,outlet_at", codes=True) == "default,outlet_at"
    for wrong in ("1'", "z 1", "", "x" * 65):
        with pytest.raises(Refused):
            safe.callback(wrong)
    for wrong, codes in (("1) OR (1", False), ("default", False), ("a'b", True)):
        with pytest.raises(Refused):
            safe.subshops(wrong, codes=codes)
