"""The Swiss QR code of a QR-bill (SIX, Implementation Guidelines QR-bill 2.3): its lines and what may stand in them.

Since 21 November 2025 addresses are structured only. A QR-IBAN goes with a QR reference; an ordinary IBAN with a
creditor reference (SCOR) or with none (NON).
"""

from collections.abc import Sequence

from zahlmeister.formats.payment_codes.asked import Asked
from zahlmeister.formats.payments.checks import LONGEST_NAME, LONGEST_TEXT, check_amount
from zahlmeister.formats.payments.letters import Letters, Speller
from zahlmeister.formats.payments.parties import Address, Party
from zahlmeister.money.references import is_qr_reference
from zahlmeister.refusals import Refused

CURRENCIES = ("CHF", "EUR")
MOST_BYTES = 997
_NOBODY = ("",) * 7


def swiss_qr(asked: Asked) -> str:
    """The text of a Swiss QR code. A payer without postcode and town is left out, for the payer to fill in by hand.

    Raises:
        Refused: the currency is not franc or euro, the account is neither Swiss nor of Liechtenstein, the payee's
            address is not complete, or a name or text does not fit.
    """
    if asked.amount.currency not in CURRENCIES:
        raise Refused(f"A QR-bill asks for francs or euro, not for {asked.amount.currency}.")
    if asked.iban[:2] not in {"CH", "LI"}:
        raise Refused(f"A QR-bill needs an account in Switzerland or Liechtenstein; {asked.iban} is none.")
    check_amount(asked.amount, "QR-bill")
    speller = Speller(Letters.SWISS)
    lines = [
        *("SPC", "0200", "1"),  # version 2, UTF-8
        asked.iban,
        *_party(asked.payee, "payee", speller),
        *_NOBODY,  # the ultimate creditor, reserved
        asked.amount.text(),
        asked.amount.currency,
        *_payer(asked.payer, speller),
        reference_type(asked),
        asked.reference,
        speller(asked.text, "message", LONGEST_TEXT) if asked.text else "",
        "EPD",
    ]
    payload = "\n".join(lines)
    if (size := len(payload.encode())) > MOST_BYTES:
        raise Refused(f"The QR-bill would have {size} bytes and {MOST_BYTES} are the most. Shorten names or message.")
    return payload


def reference_type(asked: Asked) -> str:
    """QRR, SCOR or NON."""
    if not asked.reference:
        return "NON"
    return "QRR" if is_qr_reference(asked.reference) else "SCOR"


def full_address(party: Party | None) -> Address | None:
    """The address when postcode and town are there; without them the name may not stand in the code either."""
    address = party.address if party else None
    return address if address and address.postcode and address.town else None


def _payer(payer: Party | None, speller: Speller) -> Sequence[str]:
    """The payer; left out without a whole address, or where banks have no letters for the name."""
    if payer is None or full_address(payer) is None:
        return _NOBODY
    try:
        return _party(payer, "payer", speller)
    except Refused:
        return _NOBODY


def _party(party: Party, role: str, speller: Speller) -> Sequence[str]:
    whole = full_address(party)
    if whole is None:
        raise Refused(f"The QR-bill needs postcode and town of the {role} “{party.name}”.")
    address = whole.spelled(speller, role)
    return (
        "S",
        speller(party.name, f"name of the {role}", LONGEST_NAME),
        address.street or "",
        address.building or "",
        address.postcode or "",
        address.town,
        address.country,
    )
