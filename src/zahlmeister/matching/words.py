"""Clues and reasons in words a merchant understands, in English and German.

Plain tables: the sentences are needed without a web framework too. `{0}`, `{1}` are the facts of the clue.
"""

import re
from typing import Final

from zahlmeister.matching.facts import Clue

LANGUAGES: Final = ("en", "de")

#: kind → English, German
_CLUES: Final[dict[str, tuple[str, str]]] = {
    "order_number": ("order number {0}", "Bestellnummer {0}"),
    "order_number_joined": ("order number {0}, torn apart in the text", "Bestellnummer {0}, im Text zerrissen"),
    "order_number_look_alike": (
        "order number {0} with letters for digits",
        "Bestellnummer {0} mit Buchstaben statt Ziffern",
    ),
    "order_number_abbreviated": ("order number {0}, shortened after another", "Bestellnummer {0}, abgekürzt"),
    "order_number_other_prefix": (
        "digits of order number {0} without its prefix {1}",
        "Ziffern der Bestellnummer {0} ohne ihren Vorsatz {1}",
    ),
    "invoice_number": ("invoice number {0}", "Rechnungsnummer {0}"),
    "invoice_number_joined": ("invoice number {0}, torn apart in the text", "Rechnungsnummer {0}, im Text zerrissen"),
    "invoice_number_look_alike": (
        "invoice number {0} with letters for digits",
        "Rechnungsnummer {0} mit Buchstaben statt Ziffern",
    ),
    "invoice_number_abbreviated": ("invoice number {0}, shortened after another", "Rechnungsnummer {0}, abgekürzt"),
    "invoice_number_other_prefix": (
        "digits of invoice number {0} without its prefix {1}",
        "Ziffern der Rechnungsnummer {0} ohne ihren Vorsatz {1}",
    ),
    "reference": ("payment reference {0}", "Referenznummer {0}"),
    "tracking_number": ("tracking number {0}", "Sendungsnummer {0}"),
    "reference_slip": (
        "payment reference with one wrong character: {0}",
        "Referenznummer mit einem falschen Zeichen: {0}",
    ),
    "number_tail": ("number {0} without prefix or year: {1}", "Nummer {0} ohne Vorsatz oder Jahr: {1}"),
    "number_slip": ("number {0} with one wrong digit: {1}", "Nummer {0} mit einer falschen Ziffer: {1}"),
    "number_swap": ("number {0} with two digits swapped: {1}", "Nummer {0} mit zwei vertauschten Ziffern: {1}"),
    "other_number": ("another number is named: {0}", "eine andere Nummer ist genannt: {0}"),
    "other_open_number": (
        "the number of another order is named: {0}",
        "die Nummer einer anderen Bestellung ist genannt: {0}",
    ),
    "not_named": (
        "{0} of the orders not named in the text",
        "{0} der Bestellungen im Verwendungszweck nicht genannt",
    ),
    "name": ("same name: {0}", "gleicher Name: {0}"),
    "name_similar": ("similar name: {0}", "ähnlicher Name: {0}"),
    "surname": ("same surname: {0}", "gleicher Nachname: {0}"),
    "name_in_text": ("customer named in the text: {0}", "Kunde im Verwendungszweck genannt: {0}"),
    "firm": ("same company: {0}", "gleiche Firma: {0}"),
    "firm_part": ("part of the company's name: {0}", "Teil des Firmennamens: {0}"),
    "other_name": ("payer of another name: {0}", "Auftraggeber mit anderem Namen: {0}"),
    "customer_number": ("customer number {0}", "Kundennummer {0}"),
    "mail": ("e-mail address {0}", "E-Mail-Adresse {0}"),
    "payer_name": ("{0} has paid for this customer before", "{0} hat schon für diesen Kunden gezahlt"),
    "iban": ("the customer has paid from this account before", "Kunde hat schon von diesem Konto gezahlt"),
    "amount_tolerance": ("amount within the tolerance, {1} off", "Betrag in der Toleranz, {1} Abweichung"),
    "amount_charges": ("amount short by bank charges of {1}", "Betrag um Bankgebühren von {1} zu niedrig"),
    "amount_charges_likely": (
        "amount too low by {1}, which banks on the way have probably kept",
        "Betrag um {1} zu niedrig, wohl von Banken unterwegs einbehalten",
    ),
    "amount_discount": (
        "amount less the agreed discount of {1}",
        "Betrag abzüglich des vereinbarten Skontos von {1}",
    ),
    "amount_discount_late": (
        "amount less the agreed discount of {1}, after its term",
        "Betrag abzüglich des vereinbarten Skontos von {1}, nach Ablauf der Frist",
    ),
    "amount_own_discount": (
        "amount less a discount of {1} that was not agreed",
        "Betrag abzüglich {1} Skonto, das nicht vereinbart war",
    ),
    "amount_without_shipping": ("amount without the shipping of {1}", "Betrag ohne die Versandkosten von {1}"),
    "amount_with_fees": ("amount with the fees of {1}", "Betrag samt der Gebühren von {1}"),
    "amount_rounded": ("amount rounded by {1}", "Betrag um {1} gerundet"),
    "amount_swapped": ("amount with two digits swapped, {0} is owed", "Betrag mit Zahlendreher, offen sind {0}"),
    "amount_twice": ("twice the {0} that is owed", "das Doppelte des offenen Betrags von {0}"),
    "amount_part": ("part of the amount, {1} missing", "Teilbetrag, {1} fehlen"),
    "amount_less": ("amount too low by {1}", "Betrag um {1} zu niedrig"),
    "amount_more": ("amount too high by {1}", "Betrag um {1} zu hoch"),
    "amount_sum": ("exactly the sum of {1} orders: {0}", "genau die Summe von {1} Bestellungen: {0}"),
    "paid_soon": ("{0} days after the order", "{0} Tage nach der Bestellung"),
    "paid_later": ("{0} days after the order", "{0} Tage nach der Bestellung"),
    "paid_late": ("late, {0} days after the order", "spät, {0} Tage nach der Bestellung"),
    "paid_very_late": ("very late, {0} days after the order", "sehr spät, {0} Tage nach der Bestellung"),
    "paid_before": ("{0} days before the order", "{0} Tage vor der Bestellung"),
    "account_country": ("account in the customer's country, {0}", "Konto im Land des Kunden, {0}"),
    "account_abroad": ("account in another country, {0}", "Konto in einem anderen Land, {0}"),
    "ask_account": (
        "it must go back, and there is no account to send it to: ask the payer for one",
        "es muss zurück, und es gibt kein Konto dafür: fragen Sie den Zahler nach einem",
    ),
    "cannot_go_back": (
        "it was to go back and could not: look why, and send it back or assign it",
        "es sollte zurück und konnte nicht: sehen Sie nach, warum, und senden Sie es zurück oder ordnen Sie es zu",
    ),
    "other_account": ("not the account the customer has paid from", "nicht das Konto, von dem der Kunde sonst zahlt"),
    "place": ("postcode {0} in the text", "Postleitzahl {0} im Verwendungszweck"),
    "other_purpose": ("another purpose is named: {0}", "anderer Zweck genannt: {0}"),
    "instalment": ("a part of the amount is mentioned: {0}", "von einem Teilbetrag ist die Rede: {0}"),
    "closed": ("nothing is owed any more", "nichts mehr offen"),
    "list_tracking_number": (
        "tracking number {0}, line {1} of the carrier's list",
        "Sendungsnummer {0}, Zeile {1} der Liste des Versanddienstleisters",
    ),
    "list_order_number": (
        "order number {0}, line {1} of the carrier's list",
        "Bestellnummer {0}, Zeile {1} der Liste des Versanddienstleisters",
    ),
    "list_amount_and_name": (
        "amount and name {0}, line {1} of the carrier's list",
        "Betrag und Name {0}, Zeile {1} der Liste des Versanddienstleisters",
    ),
}
#: How many other items have the same amount: none, one, several, too many to count.
_AMOUNT: Final[dict[str, tuple[str, str]]] = {
    "0": ("amount exact, no other has it", "Betrag genau, kein anderer hat ihn"),
    "1": ("amount exact, one other has it", "Betrag genau, ein anderer hat ihn auch"),
    "some": ("amount exact, {1} others have it", "Betrag genau, {1} andere haben ihn auch"),
    "many": ("amount exact, many others have it", "Betrag genau, viele andere haben ihn auch"),
}

#: Days that have words of their own: the day before, the day itself, the next.
_DAYS: Final[dict[str, tuple[str, str]]] = {
    "-1": ("the day before the order", "am Tag vor der Bestellung"),
    "0": ("on the day of the order", "am Tag der Bestellung"),
    "1": ("1 day after the order", "1 Tag nach der Bestellung"),
}
#: A number of an order that the text calls a customer's; it has no prefix that could be missing.
_CALLED_CUSTOMER: Final = (
    "number {0}, called a customer number",
    "Nummer {0}, als Kundennummer bezeichnet",
)

_REASONS: Final[dict[str, tuple[str, str]]] = {
    "ambiguous": ("two answers fit about equally well", "zwei Antworten passen etwa gleich gut"),
    "weak": ("the clues are not strong enough", "die Indizien reichen nicht aus"),
    "closed": ("the order named is paid already", "die genannte Bestellung ist schon bezahlt"),
    "other_account": (
        "the account is kept to other orders",
        "das Konto ist anderen Bestellungen vorbehalten",
    ),
    "currency": ("another currency", "andere Währung"),
    "contradiction": ("the text names something else", "der Verwendungszweck nennt etwas anderes"),
    "sum_differs": (
        "several orders are named, and their sum is another",
        "mehrere Bestellungen sind genannt, ihre Summe ist eine andere",
    ),
    "too_much": (
        "more than is owed, perhaps for something else as well",
        "mehr als offen ist, vielleicht auch für etwas anderes",
    ),
    "failed": ("looking for its order failed", "die Suche nach der Bestellung ist gescheitert"),
    "nothing_fits": ("no open order fits", "keine offene Bestellung passt"),
    "collected": (
        "the house has collected it by direct debit and books it itself",
        "das Haus hat es per Lastschrift eingezogen und bucht es selbst",
    ),
    "own_rule": ("ignored by a rule of yours", "durch eine eigene Regel ignoriert"),
    "provider": ("settlement of a payment provider", "Auszahlung eines Zahlungsanbieters"),
    "tax": ("money from the tax office", "Geld vom Finanzamt"),
    "subsidy": ("subsidy or public money", "Zuschuss oder öffentliche Mittel"),
    "insurance": ("money from an insurance", "Geld einer Versicherung"),
    "salary": ("wages", "Lohn oder Gehalt"),
    "rent": ("rent", "Miete"),
    "supplier": ("a supplier's credit", "Gutschrift eines Lieferanten"),
    "private": ("a deposit of your own", "eigene Einlage"),
}


_MONEY = re.compile(r"-?[0-9]+\.[0-9]{2,3}")


def clue_text(clue: Clue, language: str = "en") -> str:
    """A clue as a plain phrase: `clue_text(Clue("surname", 6.1, ("MULLER",)))` is `same surname: MULLER`."""
    facts = [_spoken(fact, language) for fact in clue.facts]
    return _phrases(clue)[_column(language)].format(*facts, "", "")


def _phrases(clue: Clue) -> tuple[str, str]:
    if clue.kind == "amount" and len(clue.facts) > 1:
        return _AMOUNT.get(clue.facts[1], _AMOUNT["some"])
    if clue.kind == "paid_soon" and clue.facts[:1] and clue.facts[0] in _DAYS:
        return _DAYS[clue.facts[0]]
    if clue.kind.endswith("_other_prefix") and clue.facts[1:] == ("-",):
        return _CALLED_CUSTOMER
    return _CLUES.get(clue.kind, (clue.kind, clue.kind))


def _spoken(fact: str, language: str) -> str:
    """Amounts with the decimal sign of the language: 160.10 is 160,10 in German."""
    return fact.replace(".", ",") if _column(language) and _MONEY.fullmatch(fact) else fact


def reason_text(reason: str, language: str = "en") -> str:
    """Why a payment is ignored or was not assigned, as a plain phrase."""
    return _REASONS.get(reason, (reason, reason))[_column(language)]


def _column(language: str) -> int:
    return 1 if language.lower().startswith("de") else 0
