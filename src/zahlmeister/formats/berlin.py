"""Movements as open-banking interfaces tell them: the JSON of the Berlin Group's NextGenPSD2, one account per file.

    {"account": {"iban": "DE…", "currency": "EUR"},
     "balances": [{"balanceType": "closingBooked", "balanceAmount": {"amount": "12.30", "currency": "EUR"}, …}],
     "transactions": {"booked": [{"transactionAmount": {…}, "bookingDate": "2026-11-20", …}], "pending": […]}}

Numbers of transactions are not taken for identities: interfaces make some of them up anew for each answer.
Source: Berlin Group, NextGenPSD2 XS2A Framework, Implementation Guidelines 1.3.12, chapters 6.6 and 14.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from zahlmeister.formats.encoding import Readable
from zahlmeister.formats.keepable import without_halves
from zahlmeister.formats.records import (
    Balance,
    Closing,
    Entry,
    Opening,
    Problem,
    Record,
    Source,
    Status,
    Transaction,
)
from zahlmeister.formats.returns import RETURN_GVC, RETURN_SUBFAMILIES, reason_in
from zahlmeister.formats.words import iso_date, present, rejoined
from zahlmeister.money.accounts import tidy
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Unreadable

FORMAT = "berlin-group"
#: An answer larger than this is no answer about one account.
LARGEST = 200_000_000
#: Balances of a day that is over, or of this moment; the best first.
CLOSING = ("closingBooked", "interimBooked")
_PIECES = frozenset({35, 140})
_GERMAN = re.compile(r"[A-Z]{4}\+(\d{3})\b")
_LISTS = (("booked", Status.BOOKED), ("pending", Status.PENDING))

Told = Mapping[str, Any]


def read_berlin(stream: Readable, *, name: str) -> Iterator[Record]:
    """The records of a file; announced movements behind the booked ones.

    Args:
        stream: the file's bytes from the beginning.
        name: how the file is called in records and sentences.

    Raises:
        Unreadable: it is not whole, or a movement has no amount or no day.
    """
    told = _opened(stream, name)
    account = told.get("account")
    named = account if isinstance(account, dict) else {}
    own = tidy(str(named.get("iban") or named.get("bban") or "")) or None
    lists = told["transactions"]
    whole = Source(name, FORMAT, 1, 0)
    yield Opening(whole, own, present(named.get("currency")) or _currency(lists), None, None, None)
    number = 0
    for key, status in _LISTS:
        for row in _rows(lists, key, name):
            number += 1
            yield _entry(row, Source(name, FORMAT, 1, number), own, status)
    if (lists.get("_links") or {}).get("next"):
        yield Problem(whole, f"{name}: the bank has more pages than were fetched; movements may be missing.")
    yield Closing(whole, _closing(told.get("balances")))


def _opened(stream: Readable, name: str) -> dict[str, Any]:
    data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise Unreadable(f"{name}: this is too large for the movements of one account.")
    try:
        told = without_halves(json.loads(data.decode("utf-8-sig"), parse_float=str, parse_int=str))
    except (ValueError, RecursionError):
        raise Unreadable(f"{name}: this JSON is damaged or cut off; fetch it again.") from None
    if not isinstance(told, dict) or not isinstance(told.get("transactions"), dict):
        raise Unreadable(f"{name}: this JSON has no list of transactions as open banking tells them.")
    return told


def _rows(lists: Told, key: str, name: str) -> Sequence[Told]:
    rows = lists.get(key) or []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Unreadable(f"{name}: “{key}” is no list of transactions.")
    return rows


def _currency(lists: Told) -> str | None:
    first = next((row for key, _ in _LISTS for row in lists.get(key) or [] if isinstance(row, dict)), {})
    amount = first.get("transactionAmount")
    return present(amount.get("currency")) if isinstance(amount, dict) else None


def _entry(row: Told, source: Source, own: str | None, status: Status) -> Entry:
    amount = _amount(row.get("transactionAmount"), source)
    booked_on = _day(row, "bookingDate", "bookingDateTime", "valueDate", "valueDateTime")
    if booked_on is None and status is Status.BOOKED:
        raise Unreadable(f"{source}: the movement has no booking day.")
    code, is_return = _code(row)
    text = _text(row)
    side = _other_side(row, amount, own)
    reason = reason_in(text) if is_return else None
    transaction = Transaction(
        source=source,
        account=own,
        booked_on=booked_on,
        value_on=_day(row, "valueDate", "valueDateTime"),
        amount=amount,
        counterparty=_word(row, f"{side}Name"),
        counterparty_iban=_number(row.get(f"{side}Account")),
        counterparty_bic=_word(row, f"{side}Agent"),
        ultimate_party=_word(row, "ultimateDebtor" if side == "debtor" else "ultimateCreditor"),
        remittance=text,
        remittance_pieces=_pieces(row),
        creditor_reference=_reference(row),
        end_to_end_id=_word(row, "endToEndId"),
        mandate_id=_word(row, "mandateId"),
        bank_reference=_word(row, "entryReference"),
        bank_code=code,
        booking_text=_word(row, "additionalInformation"),
        is_return=is_return,
        return_reason=reason,
        status=status,
    )
    return Entry(source, amount, (transaction,))


def _amount(told: Any, source: Source) -> Amount:
    text = str(told.get("amount", "")) if isinstance(told, dict) else ""
    currency = str(told.get("currency", "")) if isinstance(told, dict) else ""
    if not re.fullmatch(r"[+-]?\d+(\.\d+)?", text.strip()) or not re.fullmatch(r"[A-Z]{3}", currency):
        raise Unreadable(f"{source}: “{text} {currency}” is no amount such as -12.30 EUR.")
    try:
        return Amount.parse(text.strip().removeprefix("+"), currency)
    except Unreadable as refusal:
        raise Unreadable(f"{source}: {refusal}") from None


def _day(row: Told, *fields: str) -> date | None:
    days = (iso_date(str(row[each])) for each in fields if row.get(each))
    return next((day for day in days if day is not None), None)


def _other_side(row: Told, amount: Amount, own: str | None) -> str:
    """Who the other one is: whoever is not us. On a return the roles stay those of the payment that came back."""
    usual, opposite = ("debtor", "creditor") if amount.minor > 0 else ("creditor", "debtor")
    is_us = own is not None and _number(row.get(f"{usual}Account")) == own
    is_named = any(row.get(f"{opposite}{part}") for part in ("Name", "Account"))
    return opposite if is_named and (is_us or not any(row.get(f"{usual}{p}") for p in ("Name", "Account"))) else usual


def _number(told: Any) -> str | None:
    if not isinstance(told, dict):
        return None
    return present(tidy(str(told.get("iban") or told.get("bban") or "")))


def _pieces(row: Told) -> tuple[str, ...]:
    several = row.get("remittanceInformationUnstructuredArray")
    if isinstance(several, list) and several:
        return tuple(str(each) for each in several)
    one = _word(row, "remittanceInformationUnstructured")
    return (one,) if one else ()


def _text(row: Told) -> str | None:
    return present(rejoined(_pieces(row), _PIECES)) if _pieces(row) else None


def _reference(row: Told) -> str | None:
    told = row.get("remittanceInformationStructured")
    if isinstance(told, dict):
        told = told.get("reference")
    return present(str(told)) if told else None


def _code(row: Told) -> tuple[str | None, bool]:
    """The bank's code, the German one before the international one, and whether it says that money came back."""
    german = _GERMAN.search(_word(row, "proprietaryBankTransactionCode") or "")
    iso = (_word(row, "bankTransactionCode") or "").replace("-", "/")
    is_return = iso.rpartition("/")[2] in RETURN_SUBFAMILIES
    if german:
        return german[1], is_return or german[1] in RETURN_GVC
    return iso or _word(row, "proprietaryBankTransactionCode"), is_return


def _word(row: Told, field: str) -> str | None:
    told = row.get(field)
    return present(str(told)) if isinstance(told, str) else None


def _closing(balances: Any) -> Balance | None:
    if not isinstance(balances, list):
        return None
    known = {each.get("balanceType"): each for each in balances if isinstance(each, dict)}
    told = next((known[kind] for kind in CLOSING if kind in known), None)
    if told is None or not isinstance(told.get("balanceAmount"), dict):
        return None
    on = _day(told, "referenceDate", "lastChangeDateTime")
    return Balance(_amount(told["balanceAmount"], Source("", FORMAT, 1, 0)), on)
