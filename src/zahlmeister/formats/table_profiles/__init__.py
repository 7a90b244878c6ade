"""The CSV exports we know, by country: one row of data per bank or provider.

A new bank is a new `Profile` in its country's module and a sample in the tests, no code.
"""

from collections.abc import Sequence

from zahlmeister.formats.table_profiles.austria import AUSTRIA
from zahlmeister.formats.table_profiles.germany import GERMANY
from zahlmeister.formats.table_profiles.profile import Profile, folded
from zahlmeister.formats.table_profiles.providers import PROVIDERS
from zahlmeister.formats.table_profiles.switzerland import SWITZERLAND

PROFILES: tuple[Profile, ...] = (*GERMANY, *AUSTRIA, *SWITZERLAND, *PROVIDERS)

#: For people: whose exports are read.
KNOWN_BANKS = (
    "Sparkasse, Volksbank, Deutsche Bank, Postbank, Commerzbank, ING, DKB, comdirect, N26, Consorsbank, Targobank, "
    "HypoVereinsbank, George, Raiffeisen, easybank, PostFinance, UBS, ZKB, Migros Bank, Valiant, Wise, Revolut, Qonto, "
    "PayPal"
)


def recognised(header: Sequence[str], profiles: Sequence[Profile] = PROFILES) -> Profile | None:
    """The export that has these columns; of several the one that asks for most of them."""
    columns = [folded(column) for column in header]
    return max((each for each in profiles if each.fits(columns)), key=lambda each: each.asks, default=None)
