"""What was asked beforehand is counted: whoever asks about a buyer again and again learns more of him than is right."""

from datetime import datetime, timedelta

from zahlmeister.credit.keys import digests, of_subject
from zahlmeister.credit.look_buyer import SAME_BUYER
from zahlmeister.credit.models import CreditSettings, Precheck
from zahlmeister.credit.public import key_of
from zahlmeister.credit.reasons import Sort, because
from zahlmeister.credit.rules import Application, Decision, Outcome

#: So often what would be decided about one buyer is told within so many hours.
MOST, HOURS = 5, 24


def asked_too_often(merchant_id: int, application: Application, *, at: datetime) -> Decision | None:
    """The answer to a question that was asked too often by now; None where it may be asked."""
    since = at - timedelta(hours=HOURS)
    rows = Precheck.objects.filter(merchant_id=merchant_id, subject=subject_of(merchant_id, application), at__gt=since)
    counted = list(rows.exclude(codes=[_CODE]).order_by("-at").values_list("at", flat=True)[:MOST])
    if len(counted) < MOST:
        return None
    reason, outcome = because(_CODE, count=MOST, hours=HOURS), Outcome.DECLINED
    return Decision(
        outcome=outcome,
        reasons=(reason,),
        public_text=key_of(outcome, Sort.TRIES),
        retry_after=counted[-1] + timedelta(hours=HOURS),
        methods=dict.fromkeys((application.method, *application.others), outcome),
    )


_CODE = "PRECHECK_TRIES"


def note(merchant_id: int, application: Application, decision: Decision, *, by: str, at: datetime) -> None:
    """Keep that it was asked, what was answered and by whom, inside the caller's transaction."""
    settings = CreditSettings.objects.filter(merchant_id=merchant_id).first() or CreditSettings()
    Precheck.objects.create(
        merchant_id=merchant_id,
        order=application.order[:64],
        subject=subject_of(merchant_id, application),
        currency=application.currency,
        minor=application.minor,
        outcome=decision.outcome,
        codes=[reason.code for reason in decision.reasons],
        by=by,
        at=at,
        delete_on=at.date() + timedelta(days=settings.keep_days),
    )


def subject_of(merchant_id: int, application: Application) -> str:
    """The buyer as a keyed hash: his mail address or number where he told one, else who he says he is."""
    same = {str(kind): text for kind, text in digests(merchant_id, application) if kind in SAME_BUYER}
    return same.get("email") or same.get("customer") or of_subject(merchant_id, application)
