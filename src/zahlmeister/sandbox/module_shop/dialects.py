"""How the modules of the shop systems differ, as seen from inside the shop: written from their sources' behaviour."""

from dataclasses import dataclass

_WHO = "firstname lastname company street postcode city countrycode"
_HEAD = "number date email customer_number payment_method amount currency_code exchange_rate"


@dataclass(frozen=True, slots=True)
class Dialect:
    """One system.

    `fields` are those of an order, in the order in which the module sends them; `delivery_` and `billing_` stand for a
    whole address, a `+` behind them for one with a telephone number.
    """

    name: str
    path: str
    fields: str
    query: tuple[tuple[str, str], ...] = ()
    action_in_path: bool = False
    raw_decode: bool = False  # rawurldecode() instead of urldecode()
    request_filter: str = ""  # html or cmd
    only: str = ""  # parameters that are let through; all where empty
    openssl: bool = True
    mcrypt: bool = True
    width: int = 65535  # of the column that keeps a key
    checks_access: bool = True
    empty_list_is_hidden: bool = False
    repeats: bool = True  # a change made before is acknowledged again
    revives: bool = False  # PAID is taken for an order that is cancelled
    encoded_twice: bool = False
    escapes: bool = False
    swaps_countries: bool = False
    iso_dates: bool = False
    places: int = 4
    subshops: str = ""  # plain or hidden
    refunds: bool = False
    invoices: bool = False
    needs_all: bool = False  # a parameter that is missing is an error
    status_by_name: bool = False
    full_name: bool = False  # first and last name come as one
    wrapped: bool = False  # blank lines around the answer


_ADDRESSED = f"{_HEAD} language_code delivery_ billing_ products type"
_JTL = (
    "action o s order_id test accesscode accesscode_hash apikey privateKey publicKey testSSLEnc mCryptSecretKey "
    "mCryptIV testMCryptEnc testBase64Enc"
)
_JTL_FIELDS = (
    "store_id invoice_date number status date email customer_number payment_method payment_name amount currency_code "
    "exchange_rate delivery_ language_code billing_ products type"
)
_CALLBACK = "/callback/komfortkasse/index.php"

_DIALECTS = (
    Dialect(
        "oscommerce",
        "/ext/komfortkasse/index.php",
        f"{_HEAD} status language_code delivery_ billing_ products",
        checks_access=False,
        empty_list_is_hidden=True,
        repeats=False,
        status_by_name=True,
        full_name=True,
    ),
    Dialect("xtcommerce3", _CALLBACK, _ADDRESSED, width=255),
    Dialect("modified", _CALLBACK, _ADDRESSED),
    Dialect(
        "gambio",
        _CALLBACK,
        f"invoice_date {_HEAD} language_code delivery_ billing_ status products invoice_number type",
        invoices=True,
    ),
    Dialect(
        "xtcommerce4",
        "/plugins/ltc_komfortkasse/index.php",
        "store_id number status status_name date email customer_number payment_method payment_name amount "
        "currency_code exchange_rate language_code delivery_+ billing_+ products type",
        raw_decode=True,
        mcrypt=False,
        revives=True,
        iso_dates=True,
        subshops="plain",
        invoices=True,
    ),
    Dialect(
        "oxid",
        "/index.php",
        f"{_HEAD} language_code delivery_ billing_ invoice_number shipping_number invoice_date products type",
        query=(("cl", "komfortkassecallback"), ("fnc", "handleRequest")),
        request_filter="html",
        escapes=True,
        swaps_countries=True,
        places=2,
        invoices=True,
        wrapped=True,
    ),
    Dialect(
        "prestashop",
        "/modules/ltckomfortkasse/lib/callback.php",
        "store_id number id status status_name date email customer_number payment_method amount currency_code "
        "exchange_rate invoice_number invoice_date delivery_ language_id language_code billing_ products type",
        mcrypt=False,
        revives=True,
        encoded_twice=True,
        places=6,
        subshops="plain",
        invoices=True,
    ),
    Dialect(
        "magento1",
        "/komfortkasse/main",
        "store_id invoice_date number status date email customer_number payment_method amount currency_code "
        "exchange_rate amount_paid birth_date ip invoice_number delivery_+ language_code billing_+ products "
        "shipping_number marketplace_number type",
        action_in_path=True,
        mcrypt=False,
        revives=True,
        encoded_twice=True,
        subshops="hidden",
        refunds=True,
        invoices=True,
    ),
    Dialect(
        "magento2",
        "/komfortkasse/main/index",
        "number status date email customer_number payment_method amount currency_code exchange_rate invoice_number "
        "invoice_date delivery_+ language_code billing_+ products store_id type",
        revives=True,
        refunds=True,
        invoices=True,
        needs_all=True,
    ),
    Dialect("jtl4", "/", _JTL_FIELDS, query=(("kkapi", "1"),), only=_JTL, places=2),
    Dialect(
        "jtl5",
        "/",
        _JTL_FIELDS,
        query=(("kkapi", "1"),),
        only=_JTL,
        mcrypt=False,
        revives=True,
        encoded_twice=True,
        places=2,
    ),
    Dialect(
        "virtuemart",
        "/index.php",
        f"number id {_HEAD.removeprefix('number ')} language_code delivery_ billing_ status products type",
        request_filter="cmd",
        places=6,
    ),
)
DIALECTS = {dialect.name: dialect for dialect in _DIALECTS}


def addressed(field: str) -> list[str]:
    """The parts of an address that a field stands for: `delivery_+` is eight fields."""
    prefix = field.rstrip("+")
    return [f"{prefix}{part}" for part in (*_WHO.split(), *(["phone"] if field.endswith("+") else []))]
