"""The shop systems whose module we speak to, as data: where it listens, what it can do, and what it does oddly."""

from dataclasses import dataclass
from enum import Enum, auto

from zahlmeister.refusals import Refused

_BASE = frozenset({"init", "test", "info", "readorders", "updateorders"})
_INVOICES = _BASE | {"readinvoicepdf"}
_REFUNDS = _INVOICES | {"readrefunds", "updaterefunds"}


class Oddity(Enum):
    """What a module does otherwise than one would expect."""

    UTF8_TWICE = auto()  # addresses were encoded to UTF-8 once too often
    HTML = auto()  # texts come escaped for a web page
    COUNTRIES_SWAPPED = auto()  # the billing country stands with the delivery, and the other way round
    NO_REPEAT = auto()  # a change that was made before is not acknowledged again
    OPEN_TO_ALL = auto()  # the access code is not checked
    SETTINGS_READABLE = auto()  # anybody may ask for some of the shop's settings
    ACTION_IN_PATH = auto()  # the action is part of the address


class Subshops(Enum):
    """How the shops of one installation are chosen."""

    NONE = auto()
    NUMBERS = auto()  # `s`, plain
    CODES = auto()  # `s`, hidden like other values, for the list only


@dataclass(frozen=True, slots=True)
class Profile:
    """One shop system. `path` is below the shop's address; `encoded` is how often values are percent-encoded."""

    name: str
    label: str
    path: str
    actions: frozenset[str] = _BASE
    encoded: int = 2
    ciphers: tuple[str, ...] = ("openssl", "mcrypt", "base64")
    digits: bool = True  # orders are numbered by whole numbers
    subshops: Subshops = Subshops.NONE
    odd: frozenset[Oddity] = frozenset()


_CALLBACK = "/callback/komfortkasse/index.php"
_NEW = ("openssl", "base64")
_PROFILES = (
    Profile(
        "oscommerce",
        "osCommerce",
        "/ext/komfortkasse/index.php",
        odd=frozenset({Oddity.NO_REPEAT, Oddity.OPEN_TO_ALL}),
    ),
    Profile("xtcommerce3", "xt:Commerce 3", _CALLBACK),
    Profile("modified", "modified eCommerce", _CALLBACK),
    Profile("gambio", "Gambio", _CALLBACK, _INVOICES),
    Profile(
        "xtcommerce4",
        "xt:Commerce 4, 5 and 6",
        "/plugins/ltc_komfortkasse/index.php",
        _INVOICES,
        subshops=Subshops.NUMBERS,
        odd=frozenset({Oddity.SETTINGS_READABLE}),
    ),
    Profile(
        "oxid",
        "OXID 4",
        "/index.php?cl=komfortkassecallback&fnc=handleRequest",
        _INVOICES,
        digits=False,
        odd=frozenset({Oddity.HTML, Oddity.COUNTRIES_SWAPPED}),
    ),
    Profile(
        "prestashop",
        "PrestaShop",
        "/modules/ltckomfortkasse/lib/callback.php",
        _INVOICES,
        digits=False,
        subshops=Subshops.NUMBERS,
        odd=frozenset({Oddity.UTF8_TWICE, Oddity.SETTINGS_READABLE}),
    ),
    Profile(
        "magento1",
        "Magento 1 or OpenMage",
        "/komfortkasse/main",
        _REFUNDS,
        digits=False,
        subshops=Subshops.CODES,
        odd=frozenset({Oddity.UTF8_TWICE, Oddity.ACTION_IN_PATH}),
    ),
    Profile("magento2", "Magento 2", "/komfortkasse/main/index", _REFUNDS, digits=False),
    Profile("jtl4", "JTL-Shop 4", "/?kkapi=1", digits=False),
    Profile("jtl5", "JTL-Shop 5", "/?kkapi=1", ciphers=_NEW, digits=False, odd=frozenset({Oddity.UTF8_TWICE})),
    Profile("virtuemart", "VirtueMart 3", "/index.php", encoded=1, ciphers=("base64",), digits=False),
)
PROFILES = {profile.name: profile for profile in _PROFILES}


def profile_of(name: str) -> Profile:
    """The system by its name.

    Raises:
        Refused: there is none of this name.
    """
    try:
        return PROFILES[name]
    except KeyError:
        raise Refused(f"“{name}” is no shop system with a module; there are {', '.join(PROFILES)}.") from None
