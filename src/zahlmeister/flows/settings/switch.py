"""What is said of a switch: its name, what it means, what it does, what it takes, and where it is kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from django.utils.functional import Promise

from zahlmeister.merchants.rights import Area
from zahlmeister.money.amount import Amount, minor_text
from zahlmeister.refusals import Refused, Unreadable

#: What a switch can be set to. Amounts are minor units of the merchant's currency; None where nothing is said.
Value = bool | int | str | date | tuple[int, ...] | tuple[str, ...] | None
#: A value as files hold it.
Plain = bool | int | str | date | list[str] | list[int]
#: The choices of a switch: as it is kept, and in words.
Choices = tuple[tuple[str, str | Promise], ...]


class Form(StrEnum):
    """What a switch takes."""

    SWITCH = "switch"
    COUNT = "count"
    AMOUNT = "amount"
    CHOICE = "choice"
    DAY = "day"
    COUNTS = "counts"
    AMOUNTS = "amounts"
    CHOICES = "choices"


class Store(StrEnum):
    """Where a switch is kept."""

    MERCHANT = "merchant"
    REFUNDS = "refunds"
    ASKING = "asking"  # a rule of a kind of payment, in all shops or in one
    INFORMATION = "information"  # a rule of a kind of payment in one shop
    NOTICES = "notices"
    COLLECTION = "collection"
    SHOP = "shop"  # looked at here, changed where the shop is
    ACCOUNT = "account"  # likewise


#: Each shop has its own and nothing is said for all of them.
ONLY_OF_SHOPS = frozenset({Store.INFORMATION, Store.SHOP})


class Place(NamedTuple):
    """One value of a switch: the merchant's own (0), or that of one shop or account."""

    key: str
    about: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """A switch. `key` is its name in files, `of` the kind of payment or the event, `page` where a form changes it.

    `in_place` is off for what does more than change a value, or asks for one's password again: its page changes it.
    """

    key: str
    group: str
    name: str | Promise
    meaning: str | Promise
    effect: str | Promise
    form: Form
    store: Store
    column: str
    page: str
    of: str = ""
    least: int = 0
    most: int = 0
    unit: str | Promise = ""
    choices: Choices = ()
    may_be_empty: bool = False
    in_place: bool = True
    owner: bool = False
    area: Area = Area.SETTINGS

    def checked(self, value: Value) -> Value:
        """The value if the switch can take it.

        Raises:
            Refused: it cannot; the sentence says what is expected.
        """
        if value is None:
            if self.may_be_empty:
                return None
            raise Refused(f"{self.key}: something has to be said here.")
        return _CHECKS[self.form](self, value)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What others have as a switch, and we as a list of its own (`page`) or as something that is always so."""

    name: str | Promise
    meaning: str | Promise
    page: str = ""


def _switch(switch: Switch, value: Value) -> bool:
    if isinstance(value, bool):
        return value
    raise Refused(f"{switch.key}: on or off is expected.")


def _count(switch: Switch, value: Value) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and switch.least <= value <= switch.most:
        return value
    raise Refused(f"{switch.key}: a whole number from {switch.least} to {switch.most} is expected.")


def _amount(switch: Switch, value: Value) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= switch.most:
        return value
    raise Refused(f"{switch.key}: an amount such as 1234.56 is expected, not below zero and not too large.")


def _choice(switch: Switch, value: Value) -> str:
    known = [code for code, _words in switch.choices]
    if isinstance(value, str) and value in known:
        return value
    raise Refused(f"{switch.key}: one of {', '.join(known)} is expected.")


def _day(switch: Switch, value: Value) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise Refused(f"{switch.key}: a day such as 2026-11-30 is expected.")


def _counts(switch: Switch, value: Value) -> tuple[int, ...]:
    if isinstance(value, tuple) and len(value) <= _MOST_IN_A_ROW:
        return tuple(_count(switch, one) for one in value)
    raise Refused(f"{switch.key}: up to {_MOST_IN_A_ROW} whole numbers are expected.")


def _amounts(switch: Switch, value: Value) -> tuple[int, ...]:
    if isinstance(value, tuple) and len(value) <= _MOST_IN_A_ROW:
        return tuple(_amount(switch, one) for one in value)
    raise Refused(f"{switch.key}: up to {_MOST_IN_A_ROW} amounts are expected.")


def _choices(switch: Switch, value: Value) -> tuple[str, ...]:
    if isinstance(value, tuple) and len(value) <= _MOST_IN_A_ROW:
        return tuple(_choice(switch, one) for one in value)
    raise Refused(f"{switch.key}: up to {_MOST_IN_A_ROW} choices are expected.")


_MOST_IN_A_ROW = 5
_CHECKS: Mapping[Form, Callable[[Switch, Value], Value]] = {
    Form.SWITCH: _switch, Form.COUNT: _count, Form.AMOUNT: _amount, Form.CHOICE: _choice, Form.DAY: _day,
    Form.COUNTS: _counts, Form.AMOUNTS: _amounts, Form.CHOICES: _choices,
}  # fmt: skip


def plain(switch: Switch, value: Value, currency: str) -> Plain:
    """A value as files hold it: an amount as a text with a point, what is empty as an empty text."""
    match switch.form, value:
        case _, None:
            return ""
        case Form.AMOUNT, int():
            return minor_text(value, currency)
        case Form.AMOUNTS, tuple():
            return [minor_text(int(one), currency) for one in value]
        case Form.COUNTS, tuple():
            return [int(one) for one in value]
        case _, tuple():
            return [str(one) for one in value]
        case _:
            return value


def read_plain(switch: Switch, told: object, currency: str) -> Value:
    """The other way round: what a file holds, checked.

    Raises:
        Refused: the switch does not take it.
    """
    if told == "":
        return switch.checked(None)
    if switch.form is Form.AMOUNT:
        return switch.checked(_minor(switch, told, currency))
    if switch.form is Form.AMOUNTS and isinstance(told, list):
        return switch.checked(tuple(_minor(switch, one, currency) for one in told))
    if isinstance(told, list):
        return switch.checked(tuple(told))
    if isinstance(told, bool | int | str) or (isinstance(told, date) and not isinstance(told, datetime)):
        return switch.checked(told)
    return switch.checked(str(told))


def _minor(switch: Switch, told: object, currency: str) -> int:
    try:
        return Amount.parse(told if isinstance(told, str) else "", currency).minor
    except Unreadable:
        raise Refused(
            f"{switch.key}: an amount such as 1234.56 is expected, not below zero and not too large."
        ) from None
