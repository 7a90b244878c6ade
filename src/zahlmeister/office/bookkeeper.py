"""What the bookkeeper gets: the batches, the program that they are for, and which account is which."""

from datetime import date, timedelta

from django import forms
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from zahlmeister.accounting.models import DATEV_FORMATS, Batch, BookDelivery, BookFormat, BookkeeperSettings, Chart
from zahlmeister.accounting.plan import plan_of
from zahlmeister.accounting.rules import DEBTOR, Plan
from zahlmeister.banking.queries import accounts
from zahlmeister.flows.book_files import CONTENT_TYPES
from zahlmeister.flows.change_bookkeeper import Bookkeeper, Said, change_accounts, change_bookkeeper
from zahlmeister.flows.export_books import batch_file, export_books, export_debtors
from zahlmeister.flows.export_documents import export_documents
from zahlmeister.ledger.queries import currencies
from zahlmeister.ledger.rules import Book
from zahlmeister.office import words
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.sentences import in_words
from zahlmeister.refusals import Refused

#: Books whose account may need the key of a tax rate.
TAXED = (Book.ORDERS, Book.TOLERANCE, Book.DISCOUNT, Book.CHARGES, Book.CARRIER_FEES, Book.FEES)
SHOWN = 60  # batches: five years of months


class UntilForm(forms.Form):
    """Up to which day."""

    until = forms.DateField(
        label=gettext_lazy("Everything up to"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )


class BookkeeperForm(forms.Form):
    """Which program the bookkeeper uses; the fields are those of `Bookkeeper`."""

    program = forms.ChoiceField(label=gettext_lazy("Program"), choices=BookFormat.choices)
    chart = forms.ChoiceField(label=gettext_lazy("Chart of accounts"), choices=Chart.choices)
    consultant = forms.IntegerField(
        label=gettext_lazy("Number of the tax consultant"), help_text=gettext_lazy("For DATEV; else 0."), initial=0
    )
    client = forms.IntegerField(label=gettext_lazy("Number of the client"), initial=0)
    begins_on = forms.DateField(
        label=gettext_lazy("Export from"),
        help_text=gettext_lazy("What was booked earlier, somebody else has given to the bookkeeper."),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )
    year_begins = forms.IntegerField(label=gettext_lazy("First month of the fiscal year"))
    account_length = forms.IntegerField(label=gettext_lazy("Digits of an account"))
    debtor = forms.CharField(label=gettext_lazy("Account of the customers"), max_length=9)
    has_debtors = forms.BooleanField(
        label=gettext_lazy("Each customer has an account, counted on from there"), required=False
    )
    prepayments = forms.CharField(
        label=gettext_lazy("Account of taxed prepayments"),
        help_text=gettext_lazy(
            "1718 (SKR03) or 3272 (SKR04). What came before its invoice goes there at the end of each month, and back "
            "when the invoice is written. Empty: it stays with the customer."
        ),
        max_length=9,
        required=False,
    )
    locks = forms.BooleanField(label=gettext_lazy("DATEV locks the bookings when they are imported"), required=False)
    links_documents = forms.BooleanField(
        label=gettext_lazy("Each booking names its bank statement or its invoice, which come as files of their own"),
        required=False,
    )


class AccountsForm(forms.Form):
    """An account for each of our books, and for each bank account."""

    def __init__(self, data: object, plan: Plan, banks: dict[int, str]) -> None:
        super().__init__(data, label_suffix="")  # type: ignore[arg-type] # - Django's stubs ask for a mapping
        self.keys = {f"{book}-{about}": (book, about) for book, about in plan.accounts if _is_asked(book, about, plan)}
        for name, (book, about) in self.keys.items():
            label = f"{words.book(book)} {banks.get(about, '')}".strip()
            self.fields[name] = forms.CharField(
                label=label, max_length=9, required=False, initial=plan.accounts[book, about]
            )
            if book in TAXED:
                self.fields[f"{name}-tax"] = forms.CharField(
                    label=_("… tax key"), max_length=8, required=False, initial=plan.tax_keys.get((book, about), "")
                )

    def numbers(self) -> dict[tuple[Book, int], Said]:
        return {
            key: Said(self.cleaned_data[name].strip(), self.cleaned_data.get(f"{name}-tax", "").strip())
            for name, key in self.keys.items()
        }


@signed_in
def bookkeeper(request: OfficeRequest) -> HttpResponseBase:
    """The batches there are; a POST makes those of what was not exported yet."""
    last_month = timezone.localdate().replace(day=1) - timedelta(days=1)
    form = UntilForm(request.POST or None, initial={"until": last_month}, label_suffix="")
    if request.method == "POST" and form.is_valid():
        try:
            made = _export(request, form.cleaned_data["until"])
        except Refused as refusal:
            form.add_error(None, in_words(refusal))
        else:
            told(request, made)
            return redirect("office:bookkeeper")
    batches = Batch.objects.filter(merchant=request.merchant).defer("content").order_by("-number")
    known = BookkeeperSettings.objects.filter(merchant=request.merchant).first()
    is_datev = known is not None and known.program in DATEV_FORMATS
    context = {
        "form": form,
        "known": known,
        "is_datev": is_datev,
        "batches": batches[:SHOWN],
        "delivery": BookDelivery.objects.filter(merchant=request.merchant).first(),
        "others": [each for each in currencies(request.merchant.pk) if is_datev and each != request.merchant.currency],
    }
    return render(request, "office/bookkeeper.html", context, status=422 if form.errors else 200)


@signed_in
def batch(request: OfficeRequest, batch_id: int) -> HttpResponseBase:
    """Download a batch as it was given the first time."""
    row = Batch.objects.filter(merchant=request.merchant, pk=batch_id).first()
    if row is None:
        raise Http404
    return _file(row.name, batch_file(row))


@signed_in
def documents(request: OfficeRequest, batch_id: int) -> HttpResponseBase:
    """Download the statement files that a batch's bookings name."""
    row = Batch.objects.filter(merchant=request.merchant, pk=batch_id).first()
    if row is None:
        raise Http404
    try:
        content = export_documents(row)
    except Refused as refusal:
        refused(request, refusal)
        return redirect("office:bookkeeper")
    return _file(f"{row.name.rpartition('.')[0]}_Belege.zip", content)


@signed_in
def debtors(request: OfficeRequest) -> HttpResponseBase:
    """Download the master data of the customers who have an account of their own."""
    try:
        file = export_debtors(request.merchant, at=timezone.now())
    except Refused as refusal:
        refused(request, refusal)
        return redirect("office:bookkeeper")
    return _file(f"EXTF_Debitoren_{timezone.localdate():%Y-%m-%d}.csv", file.content)


@signed_in
def settings(request: OfficeRequest) -> HttpResponseBase:
    """Which program the bookkeeper uses; a POST of an owner changes it."""
    known = BookkeeperSettings.objects.filter(merchant=request.merchant).first()
    known = known or BookkeeperSettings(begins_on=timezone.localdate().replace(day=1))
    initial = {name: getattr(known, name) for name in BookkeeperForm.base_fields}
    form = BookkeeperForm(request.POST or None, initial=initial, label_suffix="")
    if request.method == "POST" and form.is_valid():
        try:
            change_bookkeeper(request.merchant, Bookkeeper(**form.cleaned_data), by=request.user, at=timezone.now())
        except Refused as refusal:
            form.add_error(None, in_words(refusal))
        else:
            told(request, _("Saved. Batches that were exported stay as they are."))
            return redirect("office:bookkeeper")
    context = {"form": form, "title": _("The bookkeeper's program")}
    return render(request, "office/bookkeeper_form.html", context, status=422 if form.errors else 200)


@signed_in
def numbers(request: OfficeRequest) -> HttpResponseBase:
    """Which of the bookkeeper's accounts is which of our books; a POST of an owner changes it."""
    known = BookkeeperSettings.objects.filter(merchant=request.merchant).first()
    if known is None:
        return redirect("office:bookkeeper-settings")
    banks = {account.pk: account.name or account.number for account in accounts(request.merchant.pk)}
    form = AccountsForm(request.POST or None, plan_of(known), banks)
    if request.method == "POST" and form.is_valid():
        try:
            change_accounts(request.merchant, form.numbers(), by=request.user, at=timezone.now())
        except Refused as refusal:
            form.add_error(None, in_words(refusal))
        else:
            told(request, _("Saved. Batches that were exported stay as they are."))
            return redirect("office:bookkeeper")
    context = {"form": form, "title": _("The bookkeeper's accounts"), "leaves": True}
    return render(request, "office/bookkeeper_form.html", context, status=422 if form.errors else 200)


def _export(request: OfficeRequest, until: date) -> str:
    made = len(export_books(request.merchant, until, by=request.user.email, at=timezone.now()))
    if not made:
        return _("Nothing is new since the last export.")
    return ngettext("%(count)s batch was made.", "%(count)s batches were made.", made) % {"count": made}


def _is_asked(book: Book, about: int, plan: Plan) -> bool:
    """Debtors are no choice; a bank's account is asked for by bank once there is one."""
    is_base_of_banks = book is Book.BANK and not about and any(other for kind, other in plan.accounts if kind is book)
    return plan.accounts[book, about] != DEBTOR and not is_base_of_banks


def _file(name: str, content: bytes) -> HttpResponse:
    named = {"Content-Disposition": f'attachment; filename="{name}"'}
    kind = CONTENT_TYPES[name.rpartition(".")[2]]
    return HttpResponse(content, content_type=kind, headers=named)
