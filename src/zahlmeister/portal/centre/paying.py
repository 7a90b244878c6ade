"""Paying invoices and topping up: choose the amount and the way, and see what became of it."""

from collections.abc import Callable
from secrets import token_urlsafe
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zahlmeister.flows.centre.announce import Wanted, announce, withdraw
from zahlmeister.flows.centre.asked import asked_of_transfer
from zahlmeister.flows.centre.pay import FromBalance, pay_from_balance
from zahlmeister.flows.centre.surplus import choose
from zahlmeister.flows.pay_by_provider import OnItsWay, check_on_its_way, methods_of
from zahlmeister.formats.payment_codes.asked import Asked
from zahlmeister.intents.models import PaymentIntent
from zahlmeister.intents.queries import on_its_way
from zahlmeister.intents.states import Purpose as IntentPurpose
from zahlmeister.letters.figures import day, money
from zahlmeister.letters.slips.slip import code_to_scan, transfer_slip
from zahlmeister.money.amount import Amount
from zahlmeister.portal.centre.accounts import told_entry
from zahlmeister.portal.centre.at_provider import Paying, may_leave, method_of, to_provider
from zahlmeister.portal.centre.door import Visit, address, shown, signed_in
from zahlmeister.portal.pay import nowhere, rows_to_copy
from zahlmeister.prepaid.models import Account, AnnouncedTransfer, Entry
from zahlmeister.prepaid.queries import announced_for, balance_of, centre_of, open_items
from zahlmeister.prepaid.rules import Limits, NotEnough, OutsideLimits
from zahlmeister.prepaid.states import Purpose, Surplus, TransferState
from zahlmeister.receivables.models import OpenItem
from zahlmeister.refusals import Refusal, Refused, Unreachable

BY = "customer"


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def pay(request: HttpRequest, visit: Visit, account_id: int) -> HttpResponseBase:
    """Pay one, several or all invoices: so much, by transfer or from the balance."""
    row = visit.account(account_id)
    if row is None:
        return nowhere(request)
    said = request.POST if request.method == "POST" else request.GET
    chosen = [item for item in open_items(row) if str(item.pk) in said.getlist("item")]
    wrong = ""
    if request.method == "POST":
        done = _try(visit, row, lambda: _paid(request, visit, row))
        if not isinstance(done, str):
            return done
        wrong = done
    items = chosen or open_items(row)
    already = on_its_way(visit.merchant.pk, items=[item.pk for item in items])
    asked = Amount(sum(item.open_minor for item in items), row.currency)
    context = {
        **_money(row, visit),
        "items": [{"number": _number(item), "open": money(item.open, visit.language)} for item in items],
        "chosen": [item.pk for item in chosen],
        "asked": money(asked, visit.language),
        "amount": said.get("amount") or typed_amount(asked, visit.language),
        "key": said.get("key") or token_urlsafe(12),
        "surplus": said.get("surplus", Surplus.BALANCE),
        "already": _told_already(already, visit),
        "announced": [
            {"pk": each.pk, "reference": each.reference, "amount": money(each.amount, visit.language)}
            for each in announced_for(row, [item.pk for item in items])
        ],
        "wrong": wrong,
    }
    return may_leave(shown(request, visit, "pay", context, status=422 if wrong else 200))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def top_up(request: HttpRequest, visit: Visit, account_id: int) -> HttpResponseBase:
    """Top the balance up."""
    row = visit.account(account_id)
    if row is None or not centre_of(visit.merchant.pk).offers_balance:
        return nowhere(request)
    wrong = ""
    if request.method == "POST":
        done = _try(visit, row, lambda: _topped_up(request, visit, row))
        if not isinstance(done, str):
            return done
        wrong = done
    context = {
        **_money(row, visit),
        "amount": request.POST.get("amount", ""),
        "key": request.POST.get("key") or token_urlsafe(12),
        "limits": limits_said(row.limits(centre_of(visit.merchant.pk)), visit),
        "already": _told_already(on_its_way(visit.merchant.pk, account=row.pk), visit),
        "wrong": wrong,
    }
    return may_leave(shown(request, visit, "top_up", context, status=422 if wrong else 200))


@require_safe
@signed_in
def transfer(request: HttpRequest, visit: Visit, transfer_id: int) -> HttpResponseBase:
    """How to transfer what was announced, and whether it has come."""
    found = _transfer(visit, transfer_id)
    if found is None:
        return nowhere(request)
    is_waiting = found.state in {TransferState.SENT, TransferState.EXPIRED}
    asked = _asked(found, visit) if is_waiting else None
    picture = code_to_scan(asked) if asked else None
    context = {
        "transfer": found,
        "account": found.account,
        "state": found.state,
        "sentence": _sentence(found, visit),
        "asked": asked,
        "rows": rows_to_copy(asked, visit.language) if asked else [],
        "code": SafeString(picture.svg()) if picture else "",
        "is_waiting": found.state in {TransferState.SENT, TransferState.SEEN},
        "may_withdraw": found.state == TransferState.SENT,
    }
    return shown(request, visit, "transfer", context)


@require_safe
@signed_in
def transfer_state(request: HttpRequest, visit: Visit, transfer_id: int) -> HttpResponseBase:
    """How it stands, for a page that is open."""
    found = _transfer(visit, transfer_id)
    if found is None:
        return nowhere(request)
    return render(request, "portal/state.html", {"state": found.state, "sentence": _sentence(found, visit)})


@require_safe
@signed_in
def slip(request: HttpRequest, visit: Visit, transfer_id: int) -> HttpResponseBase:
    """The transfer slip of the merchant's country as PDF."""
    found = _transfer(visit, transfer_id)
    asked = _asked(found, visit) if found else None
    if found is None or asked is None:
        return nowhere(request)
    pdf = transfer_slip(asked, country=visit.merchant.country, language=visit.language)
    named = {"Content-Disposition": f'inline; filename="{found.reference}.pdf"'}
    return HttpResponse(pdf, content_type="application/pdf", headers=named)


@require_POST
@signed_in
def surplus(request: HttpRequest, visit: Visit, account_id: int) -> HttpResponseBase:
    """What becomes of an overpayment; where it cannot be done by itself, the account says so."""
    row = visit.account(account_id)
    item = request.POST.get("item", "")
    if row is None or not item.isdecimal():
        return nowhere(request)
    wanted = Surplus.BACK if request.POST.get("to") == Surplus.BACK else Surplus.BALANCE
    try:
        choose(row, int(item), wanted, at=timezone.now())
    except Refused:
        return redirect(f"{address(visit, 'account', row.pk)}?ask=1")
    return redirect(address(visit, "account", row.pk))


@require_POST
@signed_in
def withdraw_transfer(request: HttpRequest, visit: Visit, transfer_id: int) -> HttpResponseBase:
    """The customer will not pay it after all."""
    found = _transfer(visit, transfer_id)
    if found is None:
        return nowhere(request)
    try:
        withdraw(found, by=BY, at=timezone.now())
    except Refused:
        return redirect(address(visit, "transfer", found.pk))
    return redirect(address(visit, "account", found.account_id))


@require_safe
@signed_in
def receipt(request: HttpRequest, visit: Visit, account_id: int, key: str) -> HttpResponseBase:
    """What was paid from the balance by one form."""
    row = visit.account(account_id)
    rows = Entry.objects.filter(account=row, source__startswith=f"paid:{account_id}:{key}:").order_by("ordinal")
    if row is None or not rows:
        return nowhere(request)
    total = Amount(-sum(entry.amount.minor for entry in rows), row.currency)
    context = {
        **_money(row, visit),
        "total": money(total, visit.language),
        "entries": [told_entry(entry, visit) for entry in rows],
    }
    return shown(request, visit, "receipt", context)


def _paid(request: HttpRequest, visit: Visit, row: Account) -> HttpResponseBase:
    said, now = request.POST, timezone.now()
    minor, key = Amount.parse(said.get("amount", ""), row.currency).minor, form_key(said.get("key", ""))
    # as the form says them: one that is paid meanwhile is refused, and never left out, which could pay others
    items = [int(item) if item.isdecimal() else 0 for item in said.getlist("item")]
    again = "again" in said
    if not again:
        wanted = items or [item.pk for item in open_items(row)]
        check_on_its_way(visit.merchant, wanted, None, IntentPurpose.ITEMS)
    if (method := method_of(visit.merchant, said.get("way", ""))) is not None:
        is_back = said.get("surplus") == Surplus.BACK
        return to_provider(visit, row, Paying(minor, key, method, items, is_back=is_back, again=again))
    if said.get("way") == "balance":
        pay_from_balance(row, FromBalance(minor, key, items), by=BY, at=now)
        return redirect(address(visit, "receipt", row.pk, key))
    surplus_to = Surplus(said["surplus"]) if said.get("surplus") in Surplus.values else Surplus.BALANCE
    made = announce(row, Wanted(Purpose.ITEMS, minor, key, items, surplus_to), by=BY, at=now)
    return redirect(address(visit, "transfer", made.pk))


def _topped_up(request: HttpRequest, visit: Visit, row: Account) -> HttpResponseBase:
    said = request.POST
    minor = Amount.parse(said.get("amount", ""), row.currency).minor
    if (method := method_of(visit.merchant, said.get("way", ""))) is not None:
        row.limits(centre_of(visit.merchant.pk)).check(minor, balance=balance_of(row).total)
        key, again = form_key(said.get("key", "")), "again" in said
        return to_provider(visit, row, Paying(minor, key, method, None, again=again))
    made = announce(row, Wanted(Purpose.TOP_UP, minor, form_key(said.get("key", ""))), by=BY, at=timezone.now())
    return redirect(address(visit, "transfer", made.pk))


def _try(visit: Visit, row: Account, verb: Callable[[], HttpResponseBase]) -> HttpResponseBase | str:
    """Do it, or say in the customer's language why not."""
    words = visit.words
    try:
        return verb()
    except OutsideLimits:
        return " ".join([words["not_within"], *limits_said(row.limits(centre_of(visit.merchant.pk)), visit)])
    except NotEnough:
        held = money(Amount(balance_of(row).total, row.currency), visit.language)
        return words["not_enough"].format(balance=held)
    except OnItsWay:
        return words["not_twice"]
    except Refused:
        return words["not_possible"]
    except Unreachable:
        return words["no_answer"]
    except Refusal:
        return words["no_amount"]


def limits_said(limits: Limits, visit: Visit) -> list[str]:
    """What may be topped up, each limit in words."""
    figures = {"minimum": limits.minimum, "maximum": limits.maximum, "step": limits.step, "most": limits.most}
    return [
        visit.words[f"limit_{name}"].format(amount=money(Amount(minor, limits.currency), visit.language))
        for name, minor in figures.items()
        if minor
    ]


def _money(row: Account, visit: Visit) -> dict[str, Any]:
    held = balance_of(row)
    return {
        "account": row,
        "ways": [(f"provider-{each.value}", visit.words[f"way_{each.value}"]) for each in methods_of(visit.merchant)],
        "balance": money(Amount(held.total, row.currency), visit.language),
        "has_balance": held.paid >= 0 and held.total > 0 and not row.is_blocked,
    }


def _told_already(found: list[PaymentIntent], visit: Visit) -> str:
    """The warning that the same was paid already; empty where nothing is on its way."""
    if not found:
        return ""
    amount = Amount(sum(each.amount_minor for each in found), found[0].currency)
    return visit.words["already"].format(amount=money(amount, visit.language))


def _transfer(visit: Visit, transfer_id: int) -> AnnouncedTransfer | None:
    rows = AnnouncedTransfer.objects.select_related("account__merchant", "account__customer", "to")
    return rows.filter(account__customer=visit.who, pk=transfer_id).first()


def _asked(found: AnnouncedTransfer, visit: Visit) -> Asked | None:
    try:
        return asked_of_transfer(found, visit.sender)
    except Refused:
        return None


def _sentence(found: AnnouncedTransfer, visit: Visit) -> str:
    state = f"{found.purpose}_{found.state}" if found.state in {"seen", "credited"} else found.state
    return visit.words[f"said_{state}"].format(
        amount=money(found.amount, visit.language),
        paid=money(found.paid, visit.language),
        until=day(found.expires_on, visit.language),
        reason=found.reason,
    )


def _number(item: OpenItem) -> str:
    return item.order.invoice_number or item.order.number


def typed_amount(amount: Amount, language: str) -> str:
    """An amount as it stands in a field of this language."""
    return amount.text() if language == "en" or amount.currency == "CHF" else amount.text().replace(".", ",")


def form_key(text: str) -> str:
    """The form's own key; one that was tampered with is a new form."""
    return text if text.replace("-", "").replace("_", "").isalnum() and len(text) <= 40 else token_urlsafe(12)
