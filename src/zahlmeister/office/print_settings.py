"""Who prints a merchant's letters: files on a server, or Pingen."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zahlmeister.connectors.banks.sftp import Access, identity
from zahlmeister.correspondence import queries
from zahlmeister.correspondence.models import PrintAccount, PrintWay
from zahlmeister.flows.letter_settings import keep_print_account
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import told
from zahlmeister.office.letter_history import history_of
from zahlmeister.office.sentences import in_words
from zahlmeister.refusals import Refusal

if TYPE_CHECKING:
    PrintBase = forms.ModelForm[PrintAccount]
else:
    PrintBase = forms.ModelForm

#: What each way cannot do without.
NEEDED = {PrintWay.SFTP: ("host", "folder"), PrintWay.PINGEN: ("organisation", "address", "product")}


class PrintForm(PrintBase):
    """The print service."""

    secret = forms.CharField(
        label=gettext_lazy("Password, or Pingen's client secret"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(render_value=False),
        help_text=gettext_lazy("Leave it empty to keep the one that is stored."),
    )

    class Meta:
        model = PrintAccount
        fields = ["way", "user", "organisation", "product", "address", "host", "port", "folder", "fingerprint"]
        labels = {
            "user": gettext_lazy("User name, or Pingen's client ID"),
            "organisation": gettext_lazy("Pingen: number of the organisation"),
            "product": gettext_lazy("Pingen: kind of posting"),
            "address": gettext_lazy("Pingen: address"),
            "host": gettext_lazy("SFTP: server"),
            "port": gettext_lazy("SFTP: port"),
            "folder": gettext_lazy("SFTP: folder for letters"),
            "fingerprint": gettext_lazy("SFTP: host key of the server"),
        }
        help_texts = {
            "product": gettext_lazy("“fast”, or one of Pingen's names such as postag_b or dpag_economy."),
            "address": gettext_lazy("https://api-staging.pingen.com is Pingen's environment for trials."),
            "fingerprint": gettext_lazy("Leave it empty, and the server is asked; nothing else is sent to it then."),
        }

    def clean(self) -> dict[str, Any]:
        """What the way chosen needs is there; an unknown server is asked who it is."""
        super().clean()
        given = self.cleaned_data
        for name in NEEDED.get(given.get("way", ""), ()):
            if not given.get(name):
                self.add_error(name, _("This is needed here."))
        if given.get("way") == PrintWay.SFTP and given.get("host") and not given.get("fingerprint"):
            self._ask(given["host"], given.get("port") or 22)
        return given

    def _ask(self, host: str, port: int) -> None:
        """Show the host key that answers, for a person to compare before anything is kept."""
        try:
            seen = identity(Access(host, "", port))
        except Refusal as refusal:
            self.add_error("host", in_words(refusal))
            return
        self.data = {**self.data.dict(), "fingerprint": seen} if isinstance(self.data, QueryDict) else self.data
        self.add_error("fingerprint", _("The server shows this key. Compare it with what the print service says."))


@signed_in
def printing(request: OfficeRequest) -> HttpResponseBase:
    """Who prints letters; a POST speaks to the service and keeps it."""
    row = queries.print_account(request.merchant.pk) or PrintAccount(merchant=request.merchant)
    form = PrintForm(request.POST or None, instance=row, label_suffix="")
    if request.method == "POST" and form.is_valid() and _kept(request, form):
        told(request, _("Letters on paper are printed there from now on."))
        return redirect("office:letters")
    context = {"form": form, "heading": _("Letters on paper")}
    context |= {"tells_steps": True, "steps": history_of("print_account", form)}
    return render(request, "office/letter_form.html", context, status=422 if form.errors else 200)


def _kept(request: OfficeRequest, form: PrintForm) -> bool:
    made, secret = form.save(commit=False), form.cleaned_data["secret"]
    try:
        keep_print_account(request.merchant, made, secret, by=request.user.email, at=timezone.now())
    except Refusal as refusal:
        form.add_error(None, in_words(refusal))
        return False
    return True
