"""Who may come in, and who may change something."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import resolve
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zahlmeister.desk.models import HouseText, Visit
from zahlmeister.desk.queries import visit
from zahlmeister.flows.agree_texts import is_overdue, not_agreed
from zahlmeister.flows.visit import note_page
from zahlmeister.merchants.models import Membership, Merchant, Person, Role
from zahlmeister.merchants.operator import operator
from zahlmeister.merchants.rights import Area, Right, Rights, rights_of
from zahlmeister.office.areas import (
    AGAIN,
    COSTLY,
    LOOKS,
    OWN,
    OWNERS_CHANGE,
    POLLED,
    WITHOUT_AGREEMENT,
    Place,
    place_of,
)
from zahlmeister.office.hidden import OWN_WORDS, hidden, refuse_hidden
from zahlmeister.office.looked_for import without_account
from zahlmeister.office.session_ages import SEEN, end_surplus
from zahlmeister.programs.limits import asks_too_much

Extra = ParamSpec("Extra")
#: Under what a session keeps the merchant that somebody works for; the address of a page never names it.
CHOSEN = "merchant"
#: How exactly it is known when a session was last used.
SEEN_EVERY = timedelta(minutes=5)
#: Under what a session keeps the visit that somebody of the operator's is on.
VISIT = "visit"
#: What a costly page weighs.
HEAVY = 10
_TOO_MUCH = gettext_lazy("These were more pages in a minute than anybody reads. Go on in a minute.")
PLAIN_READS = frozenset({"GET", "HEAD"})


class OfficeRequest(HttpRequest):
    """A request of somebody who signed in and works for a merchant."""

    user: Person
    merchant: Merchant
    merchants: list[Merchant]  # all that this person works for, by name
    rights: Rights
    may_write: bool  # in the area that the page belongs to
    visit: Visit | None  # the operator's people look in, to read
    owed_texts: list[HouseText]  # of the operator's, to which the merchant has still to agree


Page = Callable[Concatenate[OfficeRequest, Extra], HttpResponseBase]
Door = Callable[Concatenate[HttpRequest, Extra], HttpResponseBase]


def signed_in(page: Page[Extra]) -> Door[Extra]:
    """Let in people who work for a merchant, and say at `request.merchant` for whom.

    Somebody unknown is sent to the sign-in page and comes back afterwards. What a person may read and change is
    decided here for every page, by the area that its name belongs to; whoever may only read is refused every request
    that is not a plain read, with a sentence.
    """

    @wraps(page)
    def door(request: HttpRequest, /, *args: Extra.args, **kwargs: Extra.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        known = cast("OfficeRequest", request)
        if _asks_too_much(known):
            return render(request, "403.html", {"exception": _TOO_MUCH}, status=429)
        membership = _visiting(known) or _membership(known)
        _note_seen(known)
        known.merchant = membership.merchant
        known.rights = rights_of(membership)
        right, area = _right_here(known)
        known.owed_texts = [] if known.visit else not_agreed(known.merchant)
        known.may_write = _may_write(known, right)
        if first := _comes_first(known):
            return redirect(first)
        if right is Right.NONE:
            raise PermissionDenied(
                _("You have no right to see this (%(area)s). The owner can give it to you.") % {"area": area}
            )
        if not known.may_write and request.method not in PLAIN_READS:
            raise PermissionDenied(_why_not(known, right, area))
        if request.method == "POST" and _name(known) in AGAIN:
            raise_if_reauthentication_required(request, app="zahlmeister.office")
        return _shown_to(known, lambda: page(known, *args, **kwargs))

    return door


def _shown_to(request: OfficeRequest, made: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """The page as this person may see it: account numbers whole, or their ends only."""
    if request.rights.sees_account_numbers:
        return made()
    name = _name(request)
    if name not in LOOKS:
        refuse_hidden(name, request.POST)
    return made() if name in OWN_WORDS else hidden(made(), place_of(name))


def _asks_too_much(request: OfficeRequest) -> bool:
    """A person reads some pages a minute; what asks for more is a program, or somebody who copies everything."""
    weight = HEAVY if _name(request) in COSTLY or request.GET.get("as") else 1
    return asks_too_much(request.user.pk, weight=weight, most=settings.MOST_PAGES)


def lacks_second_factor(request: OfficeRequest) -> bool:
    """Whether the merchant wants a second factor of everybody, and this person has none.

    Who visits answers to the operator, too: he may want one where the merchant does not.
    """
    runs = operator() if request.visit else None
    wanted = request.merchant.wants_second_factor or (runs is not None and runs.wants_second_factor)
    return wanted and _name(request) not in OWN and not is_mfa_enabled(request.user)


def _comes_first(request: OfficeRequest) -> str:
    """Where to go before anything else: to what has to be done, or to the same page without an account in its address.

    Empty when there is nothing of the kind.
    """
    if lacks_second_factor(request):
        return "mfa_index"
    if _waits_for_agreement(request) and request.rights.is_owner:
        return "office:agreements"
    return without_account(request.path, request.GET, request.merchant) if request.method in PLAIN_READS else ""


def _waits_for_agreement(request: OfficeRequest) -> bool:
    """Whether the day by which an owner had to agree to the operator's texts is over, and this page waits for that."""
    is_over = is_overdue(request.owed_texts, timezone.localdate())
    return is_over and _name(request) not in WITHOUT_AGREEMENT


def may_open(rights: Rights, page: str) -> bool:
    """Whether somebody with these rights may read the page of a name."""
    return _right_at(rights, place_of(page)) is not Right.NONE


def _visiting(request: OfficeRequest) -> Membership | None:
    """Somebody of the operator's who looks in by the merchant's consent reads what an accountant reads; see `visit`.

    Each page leaves its step before it is made, whoever asks for it and how. The visit is over once the consent has
    ended, or the person has left the operator.
    """
    number, now = request.session.get(VISIT), timezone.now()
    request.visit = visit(number, request.user.pk, now) if number else None
    if request.visit is None:
        request.session.pop(VISIT, None)
        return None
    request.merchants = [request.visit.merchant]
    if _name(request) not in POLLED:
        sealed = without_account(request.path, request.GET, request.visit.merchant)
        note_page(request.visit, sealed or request.get_full_path(), at=now)
    return Membership(merchant=request.visit.merchant, person=request.user, role=Role.ACCOUNTANT)


def _membership(request: OfficeRequest) -> Membership:
    """For whom this person works now: whom they chose, else the first by name."""
    rows = Membership.objects.filter(person=request.user).select_related("merchant").order_by("merchant__name")
    memberships = list(rows)
    if not memberships:
        raise PermissionDenied(_("You are not listed with any merchant. Ask the owner to invite you."))
    request.merchants = [each.merchant for each in memberships]
    chosen = request.session.get(CHOSEN)
    return next((each for each in memberships if each.merchant_id == chosen), memberships[0])


def _right_here(request: OfficeRequest) -> tuple[Right, str]:
    place = place_of(_name(request))
    area = place.area if place else None
    return _right_at(request.rights, place), str(Area(area).label) if area else ""


def _may_write(request: OfficeRequest, right: Right) -> bool:
    """Whether something may be changed here. A visitor can leave, and nothing else."""
    name = _name(request)
    if request.visit is not None:
        return name == "visit-end" or name in LOOKS
    return (
        right is Right.WRITE
        and (name in LOOKS or not _waits_for_agreement(request))
        and (request.rights.is_owner or name not in OWNERS_CHANGE)
    )


def _why_not(request: OfficeRequest, right: Right, area: str) -> str:
    if _waits_for_agreement(request):
        return _("Nothing can be changed here until an owner has agreed to the operator's terms.")
    if right is Right.WRITE:
        return _("You may read this and change nothing: only an owner may.")
    return _("You may read this (%(area)s) and change nothing. The owner can give you more rights.") % {"area": area}


def _note_seen(request: OfficeRequest) -> None:
    """Keep when a session was last used, to a few minutes."""
    seen, now = request.session.get(SEEN, 0), int(timezone.now().timestamp())
    if now - seen < SEEN_EVERY.total_seconds() or _name(request) in POLLED:
        return
    request.session[SEEN] = now
    UserSession.objects.create_from_request(request)  # or renew what is there
    end_surplus(request.user)


def _name(request: OfficeRequest) -> str:
    """The page that is asked for, also when a request goes on that waited until somebody had shown who they are."""
    return (request.resolver_match or resolve(request.path_info)).url_name or ""


def _right_at(rights: Rights, place: Place | None) -> Right:
    if place is None:  # nobody has said whose it is
        return Right.WRITE if rights.is_owner else Right.NONE
    return Right.WRITE if place.area is None else rights.in_areas[place.area]
