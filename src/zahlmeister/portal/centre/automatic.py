"""A customer wants top-ups by itself, or not any more: when, how much, how much in a month, by mail or charged.

Who agrees to be charged pays the first top-up at the provider, who stores with it how it was paid.
"""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from zahlmeister.connectors.providers.contract import Method
from zahlmeister.flows.centre.by_itself import CapTooLow, save_automatic
from zahlmeister.flows.pay_by_provider import OnItsWay, storing_methods_of
from zahlmeister.intents.stored import stored_for
from zahlmeister.money.amount import Amount
from zahlmeister.portal.centre.at_provider import Paying, may_leave, to_provider
from zahlmeister.portal.centre.door import Visit, address, shown, signed_in
from zahlmeister.portal.centre.paying import limits_said, typed_amount
from zahlmeister.portal.pay import nowhere
from zahlmeister.prepaid.models import Account, AutomaticTopUp
from zahlmeister.prepaid.queries import centre_of
from zahlmeister.prepaid.rules import OutsideLimits
from zahlmeister.prepaid.states import Every
from zahlmeister.refusals import Refusal, Refused, Unreachable

_FIELDS = ("below", "amount", "month_cap")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def automatic(request: HttpRequest, visit: Visit, account_id: int) -> HttpResponseBase:
    """Switch automatic top-ups on or off, or change them."""
    row = visit.account(account_id)
    if row is None or not centre_of(visit.merchant.pk).offers_balance:
        return nowhere(request)
    wrong = ""
    if request.method == "POST":
        wrong = _saved(request, visit, row)
        done = wrong or _first_payment(visit, row)
        if not isinstance(done, str):
            return done
        wrong = done
        if not wrong:
            return redirect(f"{address(visit, 'automatic', row.pk)}?kept=1")
    kept = AutomaticTopUp.objects.filter(account=row).first()
    context = {**_fields(request, visit, row, kept), "wrong": wrong, "was_kept": "kept" in request.GET}
    return may_leave(shown(request, visit, "automatic", context, status=422 if wrong else 200))


def _first_payment(visit: Visit, row: Account) -> HttpResponseBase | str:
    """Lead the customer to the provider who is to store how he pays, where that is not done yet; why it cannot be."""
    kept = AutomaticTopUp.objects.filter(account=row, is_on=True).exclude(way="").first()
    if kept is None or stored_for(row.merchant_id, row.pk, kept.way):
        return ""
    try:
        return to_provider(visit, row, Paying(kept.amount_minor, "", Method(kept.way), None, keeps=True))
    except OnItsWay:
        return visit.words["not_twice"]
    except Refused:
        return visit.words["not_possible"]
    except Unreachable:
        return visit.words["no_answer"]


def _ways(visit: Visit) -> list[tuple[str, str]]:
    """By mail, or charged by what a provider of the merchant stores, each with the sentence that is agreed to."""
    charged = storing_methods_of(visit.merchant) if centre_of(visit.merchant.pk).charges else []
    names = [("", "mail"), *((each.value, each.value) for each in charged)]
    return [(value, visit.words[f"automatic_by_{name}"].format(shop=visit.look.name)) for value, name in names]


def _consent(visit: Visit, way: str) -> str:
    """The sentence that the customer agrees to."""
    ways = dict(_ways(visit))
    if len(ways) == 1:
        return visit.words["automatic_consent"].format(shop=visit.look.name)
    return f"{ways[way]} {visit.words['automatic_agreed']}"


def _saved(request: HttpRequest, visit: Visit, row: Account) -> str:
    """Keep it; why it cannot be kept, in the customer's language."""
    said, words, now = request.POST, visit.words, timezone.now()
    if said.get("do") == "off":
        save_automatic(row, AutomaticTopUp(is_on=False, amount_minor=0, month_cap_minor=0), consent="", at=now)
        return ""
    if not said.get("consent"):
        return words["automatic_agree"]
    way = said.get("way", "") if said.get("way", "") in dict(_ways(visit)) else ""
    every = Every(said["every"]) if said.get("every") in Every.values else Every.THRESHOLD
    try:
        figures = {
            f"{name}_minor": Amount.parse(said.get(name, "") or "0", row.currency).minor
            for name in _FIELDS
            if name != "below" or every == Every.THRESHOLD
        }
        wanted = AutomaticTopUp(every=every, is_on=True, way=way, **figures)
        save_automatic(row, wanted, consent=_consent(visit, way), at=now)
    except OutsideLimits:
        return " ".join([words["not_within"], *limits_said(row.limits(centre_of(visit.merchant.pk)), visit)])
    except CapTooLow:
        return words["automatic_cap_low"]
    except Refused:
        return words["not_possible"]
    except Refusal:
        return words["no_amount"]
    return ""


def _fields(request: HttpRequest, visit: Visit, row: Account, kept: AutomaticTopUp | None) -> dict[str, Any]:
    said = request.POST

    def figure(name: str) -> str:
        minor = getattr(kept, f"{name}_minor") if kept else 0
        return said.get(name) or (typed_amount(Amount(minor, row.currency), visit.language) if minor else "")

    every = said.get("every") or (kept.every if kept else Every.THRESHOLD)
    way, ways = said.get("way", kept.way if kept else ""), _ways(visit)
    return {
        "account": row,
        "is_on": bool(kept and kept.is_on),
        "every": [(one.value, visit.words[f"automatic_{one.value}"], one.value == every) for one in Every],
        "fields": [(name, visit.words[f"automatic_{name}_is"], figure(name)) for name in _FIELDS],
        "limits": limits_said(row.limits(centre_of(visit.merchant.pk)), visit),
        "ways": [(value, told, value == way) for value, told in ways] if len(ways) > 1 else [],
        "consent": _consent(visit, "") if len(ways) == 1 else visit.words["automatic_agreed"],
        "standing": _standing(visit, row, kept),
    }


def _standing(visit: Visit, row: Account, kept: AutomaticTopUp | None) -> list[str]:
    """How it stands, in sentences."""
    words = visit.words
    if kept is None or not kept.is_on:
        return [words["automatic_is_off"]]
    trouble = [words["automatic_failed"]] if kept.trouble else []
    if not kept.way:
        return [words["automatic_is_on"], *trouble]
    stored = stored_for(row.merchant_id, row.pk, kept.way)
    if stored is None:
        return [words["automatic_waits"], *trouble]
    return [words["automatic_charges"].format(label=stored), *trouble]
