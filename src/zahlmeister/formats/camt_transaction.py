"""From the facts of one detail of a camt entry to a transaction."""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from zahlmeister.formats.camt_facts import Facts, stated
from zahlmeister.formats.records import Source, Status, Transaction
from zahlmeister.formats.returns import RETURN_GVC, RETURN_SUBFAMILIES, reason_in
from zahlmeister.formats.sepa_text import Tagged, tagged
from zahlmeister.formats.words import present, rejoined
from zahlmeister.money.amount import Amount


@dataclass(frozen=True, slots=True)
class Account:
    """The account the statement is about."""

    number: str | None
    currency: str | None


@dataclass(slots=True)
class Frame:
    """What all details of an entry share."""

    account: Account
    source: Source
    amount: Amount
    facts: Facts
    booked_on: date | None
    value_on: date | None
    status: Status
    is_single: bool


def transaction_of(frame: Frame, detail: Facts, share: Amount | None, number: int) -> Transaction:
    """The transaction a detail tells: the n-th of its entry, moving its share of it."""
    facts, texts, source = frame.facts, detail.texts, frame.source
    if number > 1:
        source = Source(source.file, source.format, source.statement, source.entry, number)
    entry_text = present(facts.texts.get("additional"))
    pieces = _pieces(detail)
    keys = tagged(pieces, width=140) if pieces else None
    code, is_return = _code_and_return(frame, detail)
    party = _other_side(frame, detail, is_return=is_return)
    references = tuple("".join(text.split()) for text in detail.lists.get("references", ()) if present(text))
    charges = charges_of(detail, frame.amount.currency)
    if charges is None and frame.is_single:
        charges = charges_of(facts, frame.amount.currency)
    more = _structured(detail, references)
    remittance = _remittance(detail, pieces, keys, more) or entry_text
    end_to_end = present(texts.get("end_to_end_id"))
    mandate = present(texts.get("mandate_id"))
    ultimate = present(texts.get(f"ultimate_{party}_name"))
    if keys is not None:
        end_to_end = end_to_end or keys.fields.get("EREF")
        mandate = mandate or keys.fields.get("MREF")
        ultimate = ultimate or keys.fields.get("ABWA")
    return Transaction(  # in the order of its fields, because names would take longer than all the rest
        source,
        frame.account.number,
        frame.booked_on,
        frame.value_on,
        share,  # amount
        present(texts.get(f"{party}_name")),  # counterparty
        _number(detail, party),  # counterparty_iban
        present(texts.get(f"{party}_bic")),  # counterparty_bic
        ultimate,
        remittance,
        () if more else keys.pieces if keys else pieces,  # remittance_pieces, unless they are not all of the text
        references[0] if references else None,  # creditor_reference
        end_to_end,
        mandate,
        present(texts.get("bank_reference")) or present(facts.texts.get("bank_reference")),
        code,  # bank_code
        entry_text,  # booking_text
        is_return,
        (_reason(detail) or reason_in(remittance)) if is_return else None,
        charges,
        _original(frame, detail),
        frame.status,
        references if len(references) > 1 else (),  # creditor_references
        present(texts.get("instruction_id")),  # customer_reference
    )


def _pieces(detail: Facts) -> tuple[str, ...]:
    """The unstructured text as the bank cut it; indentation inside a piece is no text."""
    found = detail.lists.get("unstructured")
    if not found:
        return ()
    return tuple(" ".join(text.split()) if "\n" in text else text for text in found)


def _structured(detail: Facts, references: tuple[str, ...]) -> list[str]:
    """What the structured part says beside its first reference: further references, document numbers and notes."""
    lists = detail.lists
    if len(references) < 2 and "documents" not in lists and "additional_remittance" not in lists:
        return []
    said = (*references[1:], *lists.get("documents", ()), *lists.get("additional_remittance", ()))
    return [" ".join(part.split()) for part in said if part.strip()]


def _remittance(detail: Facts, pieces: tuple[str, ...], keys: Tagged | None, more: list[str]) -> str | None:
    """The text, then what the structured part says beside it; as a last resort the bank's words."""
    text = keys.text if keys is not None else rejoined(pieces, _WIDTHS)
    if more:
        text = " ".join([text, *more] if text else more)
    return text or present(detail.texts.get("additional"))


_WIDTHS = frozenset({35, 140})


_DK_CODE = re.compile(r"(?:[A-Z]\w{3}\+)?(\d{3})(?:\+.*)?")


def _code_and_return(frame: Frame, detail: Facts) -> tuple[str | None, bool]:
    """The German business transaction code where detail or entry has one, else ISO's; and whether money came back."""
    codes = _code(detail), _code(frame.facts)
    is_return = codes[0].is_return or codes[1].is_return or _reason(detail) is not None
    if not is_return:
        is_return = present(frame.facts.texts.get("reversal")) in {"true", "1"}
    if codes[1].is_german and not codes[0].is_german:
        return codes[1].text, is_return
    return codes[0].text or codes[1].text, is_return


@dataclass(frozen=True, slots=True)
class _Code:
    """What a bank transaction code says."""

    text: str | None
    is_german: bool
    is_return: bool


def _code(facts: Facts) -> _Code:
    said = facts.texts.get
    return _code_of(said("proprietary"), said("issuer"), said("domain"), said("family"), said("subfamily"))


@lru_cache(maxsize=1024)
def _code_of(
    proprietary: str | None, issuer: str | None, domain: str | None, family: str | None, subfamily: str | None
) -> _Code:
    """The German business transaction code (`166`), else ISO (`PMNT/RCDT/ESCT`), else the bank's own."""
    own = present(proprietary)
    is_return = present(subfamily) in RETURN_SUBFAMILIES
    german = _DK_CODE.fullmatch(own) if own else None
    if german and own and (present(issuer) in {"DK", "ZKA"} or "+" in own):
        return _Code(german[1], is_german=True, is_return=is_return or german[1] in RETURN_GVC)
    if present(domain):
        own = "/".join(part for each in (domain, family, subfamily) if (part := present(each)))
    return _Code(own, is_german=False, is_return=is_return)


def _reason(detail: Facts) -> str | None:
    texts = detail.texts
    if "return_code" in texts or "return_proprietary" in texts:
        reason = present(texts.get("return_code")) or present(texts.get("return_proprietary"))
        if reason:
            return reason
    words = detail.lists.get("return_words")
    return present(" ".join(words)) if words else None


def _other_side(frame: Frame, detail: Facts, *, is_return: bool) -> str:
    """`debtor` or `creditor`, whichever is not we."""
    expected, opposite = ("debtor", "creditor") if frame.amount.minor >= 0 else ("creditor", "debtor")
    own = frame.account.number
    if own is not None:
        is_theirs_own, is_ours = _number(detail, expected) == own, _number(detail, opposite) == own
        if is_theirs_own and not is_ours and _is_named(detail, opposite):
            return opposite
        if is_ours and (not is_return or _is_named(detail, expected)):
            return expected
    if is_return and _is_named(detail, opposite):
        return opposite
    return expected


def _is_named(detail: Facts, party: str) -> bool:
    return bool(present(detail.texts.get(f"{party}_name")) or _number(detail, party))


def _number(detail: Facts, party: str) -> str | None:
    """The party's IBAN, else its account number, without blanks."""
    number = present(detail.texts.get(f"{party}_iban")) or present(detail.texts.get(f"{party}_other"))
    return _compact(number) if number else None


@lru_cache(maxsize=1024)
def _compact(number: str) -> str:
    return "".join(number.split()).upper()


def _original(frame: Frame, detail: Facts) -> Amount | None:
    """What was instructed: stated as such, else the detail's amount where it is not what was booked."""
    for facts in (detail, frame.facts) if frame.is_single else (detail,):
        if "instructed" in facts.money:
            return stated(facts, "instructed", None, "the instructed amount (InstdAmt)")
        for name, (_, currency) in facts.money.items():
            if currency is not None and currency.strip() != frame.amount.currency and name in _STATED:
                return stated(facts, name, None, "the amount of a detail")
    own = share_of(detail, frame.amount) if frame.is_single else None
    return own if own is not None and own.minor != abs(frame.amount.minor) else None


_STATED = ("amount", "transaction_amount")


def share_of(detail: Facts, entry: Amount) -> Amount | None:
    """A detail's amount in the account's currency, unsigned."""
    for name in _STATED:
        amount = stated(detail, name, entry.currency, "the amount of a detail")
        if amount is not None and amount.currency == entry.currency:
            return amount
    return None


def sign_of(detail: Facts) -> str | None:
    """CRDT or DBIT, if the element says so."""
    return present(detail.texts.get("sign"))


def charges_of(facts: Facts, currency: str) -> Amount | None:
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
    return -charge if charge and sign_of(record) == "CRDT" else charge
