"""GiroCode, the QR code of SEPA transfers (EPC069-12, version 002): which lines it holds and what may stand in them.

Austrian banks read the same code (“Zahlen mit Code”). Version 002 leaves the BIC out where it is not known.
"""

from zahlmeister.formats.payment_codes.asked import Asked
from zahlmeister.formats.payments.checks import LONGEST_NAME, LONGEST_TEXT, SEPA, check_amount
from zahlmeister.formats.payments.letters import Letters, Speller
from zahlmeister.refusals import Refused

MOST_BYTES = 331


def girocode(asked: Asked) -> str:
    """The text of a GiroCode: twelve lines at most, with nothing behind the last one that says something.

    Raises:
        Refused: not in euro, no account of a SEPA country, an amount that no transfer can have, or a name or text
            that does not fit. Nothing is ever cut off.
    """
    if asked.amount.currency != "EUR":
        raise Refused(f"A GiroCode asks for euro, not for {asked.amount.currency}.")
    if asked.iban[:2] not in SEPA:
        raise Refused(f"A GiroCode asks for a SEPA transfer, and {asked.iban[:2]} does not take part in SEPA.")
    check_amount(asked.amount, "GiroCode")
    speller = Speller(Letters.GERMAN)
    lines = [
        "BCD",
        "002",
        "1",  # UTF-8
        "SCT",
        asked.bic or "",
        speller(asked.payee.name, "name of the payee", LONGEST_NAME),
        asked.iban,
        f"EUR{asked.amount.text()}",
        "",  # purpose
        asked.reference,
        speller(asked.text, "text of the transfer", LONGEST_TEXT) if asked.text and not asked.reference else "",
    ]
    payload = "\n".join(lines).rstrip("\n")
    if (size := len(payload.encode())) > MOST_BYTES:
        raise Refused(f"The GiroCode would have {size} bytes and {MOST_BYTES} are the most. Shorten name or text.")
    return payload
