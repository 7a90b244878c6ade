"""Which page of the office belongs where: under which noun of the rail, and in which area of people's rights.

The name of a page begins with words of this table; the longest that fits counts, so that `refund-cancel` goes with
`refund` and `refund-settings` for itself. A page that nobody has placed is open to owners alone, and a test names it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from zahlmeister.merchants.rights import Area

#: Noun of the rail → area → how the names of its pages begin.
PAGES: Mapping[str, Mapping[Area, str]] = {
    "payments": {
        Area.ORDERS: "forecast payments payment providers provider-payout intents intent",
        Area.MONEY_OUT: "payment-send-back intent-refund",
        Area.SETTINGS: "provider",
    },
    "orders": {
        Area.ORDERS: "orders order search",
        Area.REMINDERS: (
            "order-leave-out order-pause order-resume order-asked-again order-leave-costs order-count-from"
        ),
    },
    "reminders": {
        Area.REMINDERS: "reminders collection",
        Area.SETTINGS: "reminder-rules reminder-rule collection-setup collection-agency",
    },
    "credit": {Area.PURCHASE: "credit"},
    "letters": {
        Area.ORDERS: "letters letter",
        Area.SETTINGS: (
            "notices letter-sender letter-server letter-print letter-returns letter-rule letter-texts letter-text "
            "mailboxes"
        ),
    },
    "statements": {
        Area.ORDERS: (
            "statements statement account mappings mapping connections connection connection-asks connection-answer "
            "connection-pin connection-look imports import"
        ),
        Area.SETTINGS: (
            "connect connection-back connection-renew connection-pause connection-resume account-change account-start "
            "account-whose pay-to use"
        ),
    },
    "transfers": {
        Area.MONEY_OUT: "transfers transfer payment-file debits debit mandate payouts payout limits",
        Area.SETTINGS: "plan payout-account verification",
    },
    "refunds": {Area.MONEY_OUT: "refunds refund order-refund", Area.SETTINGS: "refund-settings"},
    "customers": {
        Area.CUSTOMERS: "customers customer announced balance entry",
        Area.MONEY_OUT: "back",
        Area.SETTINGS: "centre",
    },
    "purchases": {
        Area.PURCHASE: "purchases purchase settlements settlement erps erp-document",
        Area.SETTINGS: "erp",
    },
    "shops": {
        Area.ORDERS: "shop-read shop-order shop-replay shop-let-go shop-replay-all",
        Area.SETTINGS: "shops shop programs program webhooks webhook api-keys api-key first-steps",
    },
    "books": {Area.BOOKS: "books book bookkeeper batch months month closings days day"},
    "verifications": {Area.SETTINGS: "verifications"},
    "settings": {Area.SETTINGS: "settings"},
    "operator": {Area.SETTINGS: "operator visit"},
    "people": {Area.PEOPLE: "people person invitation"},
    "guarantee": {Area.ORDERS: "guarantee learned proposal rule ignore"},
}
#: A person's own access: where they also get to who still has to switch the second factor on.
OWN = frozenset({"me", "me-address", "me-password", "me-others-end", "me-session-end"})
#: Pages for everybody who works for the merchant, whatever they may do.
FOR_ALL = OWN | {"today", "work-for", "view-keep", "view-drop", "agreements", "look-for"}
#: Whoever may read may look for something, visitors too; it changes nothing.
LOOKS = frozenset({"look-for"})
#: What works without an agreement to the operator's texts: one's own access, another merchant, and taking data out.
WITHOUT_AGREEMENT = OWN | {"agreements", "work-for", "payments-export", "orders-export", "settings-export"}
#: Others with the right of the area may read them; what they say binds the merchant, or says where his data go.
OWNERS_CHANGE = frozenset(
    {
        "purchase-guarantor",
        "bookkeeper-delivery",
        "letter-server",
        "api-keys",
        "api-key",
        "operator-merchant",
        "operator-texts",
    }
)
#: They ask again every second or so, and show no more than how far a work is.
POLLED = frozenset({"statement-progress", "connection-asks"})
#: Looking through everything, and making a file, costs as much as ten pages; so does a list saved as a file.
COSTLY = frozenset(
    {
        "search", "payments-export", "orders-export", "settings-export", "payment-file-download", "payout-csv",
        "debit-file-download", "payout-pdf", "plan-invoice-file", "month-file", "day-file", "settlement-csv",
        "letter-enclosure", "verification-file", "verifications-file",
    }
)  # fmt: skip
#: What is asked of nobody who has not shown in the last minutes that it is them: it says where money or data go, or who
#: may.
AGAIN = frozenset(
    {
        "payout-account", "payout-account-confirm", "payout-account-approve", "plan-mandate", "plan-mandate-revoke",
        "mandate-new", "limits", "me-address", "me-password",
        "me-session-end", "me-others-end", "person", "person-new", "person-remove",
        "person-factor-lost", "person-factor-agree",
        "people-second-factor", "people-operator", "invitation-again", "programs", "program", "webhooks", "webhook",
        "erp", "erp-new", "erp-act", "provider-new", "provider", "pay-to", "use-forget", *OWNERS_CHANGE,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page belongs."""

    noun: str
    area: Area | None  # None for everybody


def place_of(page: str) -> Place | None:
    """Where the page of this name belongs; None when nobody has said it."""
    if page in FOR_ALL:
        return Place("me" if page in OWN else "today", None)
    words = page.split("-")
    for count in range(len(words), 0, -1):
        if found := _places().get("-".join(words[:count])):
            return found
    return None


@cache
def _places() -> dict[str, Place]:
    return {
        word: Place(noun, area)
        for noun, areas in PAGES.items()
        for area, words in areas.items()
        for word in words.split()
    }
