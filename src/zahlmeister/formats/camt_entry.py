"""From the facts of a camt entry and its details to an entry with its transactions.

Rules of reading, where ISO 20022 leaves several places for one fact:

- The amount of a detail: its own, else the transaction amount, in the account's currency. A single detail moves what
  the entry moves; what it says itself, where that differs or is in another currency, is the original amount.
- The direction is the entry's. A detail that says the opposite is believed only when the details then make
  the entry (banks net a batch); otherwise it is a problem.
- The other side: who paid on a credit, who was paid on a debit. On a returned payment the roles are still
  those of the original, so the account number decides, and without one the roles are taken the other way
  round.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from zahlmeister.formats.camt_facts import Facts, signed, stated
from zahlmeister.formats.records import Entry, Source, Status, Transaction
from zahlmeister.formats.returns import RETURN_GVC, RETURN_SUBFAMILIES
from zahlmeister.formats.sepa_text import Tagged, tagged
from zahlmeister.formats.words import iso_date, present, rejoined
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Unreadable


@dataclass(frozen=True, slots=True)
class Account:
    """The account the statement is about."""

    number: str | None
    currency: str | None


def entry_record(facts: Facts, details: Sequence[Facts], account: Account, source: Source) -> tuple[Entry, list[str]]:
    """The entry with one transaction per detail (one if there is none), and sentences about what is odd.

    Raises:
        Unreadable: an amount, a direction or a date is not what it must be; the sentence names the place.
    """
    try:
        return _entry_record(facts, details, account, source)
    except Unreadable as refusal:
        raise Unreadable(f"{source}: {refusal}") from None


def _entry_record(facts: Facts, details: Sequence[Facts], account: Account, source: Source) -> tuple[Entry, list[str]]:
    amount = signed(facts, account.currency, "the amount (Amt)")
    frame = _Frame(
        account=account,
        source=source,
        amount=amount,
        facts=facts,
        booked_on=_day(facts, "booked_on", "the booking date (BookgDt)"),
        value_on=_day(facts, "value_on", "the value date (ValDt)"),
        status=_status(facts),
        is_single=len(details) <= 1,
    )
    shares, is_divisible, doubts = _shares(facts, details, amount)
    transactions = [
        _transaction(frame, detail, share, number)
        for number, (detail, share) in enumerate(zip(details or (Facts(),), shares, strict=True), start=1)
    ]
    return Entry(source, amount, tuple(transactions), is_divisible), doubts


@dataclass(frozen=True, slots=True)
class _Frame:
    """What all details of an entry share."""

    account: Account
    source: Source
    amount: Amount
    facts: Facts
    booked_on: date | None
    value_on: date | None
    status: Status
    is_single: bool


def _day(facts: Facts, name: str, what: str) -> date | None:
    text = present(facts.texts.get(name))
    if text is None:
        return None
    day = iso_date(text)
    if day is None:
        raise Unreadable(f"{what} is “{text}”, which is no day of the calendar.")
    return day


def _status(facts: Facts) -> Status:
    said = present(facts.texts.get("status"))
    return Status.PENDING if said in {"PDNG", "INFO", "FUTR"} else Status.BOOKED


def _shares(facts: Facts, details: Sequence[Facts], amount: Amount) -> tuple[list[Amount | None], bool, list[str]]:
    """What each detail moves, whether they make the entry, and what is odd about it."""
    if not details:
        return [amount], True, []
    if len(details) == 1:
        return _only_share(facts, details[0], amount)
    plain = [_share(detail, amount) for detail in details]
    direction = _direction(amount)
    opposed = [i for i, detail in enumerate(details) if _sign(detail) not in {None, direction}]
    same = [-share if share and direction == "DBIT" else share for share in plain]
    own = [-share if share and i in opposed else share for i, share in enumerate(same)]
    charges = _all_charges(facts, details, amount.currency)
    if opposed and _make(own, amount, charges):
        return own, True, []
    doubts = [_opposed([i + 1 for i in opposed], direction)] if opposed else []
    is_divisible = _make(same, amount, charges)
    known = [share for share in same if share is not None]
    if not is_divisible and len(known) == len(same):
        total = Amount(sum(share.minor for share in known), amount.currency)
        doubts.append(f"The details add up to {total}, but the entry is {amount}; it is kept whole.")
    return same, is_divisible, doubts


def _only_share(facts: Facts, detail: Facts, amount: Amount) -> tuple[list[Amount | None], bool, list[str]]:
    """A single detail moves what the entry moves; its own amount may only differ by the charges."""
    direction = _direction(amount)
    doubts = [] if _sign(detail) in {None, direction} else [_opposed([1], direction)]
    own = _share(detail, amount)
    if own is None or own == abs(amount):
        return [amount], True, doubts
    is_explained = abs(own.minor - abs(amount.minor)) == abs(_all_charges(facts, [detail], amount.currency))
    if not is_explained:
        doubts.append(f"The detail says {own}, but the entry is {abs(amount)}; the entry was believed.")
    return [amount], is_explained, doubts


def _direction(amount: Amount) -> str:
    return "DBIT" if amount.minor < 0 else "CRDT"


def _opposed(numbers: list[int], direction: str) -> str:
    said = "CRDT" if direction == "DBIT" else "DBIT"
    return (
        f"Detail {', '.join(map(str, numbers))} of the entry says the opposite direction ({said}) of the entry itself "
        f"({direction}); the entry was believed."
    )


def _share(detail: Facts, entry: Amount) -> Amount | None:
    """A detail's amount in the account's currency, unsigned."""
    for name in ("amount", "transaction_amount"):
        amount = stated(detail, name, entry.currency, f"the amount of a detail ({name.replace('_', ' ')})")
        if amount is not None and amount.currency == entry.currency:
            return amount
    return None


def _sign(detail: Facts) -> str | None:
    return present(detail.texts.get("sign"))


def _make(shares: Sequence[Amount | None], amount: Amount, charges: int) -> bool:
    """Whether the shares make the entry, exactly or with the charges on top or taken off."""
    if any(share is None for share in shares):
        return False
    difference = sum(share.minor for share in shares if share is not None) - amount.minor
    return difference == 0 or abs(difference) == abs(charges)


def _all_charges(facts: Facts, details: Sequence[Facts], currency: str) -> int:
    """All charges of the entry in minor units of its currency; the entry's own, else those of its details."""
    own = _charges(facts, currency)
    if own is not None and own.currency == currency:
        return own.minor
    each = [_charges(detail, currency) for detail in details]
    return sum(charge.minor for charge in each if charge and charge.currency == currency)


def _charges(facts: Facts, currency: str) -> Amount | None:
    """The charges: a total (from 2013 on), else single records (2009: repeated), credits subtracted."""
    if "charges" not in facts.groups:
        return None
    found: Amount | None = None
    for group in facts.groups.get("charges", []):
        records = [stated(group, "total", currency, "the charges (TtlChrgsAndTaxAmt)")]
        if records[0] is None:
            records = [_charge(record, currency) for record in (group, *group.groups.get("records", []))]
        for charge in records:
            if charge is None:
                continue
            if found is not None and found.currency != charge.currency:
                return None
            found = charge if found is None else found + charge
    return found


def _charge(record: Facts, currency: str) -> Amount | None:
    charge = stated(record, "amount", currency, "a charge (Chrgs)")
    return -charge if charge and _sign(record) == "CRDT" else charge


def _transaction(frame: _Frame, detail: Facts, share: Amount | None, number: int) -> Transaction:
    facts, texts, source = frame.facts, detail.texts, frame.source
    if number > 1:
        source = Source(source.file, source.format, source.statement, source.entry, number)
    entry_text = present(facts.texts.get("additional"))
    pieces = _pieces(detail)
    keys = tagged(pieces, width=140) if pieces else None
    code = _code(detail) or _code(facts)
    is_return = _is_return(frame, detail)
    party = _other_side(frame, detail, is_return=is_return)
    references = tuple("".join(text.split()) for text in detail.lists.get("references", ()) if present(text))
    charges = _charges(detail, frame.amount.currency)
    if charges is None and frame.is_single:
        charges = _charges(facts, frame.amount.currency)
    end_to_end = present(texts.get("end_to_end_id"))
    mandate = present(texts.get("mandate_id"))
    ultimate = present(texts.get(f"ultimate_{party}_name"))
    if keys is not None:
        end_to_end = end_to_end or keys.fields.get("EREF")
        mandate = mandate or keys.fields.get("MREF")
        ultimate = ultimate or keys.fields.get("ABWA")
    return Transaction(
        source=source,
        account=frame.account.number,
        booked_on=frame.booked_on,
        value_on=frame.value_on,
        amount=share,
        counterparty=present(texts.get(f"{party}_name")),
        counterparty_iban=_number(detail, party),
        counterparty_bic=present(texts.get(f"{party}_bic")),
        ultimate_party=ultimate,
        remittance=_remittance(detail, pieces, keys) or entry_text,
        remittance_pieces=keys.pieces if keys else pieces,
        creditor_reference=references[0] if references else None,
        end_to_end_id=end_to_end,
        mandate_id=mandate,
        bank_reference=present(texts.get("bank_reference")) or _entry_reference(frame),
        bank_code=code,
        booking_text=entry_text,
        is_return=is_return,
        return_reason=_reason(detail) if is_return else None,
        charges=charges,
        original_amount=_original(frame, detail),
        status=frame.status,
        creditor_references=references if len(references) > 1 else (),
        customer_reference=present(texts.get("instruction_id")),
    )


def _pieces(detail: Facts) -> tuple[str, ...]:
    """The unstructured text as the bank cut it; indentation inside a piece is no text."""
    found = detail.lists.get("unstructured")
    if not found:
        return ()
    return tuple(" ".join(text.split()) if "\n" in text else text for text in found)


def _remittance(detail: Facts, pieces: tuple[str, ...], keys: Tagged | None) -> str | None:
    """The text, then document numbers and notes of the structured part; as a last resort the bank's words."""
    text = keys.text if keys is not None else rejoined(pieces, _WIDTHS)
    lists = detail.lists
    if "documents" in lists or "additional_remittance" in lists:
        parts = [text or "", *lists.get("documents", ()), *lists.get("additional_remittance", ())]
        text = " ".join(" ".join(part.split()) for part in parts if part.strip())
    return text or present(detail.texts.get("additional"))


_WIDTHS = frozenset({35, 140})


def _entry_reference(frame: _Frame) -> str | None:
    return present(frame.facts.texts.get("bank_reference"))


_DK_CODE = re.compile(r"(?:[A-Z]\w{3}\+)?(\d{3})(?:\+.*)?")


def _code(facts: Facts) -> str | None:
    said = facts.texts.get
    return _code_of(said("proprietary"), said("issuer"), said("domain"), said("family"), said("subfamily"))


@lru_cache(maxsize=1024)
def _code_of(
    proprietary: str | None, issuer: str | None, domain: str | None, family: str | None, subfamily: str | None
) -> str | None:
    """The German business transaction code (`166`), else ISO (`PMNT/RCDT/ESCT`), else the bank's own."""
    own = present(proprietary)
    if own:
        german = _DK_CODE.fullmatch(own)
        if german and (present(issuer) in {"DK", "ZKA"} or "+" in own):
            return german[1]
    if present(domain):
        return "/".join(part for each in (domain, family, subfamily) if (part := present(each)))
    return own


def _is_return(frame: _Frame, detail: Facts) -> bool:
    if present(frame.facts.texts.get("reversal")) in {"true", "1"}:
        return True
    if _reason(detail):
        return True
    for facts in (detail, frame.facts):
        if present(facts.texts.get("subfamily")) in RETURN_SUBFAMILIES or _code(facts) in RETURN_GVC:
            return True
    return False


def _reason(detail: Facts) -> str | None:
    texts = detail.texts
    words = detail.lists.get("return_words")
    return (
        present(texts.get("return_code"))
        or present(texts.get("return_proprietary"))
        or (present(" ".join(words)) if words else None)
    )


def _other_side(frame: _Frame, detail: Facts, *, is_return: bool) -> str:
    """`debtor` or `creditor`, whichever is not we."""
    expected, opposite = ("debtor", "creditor") if frame.amount.minor >= 0 else ("creditor", "debtor")
    own = frame.account.number
    if own is not None:
        numbers = _number(detail, expected), _number(detail, opposite)
        if numbers[0] == own and numbers[1] != own and _is_named(detail, opposite):
            return opposite
        if numbers[1] == own and _is_named(detail, expected):
            return expected
    if is_return and _is_named(detail, opposite):
        return opposite
    return expected


def _is_named(detail: Facts, party: str) -> bool:
    return bool(present(detail.texts.get(f"{party}_name")) or _number(detail, party))


def _number(detail: Facts, party: str) -> str | None:
    """The party's IBAN, else its account number, without blanks."""
    number = present(detail.texts.get(f"{party}_iban")) or present(detail.texts.get(f"{party}_other"))
    return "".join(number.split()).upper() if number else None


def _original(frame: _Frame, detail: Facts) -> Amount | None:
    """What was instructed: stated as such, else the detail's amount where it is not what was booked."""
    sources = (detail, frame.facts) if frame.is_single else (detail,)
    for facts in sources:
        instructed = stated(facts, "instructed", None, "the instructed amount (InstdAmt)")
        if instructed is not None:
            return instructed
        for name in ("transaction_amount", "amount"):
            _, currency = facts.money.get(name, _NOTHING)
            if currency is not None and currency.strip() != frame.amount.currency:
                return stated(facts, name, None, "the amount of a detail")
    own = _share(detail, frame.amount) if frame.is_single else None
    return own if own != abs(frame.amount) else None


_NOTHING: tuple[None, None] = (None, None)
