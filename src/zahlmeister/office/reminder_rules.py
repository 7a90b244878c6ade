"""The rules of asking: for each kind of payment, in all shops or in one, when, how often, and what in the end."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django import forms
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zahlmeister.dunning import queries
from zahlmeister.dunning.fees import Notice, SentBy, fee_warnings
from zahlmeister.dunning.models import DunningPolicy
from zahlmeister.dunning.plan import MOST_LEVELS, BaseDay, Ending
from zahlmeister.flows.steer_dunning import LONGEST_DAYS, PolicyWanted, save_policy
from zahlmeister.money.amount import Amount
from zahlmeister.office import asking_words as words
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import told
from zahlmeister.office.sentences import in_words
from zahlmeister.office.settings import changed_here
from zahlmeister.office.templatetags.office import plain_money
from zahlmeister.office.typed import minor
from zahlmeister.orders.models import PaymentKind, Shop
from zahlmeister.orders.queries import shops
from zahlmeister.refusals import Refused

_LIMITS = ("on_working_days", "minimum", "bank_hours")


class RuleForm(forms.Form):
    """How patient the merchant is; the levels are fields of their own, `days_1` to `fee_5`."""

    is_on = forms.BooleanField(
        label=gettext_lazy("Ask buyers who have not paid"),
        required=False,
        help_text=gettext_lazy("While this is off, nobody is written to and nothing is cancelled."),
    )
    since = forms.DateField(
        label=gettext_lazy("Only orders since"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("Older ones are for a person. Empty: all."),
    )
    base = forms.ChoiceField(label=gettext_lazy("The first one is counted from"), choices=list(words.BASES.items()))
    term_days = forms.IntegerField(
        label=gettext_lazy("Payable within, in days"),
        min_value=1,
        max_value=LONGEST_DAYS,
        help_text=gettext_lazy("For orders that come without a due date."),
    )
    end_days = forms.IntegerField(
        label=gettext_lazy("So many days after the last one waiting ends"), min_value=1, max_value=LONGEST_DAYS
    )
    on_working_days = forms.BooleanField(
        label=gettext_lazy("On working days only"),
        required=False,
        help_text=gettext_lazy("By the holidays of the buyer's country."),
    )
    with_interest = forms.BooleanField(
        label=gettext_lazy("Ask for default interest"),
        required=False,
        help_text=gettext_lazy("By the law of the buyer's country, from the day on which the buyer is in default."),
    )
    with_flat_sum = forms.BooleanField(
        label=gettext_lazy("Ask companies for the flat sum of 40 EUR"),
        required=False,
        help_text=gettext_lazy("Germany and Austria, once the company is in default; never consumers."),
    )
    claims_costs = forms.BooleanField(
        label=gettext_lazy("Who pays without fees and interest has not paid"),
        required=False,
        help_text=gettext_lazy(
            "Off: the order's own amount is enough, and a fee that is paid along is yours up to what was asked. "
            "On: fee and interest are owed, and who pays the order alone is asked for the rest."
        ),
    )
    minimum = forms.CharField(label=gettext_lazy("Not below this amount"), required=False, max_length=20)
    bank_hours = forms.IntegerField(
        label=gettext_lazy("Only when the bank was read in the last hours"),
        required=False,
        min_value=1,
        max_value=LONGEST_DAYS * 24,
        help_text=gettext_lazy("So that nobody is asked for money that has come. Empty: always."),
    )

    def __init__(self, data: Any, *, initial: dict[str, Any], currency: str, kind: str) -> None:
        super().__init__(data, initial=initial, label_suffix="")
        self._currency = currency
        self.has_fees = kind == PaymentKind.INVOICE
        self._claims = ("with_interest", "with_flat_sum", "claims_costs") if self.has_fees else ()
        is_shipped = kind != PaymentKind.PREPAYMENT
        endings = [one for one in words.ENDINGS.items() if not (is_shipped and one[0] == Ending.CANCEL)]
        self.fields["ending"] = forms.ChoiceField(label=_("In the end"), choices=endings)
        for level in range(1, MOST_LEVELS + 1):
            name = {"notice": words.notice(kind, level)}
            label = _("%(notice)s, days after the one before") if level > 1 else _("%(notice)s, after days")
            self.fields[f"days_{level}"] = forms.IntegerField(
                label=label % name, required=False, min_value=1, max_value=LONGEST_DAYS
            )
            self.fields[f"sent_by_{level}"] = forms.ChoiceField(choices=list(words.SENT_BY.items()), required=False)
            if self.has_fees:
                self.fields[f"fee_{level}"] = forms.CharField(required=False, max_length=60)

    def before(self) -> Iterator[forms.BoundField]:
        """The fields that come before the levels."""
        return (self[name] for name in ("is_on", "since", "base", "term_days"))

    def after(self) -> Iterator[forms.BoundField]:
        """The fields that come behind the levels."""
        return (self[name] for name in ("end_days", "ending", *self._claims, *_LIMITS))

    def levels(self) -> list[tuple[forms.BoundField, forms.BoundField, forms.BoundField | None]]:
        """Each level's fields; a fee is only asked for invoices."""
        return [
            (self[f"days_{level}"], self[f"sent_by_{level}"], self[f"fee_{level}"] if self.has_fees else None)
            for level in range(1, MOST_LEVELS + 1)
        ]

    def clean(self) -> dict[str, Any]:
        """Amounts in minor units, and levels without a gap."""
        typed = super().clean() or self.cleaned_data
        typed["minimum"] = self._minor("minimum", typed.get("minimum") or "", self._currency)
        for name in (name for name in self.fields if name.startswith("fee_")):
            typed[name] = self._fees(name, typed.get(name) or "")
        days = [typed.get(f"days_{level}") for level in range(1, MOST_LEVELS + 1)]
        if any(later and not earlier for earlier, later in pairwise(days)):
            raise forms.ValidationError(_("A reminder is missing between two others; fill them from the top."))
        return typed

    def wanted_levels(self) -> list[dict[str, Any]]:
        """The levels as the policy keeps them."""
        typed = self.cleaned_data
        return [
            {
                "days": typed[f"days_{level}"],
                "sent_by": typed[f"sent_by_{level}"] or SentBy.MAIL,
                "fees": typed.get(f"fee_{level}", {}),
            }
            for level in range(1, MOST_LEVELS + 1)
            if typed[f"days_{level}"]
        ]

    def _fees(self, name: str, typed: str) -> dict[str, int]:
        """A fee per currency, as `2,50; 5,00 CHF`; the one without a currency is in the merchant's own."""
        fees = {}
        for piece in filter(None, map(str.strip, typed.split(";"))):
            named = re.fullmatch(r"(.*\d)\s*([A-Za-z]{3})", piece)
            amount, currency = (named[1], named[2].upper()) if named else (piece, self._currency)
            fees[currency] = self._minor(name, amount, currency)
        return {currency: fee for currency, fee in fees.items() if fee}

    def _minor(self, name: str, typed: str, currency: str) -> int:
        found = minor(typed, currency) if typed.strip() else 0
        if found is None or found < 0:
            self.add_error(name, _("“%(typed)s” is no amount; write 2.50.") % {"typed": typed[:20]})
            return 0
        return found


@dataclass(frozen=True, slots=True)
class Summary:
    """A rule in a sentence."""

    policy: DunningPolicy
    kind: str
    days: list[int]
    ending: str


@signed_in
def rules(request: OfficeRequest) -> HttpResponseBase:
    """Every rule, those that are not switched on too."""
    found = queries.policies(request.merchant.pk)
    return render(
        request,
        "office/reminder_rules.html",
        {
            "rules": [
                Summary(
                    row,
                    str(PaymentKind(row.payment_kind).label),
                    [level["days"] for level in row.levels],
                    str(words.ENDINGS[Ending(row.ending)]),
                )
                for row in found
            ],
            "shops": shops(request.merchant.pk),
            "groups": queries.customer_groups(request.merchant.pk),
            "kinds": [kind for kind in PaymentKind if kind != PaymentKind.OTHER],
        },
    )


@signed_in
def rule(request: OfficeRequest, kind: str, shop_id: int = 0) -> HttpResponseBase:
    """One rule: for a kind of payment in all shops, or in one; for everybody, or for the customer group `group`."""
    group = request.GET.get("group", "").strip()[:64]
    policy = queries.policy(request.merchant.pk, kind, shop_id or None, group)
    shop = Shop.objects.filter(merchant=request.merchant, pk=shop_id).first()
    if policy is None or (shop_id and shop is None):
        raise Http404
    form = RuleForm(
        request.POST or None, initial=_initial(policy, request), currency=request.merchant.currency, kind=kind
    )
    if request.method == "POST" and form.is_valid():
        try:
            save_policy(
                request.merchant,
                _wanted(form, policy, shop_id or None),
                by=request.user.email,
                at=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, in_words(refusal))
        else:
            told(request, _("The rule counts from the next morning on."))
            return redirect("office:reminders")
    context = {
        "form": form,
        "kind": PaymentKind(kind).label,
        "shop": shop,
        "group": group,
        "groups": [] if group else queries.customer_groups(request.merchant.pk),
        "asks_once": policy.asks_once,
        "warnings": _warnings(policy, request),
        "currency": request.merchant.currency,
        **changed_here(request, kind),
    }
    return render(request, "office/reminder_rule.html", context, status=422 if form.errors else 200)


def _initial(policy: DunningPolicy, request: OfficeRequest) -> dict[str, Any]:
    currency = request.merchant.currency
    levels = {
        f"{name}_{number}": value
        for number, level in enumerate(policy.levels, 1)
        for name, value in (
            ("days", level["days"]),
            ("sent_by", level["sent_by"]),
            ("fee", _typed_fees(level["fees"], currency)),
        )
    }
    names = (
        "is_on", "since", "base", "term_days", "ending", "end_days", "on_working_days", "bank_hours",
        "with_interest", "with_flat_sum", "claims_costs",
    )  # fmt: skip
    return {
        **{name: getattr(policy, name) for name in names},
        **levels,
        "minimum": _typed(policy.minimum_minor, currency),
    }


def _typed(value: int, currency: str) -> str:
    return plain_money(value, currency) if value else ""


def _typed_fees(fees: dict[str, int], own: str) -> str:
    """The fees of a level as they are typed, the merchant's own currency first."""
    others = sorted(currency for currency in fees if currency != own)
    pieces = [f"{plain_money(fees[currency], currency)} {currency}" for currency in others]
    return "; ".join([*([_typed(fees[own], own)] if fees.get(own) else []), *pieces])


def _wanted(form: RuleForm, policy: DunningPolicy, shop_id: int | None) -> PolicyWanted:
    typed = form.cleaned_data
    return PolicyWanted(
        payment_kind=policy.payment_kind,
        levels=form.wanted_levels(),
        base=BaseDay(typed["base"]),
        ending=Ending(typed["ending"]),
        end_days=typed["end_days"],
        is_on=typed["is_on"],
        shop_id=shop_id,
        customer_group=policy.customer_group,
        since=typed["since"],
        more={
            "asks_once": policy.asks_once,
            "with_interest": typed["with_interest"],
            "with_flat_sum": typed["with_flat_sum"],
            "claims_costs": typed["claims_costs"],
            "on_working_days": typed["on_working_days"],
            "minimum_minor": typed["minimum"],
            "bank_hours": typed["bank_hours"],
            "term_days": typed["term_days"],
        },
    )


def _warnings(policy: DunningPolicy, request: OfficeRequest) -> list[tuple[str, str]]:
    """What courts of the merchant's country would say to the fees as they are kept, against a consumer."""
    currency = request.merchant.currency
    return [
        (words.notice(policy.payment_kind, number), words.fee_warning(warning))
        for number, level in enumerate(policy.levels, 1)
        for warning in fee_warnings(
            Amount(level["fees"].get(currency, 0), currency),
            Notice(
                request.merchant.country,
                is_business=False,
                sent_by=SentBy(level["sent_by"]),
                was_in_default=number > 1,
            ),
        )
    ]
