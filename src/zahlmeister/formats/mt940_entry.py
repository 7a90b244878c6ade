"""From the fields of an MT940 entry to an entry with its one transaction."""

import re

from zahlmeister.formats.mt940_line import Line, minor, read_line
from zahlmeister.formats.mt940_text import Text, read_ns, read_text
from zahlmeister.formats.records import Entry, Opening, Source, Status, Transaction
from zahlmeister.formats.returns import RETURN_GVC, reason_in
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Unreadable


def entry_record(
    line_field: list[str], text_field: tuple[str, list[str]] | None, opening: Opening, source: Source, status: Status
) -> Entry:
    """The entry of `:61:` and what follows it.

    Args:
        line_field: the lines of `:61:`.
        text_field: the tag (86 or NS) and the lines of the text, if there is one.
        opening: of the statement; it knows the currency, which no entry names.
        source: the entry's place.
        status: pending in an MT942, where the bank only announces.

    Raises:
        Unreadable: the line is not what it must be; the sentence names the place.
    """
    currency = opening.currency
    if currency is None:
        raise Unreadable(
            f"{source}: the statement names no currency (neither :60F: nor :34F: nor :25: does), so the "
            f"amount "
            "means nothing."
        )
    try:
        line = read_line(line_field, currency)
        text = _text(text_field, line)
        charges, original = _stated(line, text, currency)
    except Unreadable as refusal:
        raise Unreadable(f"{source}, field :61:: {refusal}") from None
    is_return = line.is_reversal or line.swift_type == "NRTI" or text.bank_code in RETURN_GVC
    is_return = is_return or (text.bank_code is None and text.return_reason is not None)
    transaction = Transaction(
        source=source,
        account=opening.account,
        booked_on=line.booked_on or line.value_on,
        value_on=line.value_on,
        amount=line.amount,
        counterparty=text.name,
        counterparty_iban=text.account or line.counterparty_iban,
        counterparty_bic=text.bank,
        ultimate_party=text.ultimate_party,
        remittance=text.remittance,
        remittance_pieces=text.pieces,
        creditor_reference=text.creditor_reference,
        end_to_end_id=text.end_to_end_id,
        mandate_id=text.mandate_id,
        bank_reference=line.bank_reference,
        bank_code=text.bank_code,
        booking_text=text.booking_text,
        is_return=is_return,
        return_reason=(text.return_reason or reason_in(text.remittance)) if is_return else None,
        charges=charges,
        original_amount=original,
        status=Status.PENDING if line.is_expected else status,
        customer_reference=line.customer_reference or text.customer_reference,
    )
    return Entry(source, line.amount, (transaction,))


def _text(text_field: tuple[str, list[str]] | None, line: Line) -> Text:
    """The text of :86: or :NS:; without one, what stands below the line itself."""
    if text_field is None:
        pieces = tuple(each for each in line.supplement if not _SUPPLEMENT.match(each))
        return Text(pieces=pieces, remittance=" ".join(pieces) or None)
    tag, lines = text_field
    return read_ns(lines) if tag == "NS" else read_text(lines)


_SUPPLEMENT = re.compile(r"/(OCMT|CHGS)/([A-Z]{3})([\d.,]+)")


def _stated(line: Line, text: Text, currency: str) -> tuple[Amount | None, Amount | None]:
    """Charges and original amount: `/OCMT/EUR50,//CHGS/EUR3,/` below the line, or COAM and OAMT."""
    if not line.supplement and text.charges is None and text.original_amount is None:
        return None, None
    found: dict[str, Amount] = {}
    for kind, named, number in _SUPPLEMENT.findall("".join(line.supplement)):
        found[kind] = Amount(minor(number, named), named)
    for kind, said in (("CHGS", text.charges), ("OCMT", text.original_amount)):
        number = re.fullmatch(r"(?:[A-Z]{3})?\s*(\d+(?:[.,]\d*)?)\s*(?:[A-Z]{3})?", said or "")
        if number and kind not in found:
            found[kind] = Amount(minor(number[1], currency), currency)
    return found.get("CHGS"), found.get("OCMT")
