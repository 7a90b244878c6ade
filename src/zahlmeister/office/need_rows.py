"""The rows that wait for a person, sort by sort: how many, how much money, until when, and the first by name."""

from datetime import date, timedelta

from django.db.models import QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from zahlmeister.banking import queries as banking
from zahlmeister.banking.debit_models import Debit
from zahlmeister.banking.debit_queries import debits_waiting as unfinished_debits
from zahlmeister.banking.debit_queries import mandate_from
from zahlmeister.banking.models import BankAccount, Connection, StatementImport
from zahlmeister.banking.outgoing_models import PaymentOrder
from zahlmeister.banking.outgoing_queries import payment_orders
from zahlmeister.banking.outgoing_states import OrderState
from zahlmeister.collection import queries as collection
from zahlmeister.collection.models import Case
from zahlmeister.credit.models import Review
from zahlmeister.credit.queries import waiting_reviews
from zahlmeister.flows.reconcile import newest_differences
from zahlmeister.intents.models import ProviderConnection, ProviderRefund
from zahlmeister.intents.queries import connections as providers
from zahlmeister.intents.queries import refunds_to_approve
from zahlmeister.learning.queries import proposals
from zahlmeister.merchants.insert import has_rows
from zahlmeister.merchants.models import Merchant
from zahlmeister.office import refund_words
from zahlmeister.office.needs import NAMED, NOTHING, Named, Waits, counted, listed, to
from zahlmeister.office.sentences import in_words
from zahlmeister.orders.models import Order, ShopConnection
from zahlmeister.orders.shop_queries import shops_in_need
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.states import MessageState
from zahlmeister.payouts.models import PayoutAccount
from zahlmeister.payouts.states import AccountState as PayoutState
from zahlmeister.prepaid.models import AnnouncedTransfer
from zahlmeister.prepaid.queries import to_release
from zahlmeister.receivables.announce import untrue_in_shop
from zahlmeister.receivables.going_back import NEAR as RETURN_NEAR
from zahlmeister.receivables.going_back import return_by, to_go_back
from zahlmeister.receivables.models import Payment
from zahlmeister.receivables.queries import first_waiting, only_recorded, payment_counts
from zahlmeister.receivables.states import NEEDS_A_PERSON
from zahlmeister.refunds import queries as refunds
from zahlmeister.refunds.models import Refund
from zahlmeister.refunds.states import NEEDS_A_PERSON as STOPPED
from zahlmeister.refunds.states import RefundState, Way

#: A consent of a bank that ends within so many days is renewed in time.
CONSENT_NEAR = timedelta(days=8)


def differences_waiting(merchant: Merchant, today: date) -> Waits:
    """Books and bank: the oldest thing to look at, since nothing is paid out while they differ."""
    rows = newest_differences(merchant.pk)
    days = reverse("office:days")
    return listed([Named(in_words(row.differences[0]), days, due=min(row.on, today)) for row in rows])


def payments_waiting(merchant: Merchant, today: date) -> Waits:
    """Payments that nobody could place, the newest first."""
    del today
    rows = Payment.objects.filter(merchant=merchant, state__in=NEEDS_A_PERSON)
    sums = rows.filter(currency=merchant.currency, open_minor__gt=0).aggregate(minor=Sum("open_minor", default=0))
    count = sum(payment_counts(merchant.pk).values())
    return Waits(count, sums["minor"], named=[_payment(row) for row in first_waiting(merchant.pk, NAMED)])


def _payment(row: Payment) -> Named:
    payer = row.transaction.counterparty or _("Unknown payer")
    return Named(payer, to("payment", row.pk), row.open_minor, row.currency)


def returns_waiting(merchant: Merchant, today: date) -> Waits:
    """Payments on pooled accounts whose term ends soon."""
    rows = to_go_back(merchant, today + timedelta(days=RETURN_NEAR))

    def name(row: Payment) -> Named:
        payer = row.transaction.counterparty or _("Unknown payer")
        by = return_by(row, merchant.return_after_days)
        return Named(payer, to("payment-send-back", row.pk), row.open_minor, row.currency, by)

    found = counted(rows, name, minor="open_minor", of=merchant)
    return Waits(found.count, found.minor, found.named[0].due, found.named) if found.named else NOTHING


def transfers_waiting(merchant: Merchant, today: date) -> Waits:
    """Transfers that somebody has to approve."""
    del today
    rows = payment_orders(merchant.pk).filter(state=OrderState.DRAFTED).order_by("execute_on", "id")
    return counted(rows, _transfer, minor="amount_minor", due="execute_on", of=merchant)


def doubts_waiting(merchant: Merchant, today: date) -> Waits:
    """Transfers of which the bank said something odd."""
    del today
    return counted(payment_orders(merchant.pk).exclude(doubt=""), _transfer, minor="amount_minor", of=merchant)


def _transfer(row: PaymentOrder) -> Named:
    return Named(row.creditor_name, to("transfer", row.pk), row.amount_minor, row.currency, row.execute_on)


def debits_waiting(merchant: Merchant, today: date) -> Waits:
    """Direct debits to approve, to tell of, or to look at."""
    del today
    rows = unfinished_debits(merchant.pk).order_by("collect_on", "id")
    return counted(rows, _debit, minor="amount_minor", currency="", due="collect_on", of=merchant)


def _debit(row: Debit) -> Named:
    return Named(row.mandate.debtor_name, to("debit", row.pk), row.amount_minor, "EUR", row.collect_on)


def payout_accounts_waiting(merchant: Merchant, today: date) -> Waits:
    """Accounts for payouts that a second person has to approve."""
    del today
    rows = PayoutAccount.objects.filter(merchant=merchant, state=PayoutState.CONFIRMED).order_by("id")
    return counted(rows, lambda row: Named(row.name, reverse("office:payout-account")))


def stopped_refunds(merchant: Merchant, today: date) -> Waits:
    """Refunds that go on only when a person says so."""
    del today
    return _refunds(merchant, refunds.refunds(merchant.pk).filter(state__in=STOPPED))


def short_refunds(merchant: Merchant, today: date) -> Waits:
    """Refunds whose pooled account does not hold them."""
    del today
    return _refunds(merchant, refunds.refunds(merchant.pk).filter(state=RefundState.SHORT).order_by("due_on", "id"))


def _refunds(merchant: Merchant, rows: QuerySet[Refund]) -> Waits:
    return counted(rows, _refund, minor="amount_minor", due="due_on", of=merchant)


def _refund(row: Refund) -> Named:
    return Named(refund_words.of_what(row), to("refund", row.pk), row.amount_minor, row.currency, row.due_on)


def mandate_waiting(merchant: Merchant, today: date) -> Waits:
    """Refunds are to be paid by direct debit from the merchant, and there is no mandate that holds."""
    del today
    if refunds.settings_of(merchant.pk).way != Way.DEBIT or mandate_from(merchant.pk) is not None:
        return NOTHING
    return Waits(1)


def cases_waiting(merchant: Merchant, today: date) -> Waits:
    """Cases whose agency asks something, or whose sums do not add up."""
    del today
    rows = collection.asking(merchant.pk) | collection.doubtful(merchant.pk)
    return counted(rows.order_by("pk"), _case, minor="principal_minor", of=merchant)


def _case(row: Case) -> Named:
    return Named(row.reference, to("collection-case", row.pk), row.principal_minor, row.currency)


def reviews_waiting(merchant: Merchant, today: date) -> Waits:
    """Buyers of whom a person is to decide whether they may buy on invoice."""
    del today
    rows = waiting_reviews(merchant.pk)
    currency = "decision__currency"
    return counted(rows, _review, minor="decision__minor", currency=currency, due="due_at", of=merchant)


def _review(row: Review) -> Named:
    one = row.decision
    return Named(one.name or one.order, to("credit-decision", one.pk), one.minor, one.currency, row.due_at.date())


def releases_waiting(merchant: Merchant, today: date) -> Waits:
    """Top-ups whose money is there."""
    del today
    return counted(to_release(merchant.pk), _release, minor="paid_minor", of=merchant)


def _release(row: AnnouncedTransfer) -> Named:
    customer = row.account.customer
    return Named(str(customer), to("customer", customer.pk), row.paid_minor, row.currency)


def refunds_to_look_at(merchant: Merchant, today: date) -> Waits:
    """What is to go back at a provider above a limit, so that a second person has to look."""
    del today
    rows = refunds_to_approve(merchant.pk)
    return counted(rows, _at_provider, minor="amount_minor", currency="intent__currency", of=merchant)


def _at_provider(row: ProviderRefund) -> Named:
    return Named(str(row.intent), to("intent", row.intent_id), row.amount_minor, row.intent.currency)


def letters_waiting(merchant: Merchant, today: date) -> Waits:
    """Mails and letters that could not be delivered."""
    del today
    rows = Message.objects.filter(merchant=merchant, state=MessageState.STUCK, channel__in=("mail", "letter"))
    return counted(rows.order_by("-id"), lambda row: Named(in_words(row.error), reverse("office:letters")))


def connections_waiting(merchant: Merchant, today: date) -> Waits:
    """Connections to banks that stand still, or whose bank asks something."""
    del today
    return counted(banking.stuck_connections(merchant.pk), _connection)


def consents_waiting(merchant: Merchant, today: date) -> Waits:
    """Banks that want a second factor again soon."""
    rows = banking.consents_ending(merchant.pk, today + CONSENT_NEAR)
    return counted(rows.order_by("consent_until", "id"), _connection, due="consent_until")


def _connection(row: Connection) -> Named:
    return Named(row.name, to("connection", row.pk), due=row.consent_until)


def imports_waiting(merchant: Merchant, today: date) -> Waits:
    """Statements that stopped at an error."""
    del today
    return counted(banking.broken_imports(merchant.pk), _import)


def _import(row: StatementImport) -> Named:
    return Named(f"{row.name}: {in_words(row.error)}", to("statement", row.pk))


def accounts_waiting(merchant: Merchant, today: date) -> Waits:
    """Accounts of which nobody has said whose they are."""
    del today
    return counted(banking.asked_accounts(merchant.pk), _account)


def _account(row: BankAccount) -> Named:
    known = row.number if row.number != "-" else _("a statement without an account number")
    return Named(known, to("account", row.pk))


def early_waiting(merchant: Merchant, today: date) -> Waits:
    """Payments that are only recorded until their account is started."""
    del today
    found = only_recorded(merchant.pk, banking.not_started(merchant.pk))
    named = [Named(str(account), to("account", account.pk)) for account, _count in found]
    return Waits(sum(count for _account, count in found), named=named[:NAMED])


def shops_waiting(merchant: Merchant, today: date) -> Waits:
    """Shops that are switched off, doubted, or could not be told."""
    del today
    return counted(shops_in_need(merchant.pk), _shop)


def _shop(row: ShopConnection) -> Named:
    return Named(f"{row.shop.name}: {in_words(row.error)}" if row.error else row.shop.name, to("shop", row.shop_id))


def untrue_waiting(merchant: Merchant, today: date) -> Waits:
    """Orders whose shop was told something that is not so any more."""
    del today
    if not has_rows(ShopConnection, merchant.pk):  # nobody was ever told anything
        return NOTHING
    return counted(untrue_in_shop(merchant.pk), _order)


def _order(row: Order) -> Named:
    return Named(_("Order %(number)s") % {"number": row.number}, to("order", row.pk))


def troubled_providers(merchant: Merchant, today: date) -> Waits:
    """Payment providers that could not be asked."""
    del today
    return counted(providers(merchant.pk).exclude(error=""), _provider)


def _provider(row: ProviderConnection) -> Named:
    return Named(f"{row.name}: {in_words(row.error)}", to("provider", row.pk))


def rules_proposed(merchant: Merchant, today: date) -> Waits:
    """Rules that the house proposes."""
    del today
    return listed([Named(row.label or row.value, reverse("office:learned")) for row in proposals(merchant.pk)])
