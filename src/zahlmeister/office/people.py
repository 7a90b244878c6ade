"""Who works here: invitations, rights, and the history of both."""

from collections.abc import Callable
from functools import partial

from django import forms
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from zahlmeister.flows.before_verified import limits_of
from zahlmeister.flows.people.invite import SUBJECT, invite, invite_again
from zahlmeister.flows.people.invite import withdraw as withdraw_invitation
from zahlmeister.flows.people.lost_factor import has_factor
from zahlmeister.flows.people.members import Given, change_rights, demand_second_factor, remove_member
from zahlmeister.history.models import Step
from zahlmeister.merchants.models import Invitation, Membership, Role
from zahlmeister.merchants.rights import Area, Right, rights_of
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.lost_factor import waiting
from zahlmeister.office.people_words import said_of
from zahlmeister.office.sentences import in_words
from zahlmeister.office.story import story
from zahlmeister.refusals import Refused

#: So many steps of the history are shown.
SHOWN = 100
AS_ROLE = ""


class RightsForm(forms.Form):
    """What somebody may do: where they begin, and where it differs."""

    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=Role.choices, initial=Role.CLERK)
    may_approve = forms.BooleanField(
        label=gettext_lazy("Their word approves transfers and direct debits"), required=False
    )

    def __init__(self, data: object = None, *, of: Membership | None = None, **more: object) -> None:
        super().__init__(data, label_suffix="", **more)  # type: ignore[arg-type] # what Django's own form takes
        if of is not None:
            self.fields["role"].initial, self.fields["may_approve"].initial = of.role, of.may_approve
        for area in Area:
            self.fields[area.value] = forms.ChoiceField(
                label=capfirst(str(area.label)),
                choices=[(AS_ROLE, _("as the role")), *Right.choices],
                required=False,
                initial=of.rights.get(area.value, AS_ROLE) if of is not None else AS_ROLE,
            )

    @property
    def given(self) -> Given:
        """What was chosen, as the flow wants it."""
        chosen = {area: self.cleaned_data[area.value] for area in Area}
        rights = {area: Right(int(right)) for area, right in chosen.items() if right != AS_ROLE}
        return Given(Role(self.cleaned_data["role"]), rights, self.cleaned_data["may_approve"])


class InviteForm(RightsForm):
    """Whom to ask, and what they will be allowed."""

    field_order = ["email", "role"]
    email = forms.EmailField(
        label=gettext_lazy("E-mail address"), widget=forms.EmailInput({"autocomplete": "off", "autofocus": True})
    )


@signed_in
def people(request: OfficeRequest) -> HttpResponseBase:
    """Everybody who works for the merchant, who is invited, and what happened."""
    members = Membership.objects.filter(merchant=request.merchant).select_related("person").order_by("person__name")
    steps = Step.objects.filter(merchant=request.merchant, subject__in=("person", SUBJECT)).order_by("-id")[:SHOWN]
    context = {
        "members": [(each, _differs(each)) for each in members],
        "limits": limits_of(request.merchant.pk, timezone.now()),
        "invitations": Invitation.objects.filter(merchant=request.merchant, ended_at=None).order_by("email"),
        "now": timezone.now(),
        "steps": [(step, *said_of(step)) for step in steps],
        "is_owner": request.rights.is_owner,
        "losses": waiting(request),
    }
    return render(request, "office/people.html", context)


@signed_in
def new(request: OfficeRequest) -> HttpResponseBase:
    """Invite somebody."""
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        if _done(form, partial(invite, request.merchant, email, form.given, by=request.user, at=timezone.now())):
            told(request, _("%(email)s is invited; the mail is on its way.") % {"email": email})
            return redirect("office:people")
    return _form(request, form, _("Invite somebody"), _("Invite"))


@signed_in
def person(request: OfficeRequest, person_id: int) -> HttpResponseBase:
    """What one person may do; a POST changes it."""
    row = _member(request, person_id)
    form = RightsForm(request.POST or None, of=row)
    if request.method == "POST" and form.is_valid():
        change = partial(change_rights, request.merchant, person_id, form.given, by=request.user, at=timezone.now())
        if _done(form, change):
            told(request, _("The rights are changed."))
            return redirect("office:people")
    return _form(request, form, row.person.name or row.person.email, _("Save"), row)


@signed_in
@require_POST
def remove(request: OfficeRequest, person_id: int) -> HttpResponseBase:
    """Let somebody go."""
    row = _member(request, person_id)
    act = partial(remove_member, request.merchant, person_id, by=request.user, at=timezone.now())
    return _tried(request, act, _("%(person)s works here no more.") % {"person": row.person})


@signed_in
@require_POST
def again(request: OfficeRequest, invitation_id: int) -> HttpResponseBase:
    """Send another link."""
    row = _invitation(request, invitation_id)
    act = partial(invite_again, row, by=request.user, at=timezone.now())
    return _tried(request, act, _("Another link is on its way; the one before it is good no more."))


@signed_in
@require_POST
def withdraw(request: OfficeRequest, invitation_id: int) -> HttpResponseBase:
    """Take an invitation back."""
    row = _invitation(request, invitation_id)
    act = partial(withdraw_invitation, row, by=request.user, at=timezone.now())
    return _tried(request, act, _("The invitation is withdrawn; its link leads nowhere."))


@signed_in
@require_POST
def second_factor(request: OfficeRequest) -> HttpResponseBase:
    """Demand a second factor of everybody, or no longer."""
    is_wanted = request.POST.get("wanted") == "1"
    act = partial(demand_second_factor, request.merchant, is_wanted=is_wanted, by=request.user, at=timezone.now())
    sentence = _("Everybody needs a second factor now.") if is_wanted else _("A second factor is a choice again.")
    return _tried(request, act, sentence)


def _form(
    request: OfficeRequest, form: RightsForm, heading: str, button: str, row: Membership | None = None
) -> HttpResponse:
    begins = {role.label: rights_of(Membership(role=role)).in_areas for role in Role}
    steps = story(row.merchant_id, "person", row.person_id) if row else ()
    context = {"form": form, "heading": heading, "button": button, "member": row, "begins": begins, "steps": steps}
    context["may_lose"] = (
        row is not None and request.rights.is_owner and row.person_id != request.user.pk and has_factor(row.person)
    )
    return render(request, "office/person.html", context, status=422 if form.errors else 200)


def _done(form: forms.Form, act: Callable[[], object]) -> bool:
    try:
        act()
    except Refused as refusal:
        form.add_error(None, in_words(refusal))
        return False
    return True


def _tried(request: OfficeRequest, act: Callable[[], object], sentence: str) -> HttpResponse:
    try:
        act()
    except Refused as refusal:
        refused(request, refusal)
    else:
        told(request, sentence)
    return redirect("office:people")


def _differs(row: Membership) -> list[tuple[str, str]]:
    """Where somebody's rights are not those of their role: area and right."""
    if row.role == Role.OWNER:
        return []
    in_areas = rights_of(row).in_areas
    return [(str(area.label), str(in_areas[area].label)) for area in Area if area.value in row.rights]


def _member(request: OfficeRequest, person_id: int) -> Membership:
    row = Membership.objects.filter(merchant=request.merchant, person=person_id).select_related("person").first()
    if row is None:
        raise Http404
    return row


def _invitation(request: OfficeRequest, invitation_id: int) -> Invitation:
    row = Invitation.objects.filter(merchant=request.merchant, pk=invitation_id).select_related("merchant").first()
    if row is None:
        raise Http404
    return row
