"""Money that leaves: transfers drafted, approved, put into a file for the bank, and what became of them."""

from collections.abc import Callable
from datetime import date
from uuid import uuid4

from django import forms
from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zahlmeister.banking import outgoing_queries as queries
from zahlmeister.banking.eyes import Look
from zahlmeister.banking.models import BankAccount
from zahlmeister.banking.outgoing import look_at
from zahlmeister.banking.outgoing_models import PaymentFile, PaymentOrder
from zahlmeister.banking.outgoing_states import OrderState
from zahlmeister.flows import approve_payment as deciding
from zahlmeister.flows import make_payment_file as files
from zahlmeister.flows.draft_payment import Wanted, draft_payment
from zahlmeister.formats.journals.workbook import Cell
from zahlmeister.formats.payments.parties import Address as PostalAddress
from zahlmeister.formats.payments.parties import Party
from zahlmeister.formats.payments.payee import Permission
from zahlmeister.formats.payments.reasons import Remedy, reason
from zahlmeister.history.queries import steps_of
from zahlmeister.ledger.queries import lines
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.accounts import tidy
from zahlmeister.money.amount import Amount
from zahlmeister.money.banks import doubt_about
from zahlmeister.office import sending, typed, words
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.export import list_file
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.listing import Address, choice_chip, pages
from zahlmeister.office.sentences import in_words
from zahlmeister.refusals import Refused

DOUBTS = {
    "paid_twice": gettext_lazy("The statement shows a second movement with this number. Ask the bank for it back."),
    "sanctioned": gettext_lazy("The recipient may be on a list of sanctions. Do not pay before an owner has looked."),
    "unusual": gettext_lazy("Much more leaves today than on other days. Make sure that this is right."),
    "paid_anyway": gettext_lazy(
        "It was paid although the bank had rejected it, or it was in no file. If it still waits, cancel it."
    ),
    "other_amount": gettext_lazy("The statement shows it with another amount. Compare it with your bank."),
    "sent_twice": gettext_lazy(
        "The bank takes the file for one it has already. Do not send it again; the statement shows what was paid."
    ),
    "rejected_late": gettext_lazy("The bank rejects what it had reported as executed. Look at the statement."),
    "back_anyway": gettext_lazy("Money came back that had not left, or a second time. Compare it with your bank."),
}
REMEDIES = {
    Remedy.ASK_ACCOUNT: gettext_lazy("Ask the recipient for another account and make a new transfer."),
    Remedy.ASK_ONCE: gettext_lazy("Ask the recipient once."),
    Remedy.CORRECT: gettext_lazy("Correct the transfer: make a new one."),
    Remedy.RETRY: gettext_lazy("Make the same transfer again later."),
    Remedy.OPERATOR: gettext_lazy("Something is wrong with the file or the contract with the bank: ask the bank."),
    Remedy.CHECK_TWICE: gettext_lazy("Look whether it was sent twice; do not send it again."),
}


class TransferForm(forms.Form):
    """To whom, how much, for what."""

    account = forms.ChoiceField(label=gettext_lazy("From the account"))
    name = forms.CharField(
        label=gettext_lazy("Recipient"),
        max_length=140,
        help_text=gettext_lazy("Exactly as the recipient's bank knows it: the bank compares it."),
    )
    iban = forms.CharField(label="IBAN", max_length=42, widget=forms.TextInput({"spellcheck": "false"}))
    amount = forms.CharField(
        label=gettext_lazy("Amount"), max_length=20, widget=forms.TextInput({"inputmode": "decimal"})
    )
    text = forms.CharField(label=gettext_lazy("Text"), max_length=140, required=False)
    reference = forms.CharField(label=gettext_lazy("or reference (RF…, QR)"), max_length=35, required=False)
    on = forms.DateField(label=gettext_lazy("On"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    town = forms.CharField(label=gettext_lazy("Town (only from Switzerland)"), max_length=35, required=False)
    country = forms.CharField(label=gettext_lazy("Country (two letters)"), max_length=2, required=False)
    speed = forms.ChoiceField(
        label=gettext_lazy("How fast"),
        choices=(
            ("ordinary", gettext_lazy("ordinary")),
            ("instant", gettext_lazy("Instant")),
            ("fallback", gettext_lazy("Instant; ordinary when that is not possible")),
        ),
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def wanted(self, account: BankAccount) -> Wanted:
        """What was typed, as the flow wants it."""
        given = self.cleaned_data
        minor = typed.minor(given["amount"], account.currency)
        if minor is None:
            raise Refused(f"“{given['amount']}” is no amount: digits such as 1.234,56 or 1234.56 are expected.")
        place = PostalAddress(given["town"], given["country"].upper()) if given["town"] else None
        return Wanted(
            f"office:{given['key']}",
            Party(given["name"], place),
            given["iban"],
            Amount(minor, account.currency),
            given["on"],
            text=given["text"],
            reference=given["reference"],
            is_instant=given["speed"] != "ordinary",
            falls_back=given["speed"] == "fallback",
        )


def _cells(row: PaymentOrder) -> list[Cell]:
    amount, text = Amount(row.amount_minor, row.currency), row.text or row.reference
    return [
        row.creditor_name, row.creditor_number, amount, row.currency, text, row.execute_on, row.get_state_display(),
    ]  # fmt: skip


@signed_in
def transfers(request: OfficeRequest) -> HttpResponseBase:
    """The transfers by state, and for which accounts a file can be made."""
    merchant_id, address = request.merchant.pk, Address(request, file_at="")
    rows = queries.payment_orders(merchant_id)
    if state := address.get("state"):
        rows = rows.filter(state=state) if state != "doubt" else rows.exclude(doubt="")
    if text := address.q:
        rows = rows.filter(Q(creditor_name__icontains=text) | Q(creditor_number=tidy(text)))
    head = [_("Recipient"), "IBAN", _("Amount"), _("Currency"), _("Text"), _("On"), _("State")]
    if file := list_file(address, _("transfers"), head, map(_cells, rows.iterator(chunk_size=2000))):
        return file
    page = pages(rows, address)
    found = rows.in_bulk(page.ids)
    counts = queries.orders_by_state(merchant_id)
    answers = [(each.value, str(each.label)) for each in OrderState if each.value in counts]
    return render(
        request,
        "office/transfers.html",
        {
            "address": address,
            "chips": [choice_chip(address, "state", _("in any state"), [*answers, ("doubt", _("with a doubt"))])],
            "page": page,
            "orders": [found[number] for number in page.ids],
            "ready": _ready(request.merchant),
            "files": queries.payment_files(merchant_id)[:10],
            "can_pay": bool(queries.paying_accounts(merchant_id)),
        },
    )


@signed_in
def new_transfer(request: OfficeRequest) -> HttpResponseBase:
    """Draft a transfer; what a bank would reject is said at once."""
    accounts = {str(each.pk): each for each in queries.paying_accounts(request.merchant.pk)}
    first = {"on": timezone.localdate(), "key": uuid4().hex}
    form = TransferForm(request.POST or None, initial=first, label_suffix="")
    form.fields["account"].choices = [(number, str(each)) for number, each in accounts.items()]  # type: ignore[attr-defined]  # a choice field has choices
    if request.method == "POST" and form.is_valid():
        account = accounts[form.cleaned_data["account"]]
        try:
            made = draft_payment(account, form.wanted(account), by=request.user, at=timezone.now())
        except Refused as refusal:
            form.add_error(None, in_words(refusal))
        else:
            return redirect("office:transfer", made.order.pk)
    return render(request, "office/transfer_new.html", {"form": form}, status=422 if form.errors else 200)


@signed_in
def transfer(request: OfficeRequest, transfer_id: int) -> HttpResponseBase:
    """One transfer on its own page: to whom, from where, who approved, what became of it."""
    row = _transfer(request, transfer_id)
    look = look_at(row)
    why = reason(row.reason) if row.reason else None
    return render(
        request,
        "office/transfer.html",
        {
            "order": row,
            "look": look,
            "approvals": row.approvals.select_related("person").order_by("at"),
            "is_agreed": any(step.verb == deciding.POLICY for step in steps_of(row.merchant_id, "transfer", row.pk)),
            "may_approve": _waits_for_approval(row, look) and request.user.pk not in look.approvers,
            "may_cancel": row.state in {OrderState.DRAFTED, OrderState.APPROVED},
            "stopped_by": _said(look.stopped_by),
            "bank_doubt": doubt_about(row.creditor_number) if row.state == OrderState.DRAFTED else None,
            "doubt": DOUBTS.get(row.doubt),
            "reason": why.sentence(get_language() or "en") if why else "",
            "remedy": REMEDIES.get(why.transfer) if why else None,
            "steps": _steps(row.merchant_id, "transfer", row.pk),
            "postings": lines(row.merchant_id, [f"transfer:{row.pk}", f"transaction:{row.transaction_id or 0}"]),
        },
    )


@signed_in
@require_POST
def approve(request: OfficeRequest, transfer_id: int) -> HttpResponseBase:
    """Approve a transfer."""
    return _decide(request, transfer_id, deciding.approve_payment)


@signed_in
@require_POST
def cancel(request: OfficeRequest, transfer_id: int) -> HttpResponseBase:
    """Cancel a transfer that is in no file."""
    return _decide(request, transfer_id, deciding.cancel_payment)


@signed_in
@require_POST
def confirm(request: OfficeRequest, transfer_id: int) -> HttpResponseBase:
    """The payee is right although the bank knows the name a little differently."""
    return _decide(request, transfer_id, deciding.confirm_payee)


@signed_in
@require_POST
def looked_at(request: OfficeRequest, transfer_id: int) -> HttpResponseBase:
    """What was odd has been looked at."""
    return _decide(request, transfer_id, deciding.settle_doubt)


@signed_in
def make_file(request: OfficeRequest, account_id: int) -> HttpResponseBase:
    """What a file made now would hold; a POST makes it."""
    account = next((each for each in queries.paying_accounts(request.merchant.pk) if each.pk == account_id), None)
    if account is None:
        raise Http404
    if request.method == "POST":
        try:
            made = files.make_payment_files(account, by=request.user.email, at=timezone.now())
        except Refused as refusal:
            refused(request, refusal)
            return redirect("office:transfers")
        return sending.made(request, made, "office:transfers")
    shown = files.preview(account, at=timezone.now())
    days: list[tuple[date, bool, list[PaymentOrder]]] = [
        (day, is_instant, list(orders)) for (day, is_instant), orders in sorted(shown.days.items())
    ]
    return render(request, "office/payment_file_new.html", {"account": account, "preview": shown, "days": days})


@signed_in
def payment_file(request: OfficeRequest, file_id: int) -> HttpResponseBase:
    """One file for the bank and its transfers."""
    row = payment_file_of(request, file_id)
    return sending.page(request, row, orders=row.orders.order_by("pk")[:500])


@signed_in
@require_POST
def download(request: OfficeRequest, file_id: int) -> HttpResponseBase:
    """The file for the bank; from now on it cannot be withdrawn."""
    row = payment_file_of(request, file_id)
    try:
        data = files.export_file(row, by=request.user.email, at=timezone.now())
    except Refused as refusal:
        refused(request, refusal)
        return redirect("office:payment-file", file_id)
    name = f"{row.message_id}.xml"
    return HttpResponse(
        data, content_type="application/xml", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@signed_in
@require_POST
def withdraw(request: OfficeRequest, file_id: int) -> HttpResponseBase:
    """Take a file back that nobody has fetched."""
    row = payment_file_of(request, file_id)
    try:
        files.withdraw_file(row, by=request.user.email, at=timezone.now())
    except Refused as refusal:
        refused(request, refusal)
    else:
        told(request, _("The file is withdrawn; its transfers wait for the next one."))
    return redirect("office:payment-file", file_id)


def _decide(request: OfficeRequest, transfer_id: int, verb: Callable[..., object]) -> HttpResponseBase:
    row = _transfer(request, transfer_id)
    try:
        verb(row, by=request.user, at=timezone.now())
    except Refused as refusal:
        refused(request, refusal)
    return redirect("office:transfer", transfer_id)


def _waits_for_approval(order: PaymentOrder, look: Look) -> bool:
    return order.state == OrderState.DRAFTED or (order.state in deciding.OPEN_TO_APPROVAL and not look.is_enough)


def _ready(merchant: Merchant) -> list[tuple[BankAccount, files.Preview]]:
    """The accounts with approved transfers that are due."""
    now = timezone.now()
    found = [(account, files.preview(account, at=now)) for account in queries.paying_accounts(merchant.pk)]
    return [(account, shown) for account, shown in found if shown.orders or shown.stopped]


def _said(permission: Permission | None) -> str:
    if permission is None:
        return ""
    return permission.german if (get_language() or "en").startswith("de") else permission.english


def _steps(merchant_id: int, subject: str, number: int) -> list[tuple[object, str, str]]:
    return [
        (step, words.step(subject, step.verb), words.actor(step.actor))
        for step in steps_of(merchant_id, subject, number)
    ]


def _transfer(request: OfficeRequest, transfer_id: int) -> PaymentOrder:
    rows = queries.payment_orders(request.merchant.pk).select_related("merchant", "account", "file")
    row = rows.filter(pk=transfer_id).first()
    if row is None:
        raise Http404
    return row


def payment_file_of(request: OfficeRequest, file_id: int) -> PaymentFile:
    """The file of that number, if it is the merchant's."""
    row = sending.file_of(request, {"file_id": file_id})
    assert isinstance(row, PaymentFile)
    return row
