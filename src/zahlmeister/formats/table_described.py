"""A CSV export that a person has described: which column says what, kept as JSON."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from zahlmeister.formats.table_profiles.profile import Profile, folded
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Refused, Unreadable

#: What a person can say of a column, in the order a form offers it; a text may stand in several columns.
OFFERED = (
    *("booked_on", "value_on", "amount", "debit", "credit", "sign", "currency", "counterparty", "counterparty_iban"),
    *("remittance", "booking_text", "end_to_end_id", "bank_reference", "account", "balance"),
)
#: The format of a file that is read as a person has described it.
DESCRIBED = "csv-described"
SEVERAL = frozenset({"remittance", "counterparty"})


@dataclass(frozen=True, slots=True)
class Described:
    """What a person said of an export.

    Args:
        header: its columns, as they are spelled.
        fields: column → field, for the columns that say something.
        currency: of all amounts, where no column says it.
        account: the account's number, where no column says it.
        outgoing: what the `sign` column says of money going out.
        month_first: whether 9/11/2026 is in September.
    """

    header: tuple[str, ...]
    fields: Mapping[int, str]
    currency: str = ""
    account: str = ""
    outgoing: str = ""
    month_first: bool = False

    def profile(self) -> Profile:
        """The export as the reader wants it.

        Raises:
            Refused: what was said is not enough to read a row, or contradicts itself.
        """
        at: dict[str, tuple[int, ...]] = {}
        for place, name in sorted(self.fields.items()):
            at[name] = (*at.get(name, ()), place)
        _refuse(at, self)
        return Profile(
            name=DESCRIBED,
            also=tuple(name for name in self.header if name),
            at=at,
            account="".join(self.account.split()).upper() or None,
            currency=self.currency or None,
            debits=(self.outgoing,) if self.outgoing else (),
            month_first=self.month_first,
            is_ragged=True,
        )


def _refuse(at: Mapping[str, tuple[int, ...]], said: Described) -> None:
    twice = next((name for name, places in at.items() if len(places) > 1 and name not in SEVERAL), None)
    if twice:
        raise Refused("Two columns cannot say the same, other than texts and names.")
    if "booked_on" not in at:
        raise Refused("Say which column has the booking day.")
    if "amount" not in at and not {"debit", "credit"} <= at.keys():
        raise Refused("Say which column has the amount, or which two have what goes out and what comes in.")
    if "amount" in at and ("debit" in at or "credit" in at):
        raise Refused("The amount stands in one column, or in two for what goes out and what comes in; not in three.")
    if "sign" in at and not said.outgoing:
        raise Refused("Say what the column of the direction says of money going out.")
    if "currency" not in at and not said.currency:
        raise Refused("Say which currency the amounts are in.")
    try:
        Amount.zero(said.currency or "EUR")
    except Unreadable:
        raise Refused("A currency is three capital letters such as EUR.") from None


def fingerprint(header: Sequence[str]) -> str:
    """The same for every file of one export: taken from its folded column names in their order."""
    return hashlib.sha256(json.dumps([folded(name) for name in header]).encode()).hexdigest()


def as_json(said: Described) -> dict[str, object]:
    """To be kept."""
    return asdict(said) | {"fields": {str(place): name for place, name in said.fields.items()}}


def from_json(kept: Mapping[str, object]) -> Described:
    """As it was kept."""
    fields, header = kept["fields"], kept["header"]
    assert isinstance(fields, dict)
    assert isinstance(header, list | tuple)
    return Described(
        header=tuple(header),
        fields={int(place): str(name) for place, name in fields.items()},
        currency=str(kept["currency"]),
        account=str(kept["account"]),
        outgoing=str(kept["outgoing"]),
        month_first=bool(kept["month_first"]),
    )
