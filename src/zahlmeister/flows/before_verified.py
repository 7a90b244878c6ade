"""Before the operator knows who a merchant is, few letters and invitations leave: strangers read them as his.

Whoever runs the house for himself has no operator and is never limited, nor is the operator. How many it may be stands
in the settings of the installation. Letters are counted as they are kept; mail and paper are told by two workers, so
that each may begin the last letter of a day.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from zahlmeister.correspondence.models import SentLetter
from zahlmeister.flows.write_letter import NotYet
from zahlmeister.letters.centre import CentreKind
from zahlmeister.letters.house import HouseKind
from zahlmeister.merchants.ids import first_id_at
from zahlmeister.merchants.models import Invitation, Merchant
from zahlmeister.merchants.operator import operator
from zahlmeister.merchants.states import Verification
from zahlmeister.outbox.deliver import hurry_held
from zahlmeister.outbox.models import Message
from zahlmeister.refusals import Refused

#: In so long no more leave than the settings say.
SPAN = timedelta(hours=24)
#: What was written longer ago than this and was held back is left to a person when the merchant is verified.
RELEASED = timedelta(days=30)
#: What the house writes to an address that only the merchant has named.
TO_STRANGERS = frozenset({HouseKind.BOOKS_TRIAL, HouseKind.BOOKS_DELIVERED})
#: How the sentence about a letter that waits for this reason begins.
HELD_BACK = "Until you are verified, at most"
_BY_KIND = [*(kind.value for kind in CentreKind), *(kind.value for kind in TO_STRANGERS)]


@dataclass(frozen=True, slots=True)
class Limits:
    """How many letters and invitations may leave within a day, and how many letters have left in the last one."""

    letters: int
    letters_left_house: int
    invitations: int


def is_limited(merchant_id: int) -> bool:
    """Whether an operator runs the house and does not know yet who this merchant is."""
    unknown = Merchant.objects.filter(pk=merchant_id, is_operator=False).exclude(verification=Verification.VERIFIED)
    return unknown.exists() and operator() is not None


def limits_of(merchant_id: int, at: datetime) -> Limits | None:
    """What counts for a merchant now; None when nothing does."""
    if not is_limited(merchant_id):
        return None
    most = settings.UNVERIFIED_LETTERS, settings.UNVERIFIED_INVITATIONS
    return Limits(most[0], _letters_since(merchant_id, at - SPAN), most[1])


def check_letter(merchant_id: int, *, at: datetime) -> None:
    """Make sure that another letter to somebody outside may be written now.

    Raises:
        NotYet: so many have left already that this one waits.
    """
    if is_limited(merchant_id) and _letters_since(merchant_id, at - SPAN) >= settings.UNVERIFIED_LETTERS:
        raise NotYet(
            f"{HELD_BACK} {settings.UNVERIFIED_LETTERS} letters leave within 24 hours; this one "
            "waits. Hand in on the page “Verification” what proves who you are."
        )


def check_invitation(merchant_id: int, *, at: datetime, is_open: bool) -> None:
    """Make sure that another mail of invitation may leave, inside the caller's transaction and turn.

    Args:
        merchant_id: whose.
        at: now.
        is_open: whether it is for an invitation that counts as open already.

    Raises:
        Refused: so many were sent within a day, or wait for an answer.
    """
    if not is_limited(merchant_id):
        return
    most = settings.UNVERIFIED_INVITATIONS
    waiting = Invitation.objects.filter(merchant=merchant_id, ended_at=None).count() - is_open
    if _keys_since(merchant_id, at - SPAN) >= most or waiting >= most:
        raise Refused(
            f"Until you are verified, at most {most} invitations are sent within 24 hours, and as many may be open. "
            "Withdraw one, wait, or hand in on the page “Verification” what proves who you are."
        )


def check_new_address(merchant_id: int, *, at: datetime) -> None:
    """Make sure that an address that only somebody at this merchant has named may be written to.

    Raises:
        Refused: so many were invited, or asked whether an address is theirs, within a day.
    """
    most = settings.UNVERIFIED_INVITATIONS
    if is_limited(merchant_id) and _keys_since(merchant_id, at - SPAN) >= most:
        raise Refused(
            f"Until you are verified, at most {most} new addresses are written to within 24 hours, those of "
            "invitations among them. Wait, or hand in on the page “Verification” what proves who you are."
        )


def release_held(merchant_id: int, *, at: datetime) -> None:
    """The merchant is verified: what the limit held back is due, also what has waited for too long."""
    hurry_held(merchant_id, why=HELD_BACK, since=at - RELEASED, at=at)


def _keys_since(merchant_id: int, since: datetime) -> int:
    """How many mails with a key were written to addresses that only the merchant has named."""
    outside = Q(subject__startswith=f"{HouseKind.INVITED}:") | Q(subject__startswith=f"{HouseKind.TAKES_ADDRESS}:")
    return Message.objects.filter(outside, merchant=merchant_id, created_at__gt=since).count()


def _letters_since(merchant_id: int, since: datetime) -> int:
    """How many letters to people outside have left or were kept to leave; one that was not taken counts, too."""
    outside = Q(order__isnull=False) | Q(kind__in=_BY_KIND)
    kept = Q(sent_at__gt=since) | Q(sent_at=None, pk__gte=first_id_at(since))
    return SentLetter.objects.filter(outside, kept, merchant=merchant_id).count()
