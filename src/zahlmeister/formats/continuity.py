"""Does the file add up? Opening plus entries is closing, statements follow each other, and none comes twice.

One watch per file, whatever its format. It only speaks; reading goes on.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from zahlmeister.formats.records import Balance, Opening
from zahlmeister.money.amount import Amount


@dataclass(slots=True)
class Continuity:
    """What was seen of each account so far in this file.

    Args:
        has_ids: the format gives each statement an id of its own (camt does, MT940's :20: is a constant).
        has_numbers: statements are numbered without gaps (daily statements are, intraday reports are not).
    """

    has_ids: bool
    has_numbers: bool
    _seen: set[tuple[str | None, ...]] = field(default_factory=set)
    _last_number: dict[str | None, int] = field(default_factory=dict)
    _last_closing: dict[str | None, Balance] = field(default_factory=dict)
    _booked: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _opening: Opening | None = None

    def begin(self, opening: Opening, *, page: str | None = None) -> Iterator[str]:
        """A statement begins. `page` tells pages of one statement apart."""
        self._opening = opening
        self._booked.clear()
        yield from self._repeated(opening, page)
        yield from self._gap(opening)
        before = self._last_closing.get(opening.account)
        now = opening.balance
        if before and now and before.amount.currency == now.amount.currency and before.amount != now.amount:
            yield (
                f"The statement begins with {now.amount} where the one before ended with {before.amount}; "
                "one may be missing between them."
            )

    def book(self, amount: Amount) -> None:
        """An entry was booked in the current statement."""
        self._booked[amount.currency] += amount.minor

    def end(self, closing: Balance | None, *, opened: Balance | None = None) -> Iterator[str]:
        """A statement ends. `opened` is the opening balance when it was only found behind the entries."""
        assert self._opening is not None
        opened = self._opening.balance or opened
        if closing is None:
            return
        self._last_closing[self._opening.account] = closing
        if opened is None or opened.amount.currency != closing.amount.currency:
            return
        currency = closing.amount.currency
        booked = Amount(self._booked.get(currency, 0), currency)
        expected = opened.amount + booked
        if expected != closing.amount:
            yield (
                f"The balances do not add up: {opened.amount} at the beginning and entries of {booked} make "
                f"{expected}, but the bank says {closing.amount}."
            )

    def _repeated(self, opening: Opening, page: str | None) -> Iterator[str]:
        number, year = _number(opening.sequence), _year(opening)
        keys: list[tuple[str | None, ...]] = []
        if self.has_ids and opening.identification:
            keys.append(("id", opening.account, opening.identification, page))
        if self.has_numbers and number:
            keys.append(("number", opening.account, str(number), year, page))
        if any(key in self._seen for key in keys):
            said = opening.identification if self.has_ids and opening.identification else opening.sequence
            yield f"The statement “{said}” comes a second time in this file: the same money twice?"
        self._seen.update(keys)

    def _gap(self, opening: Opening) -> Iterator[str]:
        number, before = _number(opening.sequence), self._last_number.get(opening.account)
        if not self.has_numbers or number is None:
            return
        self._last_number[opening.account] = number
        if before is not None and number > before + 1:
            missing = f"{before + 1} is" if number == before + 2 else f"{before + 1} to {number - 1} are"
            yield f"Statement number {number} follows {before}: {missing} not in the file."


def _number(sequence: str | None) -> int | None:
    """`00006/004` is statement 6; 0 is what banks write that do not count."""
    digits = (sequence or "").partition("/")[0].strip()
    if digits.isascii() and digits.isdigit() and len(digits) <= 18:
        return int(digits) or None
    return None


def _year(opening: Opening) -> str:
    if opening.balance and opening.balance.on:
        return str(opening.balance.on.year)
    return (opening.created or "")[:4]
