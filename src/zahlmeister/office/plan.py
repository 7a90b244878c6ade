"""What the operator charges: this month so far, the prices, the invoices, and how the merchant stands on them."""

from collections.abc import Sequence
from datetime import date, timedelta

from django import forms
from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from zahlmeister.banking.debit_queries import mandate_from
from zahlmeister.connectors.vat.vies import Vies
from zahlmeister.flows.agree_plan import Address, save_billing, validate_vat_id
from zahlmeister.letters.figures import money
from zahlmeister.merchants.operator import operator
from zahlmeister.office import typed, words
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.sentences import in_words
from zahlmeister.office.story import story
from zahlmeister.plans.credits import credits_of, sums, to_give_back
from zahlmeister.plans.e_invoices import allowance_text, invoice_pdf, invoice_xml, line_text
from zahlmeister.plans.models import BilledFee, Billing, Found, Invoice, InvoiceLine
from zahlmeister.plans.rules import Why
from zahlmeister.plans.usage import Usage, usage
from zahlmeister.refusals import Refusal, Refused

MOST = 36
#: What the house notes about plan and invoices of a merchant.
ABOUT_PLAN = ("plan_agreed", "billing_changed", "vat_id_valid", "vat_id_invalid")


class BillingForm(forms.Form):
    """How the merchant stands on invoices."""

    company = forms.CharField(label=gettext_lazy("Company"), max_length=120)
    street = forms.CharField(label=gettext_lazy("Street and number"), max_length=70)
    postcode = forms.CharField(label=gettext_lazy("Postcode"), max_length=16)
    city = forms.CharField(label=gettext_lazy("Town"), max_length=35)
    country = forms.RegexField(
        label=gettext_lazy("Country"), regex=r"^[A-Z]{2}$", max_length=2, help_text="DE, AT, CH …"
    )
    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254)
    phone = forms.CharField(label=gettext_lazy("Telephone"), max_length=40, required=False)
    vat_id = forms.CharField(
        label=gettext_lazy("VAT id"),
        max_length=20,
        required=False,
        help_text=gettext_lazy("It counts once it was found valid."),
    )


@signed_in
def plan(request: OfficeRequest) -> HttpResponseBase:
    """The month of `month` or this one, and every invoice."""
    merchant, today = request.merchant, timezone.localdate()
    this = today.replace(day=1)
    month = typed.month(request.GET.get("month", "")) or this
    found = usage(merchant.pk, month)
    late = to_give_back(merchant.pk)
    context = {
        "month": month,
        "before": (month - timedelta(days=1)).replace(day=1),
        "after": _next(month) if month < this else None,
        "is_running": month == this,
        "usage": found,
        "figures": _figures(found) if found else [],
        "lines": lines_of(found) if found else [],
        "credit": credit_words(late),
        "given": [(fee, _why(fee), fee.left.minor) for fee in late[:MOST]],
        "has_more": len(late) > MOST,
        "has_operator": operator() not in {None, merchant},
        "mandate": mandate_from(merchant.pk),
        "billing": Billing.objects.filter(merchant=merchant).first(),
        "steps": story(merchant.pk, "merchant", merchant.pk, ABOUT_PLAN),
        "invoices": Invoice.objects.filter(customer=merchant).order_by("-issued_on", "-pk")[:MOST],
    }
    return render(request, "office/plan.html", context)


@signed_in
def billing(request: OfficeRequest) -> HttpResponseBase:
    """Change how the merchant stands on invoices."""
    known = Billing.objects.filter(merchant=request.merchant).first()
    initial = {"company": request.merchant.name, "country": request.merchant.country, "email": request.user.email}
    if known is not None:
        initial = {name: getattr(known, name) for name in BillingForm.base_fields}
    form = BillingForm(request.POST or None, initial=initial, label_suffix="")
    if request.method == "POST" and form.is_valid():
        try:
            save_billing(request.merchant, Address(**form.cleaned_data), by=request.user, at=timezone.now())
        except Refused as refusal:
            form.add_error(None, in_words(refusal))
        else:
            told(request, _("The address for invoices is changed."))
            return redirect("office:plan")
    return render(request, "office/plan_billing.html", {"form": form}, status=422 if form.errors else 200)


@signed_in
@require_POST
def validate(request: OfficeRequest) -> HttpResponseBase:
    """Ask the authority whether the VAT id is valid."""
    try:
        found = validate_vat_id(request.merchant, Vies(settings.VIES), by=request.user.email, at=timezone.now())
    except Refusal as refusal:
        refused(request, refusal)
        return redirect("office:plan")
    if found.vat_is_valid:
        told(request, _("The VAT id is valid."))
    else:
        refused(request, "The authority does not know this VAT id.")
    return redirect("office:plan")


@signed_in
def invoice(request: OfficeRequest, invoice_id: int) -> HttpResponseBase:
    """One invoice."""
    row = _invoice(request, invoice_id)
    lines = [(line, *line_text(line, words.language())) for line in row.lines.order_by("position")]
    given = [(one.fee, _why(one.fee), one.minor) for one in credits_of(row)]
    context = {"invoice": row, "lines": lines, "allowance_text": allowance_text(), "given": given}
    return render(request, "office/plan_invoice.html", context)


@signed_in
def invoice_file(request: OfficeRequest, invoice_id: int, form: str) -> HttpResponseBase:
    """The invoice as `pdf` (ZUGFeRD) or `xml` (XRechnung)."""
    row = _invoice(request, invoice_id)
    if form not in {"pdf", "xml"}:
        raise Http404
    data = invoice_pdf(row, words.language()) if form == "pdf" else invoice_xml(row)
    named = {"Content-Disposition": f'attachment; filename="{row.number}.{form}"'}
    return HttpResponse(data, content_type=f"application/{form}", headers=named)


def _figures(found: Usage) -> list[tuple[str, int]]:
    """How many payments cost what, in words; kinds without a payment are left out."""
    named = (
        (_("free"), found.count(Why.FREE)),
        (_("with a commission"), found.count(Why.COMMISSION)),
        (_("without an order, at the cap"), found.count(Why.CAPPED)),
        (_("covered by the flat rate"), found.count(Why.FLAT)),
        (_("without a fee, because the guarantee was missed"), found.count(Why.MISSED)),
        (_("ignored, and free"), found.count(Why.IGNORED)),
    )
    return [(name, count) for name, count in named if count]


def lines_of(found: Usage) -> list[tuple[str, str, int, str]]:
    """The lines of a month's invoice so far: what, how it was reckoned, and what it comes to."""
    kept = [InvoiceLine(kind=line.kind, about=line.about, count=line.count) for line in found.lines]
    texts = [line_text(line, words.language()) for line in kept]
    return [(*text, line.net, line.currency) for text, line in zip(texts, found.lines, strict=True)]


def credit_words(late: Sequence[BilledFee]) -> str:
    """What the next invoices still give back, in words; empty for nothing."""
    return ", ".join(money(amount, words.language()) for amount in sums(late))


def _why(fee: BilledFee) -> str:
    """Why a fee is given back, for people."""
    if fee.found == Found.FREE:
        return _("one of the free payments now, because one before it was missed")
    return _("the guarantee was missed")


def _next(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def _invoice(request: OfficeRequest, invoice_id: int) -> Invoice:
    row = Invoice.objects.filter(customer=request.merchant, pk=invoice_id).first()
    if row is None:
        raise Http404
    return row
