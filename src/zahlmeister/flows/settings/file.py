"""The settings as a file (TOML): written with what each means, read with each line that is not understood named.

Secrets are no switches, so that none is ever in it. What a file does not name stays as it is.
"""

import json
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from zahlmeister.flows.settings.change import Said, Wanted
from zahlmeister.flows.settings.read import Snapshot, is_own, snapshot, value_of
from zahlmeister.flows.settings.registry import SWITCHES, switch
from zahlmeister.flows.settings.switch import ONLY_OF_SHOPS, Place, Plain, Store, Switch, Value, plain, read_plain
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.rights import Area
from zahlmeister.orders.models import Shop
from zahlmeister.orders.queries import shops
from zahlmeister.refusals import Refused, Unreadable

FORM = 1
#: No file of ours is larger.
MOST_BYTES = 100_000
#: What only the page of a shop or an account changes is in no file.
_NOT_IN_FILES = frozenset({Store.SHOP, Store.ACCOUNT})


@dataclass(slots=True)
class Read:
    """What a file says: values for their places, and a sentence for each line that says nothing we know."""

    wanted: dict[Place, Value | Said] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)


def write_file(merchant: Merchant, reads: Callable[[Area], bool] = lambda _area: True) -> str:
    """Every switch of a merchant with what it stands at, in all shops and in each; of areas that somebody `reads`."""
    kept = snapshot(merchant.pk)
    lines = [f"form = {FORM}", f"currency = {_text(merchant.currency)}", "", "[all]"]
    switches = [one for one in SWITCHES if reads(one.area)]
    general = [one for one in switches if is_own(one, 0) and one.store not in _NOT_IN_FILES]
    lines += [_line(one, value_of(kept, one, 0, merchant.currency), merchant.currency) for one in general]
    for shop in shops(merchant.pk):
        lines += ["", f"[shop.{_text(shop.name)}]", *_of_shop(kept, switches, shop, merchant.currency)]
    return "\n".join(lines) + "\n"


def read_file(merchant: Merchant, content: bytes) -> Read:
    """What a file wants.

    Raises:
        Unreadable: it is no such file, or its amounts are in another currency.
    """
    told = _toml(content)
    if told.get("form") != FORM:
        raise Unreadable(f"This is no file of settings: it begins with form = {FORM}.")
    currency = merchant.currency
    if told.get("currency") != currency:
        raise Unreadable(f"The amounts of this file are in {told.get('currency')}, and yours in {currency}.")
    found = Read()
    known = {shop.name: shop for shop in shops(merchant.pk)}
    for name, rows in (("", _table(told.get("all"))), *_table(told.get("shop")).items()):
        if name and name not in known:
            found.refused.append(f"{name}: there is no shop of this name.")
            continue
        _take(found, name, known[name].pk if name else 0, _table(rows).items(), currency)
    for name in sorted(set(told) - {"form", "currency", "all", "shop"}):
        found.refused.append(f"{name}: this is no part of such a file.")
    return found


def wanted_of(found: Read) -> Wanted:
    """What a file wants, when all of it was understood.

    Raises:
        Refused: a line was not.
    """
    if found.refused:
        raise Refused(found.refused[0])
    return found.wanted


def as_written(merchant: Merchant, place: Place, value: Value) -> str:
    """A value as a file would hold it, such as "12.50" or true."""
    return _toml_value(plain(switch(place.key), value, merchant.currency))


def _take(found: Read, shop: str, about: int, rows: Iterable[tuple[str, object]], currency: str) -> None:
    for key, told in rows:
        try:
            place, value = _understood(key, told, about, currency)
        except Refused as why:
            found.refused.append(f"{shop}, {why}" if shop else str(why))
        else:
            found.wanted[place] = value


def _understood(key: str, told: object, about: int, currency: str) -> tuple[Place, Value | Said]:
    if about and told == Said.AS_ALL.value and f"{key}.is_on" in {one.key for one in SWITCHES}:
        return Place(f"{key}.is_on", about), Said.AS_ALL
    one = switch(key)
    if not is_own(one, about) or one.store in _NOT_IN_FILES:
        raise Refused(f"{key}: this is said elsewhere, for all shops, for each, or on its own page.")
    return Place(key, about), read_plain(one, told, currency)


def _of_shop(kept: Snapshot, switches: Iterable[Switch], shop: Shop, currency: str) -> Iterator[str]:
    """What a shop has of its own; a rule that it has not is said to be that of all shops."""
    for one in switches:
        if one.store in ONLY_OF_SHOPS - _NOT_IN_FILES or Place(one.key, shop.pk) in kept:
            if one.store not in _NOT_IN_FILES:
                yield _line(one, value_of(kept, one, shop.pk, currency), currency)
        elif one.store is Store.ASKING and one.column == "is_on":
            yield f"{_text(one.of)} = {_text(Said.AS_ALL.value)}"


def _line(one: Switch, value: Value, currency: str) -> str:
    return f"{_text(one.key)} = {_toml_value(plain(one, value, currency))}"


def _toml_value(value: Plain) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case date():
            return value.isoformat()
        case int():
            return str(value)
        case list():
            return f"[{', '.join(_toml_value(one) for one in value)}]"
        case str():
            return _text(value)


def _text(text: str) -> str:
    """A text as TOML writes it: JSON's way, with the one sign that JSON leaves bare."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _toml(content: bytes) -> dict[str, object]:
    if len(content) > MOST_BYTES:
        raise Unreadable("This file is too large to be one of settings.")
    try:
        told = tomllib.loads(content.decode("utf-8-sig"))
        repr(told)  # a number in hexadecimal may be read, and be too long to be written in a sentence
    except UnicodeDecodeError:
        raise Unreadable("This is no text in UTF-8.") from None
    except (ValueError, RecursionError) as error:  # of numbers with thousands of digits, too
        raise Unreadable(f"This is no TOML that can be read: {error}") from None
    return told


def _table(told: object) -> dict[str, object]:
    return told if isinstance(told, dict) else {}
