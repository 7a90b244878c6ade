"""Change what somebody may do for a merchant, or let them go. Whoever gives rights has them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Membership, Merchant, Person, Role
from zahlmeister.merchants.rights import Area, Right, rights_of
from zahlmeister.refusals import Refused

#: In the history of a merchant: steps of a person, by the person's number.
SUBJECT = "person"


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody is to be allowed: a role, where it differs in which areas, and whether their word approves."""

    role: Role
    rights: Mapping[Area, Right] = field(default_factory=dict)
    may_approve: bool = False

    @property
    def kept(self) -> dict[str, int]:
        """The rights as a row keeps them."""
        return {area.value: right.value for area, right in self.rights.items()}


def change_rights(merchant: Merchant, person_id: int, given: Given, *, by: Person, at: datetime) -> Membership:
    """Give somebody other rights. The same again changes nothing.

    Raises:
        Refused: who gives them has them not, the person does not work here, or would have been the last owner.
    """
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        standing = _member(merchant, person_id)
        check_may_give(merchant, given, by=by)
        check_may_change(merchant, standing, by=by)
        if standing.role == Role.OWNER and given.role is not Role.OWNER:
            _check_not_last(merchant, standing)
        wanted = {"role": given.role, "rights": given.kept, "may_approve": given.may_approve}
        if any(getattr(standing, name) != value for name, value in wanted.items()):
            for name, value in wanted.items():
                setattr(standing, name, value)
            standing.save(update_fields=[*wanted])
            facts = {"email": standing.person.email, **wanted, "role": given.role.value}
            record(merchant.pk, [Happened(SUBJECT, person_id, "rights_changed", by.email, facts=facts)], at=at)
    return standing


def remove_member(merchant: Merchant, person_id: int, *, by: Person, at: datetime) -> None:
    """Let somebody go: they see nothing of this merchant any more. What they did stays in its history. Twice is once.

    Raises:
        Refused: who asks for it may not, or it is the last owner.
    """
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        standing = Membership.objects.filter(merchant=merchant, person=person_id).select_related("person").first()
        if standing is None:
            return
        check_may_change(merchant, standing, by=by)
        if standing.role == Role.OWNER:
            _check_not_last(merchant, standing)
        facts = {"email": standing.person.email, "role": standing.role}
        standing.delete()
        record(merchant.pk, [Happened(SUBJECT, person_id, "removed", by.email, facts=facts)], at=at)


def demand_second_factor(merchant: Merchant, *, is_wanted: bool, by: Person, at: datetime) -> None:
    """Say whether everybody who works here needs a second factor. The same again changes nothing.

    Raises:
        Refused: the person is no owner.
    """
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        if not _is_owner(merchant, by):
            raise Refused("Only an owner may say whether everybody needs a second factor.")
        rows = Merchant.objects.filter(pk=merchant.pk).exclude(wants_second_factor=is_wanted)
        if rows.update(wants_second_factor=is_wanted):
            verb = "second_factor_wanted" if is_wanted else "second_factor_free"
            record(merchant.pk, [Happened("merchant", merchant.pk, verb, by.email)], at=at)


def check_may_give(merchant: Merchant, given: Given, *, by: Person) -> None:
    """Make sure that somebody may give these rights.

    Raises:
        Refused: they may not change people, or give more than they have.
    """
    own = rights_of(_member(merchant, by.pk))
    if not own.writes(Area.PEOPLE):
        raise Refused("You have no right to change what people may do.")
    wanted = rights_of(Membership(role=given.role, rights=given.kept, may_approve=given.may_approve))
    if own.is_owner:
        return
    too_much = [area for area in Area if wanted.in_areas[area] > own.in_areas[area]]
    if wanted.is_owner or too_much or (wanted.may_approve and not own.may_approve):
        raise Refused("Nobody can give more rights than their own; ask an owner.")


def check_may_change(merchant: Merchant, standing: Membership, *, by: Person) -> None:
    """Make sure that somebody may take rights from a member.

    Raises:
        Refused: they may not change people, or the member is an owner and they are none.
    """
    own = rights_of(_member(merchant, by.pk))
    if not own.writes(Area.PEOPLE) or (standing.role == Role.OWNER and not own.is_owner):
        raise Refused("You have no right to change what this person may do.")


def _member(merchant: Merchant, person_id: int) -> Membership:
    found = Membership.objects.filter(merchant=merchant, person=person_id).select_related("person").first()
    if found is None:
        raise Refused("This person does not work for this merchant.")
    return found


def _is_owner(merchant: Merchant, person: Person) -> bool:
    return Membership.objects.filter(merchant=merchant, person=person, role=Role.OWNER).exists()


def _check_not_last(merchant: Merchant, standing: Membership) -> None:
    others = Membership.objects.filter(merchant=merchant, role=Role.OWNER, person__is_active=True)
    if not others.exclude(pk=standing.pk).exists():
        raise Refused("The last owner stays owner; make somebody else owner first.")
