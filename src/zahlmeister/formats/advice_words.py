"""How carriers name the columns and the totals of their advice lists, and how they name themselves.

Words are folded: small letters and digits only, ä as ae; a currency at the end (`Betrag in EUR`) is left out.
"""

import re
from functools import lru_cache

#: Column → the headers it is recognised by. Where a list has two headers of one column, the first named here counts.
HEADERS = {
    "tracking_number": "sendungsnummer sendungsnummern sendungsnr sendungsid trackingnumber trackingnummer trackingnr "
    "trackingid trackingcode tracking paketnummer paketnr paketscheinnummer paketscheinnr paketscheinnummer identcode "
    "identnummer sendungsbarcode barcode sendung paket parcelnumber parcelno parcelid parcel shipmentnumber shipmentno "
    "shipmentid shipment frachtbriefnummer awb numerodenvoi nodenvoi numerodinvio",
    "order_number": "bestellnummer bestellnr auftragsnummer auftragsnr ordernumber orderno orderid order "
    "kundenreferenz ihrereferenz referenznummer referenznr referenz referenz1 referenzdesabsenders absenderreferenz "
    "customerreference shipperreference reference reference1 referenceno rechnungsnummer rechnungsnr "
    "lieferscheinnummer belegnummer auftrag referenceclient riferimento",
    "amount": "nachnahmebetrag nachnahmewert nachnahmesumme nnbetrag nnwert codbetrag codamount codvalue cod nachnahme "
    "inkassobetrag kassierterbetrag eingezogenerbetrag einzugsbetrag bruttobetrag brutto betrag amount value "
    "montant importo",
    "payout": "auszahlungsbetrag ueberweisungsbetrag auszahlung gutschriftbetrag gutschrift nettobetrag netto payout "
    "payoutamount netamount net",
    "fee": "nachnahmegebuehr nachnahmeentgelt nngebuehr codgebuehr codfee uebermittlungsentgelt inkassogebuehr gebuehr "
    "gebuehren entgelt entgelte servicefee fee fees provision kosten spesen taxe frais",
    "currency": "waehrung whg wkz currency monnaie valuta",
    "date": "zustelldatum zugestelltam zustellung inkassodatum einzugsdatum zahlungsdatum buchungsdatum "
    "auszahlungsdatum deliverydate datum date",
    "name": "empfaengername nameempfaenger empfaengername1 empfaenger recipientname recipient consignee receiver "
    "kundenname kunde name name1 destinataire destinatario",
}  # fmt: skip
COLUMNS = {header: column for column, headers in HEADERS.items() for header in headers.split()}
RANKS = {header: rank for headers in HEADERS.values() for rank, header in enumerate(headers.split())}

#: What a line without a parcel says: the first that its label contains. A subtotal says nothing new.
LABELS = (
    ("subtotal", ("zwischensumme", "uebertrag", "seitensumme", "subtotal", "seite", "page")),
    ("payout", ("auszahl", "ueberweis", "payout", "nettobetrag", "gutschrift")),
    ("fee", ("gebuehr", "entgelt", "fee", "provision", "kosten", "spesen", "frais")),
    ("total", ("summe", "gesamt", "total", "saldo")),
)

#: Carrier → how it names itself in its list.
CARRIERS = (
    ("DHL", re.compile(r"\bDHL\b|\bDeutsche Post\b", re.IGNORECASE)),
    ("DPD", re.compile(r"\bDPD\b", re.IGNORECASE)),
    ("GLS", re.compile(r"\bGLS\b|\bGeneral Logistics Systems\b", re.IGNORECASE)),
    ("Hermes", re.compile(r"\bHermes\b", re.IGNORECASE)),
    ("Österreichische Post", re.compile(r"(?:Ö|Oe)sterreichische Post|\bpost\.at\b", re.IGNORECASE)),
    ("Schweizerische Post", re.compile(r"Schweizerische Post|\bPost CH\b|\bSwiss Post\b", re.IGNORECASE)),
    ("UPS", re.compile(r"\bUPS\b|United Parcel Service")),
    ("FedEx", re.compile(r"\bFedEx\b|\bTNT\b", re.IGNORECASE)),
)  # fmt: skip

_UMLAUTS = {ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue", ord("ß"): "ss", ord("é"): "e", ord("è"): "e"}
_CURRENCY = re.compile(r"(?:in)?(eur|chf|euro)$")


@lru_cache(maxsize=1 << 12)
def folded(text: str) -> str:
    """A header as the tables have it: `Nachnahme-Betrag (EUR)` is `nachnahmebetrag`."""
    plain = "".join(sign for sign in text.lower().translate(_UMLAUTS) if sign.isascii() and sign.isalnum())
    return _CURRENCY.sub("", plain) or plain


def currency_of(header: str) -> str | None:
    """The currency that a header states: `Betrag in EUR` states EUR."""
    found = _CURRENCY.search("".join(sign for sign in header.lower() if sign.isalnum()))
    return {"eur": "EUR", "euro": "EUR", "chf": "CHF"}[found[1]] if found else None


def label(text: str) -> str | None:
    """What a line that names no parcel is about: total, fee, payout or subtotal; None when it says nothing of it."""
    plain = folded(text)
    return next((kind for kind, words in LABELS if any(word in plain for word in words)), None)


def carrier(text: str) -> str | None:
    """The carrier that a line names."""
    return next((name for name, pattern in CARRIERS if pattern.search(text)), None)
