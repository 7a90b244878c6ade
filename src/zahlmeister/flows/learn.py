"""What was decided teaches: rules a person agrees to, and a look at what the settled payments show.

Nothing here is in anybody's way: the look comes after an import has been written, at most once a day, and is kept in
one row.
"""

from datetime import datetime

from django.db import transaction

from zahlmeister.history.record import Happened, record
from zahlmeister.learning.models import IgnoredPhrase, IgnoreProposal, IgnoreRule
from zahlmeister.learning.propose import accept, dismiss
from zahlmeister.learning.settled import is_due, keep, look
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.receivables.models import IgnoredPayer
from zahlmeister.refusals import Refused


def learn_from_settled(merchant: Merchant, *, at: datetime) -> bool:
    """Look at the newest settled payments, unless that was done within a day; True when it was done now."""
    if not is_due(merchant.pk, at=at):
        return False
    seen = look(merchant.pk)
    with transaction.atomic(durable=True):
        keep(merchant.pk, seen, at=at)
    return True


def accept_proposal(merchant: Merchant, proposal_id: int, *, by: str, at: datetime) -> None:
    """A person agrees: from now on such payments are ignored by themselves.

    Args:
        merchant: whose proposal.
        proposal_id: which one.
        by: the person's e-mail address.
        at: now.

    Raises:
        Refused: it does not exist, or somebody has decided on it.
    """
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        accept(_proposal(merchant, proposal_id), by=by, at=at)
        record(merchant.pk, [Happened("proposal", proposal_id, "accepted", by)], at=at)


def dismiss_proposal(merchant: Merchant, proposal_id: int, *, by: str, at: datetime) -> None:
    """A person says no; the same is not proposed again."""
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        dismiss(_proposal(merchant, proposal_id), by=by, at=at)
        record(merchant.pk, [Happened("proposal", proposal_id, "dismissed", by)], at=at)


def forget_rule(merchant: Merchant, rule_id: int, *, by: str, at: datetime) -> None:
    """Such money may be for an order after all. What was ignored stays ignored."""
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        payers = IgnoredPayer.objects.filter(merchant=merchant, pk=rule_id)
        phrases = IgnoredPhrase.objects.filter(merchant=merchant, pk=rule_id)
        rules = IgnoreRule.objects.filter(merchant=merchant, pk=rule_id)
        if not payers.delete()[0] + phrases.delete()[0] + rules.delete()[0]:
            raise Refused("This rule does not exist any more.")
        record(merchant.pk, [Happened("rule", rule_id, "forgotten", by)], at=at)


def _proposal(merchant: Merchant, proposal_id: int) -> IgnoreProposal:
    proposal = IgnoreProposal.objects.filter(merchant=merchant, pk=proposal_id).first()
    if proposal is None:
        raise Refused("This proposal does not exist any more.")
    return proposal
