"""The values of switches in words, as they are typed, and back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from zahlmeister.banking.models import NOT_STARTED
from zahlmeister.flows.settings.switch import Form, Switch, Value
from zahlmeister.office import shown, typed, words
from zahlmeister.refusals import Refused


@dataclass(frozen=True, slots=True)
class Input:
    """A field as the page draws it. `values` are one for each of its boxes."""

    kind: str  # of the <input>, or "select"
    values: Sequence[str]
    choices: Sequence[tuple[str, str]] = ()
    hint: str = ""


def in_words(switch: Switch, value: Value, currency: str) -> str:
    """What a switch stands at, as the page says it."""
    if value is None:
        return _("nothing said")
    if value == NOT_STARTED:
        return _("nothing yet")
    if isinstance(value, bool):
        return _("switched on") if value else _("switched off")
    if isinstance(value, tuple):
        said = ", ".join(_one(switch, one, currency) for one in value)
        return f"{said} {switch.unit}" if switch.unit else said
    said = _one(switch, value, currency)
    return f"{said} {switch.unit}" if switch.unit else said


def input_of(switch: Switch, value: Value, currency: str) -> Input:
    """The field by which a switch is changed."""
    values = [_typed(one, currency, is_money=switch.form in _MONEY) for one in _each(value)]
    match switch.form:
        case Form.SWITCH:
            both = [("on", _("switched on")), ("off", _("switched off"))]
            return Input("select", ["on" if value else "off"], both)
        case Form.CHOICE | Form.CHOICES:
            return Input("select", values, [(code, str(label)) for code, label in switch.choices])
        case Form.COUNTS:
            return Input("text", [", ".join(values)], hint=_("such as 6, 6"))
        case Form.AMOUNTS:
            return Input("text", ["; ".join(values)], hint=_("such as 0; 2.50"))
        case Form.AMOUNT:
            return Input("text", values or [""], hint=currency)
        case Form.DAY | Form.COUNT:
            return Input("date" if switch.form is Form.DAY else "number", values or [""])


def understood(switch: Switch, texts: Sequence[str], currency: str) -> Value:
    """What somebody typed into the field of a switch, checked.

    Raises:
        Refused: the switch does not take it.
    """
    text = texts[0].strip() if texts else ""
    if not text:
        return switch.checked(None)
    match switch.form:
        case Form.CHOICES:
            return switch.checked(tuple(texts))
        case Form.COUNTS:
            return switch.checked(tuple(_counted(switch, one) for one in text.replace(";", ",").split(",")))
        case Form.AMOUNTS:
            return switch.checked(tuple(_minor(one, currency) for one in text.split(";")))
        case Form.AMOUNT:
            return switch.checked(_minor(text, currency))
        case _:
            return switch.checked(_PLAIN.get(switch.form, str)(text))


def from_history(switch: Switch, kept: Any) -> Value:
    """A value as a step of the history keeps it."""
    if isinstance(kept, list):
        return tuple(kept)
    value: Value = date.fromisoformat(kept) if switch.form is Form.DAY and kept else kept
    return value


def _one(switch: Switch, value: object, currency: str) -> str:
    language = words.language()
    if isinstance(value, date):
        return shown.exact_day(value, language)
    if isinstance(value, int):
        if switch.form in _MONEY:
            return f"{shown.money_text(value, currency, language)}{shown.NARROW_BLANK}{currency}"
        return shown.number_text(value, language)
    return str(dict(switch.choices).get(str(value), str(value)))


def _each(value: Value) -> Sequence[object]:
    """The values of a row, or the one there is; none where nothing is said."""
    if isinstance(value, tuple):
        return value
    return [] if value is None else [value]


def _typed(value: object, currency: str, *, is_money: bool) -> str:
    """A value as somebody types it."""
    if is_money and isinstance(value, int):
        return shown.typed_money(value, currency, words.language())
    return value.isoformat() if isinstance(value, date) else str(value)


def _count(text: str) -> Value:
    """A whole number; what is none is handed on, and the switch says what it takes."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text


def _counted(switch: Switch, text: str) -> int:
    found = _count(text)
    if isinstance(found, int):
        return found
    raise Refused(f"{switch.key}: a whole number from {switch.least} to {switch.most} is expected.")


def _minor(text: str, currency: str) -> int:
    found = typed.minor(text.strip(), currency)
    if found is None:
        raise Refused(f"“{text.strip()[:40]}” is no amount: digits such as 1.234,56 or 1234.56 are expected.")
    return found


_MONEY = frozenset({Form.AMOUNT, Form.AMOUNTS})
_PLAIN: Mapping[Form, Callable[[str], Value]] = {
    Form.SWITCH: lambda text: {"on": True, "off": False}.get(text, text),
    Form.DAY: lambda text: typed.day(text) or text,
    Form.COUNT: _count,
}
