"""Who letters come from, through which server they leave, and when buyers are told how to pay."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zahlmeister.correspondence import queries
from zahlmeister.correspondence.models import InformationRule, MailAccount, MailReturns, ReferenceBy, Sender
from zahlmeister.flows import letter_settings as flow
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import told
from zahlmeister.office.letter_history import history_of
from zahlmeister.office.sentences import in_words
from zahlmeister.office.settings import changed_here
from zahlmeister.orders.models import PaymentKind, Shop
from zahlmeister.orders.queries import shops
from zahlmeister.refusals import Refused

if TYPE_CHECKING:
    SenderBase = forms.ModelForm[Sender]
    ServerBase = forms.ModelForm[MailAccount]
    RuleBase = forms.ModelForm[InformationRule]
    ReturnsBase = forms.ModelForm[MailReturns]
else:
    SenderBase = ServerBase = RuleBase = ReturnsBase = forms.ModelForm

KINDS = (PaymentKind.PREPAYMENT, PaymentKind.INVOICE)


class SenderForm(SenderBase):
    """The sender as letters show it."""

    logo_file = forms.FileField(
        label=gettext_lazy("Logo"), required=False, help_text=gettext_lazy("PNG or JPEG, at most 300 kB.")
    )

    class Meta:
        model = Sender
        fields = [
            "name", "address", "reply_to", "language", "colour", "street", "postcode", "city", "country", "imprint",
        ]  # fmt: skip
        widgets = {"colour": forms.TextInput({"type": "color"}), "imprint": forms.Textarea({"rows": 4})}
        help_texts = {
            "address": gettext_lazy(
                "Its domain must allow your mail server to send (SPF), and sign as this same domain (DKIM)."
            ),
            "reply_to": gettext_lazy("Empty: to the mail address above."),
            "language": gettext_lazy(
                "For orders whose shop tells no language; the others are written to in theirs. German is with Du "
                "where you choose it here."
            ),
            "street": gettext_lazy("A Swiss QR-bill needs the whole address."),
            "imprint": gettext_lazy(
                "What the law wants on business letters: firm and legal form, seat, register court and number, "
                "directors, VAT number."
            ),
        }


class ServerForm(ServerBase):
    """The merchant's mail server."""

    password = forms.CharField(
        label=gettext_lazy("Password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(render_value=False),
        help_text=gettext_lazy("Leave it empty to keep the one that is stored."),
    )

    class Meta:
        model = MailAccount
        fields = ["host", "port", "security", "user"]


class ReturnsForm(ReturnsBase):
    """Where the merchant hears of mails that came back."""

    password = forms.CharField(
        label=gettext_lazy("Password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(render_value=False),
        help_text=gettext_lazy("Leave it empty to keep the one that is stored."),
    )
    key = forms.CharField(
        label=gettext_lazy("Mailgun: signing key for webhooks"),
        required=False,
        widget=forms.PasswordInput(render_value=False),
        help_text=gettext_lazy("If your mails leave through Mailgun. Empty: the one that is stored stays."),
    )

    class Meta:
        model = MailReturns
        fields = ["host", "port", "security", "user", "folder"]
        labels = {"host": gettext_lazy("Mailbox: server (IMAP)")}
        help_texts = {
            "host": gettext_lazy(
                "The mailbox of your sender's address. It is only read, every five minutes; nothing in it is changed."
            )
        }


class RuleForm(RuleBase):
    """When buyers of one kind of payment are told how to pay."""

    class Meta:
        model = InformationRule
        fields = [
            "is_on",
            "since",
            "waits_for_invoice",
            "again_after_days",
            "payable_days",
            "reference_by",
            "encloses_invoice",
        ]
        widgets = {"since": forms.DateInput({"type": "date"}, format="%Y-%m-%d")}
        labels = {"since": gettext_lazy("Only orders since")}
        help_texts = {
            "since": gettext_lazy("Buyers of older orders are not written to."),
            "payable_days": gettext_lazy("Shown in the letter only; reminders have rules of their own."),
            "encloses_invoice": gettext_lazy(
                "As PDF, where a program hands it in or the connected shop gives it out. "
                "A letter waits for it for a day at most."
            ),
            "reference_by": gettext_lazy("The guarantee needs our own reference."),
        }


@signed_in
def sender(request: OfficeRequest, shop_id: int | None = None) -> HttpResponseBase:
    """The sender of one shop, or of all."""
    shop = _shop(request, shop_id) if shop_id is not None else None
    row = Sender.objects.filter(merchant=request.merchant, shop=shop).first()
    row = row or Sender(merchant=request.merchant, shop=shop, name=shop.name if shop else request.merchant.name)
    form = SenderForm(request.POST or None, request.FILES or None, instance=row, label_suffix="")
    if request.method == "POST" and form.is_valid():
        made = form.save(commit=False)
        made.country = made.country.upper()
        if logo := form.cleaned_data["logo_file"]:
            made.logo = logo.read()
        if _kept(form, lambda: flow.keep_sender(request.merchant, made, by=request.user.email, at=timezone.now())):
            told(request, _("Letters come from %(name)s from now on.") % {"name": made.name})
            return redirect("office:letters")
    context: dict[str, Any] = {"form": form, "shop": shop, "heading": _("Who letters come from"), "has_files": True}
    context |= {"tells_steps": True, "steps": history_of("sender", form)}
    return render(request, "office/letter_form.html", context, status=422 if form.errors else 200)


@signed_in
def server(request: OfficeRequest) -> HttpResponseBase:
    """The mail server."""
    row = queries.mail_account(request.merchant.pk) or MailAccount(merchant=request.merchant)
    form = ServerForm(request.POST or None, instance=row, label_suffix="")
    if request.method == "POST" and form.is_valid():
        made, password = form.save(commit=False), form.cleaned_data["password"]
        by, at = request.user.email, timezone.now()
        if _kept(form, lambda: flow.keep_server(request.merchant, made, password, by=by, at=at)):
            told(request, _("Mails leave through %(host)s from now on.") % {"host": made.host})
            return redirect("office:letters")
    context: dict[str, Any] = {"form": form, "heading": _("Mail server")}
    context |= {"tells_steps": True, "steps": history_of("mail_account", form)}
    return render(request, "office/letter_form.html", context, status=422 if form.errors else 200)


@signed_in
def returns(request: OfficeRequest) -> HttpResponseBase:
    """Where we hear of mails that came back."""
    row = queries.mail_returns(request.merchant.pk) or MailReturns(merchant=request.merchant)
    form = ReturnsForm(request.POST or None, instance=row, label_suffix="")
    if request.method == "POST" and form.is_valid():
        made, typed = form.save(commit=False), form.cleaned_data
        by, at = request.user.email, timezone.now()
        if _kept(
            form,
            lambda: flow.keep_mail_returns(request.merchant, made, typed["password"], typed["key"], by=by, at=at),
        ):
            told(request, _("Mails that come back are looked for from now on."))
            return redirect("office:letter-returns")
    hook = request.build_absolute_uri(reverse("api:mailgun", args=[row.pk])) if row.has_key else ""
    context = {"form": form, "heading": _("Mails that come back"), "returns": row, "hook": hook}
    context["steps"] = history_of("mail_returns", form)
    return render(request, "office/letter_returns.html", context, status=422 if form.errors else 200)


@signed_in
def rule(request: OfficeRequest, shop_id: int, payment_kind: str) -> HttpResponseBase:
    """When the buyers of a shop are told how to pay."""
    shop, kind = _shop(request, shop_id), payment_kind
    if kind not in KINDS:
        raise Http404
    row = InformationRule.objects.filter(merchant=request.merchant, shop=shop, payment_kind=kind).first()
    initial = {"since": timezone.localdate(), "reference_by": ReferenceBy.OWN}
    form = RuleForm(request.POST or None, instance=row, initial=None if row else initial, label_suffix="")
    if request.method == "POST" and form.is_valid():
        wanted, by, at = dict(form.cleaned_data), request.user.email, timezone.now()
        if _kept(form, lambda: flow.keep_rule(shop, kind, wanted, by=by, at=at)):
            told(request, _("The rule of %(shop)s is kept.") % {"shop": shop.name})
            return redirect("office:letters")
    heading = _("Payment information: %(kind)s") % {"kind": PaymentKind(kind).label}
    without_address = queries.senders_without_address(request.merchant.pk)
    context = {"form": form, "shop": shop, "heading": heading, "without_address": without_address}
    context |= {"tells_changes": True, **changed_here(request, "letters")}
    return render(request, "office/letter_form.html", context, status=422 if form.errors else 200)


def _kept(form: forms.BaseForm, keep: Any) -> bool:
    """Whether the flow has kept it; its refusal stands on the form otherwise."""
    try:
        keep()
    except Refused as refusal:
        form.add_error(None, in_words(refusal))
        return False
    return True


def _shop(request: OfficeRequest, shop_id: int) -> Shop:
    found = {shop.pk: shop for shop in shops(request.merchant.pk)}
    if shop_id not in found:
        raise Http404
    return found[shop_id]
