"""Ask the matcher, and let one payment it fails on spoil nothing for the others."""

import logging
from collections.abc import Sequence

from django.db import DatabaseError

from zahlmeister.matching.engine import Matcher
from zahlmeister.matching.facts import Decision, Payment, Proposal


def propose_each(matcher: Matcher, payments: Sequence[Payment]) -> list[Proposal]:
    """Propose for a batch. A payment on which the matcher fails waits for a person, and no other suffers from it."""
    try:
        return matcher.propose(payments)
    except DatabaseError:
        raise
    except Exception:  # whatever is wrong with the matcher, the money is recorded
        if len(payments) > 1:
            half = len(payments) // 2
            return propose_each(matcher, payments[:half]) + propose_each(matcher, payments[half:])
        logging.getLogger(__name__).exception("The matcher failed on a payment; a person will decide on it.")
        return [Proposal(Decision.UNMATCHED, (), "failed")]
