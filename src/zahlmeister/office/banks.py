"""Banks that are asked, and that ask back: connected here, and answered."""

from django import forms
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from zahlmeister.flows import connect_bank
from zahlmeister.flows.connect_bank import FintsAccess, OpenBanking
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.bank_questions import asked_by
from zahlmeister.office.connections import connection, found_connection
from zahlmeister.office.feedback import refused
from zahlmeister.office.sentences import in_words
from zahlmeister.refusals import Refusal

#: How often a bank that is asked is looked at; it may ask for a second factor each time.
INTERVALS = (
    (60, gettext_lazy("every hour")),
    (360, gettext_lazy("four times a day")),
    (1440, gettext_lazy("once a day")),
)
CONSENT = ((90, gettext_lazy("every 90 days")), (180, gettext_lazy("every 180 days")))
COUNTRIES = (
    ("DE", gettext_lazy("Germany")),
    ("AT", gettext_lazy("Austria")),
    ("CH", gettext_lazy("Switzerland")),
    ("LI", gettext_lazy("Liechtenstein")),
)
#: Banks answer an aggregator four times a day for each account.
FOUR_TIMES_A_DAY = 360


class FintsForm(forms.Form):
    """What a person knows of the FinTS access of their bank."""

    name = forms.CharField(label=gettext_lazy("What you call it"), max_length=120)
    bank_code = forms.RegexField(
        r"^[\d ]+$",
        label=gettext_lazy("Bank code"),
        max_length=11,
        help_text=gettext_lazy("Eight digits; they stand in your IBAN behind the first four characters."),
    )
    server = forms.CharField(
        label=gettext_lazy("Address of the FinTS server"),
        max_length=253,
        widget=forms.TextInput({"placeholder": "https://fints.bank.example/fints", "inputmode": "url"}),
        help_text=gettext_lazy("Your bank names it; look for “FinTS” or “HBCI PIN/TAN”."),
    )
    user = forms.CharField(label=gettext_lazy("User name of the online banking"), max_length=30)
    customer = forms.CharField(
        label=gettext_lazy("Customer number, if the bank has given you one"), max_length=30, required=False
    )
    pin = forms.CharField(
        label="PIN", max_length=99, strip=False, widget=forms.PasswordInput({"autocomplete": "off"}, render_value=False)
    )
    every = forms.TypedChoiceField(label=gettext_lazy("Fetch"), choices=INTERVALS, initial=360, coerce=int)
    consent_days = forms.TypedChoiceField(
        label=gettext_lazy("The bank wants a second factor"), choices=CONSENT, initial=90, coerce=int
    )

    def access(self) -> FintsAccess:
        given = self.cleaned_data
        code = given["bank_code"].replace(" ", "")
        return FintsAccess(given["server"], code, given["user"], given["pin"], given["customer"], given["consent_days"])


@signed_in
def connect_fints(request: OfficeRequest) -> HttpResponseBase:
    """Connect a bank by FinTS; what it asks next is asked on the connection's page."""
    form = FintsForm(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        try:
            made = connect_bank.connect_fints(
                request.merchant,
                form.access(),
                name=form.cleaned_data["name"],
                every_minutes=form.cleaned_data["every"],
                by=request.user.email,
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error(None, in_words(refusal))
        else:
            return redirect("office:connection", made.pk)
    return render(request, "office/connect_fints.html", {"form": form}, status=422 if form.errors else 200)


class OpenBankingForm(forms.Form):
    """A merchant's access to an aggregator, as its own page shows it."""

    name = forms.CharField(label=gettext_lazy("What you call it"), max_length=120)
    server = forms.CharField(
        label=gettext_lazy("Address of the aggregator"),
        max_length=253,
        initial="https://bankaccountdata.gocardless.com/api/v2",
        widget=forms.TextInput({"inputmode": "url"}),
    )
    secret_id = forms.CharField(label=gettext_lazy("Secret ID"), max_length=120)
    secret_key = forms.CharField(
        label=gettext_lazy("Secret key"),
        max_length=400,
        strip=True,
        widget=forms.PasswordInput({"autocomplete": "off"}, render_value=False),
    )
    country = forms.ChoiceField(label=gettext_lazy("Country of the bank"), choices=COUNTRIES)
    consent_days = forms.TypedChoiceField(
        label=gettext_lazy("The bank wants a second factor"), choices=CONSENT, initial=90, coerce=int
    )

    def access(self, back_to: str) -> OpenBanking:
        given = {field: said for field, said in self.cleaned_data.items() if field != "name"}
        return OpenBanking(**given, back_to=back_to)


@signed_in
def connect_open_banking(request: OfficeRequest) -> HttpResponseBase:
    """Connect a bank by open banking; which bank, and the consent, are asked on the connection's page."""
    form = OpenBankingForm(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        back_to = request.build_absolute_uri(reverse("office:connection-back", args=[0]))
        try:
            made = connect_bank.connect_aggregator(
                request.merchant,
                form.access(back_to),
                name=form.cleaned_data["name"],
                every_minutes=FOUR_TIMES_A_DAY,
                by=request.user.email,
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error(None, in_words(refusal))
        else:
            return redirect("office:connection", made.pk)
    return render(request, "office/connect_open_banking.html", {"form": form}, status=422 if form.errors else 200)


@signed_in
def back(request: OfficeRequest, connection_id: int) -> HttpResponseBase:
    """Somebody comes back from the bank's page; whether they have consented the bank tells, not the address."""
    row = found_connection(request, connection_id)
    if request.may_write:
        connect_bank.returned_from_bank(row, at=timezone.now())
    return connection(request, connection_id)


@signed_in
@require_POST
def renew(request: OfficeRequest, connection_id: int) -> HttpResponseBase:
    """Consent anew before the old consent ends."""
    row = found_connection(request, connection_id)
    try:
        connect_bank.renew_consent(row, by=request.user.email, at=timezone.now())
    except Refusal as refusal:
        refused(request, refusal)
    return redirect("office:connection", connection_id)


@signed_in
def asks(request: OfficeRequest, connection_id: int) -> HttpResponseBase:
    """Only what is asked; asks itself again while something happens, then loads the page anew."""
    row = found_connection(request, connection_id)
    wanted = asked_by(row)
    answer = render(request, "office/bank_asks.html", {"connection": row, "wanted": wanted})
    if request.headers.get("HX-Request") and not wanted.is_busy:
        answer.headers["HX-Refresh"] = "true"
    return answer


@signed_in
@require_POST
def answer(request: OfficeRequest, connection_id: int) -> HttpResponseBase:
    """Give the bank its answer."""
    row = found_connection(request, connection_id)
    said = ",".join(request.POST.getlist("answer"))
    try:
        connect_bank.answer_bank(row, said, by=request.user.email, at=timezone.now())
    except Refusal as refusal:
        refused(request, refusal)
    return redirect("office:connection", connection_id)


@signed_in
@require_POST
def pin(request: OfficeRequest, connection_id: int) -> HttpResponseBase:
    """Take a new PIN and sign in with it."""
    row = found_connection(request, connection_id)
    typed = request.POST.get("pin", "")
    if not typed:
        refused(request, _("The PIN is missing; enter it anew."))
        return redirect("office:connection", connection_id)
    try:
        connect_bank.renew_pin(row, typed, by=request.user.email, at=timezone.now())
    except Refusal as refusal:
        refused(request, refusal)
    return redirect("office:connection", connection_id)
