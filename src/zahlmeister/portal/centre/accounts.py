"""A customer's accounts: what is open, what lies on them, and every entry with its papers."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from zahlmeister.flows.centre.papers import confirmation, statement
from zahlmeister.intents.models import PaymentIntent
from zahlmeister.intents.queries import on_its_way
from zahlmeister.letters.figures import day, money
from zahlmeister.money.accounts import shortened
from zahlmeister.money.amount import Amount
from zahlmeister.portal.centre.door import Visit, address, shown, signed_in
from zahlmeister.portal.centre.words import entry_kinds
from zahlmeister.portal.pay import nowhere
from zahlmeister.prepaid.models import Account, AnnouncedTransfer, Entry
from zahlmeister.prepaid.queries import (
    accounts_of,
    announced_for,
    balance_of,
    centre_of,
    entries_of,
    open_items,
    overpaid_items,
)
from zahlmeister.prepaid.rules import told_number
from zahlmeister.prepaid.states import GivesBack, TransferState
from zahlmeister.receivables.models import OpenItem
from zahlmeister.refunds.models import Refund
from zahlmeister.refunds.queries import backs_of
from zahlmeister.refunds.states import RefundState

#: So many entries stand on a page.
MOST = 50
LAST_DAYS = timedelta(days=365)


@require_safe
@signed_in
def home(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """Choose an account: what is open on each, and what lies on it. Who has one only is led to it."""
    accounts = accounts_of(visit.who)
    if len(accounts) == 1:
        return redirect(address(visit, "account", accounts[0].pk))
    rows = [_summary(account, visit) for account in accounts]
    return shown(request, visit, "home", {"accounts": rows})


@require_safe
@signed_in
def account(request: HttpRequest, visit: Visit, account_id: int) -> HttpResponseBase:
    """What is open, what lies on it, what is on its way."""
    row = visit.account(account_id)
    if row is None:
        return nowhere(request)
    today = timezone.localdate()
    waiting = AnnouncedTransfer.objects.filter(account=row, state__in=(TransferState.SENT, TransferState.SEEN))
    items = open_items(row)
    numbers = [item.pk for item in items]
    announced = _announced(row, numbers, visit)
    context = {
        **_summary(row, visit),
        "items": [_item(item, visit.language, today) | {"announced": announced.get(item.pk, "")} for item in items],
        "overpaid": [_item(item, visit.language, today) for item in overpaid_items(row)],
        "transfers": [_transfer(each, visit) for each in waiting.order_by("-id")],
        "payments": [_payment(each, visit) for each in on_its_way(visit.merchant.pk, items=numbers, account=row.pk)],
        "entries": [told_entry(entry, visit) for entry in entries_of(row)[:5]],
        "offers_balance": centre_of(visit.merchant.pk).offers_balance,
        "backs": [_back(each, visit) for each in backs_of(row.pk)],
        "can_go_back": centre_of(visit.merchant.pk).gives_back != GivesBack.NEVER and balance_of(row).paid > 0,
        "was_asked_back": "back" in request.GET,
        "wrong": visit.words["ask_shop"] if "ask" in request.GET else "",
        "several": len(accounts_of(visit.who)) > 1,
    }
    return shown(request, visit, "account", context)


@require_safe
@signed_in
def entries(request: HttpRequest, visit: Visit, account_id: int) -> HttpResponseBase:
    """Every entry, the newest first."""
    row = visit.account(account_id)
    if row is None:
        return nowhere(request)
    context = {**_summary(row, visit), "entries": [told_entry(entry, visit) for entry in entries_of(row)[:MOST]]}
    return shown(request, visit, "entries", context)


@require_safe
@signed_in
def statement_pdf(request: HttpRequest, visit: Visit, account_id: int) -> HttpResponseBase:
    """The statement of the last year as PDF, in the language of the page."""
    row = visit.account(account_id)
    if row is None:
        return nowhere(request)
    row.customer.language = visit.language
    today = timezone.localdate()
    pdf = statement(row, visit.sender, today - LAST_DAYS, today, entry_kinds(visit.language))
    return _pdf(pdf, told_number(row.number))


@require_safe
@signed_in
def confirmation_pdf(request: HttpRequest, visit: Visit, entry_id: int) -> HttpResponseBase:
    """The confirmation of a deposit as PDF."""
    rows = Entry.objects.select_related("account__customer", "account__merchant")
    entry = rows.filter(account__customer=visit.who, pk=entry_id, receipt__isnull=False).first()
    if entry is None:
        return nowhere(request)
    entry.account.customer.language = visit.language
    return _pdf(confirmation(entry, visit.sender), f"{told_number(entry.account.number)}-{entry.receipt}")


def told_entry(entry: Entry, visit: Visit) -> dict[str, Any]:
    """An entry as pages show it."""
    return {
        "pk": entry.pk,
        "on": day(entry.on, visit.language),
        "what": visit.words[f"entry_{entry.kind}"],
        "text": entry.text,
        "amount": money(entry.amount, visit.language),
        "is_in": entry.amount.minor > 0,
        "granted": money(Amount(entry.granted_minor, entry.currency), visit.language) if entry.granted_minor else "",
        "after": money(Amount(entry.after.total, entry.currency), visit.language),
        "has_receipt": entry.receipt is not None,
    }


def _summary(row: Account, visit: Visit) -> dict[str, Any]:
    held, language = balance_of(row), visit.language
    open_minor = sum(item.open_minor for item in open_items(row))

    def told(minor: int) -> str:
        return money(Amount(minor, row.currency), language)

    return {
        "account": row,
        "number": told_number(row.number),
        "open": told(open_minor),
        "is_open": open_minor > 0,
        "balance": told(held.total),
        "paid": told(held.paid),
        "granted": told(held.granted) if held.granted else "",
        "is_short": held.paid < 0,
    }


def _item(item: OpenItem, language: str, today: date) -> dict[str, Any]:
    return {
        "pk": item.pk,
        "number": item.order.invoice_number or item.order.number,
        "on": day(item.opened_on, language),
        "due": day(item.due_on, language) if item.due_on else "",
        "is_late": bool(item.due_on and item.due_on < today),
        "open": money(item.open, language),
        "total": money(item.total, language),
        "is_part": item.open_minor < item.total_minor,
        "surplus": money(item.surplus, language),
    }


def _announced(account: Account, items: Sequence[int], visit: Visit) -> dict[int, str]:
    """Of items for which transfers were announced that have not come, how much that is, in words."""
    sums: Counter[int] = Counter()
    for transfer in announced_for(account, items):
        for share in transfer.shares:
            sums[share["item"]] += share["minor"]
    said = visit.words["announced_for"]
    return {
        item: said.format(amount=money(Amount(minor, account.currency), visit.language)) for item, minor in sums.items()
    }


def _transfer(transfer: AnnouncedTransfer, visit: Visit) -> dict[str, Any]:
    return {
        "pk": transfer.pk,
        "reference": transfer.reference,
        "amount": money(transfer.paid if transfer.state == TransferState.SEEN else transfer.amount, visit.language),
        "state": visit.words[f"transfer_{transfer.state}"],
    }


def _back(refund: Refund, visit: Visit) -> dict[str, Any]:
    name = {RefundState.PAID: "paid", RefundState.CANCELLED: "cancelled"}.get(RefundState(refund.state), "on_its_way")
    if refund.state == RefundState.STOPPED:
        name = "to_release"
    return {
        "to": shortened(refund.iban) if refund.iban else refund.by_provider,
        "on": day(localdate(refund.created_at), visit.language),
        "amount": money(refund.amount, visit.language),
        "state": visit.words[f"back_{name}"],
    }


def _payment(intent: PaymentIntent, visit: Visit) -> dict[str, Any]:
    way = visit.words[f"way_{intent.method}"]
    return {
        "said": visit.words["provider_processing"].format(way=way),
        "amount": money(intent.amount, visit.language),
    }


def _pdf(data: bytes, name: str) -> HttpResponse:
    named = {"Content-Disposition": f'inline; filename="{name}.pdf"'}
    return HttpResponse(data, content_type="application/pdf", headers=named)
