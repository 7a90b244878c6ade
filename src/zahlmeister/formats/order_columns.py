"""What the columns of a file of orders mean: by their headers as shops write them, or as a person has told."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from zahlmeister.refusals import Unreadable

_UMLAUTS = {ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue", ord("ß"): "ss"}


@dataclass(frozen=True, slots=True)
class Meant:
    """What a person told of a file of orders, which counts before what we know.

    `columns` is by header: one of `COLUMNS`, or empty for one that says nothing we need. `kinds` is by what stands in
    the column of the payment method: prepayment, invoice, cod or other; the empty text is where nothing stands.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)

    def plain(self) -> "Meant":
        """The same, by texts as they are compared; columns and kinds that do not exist are left out."""
        columns = {folded(header): column for header, column in self.columns.items() if column in {"", *_HEADERS}}
        kinds = {folded(written): kind for written, kind in self.kinds.items() if kind in {*_KINDS, "other"}}
        return Meant(columns, kinds)


NOTHING_TOLD = Meant()

#: Column → the headers it is recognised by, folded: small letters and digits only, ä as ae.
_HEADERS = {
    "number": "number ordernumber orderno ordernr orderid order bestellnummer bestellnr bestellung auftragsnummer "
    "auftragsnr auftrag belegnummer nummer ordername",
    "amount": "amount total ordertotal grandtotal betrag gesamtbetrag gesamt summe bruttobetrag rechnungsbetrag brutto "
    "endbetrag gesamtsumme",
    "currency": "currency currencycode waehrung whrg wkz",
    "date": "date orderdate orderedon createdat datum bestelldatum bestelltam auftragsdatum",
    "due_date": "duedate dueon due faellig faelligam faelligkeit faelligkeitsdatum zahlbarbis",
    "invoice_number": "invoicenumber invoiceno invoicenr invoice rechnungsnummer rechnungsnr rechnung renr rgnr",
    "customer_number": "customernumber customerno customernr customerid kundennummer kundennr kdnr debitor "
    "debitorennummer debitorennr",
    "payment_kind": "paymentkind paymentmethod paymenttype payment zahlungsart zahlart zahlungsweise zahlungsmethode",
    "name": "name customername fullname kundenname namedeskunden besteller rechnungsname vollername vornamename "
    "vornameundname vornameundnachname kaeufer kaeufername buyer buyername billingname",
    "first_name": "firstname givenname vorname",
    "last_name": "lastname surname familyname nachname familienname",
    "company": "company companyname firma firmenname unternehmen",
    "email": "email mail emailaddress emailadresse mailadresse",
    "street": "street address address1 strasse strassehausnr strasseundhausnummer anschrift adresse",
    "postcode": "postcode postalcode zip zipcode plz postleitzahl",
    "city": "city town ort stadt wohnort",
    "country": "country countrycode land laendercode",
    "shipping_cost": "shippingcost shipping shippingcosts shippingamount versandkosten versand porto lieferkosten",
    "iban": "iban kontonummer konto bankkonto",
    "reference": "reference paymentreference referenz referenznummer zahlungsreferenz verwendungszweck",
    "tracking_number": "trackingnumber trackingnumbers trackingno trackingnr trackingid tracking trackingcode "
    "shippingnumber shippingnumbers parcelnumber parcelno sendungsnummer sendungsnummern sendungsnr sendungsid "
    "paketnummer paketnummern paketnr paketscheinnummer identcode frachtbriefnummer",
    "dunning_level": "dunninglevel initialdunninglevel reminderlevel mahnstufe anfangsmahnstufe",
    "language": "language languagecode locale customerlocale sprache sprachcode kundensprache",
    "customer_group": "customergroup customergroupname kundengruppe kundengruppenname",
    # a plain “discount” is a rebate that the amount is already less
    "cash_discount_percent": "cashdiscountpercent cashdiscountrate skonto skontoprozent skontosatz skontoin",
    "cash_discount_amount": "cashdiscountamount cashdiscount skontobetrag skontoeur",
    "cash_discount_days": "cashdiscountdays skontotage skontofrist skontofristtage skontoziel",
    "cash_discount_until": "cashdiscountuntil cashdiscountdate skontobis skontodatum skontofaellig skontofaelligkeit",
}
#: Headers over a number in some files and over a name in others: what the file has no other column for, or the first.
_EITHER = {"kunde": ("customer_number", "name"), "customer": ("name", "customer_number")}
#: The columns that there are, for a person who says which header is which.
COLUMNS = tuple(_HEADERS)
_COLUMNS = {header: column for column, headers in _HEADERS.items() for header in headers.split()}
_KINDS = {
    "prepayment": "prepayment prepaid vorkasse vorauskasse vorabueberweisung ueberweisung banktransfer banktransfers "
    "banküberweisung bankueberweisung bacs transfer wiretransfer bankdeposit",
    "invoice": "invoice rechnung kaufaufrechnung aufrechnung rechnungskauf",
    "cod": "cod nachnahme cashondelivery",
}
_KIND_OF = {word: kind for kind, words in _KINDS.items() for word in words.split()}

#: The headers that German and English shops write most.
_OFTEN = {
    "number": ("Bestellnummer", "Auftragsnummer", "Belegnummer", "order number"),
    "amount": ("Betrag", "Gesamtbetrag", "Summe", "total"),
}


def check_columns(columns: Mapping[str, int], names: list[str], where: str) -> None:
    """Refuse a table without order numbers or amounts.

    Raises:
        Unreadable: a needed column is not there; the sentence names those that are.
    """
    for required in ("number", "amount"):
        if required not in columns:
            seen = ", ".join(f"“{column.strip()[:60]}”" for column in names[:12] if column.strip())
            raise Unreadable(
                f"{where}: there is no column “{required}”, only {seen}; its header may be "
                f"{', '.join(_OFTEN[required])} and the like."
            )


def recognised(names: list[str], known: Meant) -> dict[str, int]:
    """Column → its place; of two headers for the same column the first counts, one that a person told before all.

    Args:
        names: the headers as they stand in the file.
        known: what a person told, folded.
    """
    found: dict[str, int] = {}
    for told in (known.columns, _COLUMNS):
        for place, header in enumerate(names):
            column = told.get(folded(header))
            is_told = told is _COLUMNS and folded(header) in known.columns
            if column and not is_told and place not in found.values():
                found.setdefault(column, place)
    for place, header in enumerate(names):
        free = [column for column in _EITHER.get(folded(header), ()) if column not in found]
        if free and folded(header) not in known.columns:
            found[free[0]] = place
    return found


def kind_meant(written: str, known: Meant) -> str:
    """What stands in the column of the payment method as a payment kind: prepayment, invoice, cod or other."""
    plain = folded(written)
    told = known.kinds.get(plain)
    return told or (_KIND_OF.get(plain, "other") if plain else "prepayment")


#: Of what stands in the name of a payment method most often, first the more certain.
_LIKELY = {
    "invoice": ("rechnung", "invoice"),
    "cod": ("nachnahme", "cashondelivery"),
    "prepayment": ("vorkasse", "vorauskasse", "ueberweisung", "banktransfer", "prepay", "wiretransfer"),
}


def likely_kind(written: str) -> str:
    """The payment kind that a method nobody knows seems to be, for a person to look at."""
    plain = folded(written)
    return next((kind for kind, words in _LIKELY.items() if any(word in plain for word in words)), "other")


def folded(text: str) -> str:
    """A header as it is compared: small letters and digits only, ä as ae."""
    return "".join(character for character in text.lower().translate(_UMLAUTS) if character.isalnum())
