"""The settings as a file: saved, and handed in again with a look at what it would change before it does."""

from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Mapping
from hashlib import sha256

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import ngettext

from zahlmeister.flows.settings import file
from zahlmeister.flows.settings.change import Outcome, change, preview
from zahlmeister.flows.settings.registry import switches
from zahlmeister.flows.settings.switch import Place, Value
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import told
from zahlmeister.office.setting_words import in_words
from zahlmeister.office.settings import Change, author, name_of
from zahlmeister.orders.queries import shops
from zahlmeister.refusals import Refusal, Refused


@signed_in
def save(request: OfficeRequest) -> HttpResponseBase:
    """The file with every setting as it stands now, of what one may read."""
    name = f"settings-{request.merchant.slug}-{timezone.localdate():%Y-%m-%d}.toml"
    told_ = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(
        file.write_file(request.merchant, request.rights.reads), content_type="application/toml", headers=told_
    )


@signed_in
def hand_in(request: OfficeRequest) -> HttpResponseBase:
    """A POST shows what a file would change; with `do`, and nothing changed since, it does."""
    if request.method != "POST":
        return render(request, "office/settings_file.html")
    try:
        content = _content(request)
        found = file.read_file(request.merchant, content)
        outcome = preview(request.merchant, found.wanted, author(request), at=timezone.now())
        seen = _digest(outcome.changed)
        if request.POST.get("do") == "change":
            return _changed(request, found, seen)
    except Refusal as refusal:
        return render(request, "office/settings_file.html", {"error": str(refusal)}, status=422)
    context = {
        "found": True,
        "changes": _lines(request, outcome),
        "refused": [*found.refused, *(sentence for _place, sentence in outcome.refused)],
        "content": b64encode(content).decode(),
        "seen": seen,
    }
    return render(request, "office/settings_file.html", context, status=422 if context["refused"] else 200)


def _changed(request: OfficeRequest, found: file.Read, seen: str) -> HttpResponseBase:
    if request.POST.get("seen") != seen:
        raise Refused("The settings have changed since you looked; hand the file in again.")
    outcome = change(request.merchant, file.wanted_of(found), author(request), at=timezone.now())
    if outcome.refused:
        raise Refused(outcome.refused[0][1])
    count = len(outcome.changed)
    told(
        request, ngettext("%(count)s setting is changed.", "%(count)s settings are changed.", count) % {"count": count}
    )
    return redirect("office:settings-history")


def _content(request: OfficeRequest) -> bytes:
    """The bytes of the file that was handed in, or those that were looked at before.

    Raises:
        Refused: there is none.
    """
    uploaded = request.FILES.get("file")
    if uploaded is not None:
        return bytes(uploaded.read(file.MOST_BYTES + 1))
    try:
        return b64decode(request.POST.get("content", "").encode("ascii"), validate=True)
    except (Error, UnicodeEncodeError):
        raise Refused("Choose a file first.") from None


def _lines(request: OfficeRequest, outcome: Outcome) -> list[Change]:
    names = {shop.pk: shop.name for shop in shops(request.merchant.pk)}
    currency = request.merchant.currency
    return [
        Change(*name_of(place, names), *(in_words(switches()[place.key], one, currency) for one in pair))
        for place, pair in sorted(outcome.changed.items())
    ]


def _digest(changed: Mapping[Place, tuple[Value, Value]]) -> str:
    """What was shown, so that nothing else is done."""
    return sha256(repr(sorted(changed.items(), key=lambda one: one[0])).encode()).hexdigest()
