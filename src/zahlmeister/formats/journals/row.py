"""A booking as every program of a bookkeeper knows it, and the sheet of them that becomes a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class BookRow:
    """One booking. `account` is debited when `is_debit`, else credited; `against` is the other side.

    Accounts are digits without the tax key. `voucher` is by what the open item is found. A `reverses` row takes back
    one like it with the same sides (DATEV's Generalumkehr). `document` names the document that proves it.
    `kind` is DATEV's word for bookings about prepayments, `matter` its number for what paying late costs: 31 default
    interest, 40 the fee of a notice; neither bears interest itself.
    """

    minor: int
    is_debit: bool
    account: str
    against: str
    on: date
    voucher: str = ""
    text: str = ""
    order_number: str = ""
    guid: str = ""
    source: str = ""
    due_on: date | None = None
    matter: str = ""
    reverses: bool = False
    tax_key: str = ""
    document: str = ""
    kind: str = ""

    @property
    def debited(self) -> str:
        """The account that is debited once a reversal is turned round: what every program understands."""
        return self.account if self.is_debit != self.reverses else self.against

    @property
    def credited(self) -> str:
        """The account that is credited once a reversal is turned round."""
        return self.against if self.is_debit != self.reverses else self.account


@dataclass(frozen=True, slots=True)
class BookSheet:
    """The bookings of one file: whose, in which currency, made when.

    `first_number` is that of the first row: numbers run through all files of a merchant. `names` says what the accounts
    are called, `roots` what they are (*Assets*, *Income*, …), where that is known.
    """

    owner: str
    currency: str
    made_at: datetime
    rows: Sequence[BookRow]
    first_number: int = 1
    names: Mapping[str, str] = field(default_factory=dict)
    roots: Mapping[str, str] = field(default_factory=dict)


def balances(rows: Sequence[BookRow]) -> dict[str, int]:
    """Debits less credits of each account; an account that comes to nothing is left out."""
    found: dict[str, int] = {}
    for row in rows:
        found[row.debited] = found.get(row.debited, 0) + row.minor
        found[row.credited] = found.get(row.credited, 0) - row.minor
    return {account: minor for account, minor in sorted(found.items()) if minor}
