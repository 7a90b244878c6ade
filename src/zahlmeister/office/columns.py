"""What the columns of a CSV mean that nobody knows yet: guessed, told by a person, shown before it counts."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from zahlmeister.banking import queries
from zahlmeister.banking.models import StatementImport
from zahlmeister.banking.tables import Remembered, remembered
from zahlmeister.flows.describe_table import Preview, describe_table, forget_table, preview, unknown_table
from zahlmeister.formats.table_described import OFFERED, Described
from zahlmeister.formats.table_guess import Table, guess
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.sentences import in_words
from zahlmeister.refusals import Refused


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file as the page shows it."""

    place: int
    title: str
    says: Sequence[str]
    means: str


@dataclass(frozen=True, slots=True)
class Known:
    """An export that is remembered, as the page shows it."""

    kept: Remembered
    meanings: Sequence[tuple[str, str]]  # a column's title and what it means


@signed_in
def mappings(request: OfficeRequest) -> HttpResponseBase:
    """The exports whose columns people have told."""
    names = _names()
    rows = [
        Known(kept, [(kept.said.header[place] or str(place + 1), names[field]) for place, field in _in_order(kept)])
        for kept in remembered(request.merchant.pk)
    ]
    return render(request, "office/mappings.html", {"mappings": rows})


@signed_in
@require_POST
def forget(request: OfficeRequest, mapping_id: int) -> HttpResponseBase:
    """The next file with these columns asks again."""
    if all(kept.id != mapping_id for kept in remembered(request.merchant.pk)):
        raise Http404
    try:
        forget_table(request.merchant, mapping_id, by=request.user.email, at=timezone.now())
    except Refused as refusal:
        refused(request, refusal)
    else:
        told(request, _("The columns are forgotten. The next file of this kind asks what they mean."))
    return redirect("office:mappings")


@signed_in
def columns(request: OfficeRequest, import_id: int) -> HttpResponseBase:
    """Each column with what stands in it and what it means. A POST shows what would be read, or keeps it."""
    row = queries.imports(request.merchant.pk).filter(pk=import_id).first()
    if row is None:
        raise Http404
    table = unknown_table(row)
    if table is None:
        return render(request, "office/columns.html", {"import": row})
    said = _said(request, table) if request.method == "POST" else _guessed(table)
    refusal, seen = "", None
    try:
        if request.POST.get("do") == "keep":
            describe_table(row, said, by=request.user.email, at=timezone.now())
            told(request, _("The columns are remembered. “%(name)s” is being read.") % {"name": row.name})
            return redirect("office:statement", row.pk)
        seen = preview(row, said)
    except Refused as refused:
        refusal = in_words(refused) if request.method == "POST" else ""
    return _page(request, row, table, said, seen, refusal)


def _page(
    request: OfficeRequest, row: StatementImport, table: Table, said: Described, seen: Preview | None, refusal: str
) -> HttpResponseBase:
    shown = [
        Column(place, title or str(place + 1), table.column(place)[:3], said.fields.get(place, ""))
        for place, title in enumerate(table.header)
    ]
    names = _names()
    accounts = {one.number: one for one in queries.accounts(request.merchant.pk) if one.number != "-"}
    context = {
        "import": row,
        "accounts": accounts.values(),
        "said_other": "" if said.account in accounts else said.account,
        "columns": shown,
        "offered": [(name, names[name]) for name in OFFERED],
        "said": said,
        "preview": seen,
        "refusal": refusal,
    }
    return render(request, "office/columns.html", context, status=422 if refusal else 200)


def _in_order(kept: Remembered) -> list[tuple[int, str]]:
    return sorted(kept.said.fields.items())


def _guessed(table: Table) -> Described:
    fields = guess(table)
    return Described(table.header, fields, currency="" if "currency" in fields.values() else "EUR")


def _said(request: OfficeRequest, table: Table) -> Described:
    typed = {place: request.POST.get(f"column-{place}", "") for place in range(len(table.header))}
    return Described(
        header=table.header,
        fields={place: name for place, name in typed.items() if name in OFFERED},
        currency=request.POST.get("currency", "").strip().upper()[:3],
        account=(request.POST.get("other_account", "").strip() or request.POST.get("account", "").strip())[:40],
        outgoing=request.POST.get("outgoing", "").strip()[:40],
        month_first=bool(request.POST.get("month_first")),
    )


def _names() -> dict[str, str]:
    return {
        "booked_on": pgettext("a column", "Booking day"),
        "value_on": pgettext("a column", "Value day"),
        "amount": pgettext("a column", "Amount"),
        "debit": pgettext("a column", "Amount going out"),
        "credit": pgettext("a column", "Amount coming in"),
        "sign": pgettext("a column", "Direction, in or out"),
        "currency": pgettext("a column", "Currency"),
        "counterparty": pgettext("a column", "Name of the other side"),
        "counterparty_iban": pgettext("a column", "Account of the other side"),
        "remittance": pgettext("a column", "Text of the payment"),
        "booking_text": pgettext("a column", "Kind of booking"),
        "end_to_end_id": pgettext("a column", "End-to-end reference"),
        "bank_reference": pgettext("a column", "Reference of the bank"),
        "account": pgettext("a column", "Our own account"),
        "balance": pgettext("a column", "Balance after it"),
    }
