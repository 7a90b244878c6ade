from datetime import date
from pathlib import Path

import pytest

from zahlmeister.formats.orders_csv import OrderRow, read_orders
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Unreadable


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "orders.csv"
    path.write_bytes(text.encode(encoding))
    return path


def orders(folder: Path, text: str, encoding: str = "utf-8") -> list[OrderRow]:
    return list(read_orders(written(folder, text, encoding)))


def test_a_plain_export_is_read(tmp_path):
    (anna,) = orders(
        tmp_path,
        "number,amount,currency,date,invoice_number,customer_number,payment_kind,name,company,email,street,postcode,"
        "city,shipping_cost,due_date,iban,reference\n"
        "100012345,24.98,EUR,2026-11-16,RE-1,K1,prepayment,Anna Berg,Berg GmbH,anna@example.de,Weg 1,04109,Leipzig,"
        "4.95,2026-11-30,de89 3704 0044 0532 0130 00,KACD\n",
    )

    assert anna == OrderRow(
        line=2,
        number="100012345",
        amount=Amount(2498, "EUR"),
        ordered_on=date(2026, 11, 16),
        due_on=date(2026, 11, 30),
        invoice_number="RE-1",
        customer_number="K1",
        payment_kind="prepayment",
        name="Anna Berg",
        company="Berg GmbH",
        email="anna@example.de",
        street="Weg 1",
        postcode="04109",
        city="Leipzig",
        shipping=Amount(495, "EUR"),
        iban="DE89370400440532013000",
        reference="KACD",
    )


@pytest.mark.parametrize("above", ["sep=;\r\n", '\ufeff"sep=;"\r\n', "\r\n\r\n", "sep=;\n\n"])
def test_what_stands_above_the_header_says_nothing_and_lines_are_counted_all_the_same(tmp_path, above):
    told: list[str] = []
    path = written(tmp_path, above + "number;amount\nSW1;1,50\nSW2;zwei\n")
    (order,) = read_orders(path, refused=told.append)
    lines = above.count("\n")

    assert (order.number, order.line) == ("SW1", lines + 2)
    assert told[0].startswith(f"orders.csv, line {lines + 3}, column “amount”")


@pytest.mark.parametrize(
    ("header", "row", "number", "name"),
    [
        ("Kunde", "Anna Weber", None, "Anna Weber"),
        ("Kunde", "K-10023", "K-10023", None),
        ("Kunde;Kundennummer", "Anna Weber;10023", "10023", "Anna Weber"),
        ("Kunde;Name", "10023;Anna Weber", "10023", "Anna Weber"),
        ("Customer;Customer no", "Anna Weber;10023", "10023", "Anna Weber"),
        ("Käufer", "Anna Weber", None, "Anna Weber"),
    ],
)
def test_a_customer_is_told_by_number_or_by_name(tmp_path, header, row, number, name):
    (order,) = orders(tmp_path, f"Bestellnummer;Betrag;{header}\nSW1;1,50;{row}\n")

    assert (order.customer_number, order.name) == (number, name)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("mark", [";", ",", "\t"])
def test_german_headers_any_separator_any_encoding(tmp_path, encoding, mark):
    header = mark.join(["Bestell-Nr.", "Währung", "Gesamtbetrag", "Vorname", "Nachname", "PLZ", "Zahlungsart", "Farbe"])
    line = mark.join(["SW1001", "€", '"1.234,56"', "Jürgen", "Weiß", "80331", "Vorkasse", "blau"])
    (order,) = orders(tmp_path, f"{header}\r\n{line}\r\n", encoding)

    assert (order.number, order.amount) == ("SW1001", Amount(123456, "EUR"))
    assert (order.name, order.postcode, order.payment_kind) == ("Jürgen Weiß", "80331", "prepayment")


@pytest.mark.parametrize(
    ("written_as", "kind"),
    [
        ("Rechnung", "invoice"),
        ("Kauf auf Rechnung", "invoice"),
        ("Nachnahme", "cod"),
        ("Überweisung", "prepayment"),
        ("PayPal", "other"),
        ("", "prepayment"),
    ],
)
def test_payment_kinds_are_recognised(tmp_path, written_as, kind):
    assert orders(tmp_path, f"number,amount,payment\n1,2.00,{written_as}\n")[0].payment_kind == kind


@pytest.mark.parametrize(
    "day", ["2026-11-20", "20.11.2026", "20.11.26", "2026-11-20T10:15:00+01:00", "2026-11-20 10:15"]
)
def test_days_are_read_as_shops_write_them(tmp_path, day):
    assert orders(tmp_path, f"number,amount,date\n1,2.00,{day}\n")[0].ordered_on == date(2026, 11, 20)


def test_lines_count_as_in_an_editor(tmp_path):
    text = 'number,amount,name\n1,2.00,"Anna\nBerg"\n\n2,3.00,Bernd\n'

    assert [order.line for order in orders(tmp_path, text)] == [2, 5]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "orders.csv is empty"),
        ("\n\n", "orders.csv, line 1: the header is missing"),
        ("name,amount\nA,1.00\n", "orders.csv, line 1: there is no column “number”, only “name”, “amount”"),
        ("PK\x03\x04", "orders.csv is an Excel workbook or a ZIP archive and no CSV"),
        ('<?xml version="1.0"?>', "orders.csv is an XML file and no CSV"),
        ("Bestellnr;Farbe\n1;blau\n", "orders.csv, line 1: there is no column “amount”"),
        ("number,amount\n1,2.00\n,3.00\n", "orders.csv, line 3, column “number”: the order number is missing."),
        ("number,amount\n1,\n", "orders.csv, line 2, column “amount”: the amount is missing."),
        ("number;Betrag\n1;zwölf\n", "orders.csv, line 2, column “Betrag”: “zwölf” is no amount"),
        ('number,amount\n1,"1,234"\n', "orders.csv, line 2, column “amount”: “1,234” can be read two ways"),
        ("number,amount,currency\n1,1.00,Taler\n", "orders.csv, line 2, column “currency”: “TALER” is no currency"),
        ("number,amount,date\n1,1.00,gestern\n", "orders.csv, line 2, column “date”: “gestern” is no day"),
        ("number,amount\n1,1,50\n", "orders.csv, line 2: 3 fields where the header has 2"),
        ('number,amount\n1,"1.00\n', "orders.csv, line 2: the line is no CSV"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(tmp_path, text, sentence):
    with pytest.raises(Unreadable) as refusal:
        orders(tmp_path, text)

    assert str(refusal.value).startswith(sentence)
    assert str(refusal.value).endswith((".", ")."))


def test_what_was_good_before_stays_usable(tmp_path):
    reading = read_orders(written(tmp_path, "number,amount\n1,1.00\n2,2.00\n3,drei\n4,4.00\n"))

    assert [next(reading).number, next(reading).number] == ["1", "2"]
    with pytest.raises(Unreadable, match="line 4"):
        next(reading)


def test_tracking_numbers_come_with_the_order(tmp_path):
    (order,) = orders(
        tmp_path, "Bestellnr;Betrag;Sendungsnummern\n100012345;24,98;01905123456789; \n".replace("; ", " ")
    )
    assert order.tracking_numbers == ("01905123456789",)


@pytest.mark.parametrize(
    ("header", "cells", "discount", "until"),
    [
        ("Skonto %;Skontotage", "2;10", 200, date(2026, 11, 26)),
        ("Skontosatz;Skonto bis", "2,5 %;30.11.2026", 250, date(2026, 11, 30)),
        ("Skontobetrag;Skontofrist", "1,98 €;14 Tage", 198, date(2026, 11, 30)),
        ("cash_discount_percent;cash_discount_until", "3.0;2026-11-20", 300, date(2026, 11, 20)),
        ("cash_discount_amount;due_date", "2.00;2026-12-01", 200, date(2026, 12, 1)),
        ("Skonto;Skontotage", "0;0", None, None),
        ("Skonto;Skontotage", ";", None, None),
    ],
)
def test_a_cash_discount_is_read_with_its_term(tmp_path, header, cells, discount, until):
    text = f"Bestellnr;Betrag;Datum;{header}\n100012345;100,00;16.11.2026;{cells}\n"
    (order,) = orders(tmp_path, text)
    assert (order.discount.minor if order.discount else None, order.discount_until) == (discount, until)


@pytest.mark.parametrize(
    ("header", "cells", "why"),
    [
        ("Skonto;Skontotage", "2;10", "has no date"),
        ("Skonto;Farbe", "2;rot", "until when"),
        ("Skontobetrag;Skonto bis", "200;1.12.2026", "no cash discount"),
        ("Skonto;Skontotage", "viel;10", "no percentage"),
        ("Skonto;Skontotage", "250;10", "no percentage"),
        ("Sendungsnummer;Farbe", "3,40434E+17;rot", "rounded"),
    ],
)
def test_a_term_that_nobody_can_know_is_refused(tmp_path, header, cells, why):
    with pytest.raises(Unreadable, match=why):
        orders(tmp_path, f"Bestellnr;Betrag;{header}\n100012345;100,00;{cells}\n")


def test_a_rebate_that_the_amount_is_already_less_is_no_cash_discount(tmp_path):
    (order,) = orders(
        tmp_path, "Name,Total,Discount Amount,Email\n#1001,24.98,5.00,a@b.example\n".replace("Name,", "Order,")
    )
    assert order.discount is None


def test_an_order_that_was_reminded_of_elsewhere_comes_with_its_level(tmp_path):
    first, second = orders(tmp_path, "Bestellnummer;Betrag;Mahnstufe\n100;24,98;2\n101;24,98;\n")

    assert (first.dunning_level, second.dunning_level) == (2, 0)


def test_a_level_above_five_is_refused(tmp_path):
    with pytest.raises(Unreadable, match="column “Mahnstufe”: “7” is no level"):
        orders(tmp_path, "Bestellnummer;Betrag;Mahnstufe\n100;24,98;7\n")
