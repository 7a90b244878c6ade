"""The sorts of work that can need a person, each with its words and where its rows stand."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zahlmeister.office import need_rows as rows
from zahlmeister.office.needs import Source


def _decide() -> str:
    return _("Decide")


def _look() -> str:
    return _("Look")


SOURCES = (
    Source(
        lambda count: ngettext(
            "Books and bank differ in one currency", "Books and bank differ in %(count)s currencies", count
        ),
        _look,
        "days",
        rows.differences_waiting,
    ),
    Source(
        lambda count: ngettext(
            "%(count)s payment waits for a decision", "%(count)s payments wait for a decision", count
        ),
        _decide,
        "payments",
        rows.payments_waiting,
        "state=needs",
    ),
    Source(
        lambda count: ngettext(
            "%(count)s payment must be assigned soon, or go back",
            "%(count)s payments must be assigned soon, or go back",
            count,
        ),
        _decide,
        "payments",
        rows.returns_waiting,
        "state=return",
    ),
    Source(
        lambda count: ngettext("%(count)s transfer waits for approval", "%(count)s transfers wait for approval", count),
        _look,
        "transfers",
        rows.transfers_waiting,
        "state=drafted",
    ),
    Source(
        lambda count: ngettext(
            "%(count)s refund at a provider waits for a second person",
            "%(count)s refunds at providers wait for a second person",
            count,
        ),
        _look,
        "intents",
        rows.refunds_to_look_at,
        "state=second",
    ),
    Source(
        lambda count: ngettext("%(count)s transfer is in doubt", "%(count)s transfers are in doubt", count),
        _look,
        "transfers",
        rows.doubts_waiting,
        "state=doubt",
    ),
    Source(
        lambda count: ngettext("%(count)s direct debit waits for you", "%(count)s direct debits wait for you", count),
        _look,
        "debits",
        rows.debits_waiting,
        "state=waits",
    ),
    Source(
        lambda count: ngettext(
            "%(count)s account for payouts waits for a second person",
            "%(count)s accounts for payouts wait for a second person",
            count,
        ),
        _look,
        "payout-account",
        rows.payout_accounts_waiting,
    ),
    Source(
        lambda count: ngettext("%(count)s refund has stopped", "%(count)s refunds have stopped", count),
        _look,
        "refunds",
        rows.stopped_refunds,
        "state=stopped",
    ),
    Source(
        lambda count: ngettext(
            "%(count)s refund waits because the balance is too low",
            "%(count)s refunds wait because the balance is too low",
            count,
        ),
        _look,
        "refunds",
        rows.short_refunds,
        "state=short",
    ),
    Source(
        lambda _count: _("Refunds cannot be collected: there is no mandate"),
        _look,
        "plan",
        rows.mandate_waiting,
    ),
    Source(
        lambda count: ngettext(
            "%(count)s case at an agency waits for your answer",
            "%(count)s cases at agencies wait for your answer",
            count,
        ),
        _look,
        "collection",
        rows.cases_waiting,
    ),
    Source(
        lambda count: ngettext(
            "%(count)s buyer waits for a person to look at the credit check",
            "%(count)s buyers wait for a person to look at the credit check",
            count,
        ),
        _decide,
        "credit",
        rows.reviews_waiting,
    ),
    Source(
        lambda count: ngettext("%(count)s top-up is to be released", "%(count)s top-ups are to be released", count),
        _decide,
        "customers",
        rows.releases_waiting,
    ),
    Source(
        lambda count: ngettext(
            "%(count)s letter could not be delivered", "%(count)s letters could not be delivered", count
        ),
        _look,
        "letters",
        rows.letters_waiting,
    ),
    Source(
        lambda count: ngettext("%(count)s bank connection is stuck", "%(count)s bank connections are stuck", count),
        _look,
        "connections",
        rows.connections_waiting,
    ),
    Source(
        lambda count: ngettext(
            "%(count)s bank wants a second factor again soon", "%(count)s banks want a second factor again soon", count
        ),
        _look,
        "connections",
        rows.consents_waiting,
    ),
    Source(
        lambda count: ngettext(
            "%(count)s statement could not be read", "%(count)s statements could not be read", count
        ),
        _look,
        "statements",
        rows.imports_waiting,
    ),
    Source(
        lambda count: ngettext(
            "A statement names an account: is it yours?", "Statements name %(count)s accounts: are they yours?", count
        ),
        _look,
        "statements",
        rows.accounts_waiting,
    ),
    Source(
        lambda count: ngettext("%(count)s payment is only recorded", "%(count)s payments are only recorded", count),
        _look,
        "statements",
        rows.early_waiting,
    ),
    Source(
        lambda count: ngettext("%(count)s shop needs you", "%(count)s shops need you", count),
        _look,
        "shops",
        rows.shops_waiting,
    ),
    Source(
        lambda count: ngettext(
            "%(count)s order is no longer what its shop was told",
            "%(count)s orders are no longer what their shops were told",
            count,
        ),
        _look,
        "orders",
        rows.untrue_waiting,
        "state=untrue",
    ),
    Source(
        lambda count: ngettext(
            "%(count)s payment provider cannot be reached", "%(count)s payment providers cannot be reached", count
        ),
        _look,
        "providers",
        rows.troubled_providers,
    ),
    Source(
        lambda count: ngettext("%(count)s rule is proposed", "%(count)s rules are proposed", count),
        _decide,
        "learned",
        rows.rules_proposed,
    ),
)
