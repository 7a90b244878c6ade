"""What stands on the sandbox's bank statements, and the truth beside it that no bank would tell."""

import json
import unicodedata
from dataclasses import asdict, dataclass, replace
from datetime import date
from enum import StrEnum

from zahlmeister.formats.returns import REASON_OF_TEXT_KEY
from zahlmeister.money.amount import Amount

#: What German banks must accept (DK, Anlage 3): the basic Latin set of SEPA, umlauts, ß, and four more signs.
_ACCEPTED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+ ÄÖÜäöüß&*$%")
_REPLACED = str.maketrans({"ł": "l", "Ł": "L", "ı": "i", "đ": "d", "Đ": "D", "ø": "o", "!": ".", "–": "-", "_": "-"})
_SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})


class Disturbance(StrEnum):
    """In which way a payment is not what the merchant had hoped for; the truth, for tests."""

    EXACT = "exact"
    TYPO = "typo"
    SPLIT_NUMBER = "split number"
    GLUED_NUMBER = "glued number"
    NOISE_TAIL = "noise tail"
    SHOUTING = "shouting"
    NO_UMLAUTS = "no umlauts"
    NO_NUMBER = "no number"
    INVOICE_NUMBER = "invoice number"
    CUSTOMER_NUMBER = "customer number"
    SPOUSE = "spouse pays"
    JOINT_ACCOUNT = "joint account"
    PARENT = "parent pays"
    COMPANY = "company pays"
    UNDERPAID = "underpaid"
    OVERPAID = "overpaid"
    SEVERAL_ORDERS = "several orders"
    INSTALMENT = "instalment"
    WRONG_NUMBER = "number of another order"
    FOREIGN = "foreign transfer"
    CASH = "cash"
    DUPLICATE = "paid twice"
    CARRIER = "carrier's collective payment"
    UNRELATED = "money for no order"
    OUTGOING = "outgoing"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Booking:
    """How banks label one sort of movement: GVC and text of the German banks, SWIFT and ISO 20022 codes."""

    code: str
    text: str
    swift: str
    iso: tuple[str, str, str]
    key: str = "000"  # text key extension, ?34
    reason: str | None = None  # why it came back, as ISO 20022 has it; None where nothing came back


TRANSFER_IN = Booking("166", "GUTSCHR. UEBERWEISUNG", "NTRF", ("PMNT", "RCDT", "ESCT"), "997")
REFERENCED_IN = Booking("167", "GUTSCHR. UEBERWEISUNG", "NTRF", ("PMNT", "RCDT", "ESCT"), "997")
INSTANT_IN = Booking("168", "ECHTZEIT-GUTSCHRIFT", "NTRF", ("PMNT", "RRCT", "ESCT"), "997")
STANDING_IN = Booking("152", "GUTSCHR. UEBERW. DAUERAUFTR", "NSTO", ("PMNT", "RCDT", "STDO"), "997")
FOREIGN_IN = Booking("202", "AUSLANDSZAHLUNG", "NTRF", ("PMNT", "RCDT", "XBCT"))
CASH_IN = Booking("082", "SB-EINZAHLUNG", "NCMI", ("PMNT", "CNTR", "CDPT"))
COLLECTION_IN = Booking("171", "LASTSCHRIFTEINZUG", "NDDT", ("PMNT", "IDDT", "ESDD"), "992")
TRANSFER_OUT = Booking("177", "ONLINE-UEBERWEISUNG", "NTRF", ("PMNT", "ICDT", "ESCT"), "997")
BATCH_OUT = Booking("191", "SAMMEL-UEBERWEISUNG", "NTRF", ("PMNT", "ICDT", "ESCT"))
BATCH_COLLECTED = Booking("192", "SAMMEL-LASTSCHRIFT", "NDDT", ("PMNT", "IDDT", "ESDD"))
STANDING_OUT = Booking("117", "DAUERAUFTRAG", "NSTO", ("PMNT", "ICDT", "STDO"), "997")
DEBIT_OUT = Booking("105", "FOLGELASTSCHRIFT", "NDDT", ("PMNT", "RDDT", "ESDD"), "992")
FEES_OUT = Booking("809", "ENTGELTABSCHLUSS", "NCHG", ("ACMT", "MDOP", "CHRG"))
#: A return tells its reason in the text key extension: 902 is AC04 (account closed), 906 is AM04 (no funds).
TRANSFER_RETURNED = Booking("159", "RETOURE", "NRTI", ("PMNT", "ICDT", "RRTN"), "902", "AC04")
DEBIT_RETURNED = Booking("109", "RUECKLASTSCHRIFT", "NRTI", ("PMNT", "IDDT", "UPDD"), "906", "AM04")
_TEXT_KEYS = {reason: key for key, reason in REASON_OF_TEXT_KEY.items()}
_NO_REASON = "914"


def for_reason(returned: Booking, reason: str) -> Booking:
    """The same return for another reason; German banks say “no reason” (914) where they have no text key for it."""
    return replace(returned, key=_TEXT_KEYS.get(reason, _NO_REASON), reason=reason)


@dataclass(frozen=True, slots=True)
class Movement:
    """One line of a statement; `amount` is signed, incoming money is positive.

    `pays` are the order numbers the money is for: empty when it is for none. A duplicate names the order it
    was meant for, although nothing is owed for it any more.
    """

    booked_on: date
    amount: Amount
    booking: Booking
    disturbance: Disturbance
    pays: tuple[str, ...] = ()
    counterparty: str | None = None
    iban: str | None = None
    bic: str | None = None
    ultimate_party: str | None = None
    remittance: str | None = None
    creditor_reference: str | None = None
    end_to_end_id: str | None = None
    mandate_id: str | None = None
    creditor_id: str | None = None
    charges: Amount | None = None
    original_amount: Amount | None = None
    bank_reference: str = ""  # given by the bank when it books
    group_id: str | None = None  # of the orders that were booked in one sum
    parts: tuple["Movement", ...] = ()  # which they are; together they make the amount

    @property
    def is_return(self) -> bool:
        return self.booking.reason is not None


def as_text(movement: Movement) -> str:
    """A movement as a line of JSON, for a bank that keeps its books in a file."""
    return json.dumps(asdict(movement), default=str, ensure_ascii=False)


def from_text(text: str) -> Movement:
    """The movement that `as_text` wrote."""
    said = json.loads(text)
    booking = said["booking"] | {"iso": tuple(said["booking"]["iso"])}
    amounts = {name: Amount(**said[name]) for name in ("amount", "charges", "original_amount") if said[name]}
    return Movement(
        **said
        | amounts
        | {
            "booked_on": date.fromisoformat(said["booked_on"]),
            "booking": Booking(**booking),
            "disturbance": Disturbance(said["disturbance"]),
            "pays": tuple(said["pays"]),
            "parts": tuple(from_text(json.dumps(part)) for part in said["parts"]),
        }
    )


@dataclass(frozen=True, slots=True)
class MerchantAccount:
    """The merchant's own account at her bank."""

    owner: str
    iban: str
    bic: str
    bank: str
    currency: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One day of one account: what was there before, what moved, what is there now."""

    account: MerchantAccount
    number: int
    on: date
    opened_on: date  # the day of the closing before, as MT940 dates its opening balance
    opening: Amount
    movements: tuple[Movement, ...]

    @property
    def closing(self) -> Amount:
        return sum((movement.amount for movement in self.movements), self.opening)


def as_banks_write(text: str, width: int) -> str:
    """Text in the characters banks must accept, cut where the field ends: `Şahin` arrives as `Sahin`."""
    accepted = "".join(_accepted(character) for character in text.translate(_REPLACED))
    return accepted[:width].strip()


def spelled_out(text: str) -> str:
    """Umlauts as two letters: `Müller` becomes `Mueller`."""
    return text.translate(_SPELLED)


def stripped(text: str) -> str:
    """Umlauts without their dots: `Müller` becomes `Muller`, `Weiß` becomes `Weis`."""
    bare = unicodedata.normalize("NFKD", text.replace("ß", "s").translate(_REPLACED))
    return "".join(character for character in bare if not unicodedata.combining(character))


def _accepted(character: str) -> str:
    if character in _ACCEPTED:
        return character
    bare = unicodedata.normalize("NFKD", character)[0]
    return bare if bare in _ACCEPTED else " "
