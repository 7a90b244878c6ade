"""What is known of a kind of shop before one is connected: its name, what it takes to reach it, how it is opened."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, cast

from zahlmeister.connectors.shops.contract import ShopPort

#: What may be read by everybody, and what is kept sealed.
Settings = Mapping[str, Any]
Secret = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Field:
    """Something that a person types in to connect a shop.

    `label` and `hint` are English sentences that the office translates. `is_secret` is sealed and never shown again.
    `choices` are (value, label); without any it is free text, and `is_switch` is yes or no.
    """

    name: str
    label: str
    hint: str = ""
    default: str = ""
    is_secret: bool = False
    is_needed: bool = True
    is_switch: bool = False
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a payment kind usually means in a system: payment methods, open statuses, and what is written back."""

    methods: tuple[str, ...]
    open: tuple[str, ...]
    paid: str = ""
    cancelled: str = ""


@dataclass(frozen=True, slots=True)
class Introduced:
    """What is kept after the first conversation with a shop: keys that were agreed on, its real address."""

    settings: dict[str, Any]
    secret: dict[str, str]


@dataclass(frozen=True, slots=True)
class System:
    """A kind of shop.

    `opener` names `open_…(settings, secret)` as “module:function”; it gives a context manager of a ShopPort.
    `introducer`, where one is needed, names a function of the same arguments that gives `Introduced`: it is called
    once, when the shop is connected, and may agree on keys. `keeps_mapping` says that payment methods and statuses are
    chosen in the shop itself, so that nothing is mapped here; `has_columns` that it gives tables whose columns a person
    can describe. `defaults` is by payment kind. `codes` are secrets that
    we make and the shop keeps; they are the same at each attempt, so that one that broke off can be made again.
    """

    code: str
    label: str
    opener: str
    fields: tuple[Field, ...]
    introducer: str = ""
    keeps_mapping: bool = False
    has_columns: bool = False
    codes: tuple[str, ...] = ()
    defaults: Mapping[str, Defaults] = field(default_factory=dict)
    hint: str = ""

    def open(self, settings: Settings, secret: Secret) -> AbstractContextManager[ShopPort]:
        """A shop of this system, open.

        Raises:
            Unreachable: it does not answer or does not let us in; also while it is open.
            Refused: the settings are not enough to reach it.
        """
        opener = cast("Callable[[Settings, Secret], AbstractContextManager[ShopPort]]", named(self.opener))
        return opener(settings, secret)

    def introduce(self, settings: Settings, secret: Secret) -> Introduced:
        """Have the first conversation; see `open` for what can go wrong."""
        if not self.introducer:
            return Introduced(dict(settings), dict(secret))
        introducer = cast("Callable[[Settings, Secret], Introduced]", named(self.introducer))
        return introducer(settings, secret)


def named(path: str) -> object:
    """A function by “module:name”; a connector is loaded when the first shop of its kind is opened."""
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


ADDRESS = Field("address", "address of the shop", "as in the browser, such as https://shop.example")
