"""The nouns of the rail: where each leads, how it looks, and what of it needs a person."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

from zahlmeister.banking.outgoing_queries import transfers_waiting
from zahlmeister.banking.queries import waiting
from zahlmeister.credit.queries import waiting_reviews
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.states import Verification
from zahlmeister.office.access import OfficeRequest, may_open
from zahlmeister.office.areas import place_of
from zahlmeister.orders.shop_queries import shops_in_need
from zahlmeister.prepaid.queries import to_release
from zahlmeister.purchase.queries import takes_part
from zahlmeister.receivables.queries import payment_counts
from zahlmeister.refunds.queries import refunds_waiting


@dataclass(frozen=True, slots=True)
class Noun:
    """An entry of the rail. The name of the page it leads to is the noun itself."""

    name: str
    word: Promise
    waits: Callable[[int], int] | None = None  # merchant → what needs a person
    is_there: Callable[[Merchant], bool] | None = None  # whether it is of use at all; always when absent
    on_phone: bool = False
    icon: str = ""


def _to_verify(merchant_id: int) -> int:
    del merchant_id  # the line is of all merchants
    return Merchant.objects.filter(verification=Verification.SUBMITTED).count()


NOUNS = (
    Noun("today", gettext_lazy("Today"), on_phone=True),
    Noun("payments", pgettext_lazy("rail", "Payments"), lambda of: sum(payment_counts(of).values()), on_phone=True),
    Noun("orders", gettext_lazy("Orders"), on_phone=True),
    Noun("reminders", gettext_lazy("Reminders")),
    Noun("credit", pgettext_lazy("rail", "Credit check"), lambda of: waiting_reviews(of).count()),
    Noun("letters", gettext_lazy("Letters")),
    Noun("statements", pgettext_lazy("rail", "Statements"), waiting, on_phone=True),
    Noun("transfers", gettext_lazy("Outgoing"), transfers_waiting),
    Noun("refunds", gettext_lazy("Refunds"), refunds_waiting),
    Noun("customers", gettext_lazy("Customers"), lambda of: to_release(of).count()),
    Noun(
        "purchases",
        gettext_lazy("Purchase on invoice"),
        is_there=lambda merchant: takes_part(merchant.pk),
        icon="guarantee",
    ),
    Noun("shops", gettext_lazy("Shops"), lambda of: shops_in_need(of).count()),
    Noun("books", gettext_lazy("Books")),
    Noun("guarantee", gettext_lazy("Guarantee")),
    Noun(
        "verifications",
        gettext_lazy("Verifications"),
        _to_verify,
        is_there=lambda merchant: merchant.is_operator,
        icon="guarantee",
    ),
    Noun(
        "operator",
        gettext_lazy("Operator"),
        is_there=lambda merchant: merchant.is_operator,
        icon="statements",
    ),
    Noun("people", gettext_lazy("People"), icon="customers"),
    Noun("settings", gettext_lazy("Settings")),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as somebody sees it."""

    name: str
    word: Promise
    icon: str
    address: str
    waits: int
    is_current: bool
    on_phone: bool


def rail(request: OfficeRequest) -> Iterator[Entry]:
    """What this person may open, in the order of the rail, with the place where they are."""
    match = request.resolver_match
    here = place_of((match.url_name if match else "") or "")
    for noun in NOUNS:
        if not may_open(request.rights, noun.name):
            continue
        if noun.is_there is not None and not noun.is_there(request.merchant):
            continue
        yield Entry(
            name=noun.name,
            word=noun.word,
            icon=noun.icon or noun.name,
            address=reverse(f"office:{noun.name}"),
            waits=noun.waits(request.merchant.pk) if noun.waits else 0,
            is_current=here is not None and here.noun == noun.name,
            on_phone=noun.on_phone,
        )
