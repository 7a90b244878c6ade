"""How the bookkeeper's files go out by themselves: said, tried, stopped, and a key that pulls them."""

from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zahlmeister.accounting.models import BookDelivery, BookKey, DeliveryWay
from zahlmeister.connectors.banks.sftp import Access, identity
from zahlmeister.flows.deliver_books import make_book_key, set_delivery, stop_delivery, try_delivery
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.sentences import in_words
from zahlmeister.refusals import Refusal


class DeliveryForm(forms.Form):
    """The way, and what it needs. A server's host key is asked for when none is given, and compared by a person."""

    way = forms.ChoiceField(label=gettext_lazy("Way"), choices=DeliveryWay.choices)
    day = forms.IntegerField(label=gettext_lazy("Export last month on day"), min_value=1, max_value=28, initial=5)
    address = forms.EmailField(
        label=gettext_lazy("Mail address"), required=False, help_text=gettext_lazy("Only for the way by mail.")
    )
    host = forms.CharField(
        label=gettext_lazy("Server"),
        max_length=253,
        required=False,
        help_text=gettext_lazy("Only for the way onto a server, like all that follows."),
    )
    port = forms.IntegerField(label=gettext_lazy("Port"), min_value=1, max_value=65535, initial=22)
    user = forms.CharField(label=gettext_lazy("User name"), max_length=120, required=False)
    password = forms.CharField(
        label=gettext_lazy("Password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Kept sealed. Left empty, the one that is kept stays."),
    )
    outbox = forms.CharField(label=gettext_lazy("Folder on the server"), max_length=255, required=False, initial=".")
    fingerprint = forms.CharField(
        label=gettext_lazy("Host key of the server"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("Left empty, the server is asked for it. Compare it with what its owner says."),
    )

    def clean(self) -> dict[str, Any]:
        """Each way needs its own."""
        given: dict[str, Any] = super().clean() or {}
        if given.get("way") == DeliveryWay.MAIL and not given.get("address") and "address" not in self.errors:
            self.add_error("address", _("A mail address is needed."))
        if given.get("way") == DeliveryWay.SFTP:
            for name in ("host", "user"):
                if not given.get(name):
                    self.add_error(name, _("This is needed for a server."))
        return given


@signed_in
def delivery(request: OfficeRequest) -> HttpResponseBase:
    """How files go out now; a POST says it anew, or does one of the deeds."""
    row = BookDelivery.objects.filter(merchant=request.merchant).first()
    form = DeliveryForm(_typed(request), initial=_initial(row), label_suffix="")
    key = ""
    match request.POST.get("do", "") if request.method == "POST" else "look":
        case "try" | "stop" as deed:
            _do(request, deed)
            return redirect("office:bookkeeper-delivery")
        case "key":
            key = make_book_key(request.merchant, by=request.user.email, at=timezone.now())
        case "save" if form.is_valid() and _save(request, form):
            return redirect("office:bookkeeper-delivery")
        case _:
            pass
    context = {
        "form": form,
        "delivery": row,
        "key": key,
        "valid": BookKey.objects.filter(merchant=request.merchant, revoked_at=None).first(),
        "folder": _folder(request, row),
    }
    answer = render(request, "office/book_delivery.html", context, status=422 if form.errors else 200)
    if key:
        answer.headers["Cache-Control"] = "no-store"
    return answer


def _typed(request: OfficeRequest) -> Any:
    return request.POST if request.method == "POST" and request.POST.get("do") == "save" else None


def _initial(row: BookDelivery | None) -> dict[str, Any]:
    if row is None:
        return {"way": DeliveryWay.MAIL}
    return {"way": row.way, "day": row.day, **row.settings}


def _folder(request: OfficeRequest, row: BookDelivery | None) -> Path:
    """Where the folder of this merchant is: nobody names another one here, because it is written with our rights."""
    if row is not None and row.way == DeliveryWay.FOLDER:
        return Path(row.settings["path"])
    return Path(settings.HOME) / "books" / request.merchant.slug


def _save(request: OfficeRequest, form: DeliveryForm) -> bool:
    given = form.cleaned_data
    try:
        if given["way"] == DeliveryWay.SFTP and not given["fingerprint"]:
            return _asks_server(form)
        wanted = _wanted(request, given)
        set_delivery(request.merchant, given["way"], wanted, day=given["day"], by=request.user.email, at=timezone.now())
    except Refusal as refusal:
        form.add_error(None, in_words(refusal))
        return False
    told(request, _("Saved. Try it now, so that you know that the files arrive."))
    return True


def _wanted(request: OfficeRequest, given: dict[str, Any]) -> dict[str, str | int]:
    if given["way"] == DeliveryWay.MAIL:
        return {"address": given["address"]}
    if given["way"] == DeliveryWay.SFTP:
        told_of_server = {name: given[name] for name in ("host", "port", "user", "password", "fingerprint")}
        return {**told_of_server, "outbox": given["outbox"] or "."}
    path = _folder(request, BookDelivery.objects.filter(merchant=request.merchant).first())
    path.mkdir(parents=True, exist_ok=True)
    return {"path": str(path)}


def _asks_server(form: DeliveryForm) -> bool:
    """Show the key that the server has, for a person to compare; nothing is kept yet."""
    given = form.cleaned_data
    seen = identity(Access(given["host"], given["user"], given["port"]))
    form.data = {**form.data.dict(), "fingerprint": seen}  # type: ignore[attr-defined] # - what a POST is made of
    form.add_error(
        "fingerprint", _("The server shows this host key. If it is the right one, enter the password again and save.")
    )
    return False


def _do(request: OfficeRequest, deed: str) -> None:
    try:
        if deed == "stop":
            stop_delivery(request.merchant, by=request.user.email, at=timezone.now())
            told(request, _("Nothing goes out by itself any more."))
        else:
            way = try_delivery(request.merchant, by=request.user.email, at=timezone.now())
            told(request, str(_TRIED[way]))
    except Refusal as refusal:
        refused(request, refusal)


_TRIED = {
    DeliveryWay.FOLDER: gettext_lazy("It works: a file could be laid into the folder, and was taken away again."),
    DeliveryWay.SFTP: gettext_lazy("It works: a file could be laid onto the server, and was taken away again."),
    DeliveryWay.MAIL: gettext_lazy("A mail to try it is on its way. Ask whether it arrived."),
}
