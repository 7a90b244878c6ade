"""Places that statements come from by themselves: how they are, and a new one connected step by step."""

from typing import Any

from django import forms
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from zahlmeister.banking import queries
from zahlmeister.banking.models import Connection
from zahlmeister.connectors.banks import sftp
from zahlmeister.connectors.banks.sftp import Access
from zahlmeister.flows import connect_bank
from zahlmeister.history.queries import steps_of
from zahlmeister.office import words
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.bank_questions import asked_by
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.sentences import in_words
from zahlmeister.refusals import Refusal

INTERVALS = (
    (5, gettext_lazy("every 5 minutes")),
    (15, gettext_lazy("every 15 minutes")),
    (60, gettext_lazy("every hour")),
    (1440, gettext_lazy("once a day")),
)


class ServerForm(forms.Form):
    """Step one: which server."""

    host = forms.CharField(
        label=gettext_lazy("Server"), max_length=253, widget=forms.TextInput({"placeholder": "sftp.bank.example"})
    )
    port = forms.IntegerField(label=gettext_lazy("Port"), min_value=1, max_value=65535, initial=22)


class AccessForm(ServerForm):
    """Step two: the host key is compared, and we may sign in."""

    fingerprint = forms.CharField(widget=forms.HiddenInput)
    name = forms.CharField(label=gettext_lazy("What you call it"), max_length=120)
    user = forms.CharField(label=gettext_lazy("User name"), max_length=120)
    password = forms.CharField(
        label=gettext_lazy("Password"), required=False, strip=False, widget=forms.PasswordInput(render_value=False)
    )
    key = forms.CharField(
        label=gettext_lazy("or private key"), required=False, widget=forms.Textarea({"rows": 4, "spellcheck": "false"})
    )
    folder = forms.CharField(label=gettext_lazy("Folder"), max_length=255, initial=".")
    outbox = forms.CharField(
        label=gettext_lazy("Folder for payment files"),
        max_length=255,
        required=False,
        help_text=gettext_lazy("Where the bank takes files of transfers from. Leave it empty when nothing is sent."),
    )
    every = forms.TypedChoiceField(label=gettext_lazy("Look there"), choices=INTERVALS, initial=15, coerce=int)

    def clean(self) -> dict[str, Any]:
        """Either of the two is needed to be let in."""
        given: dict[str, Any] = super().clean() or {}
        if not given.get("password") and not given.get("key"):
            self.add_error("password", _("A password or a private key is needed."))
        return given

    def access(self) -> Access:
        given = self.cleaned_data
        return Access(
            host=given["host"],
            port=given["port"],
            user=given["user"],
            password=given["password"],
            key=given["key"].replace("\r\n", "\n").strip() + "\n" if given["key"].strip() else "",
            folder=given["folder"],
            fingerprint=given["fingerprint"],
            outbox=given["outbox"],
        )


@signed_in
def connections(request: OfficeRequest) -> HttpResponseBase:
    """Every connection with its state and the next look."""
    rows = queries.connections(request.merchant.pk)
    return render(request, "office/connections.html", {"connections": rows, "now": timezone.now()})


@signed_in
def connection(request: OfficeRequest, connection_id: int) -> HttpResponseBase:
    """One connection: what it wants, what it brought last, and what happened to it."""
    row = found_connection(request, connection_id)
    steps = steps_of(row.merchant_id, "connection", row.pk)
    return render(
        request,
        "office/connection.html",
        {
            "connection": row,
            "wanted": asked_by(row),
            "files": queries.fetched_files(row),
            "steps": [(step, words.step("connection", step.verb), words.actor(step.actor)) for step in steps],
        },
    )


@signed_in
def connect(request: OfficeRequest) -> HttpResponseBase:
    """Connect an SFTP server: ask it for its key, compare, sign in, look once, keep."""
    if request.method != "POST":
        return _asked(request, ServerForm(label_suffix=""))
    if "fingerprint" not in request.POST:
        return _identified(request)
    form = AccessForm(request.POST, label_suffix="")
    if not form.is_valid():
        return _asked(request, form, status=422)
    given = form.cleaned_data
    try:
        made = connect_bank.connect_sftp(
            request.merchant,
            form.access(),
            name=given["name"],
            every_minutes=given["every"],
            by=request.user.email,
            at=timezone.now(),
        )
    except Refusal as refusal:
        form.add_error(None, in_words(refusal))
        return _asked(request, form, status=422)
    told(request, _("“%(name)s” is connected; the first statements come within a minute.") % {"name": made.name})
    return redirect("office:connection", made.pk)


@signed_in
@require_POST
def pause(request: OfficeRequest, connection_id: int) -> HttpResponseBase:
    """Look there no more."""
    row = found_connection(request, connection_id)
    try:
        connect_bank.pause(row, by=request.user.email, at=timezone.now())
    except Refusal as refusal:
        refused(request, refusal)
    return redirect("office:connection", connection_id)


@signed_in
@require_POST
def resume(request: OfficeRequest, connection_id: int) -> HttpResponseBase:
    """Look there again, at once."""
    row = found_connection(request, connection_id)
    try:
        connect_bank.resume(row, by=request.user.email, at=timezone.now())
    except Refusal as refusal:
        refused(request, refusal)
    return redirect("office:connection", connection_id)


@signed_in
@require_POST
def look(request: OfficeRequest, connection_id: int) -> HttpResponseBase:
    """Look there as soon as a worker is free."""
    row = found_connection(request, connection_id)
    connect_bank.look(row, at=timezone.now())
    told(request, _("A worker looks at “%(name)s” within seconds.") % {"name": row.name})
    return redirect("office:connection", connection_id)


def _identified(request: OfficeRequest) -> HttpResponseBase:
    form = ServerForm(request.POST, label_suffix="")
    if not form.is_valid():
        return _asked(request, form, status=422)
    host, port = form.cleaned_data["host"], form.cleaned_data["port"]
    try:
        fingerprint = sftp.identity(Access(host, "", port))
    except Refusal as refusal:
        form.add_error(None, in_words(refusal))
        return _asked(request, form, status=422)
    known = {"host": host, "port": port, "fingerprint": fingerprint, "name": host}
    return _asked(request, AccessForm(initial=known, label_suffix=""))


def _asked(request: OfficeRequest, form: ServerForm, *, status: int = 200) -> HttpResponseBase:
    fingerprint = form["fingerprint"].value() if isinstance(form, AccessForm) else ""
    return render(request, "office/connect.html", {"form": form, "fingerprint": fingerprint}, status=status)


def found_connection(request: OfficeRequest, connection_id: int) -> Connection:
    """The connection of that number, if it is the merchant's."""
    row = queries.connections(request.merchant.pk).filter(pk=connection_id).first()
    if row is None:
        raise Http404
    return row
