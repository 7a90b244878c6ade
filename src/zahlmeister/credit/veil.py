"""What a guarantor knows of a buyer from other merchants may decide, and is told to nobody: pure.

Debts with others are the buyer's matter and theirs. A merchant learns that the guarantor does, or does not, carry an
order; the reasons that he could have seen himself stay, all others are one word.
"""

from dataclasses import replace

from zahlmeister.credit.ladder import Verdict
from zahlmeister.credit.public import key_of
from zahlmeister.credit.reasons import because, sort_of
from zahlmeister.credit.rules import Outcome, Reason


def veiled(own: Verdict, whole: Verdict) -> Verdict:
    """A verdict on everything, as a merchant may see it.

    Args:
        own: what his own knowledge alone comes to.
        whole: what everything together comes to, which is what counts.
    """
    outcome = whole.decision.outcome
    if outcome is own.decision.outcome and whole.decision.methods == own.decision.methods:
        return own
    is_against = outcome is not Outcome.ACCEPTED
    hidden = because("GUARANTOR" if is_against else "GUARANTOR_GOOD")
    reasons = (*_both(own, whole), hidden)
    decision = replace(
        own.decision,
        outcome=outcome,
        reasons=reasons,
        methods=whole.decision.methods,
        public_text=key_of(outcome, sort_of(reasons)),
        retry_after=whole.decision.retry_after,
    )
    return Verdict(decision, [one for one in own.findings if one in whole.findings], whole.in_shadow)


def _both(own: Verdict, whole: Verdict) -> list[Reason]:
    return [reason for reason in own.decision.reasons if reason in whole.decision.reasons]
