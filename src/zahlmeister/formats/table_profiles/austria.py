"""CSV exports of banks in Austria."""

from zahlmeister.formats.table_profiles.profile import CODE, DAY, IBAN, MONEY, TEXT, Profile

_ELBA_LABELS = {
    "Verwendungszweck:": "remittance",
    "Zahlungsreferenz:": "end_to_end_id",
    "Auftraggeber:": "counterparty",
    "Zahlungsempfänger:": "counterparty",
    "Empfänger:": "counterparty",
    "IBAN Auftraggeber:": "counterparty_iban",
    "IBAN Zahlungsempfänger:": "counterparty_iban",
    "IBAN Empfänger:": "counterparty_iban",
    "BIC Auftraggeber:": "counterparty_bic",
    "BIC Zahlungsempfänger:": "counterparty_bic",
    "Mandat:": "mandate_id",
}

AUSTRIA = (
    Profile(  # Erste Bank and Sparkassen
        name="csv-george",
        columns={
            "booked_on": "Buchungsdatum|Booking Date",
            "counterparty": "Partnername|Partner Name",
            "counterparty_iban": "Partner IBAN",
            "amount": "Betrag|Amount",
            "currency": "Währung|Currency",
        },
        optional={
            "account": ("Eigene IBAN", "Own IBAN"),
            "value_on": ("Valutadatum", "Value Date"),
            "counterparty_iban": ("Partner Kontonummer", "Partner Account Number"),
            "counterparty_bic": ("BIC/SWIFT", "Partner BIC"),
            "remittance": ("Buchungs-Details", "Booking details", "Zahlungsreferenz", "Payment reference"),
            "bank_reference": ("Buchungsreferenz", "Booking reference"),
            "end_to_end_id": ("Auftraggeber-Referenz",),
            "mandate_id": ("Mandats-ID", "SEPA Mandats ID"),
        },
    ),
    Profile(  # Mein ELBA
        name="csv-raiffeisen-elba",
        account="Raiffeisen ELBA",
        shape=(
            ("booked_on", DAY),
            ("remittance", TEXT),
            ("value_on", DAY),
            ("amount", MONEY),
            ("currency", CODE),
            ("", r"\d\d?\.\d\d?\.\d{4}[ :\d.]*"),
        ),
        labels=_ELBA_LABELS,
    ),
    Profile(  # BAWAG and easybank
        name="csv-bawag",
        shape=(
            ("account", IBAN),
            ("remittance", TEXT),
            ("booked_on", DAY),
            ("value_on", DAY),
            ("amount", MONEY),
            ("currency", CODE),
        ),
        pattern=(
            r"(?P<remittance>.*?)\s*[A-Z]{2}/\d{9}\s*(?:(?P<counterparty_bic>[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?) )?"
            r"(?:(?P<counterparty_iban>[A-Z]{2}\d{2}[A-Z0-9]{10,30})\s*)?(?P<counterparty>.*)"
        ),
    ),
    Profile(
        name="csv-ing-austria",
        columns={
            "account": "Kontonummer",
            "remittance": "Text",
            "booked_on": "Datum",
            "currency": "Währung",
            "debit": "Soll",
            "credit": "Haben",
        },
    ),
    Profile(  # Livebank and others of the same computing centre; the text runs on in columns without a name
        name="csv-livebank",
        columns={
            "account": "Kontonummer",
            "booked_on": "Buchungsdatum",
            "value_on": "Valutadatum",
            "end_to_end_id": "Zahlungsreferenz",
            "currency": "Waehrung",
            "amount": "Betrag",
            "booking_text": "Buchungstext",
            "remittance": "Umsatztext",
        },
        also=("Auszugsnummer", "Umsatzzeit"),
        is_ragged=True,
    ),
    Profile(
        name="csv-bank-austria",
        account="Bank Austria",
        columns={
            "booked_on": "Buchungsdatum",
            "value_on": "Valutadatum",
            "remittance": "Buchungstext",
            "currency": "Währung",
            "amount": "Betrag",
        },
        also=("Belegdaten", "Interne Notiz"),
        optional={"payer": "Auftraggebername", "payee": "Empfängername", "remittance": "Zahlungsgrund"},
    ),
)
