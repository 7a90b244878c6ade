"""What a person may do for a merchant: nothing, read or write in each area, and whether their word approves.

A role is where somebody begins. Rights that were chosen for a person narrow or widen it, with two limits: an owner may
do everything, or nobody could mend what was taken away by mistake, and an accountant changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from zahlmeister.merchants.models import Membership, Role


class Area(models.TextChoices):
    """What belongs together when rights are given."""

    ORDERS = "orders", _("orders and payments")
    MONEY_OUT = "money_out", _("money that leaves")
    REMINDERS = "reminders", _("reminders and collection")
    PURCHASE = "purchase", _("credit check and purchase on invoice")
    CUSTOMERS = "customers", _("customers")
    BOOKS = "books", _("books")
    SETTINGS = "settings", _("settings")
    PEOPLE = "people", _("people")


class Right(models.IntegerChoices):
    """How far somebody gets in an area; each includes the one before it."""

    NONE = 0, _("nothing")
    READ = 1, _("read")
    WRITE = 2, _("read and change")


#: What a role begins with in each area; an area that is not named has the right of None.
BEGINS: Mapping[Role, Mapping[Area | None, Right]] = {
    Role.OWNER: {None: Right.WRITE},
    Role.CLERK: {None: Right.WRITE, Area.PEOPLE: Right.READ},
    Role.ACCOUNTANT: {None: Right.READ},
}
#: No choice goes beyond this.
MOST: Mapping[Role, Right] = {Role.OWNER: Right.WRITE, Role.CLERK: Right.WRITE, Role.ACCOUNTANT: Right.READ}


@dataclass(frozen=True, slots=True)
class Rights:
    """What one person may do for one merchant."""

    is_owner: bool
    in_areas: Mapping[Area, Right]
    may_approve: bool  # transfers and direct debits

    def reads(self, area: Area) -> bool:
        """Whether the pages of an area are open."""
        return self.in_areas[area] >= Right.READ

    def writes(self, area: Area) -> bool:
        """Whether something may be changed in an area."""
        return self.in_areas[area] >= Right.WRITE

    @property
    def sees_account_numbers(self) -> bool:
        """Whether account numbers stand whole: before who assigns payments or has money leave, and nobody else."""
        return self.writes(Area.ORDERS) or self.writes(Area.MONEY_OUT)


def rights_of(membership: Membership) -> Rights:
    """What a member may do, by their role and what was chosen for them."""
    role = Role(membership.role)
    begins, chosen = BEGINS[role], {} if role is Role.OWNER else membership.rights
    in_areas = {
        area: Right(min(chosen.get(area.value, begins.get(area, begins[None])), MOST[role].value)) for area in Area
    }
    may_approve = role is Role.OWNER or (membership.may_approve and role is not Role.ACCOUNTANT)
    return Rights(role is Role.OWNER, in_areas, may_approve and in_areas[Area.MONEY_OUT] is Right.WRITE)


def may_approve(merchant_id: int, person_id: int) -> bool:
    """Whether a person's word approves transfers and direct debits of a merchant, as the database knows it now."""
    membership = Membership.objects.filter(merchant=merchant_id, person=person_id, person__is_active=True).first()
    return membership is not None and rights_of(membership).may_approve
