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

from collections.abc import Sequence
from datetime import date

from zahlmeister.formats.camt_facts import Facts, signed
from zahlmeister.formats.camt_transaction import Account, Frame, charges_of, share_of, sign_of, transaction_of
from zahlmeister.formats.records import Entry, Source, Status
from zahlmeister.formats.words import iso_date, present
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Unreadable


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
    frame = Frame(  # in the order of its fields, which is quicker
        account,
        source,
        amount,
        facts,
        _day(facts, "booked_on", "the booking date (BookgDt)"),
        _day(facts, "value_on", "the value date (ValDt)"),
        _status(facts),
        len(details) <= 1,  # is_single
    )
    shares, is_divisible, doubts = _shares(facts, details, amount)
    if frame.is_single:
        transactions = [transaction_of(frame, details[0] if details else Facts(), shares[0], 1)]
    else:
        transactions = [
            transaction_of(frame, detail, share, number)
            for number, (detail, share) in enumerate(zip(details, shares, strict=True), start=1)
        ]
    return Entry(source, amount, tuple(transactions), is_divisible), doubts


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
    plain = [share_of(detail, amount) for detail in details]
    direction = _direction(amount)
    opposed = [i for i, detail in enumerate(details) if sign_of(detail) not in {None, direction}]
    same = [-share if share and direction == "DBIT" else share for share in plain]
    own = [-share if share and i in opposed else share for i, share in enumerate(same)]
    charges = _allcharges_of(facts, details, amount.currency)
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
    doubts = [] if sign_of(detail) in {None, direction} else [_opposed([1], direction)]
    own = share_of(detail, amount)
    if own is None or own.minor == abs(amount.minor):
        return [amount], True, doubts
    is_explained = abs(own.minor - abs(amount.minor)) == abs(_allcharges_of(facts, [detail], amount.currency))
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


def _make(shares: Sequence[Amount | None], amount: Amount, charges: int) -> bool:
    """Whether the shares make the entry, exactly or with the charges on top or taken off."""
    if any(share is None for share in shares):
        return False
    difference = sum(share.minor for share in shares if share is not None) - amount.minor
    return difference == 0 or abs(difference) == abs(charges)


def _allcharges_of(facts: Facts, details: Sequence[Facts], currency: str) -> int:
    """All charges of the entry in minor units of its currency; the entry's own, else those of its details."""
    own = charges_of(facts, currency)
    if own is not None and own.currency == currency:
        return own.minor
    each = [charges_of(detail, currency) for detail in details]
    return sum(charge.minor for charge in each if charge and charge.currency == currency)
