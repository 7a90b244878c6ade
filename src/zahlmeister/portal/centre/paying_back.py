"""A customer has his balance paid back: how much, and where to."""

from secrets import token_urlsafe
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from zahlmeister.flows.centre.pay_back import OTHER, BackWanted, Way, ask_back, ways_back
from zahlmeister.letters.figures import day, money
from zahlmeister.money.accounts import shortened
from zahlmeister.money.amount import Amount
from zahlmeister.portal.centre.door import Visit, address, shown, signed_in
from zahlmeister.portal.centre.paying import form_key, typed_amount
from zahlmeister.portal.pay import nowhere
from zahlmeister.prepaid.models import Account
from zahlmeister.prepaid.queries import balance_of, centre_of
from zahlmeister.prepaid.rules import NotEnough
from zahlmeister.prepaid.states import GivesBack
from zahlmeister.refusals import Refusal, Refused


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def pay_back(request: HttpRequest, visit: Visit, account_id: int) -> HttpResponseBase:
    """Ask for a balance, or a part of it; what was granted is no part of it."""
    row = visit.account(account_id)
    if row is None or centre_of(visit.merchant.pk).gives_back == GivesBack.NEVER:
        return nowhere(request)
    wrong = ""
    if request.method == "POST":
        wrong = _asked(request, visit, row)
        if not wrong:
            return redirect(f"{address(visit, 'account', row.pk)}?back=1")
    held = Amount(max(balance_of(row).paid, 0), row.currency)
    said = request.POST
    context = {
        "account": row,
        "held": money(held, visit.language),
        "has_any": held.minor > 0 and not row.is_blocked,
        "amount": said.get("amount") or typed_amount(held, visit.language),
        "key": said.get("key") or token_urlsafe(12),
        "ways": [_told(way, row.currency, visit) for way in ways_back(row)],
        "chosen": said.get("way", ""),
        "other": OTHER,
        "name": said.get("name", visit.who.name),
        "iban": said.get("iban", ""),
        "wrong": wrong,
    }
    return shown(request, visit, "pay_back", context, status=422 if wrong else 200)


def _asked(request: HttpRequest, visit: Visit, row: Account) -> str:
    """Ask for it; why it cannot be done, in the customer's language."""
    said, words = request.POST, visit.words
    name, iban = said.get("name", "")[:140], said.get("iban", "")[:42]
    try:
        minor = Amount.parse(said.get("amount", ""), row.currency).minor
    except Refusal:
        return words["no_amount"]
    wanted = BackWanted(minor, form_key(said.get("key", "")), said.get("way", "")[:60], name, iban)
    try:
        ask_back(row, wanted, at=timezone.now())
    except NotEnough:
        held = money(Amount(max(balance_of(row).paid, 0), row.currency), visit.language)
        return words["back_most"].format(amount=held)
    except Refused:
        return words["back_not_possible"] if wanted.way == OTHER else words["not_possible"]
    return ""


def _told(way: Way, currency: str, visit: Visit) -> dict[str, Any]:
    most, on = money(Amount(way.most, currency), visit.language), day(way.on, visit.language) if way.on else ""
    if way.intent is not None:
        name = visit.words[f"way_{way.intent.method}"]
        hint = visit.words["back_payment_hint"].format(day=on, amount=most)
        return {"code": way.code, "name": name, "hint": hint}
    return {"code": way.code, "name": shortened(way.iban), "hint": f"{way.name} · {on}"}
