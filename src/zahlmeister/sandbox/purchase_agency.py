"""The agency of a played guarantor: it gets what reminders did not bring, brings some of it, and pays out each week."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from zahlmeister.collection.models import Case
from zahlmeister.collection.states import HandOver
from zahlmeister.dunning.policies import standard
from zahlmeister.flows.deliver_outbox import deliver_next
from zahlmeister.flows.hand_over import hand_over_next
from zahlmeister.flows.hear_agency import hear_next
from zahlmeister.flows.purchase.dispute import give_up
from zahlmeister.flows.run_dunning import run_next
from zahlmeister.flows.steer_collection import AgencyWanted, save_agency, save_creditor
from zahlmeister.flows.take_agency_payout import take_next
from zahlmeister.flows.tell_agency import deliver
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.amount import Amount
from zahlmeister.orders.models import PaymentKind
from zahlmeister.purchase.models import Capture
from zahlmeister.refusals import Refused
from zahlmeister.sandbox.agency import AgencyDesk, AgencyServer

NAME, KEY, BY = "Inkasso Nord", "sandbox", "sandbox"
#: So long it tries, and on which day of the week it pays out.
TRIES, PAYS_ON = timedelta(days=25), 5
_CREDITOR = {
    "name": "Sicherkauf AG",
    "street": "Bankplatz 1",
    "postcode": "60311",
    "city": "Frankfurt",
    "country": "DE",
    "contact": "Sigrid Sommer",
    "phone": "+49 69 000000",
    "email": "zahlung@sicherkauf.example",
    "subject": "Waren auf Rechnung",
    "is_automatic": True,
}


@dataclass(frozen=True, slots=True)
class PaidOut:
    """A payout on its way to the guarantor's account."""

    number: str
    amount: Amount


class PlayedAgency:
    """The guarantor's reminders and its agency; `day` does what both do on a day."""

    def __init__(self, guarantor: Merchant, clock: Callable[[], datetime], seed: int) -> None:
        self._guarantor, self._clock = guarantor, clock
        self._dice = Random(seed)  # noqa: S311 - a game, not a secret
        self.desk = AgencyDesk(clock)
        self.server = AgencyServer(self.desk, key=KEY)
        save_creditor(guarantor, _CREDITOR, by=BY, at=clock())
        wanted = AgencyWanted(NAME, "paywise", {"address": self.server.address}, ["DE"], {"key": KEY})
        save_agency(guarantor, None, wanted, by=BY, at=clock())
        policy = next(one for one in standard(guarantor.pk) if one.payment_kind == PaymentKind.INVOICE)
        policy.is_on = True
        policy.save()

    def day(self) -> PaidOut | None:
        """Reminders, hand-overs, what the agency does, and its payout once a week."""
        self._turns(run_next, hand_over_next)
        while deliver_next(clock=self._clock, deliverers={"agency": deliver}) is not None:
            pass
        for case in Case.objects.filter(merchant=self._guarantor, hand_over=HandOver.SUBMITTED):
            self.desk.accept(case.reference)
        for case in Case.objects.filter(merchant=self._guarantor, hand_over=HandOver.ACCEPTED).order_by("pk"):
            self._works_on(case)
        paid_out = self._pays_out() if self._clock().isoweekday() == PAYS_ON else None
        self._turns(hear_next, take_next)
        return paid_out

    def closes(self) -> None:
        """The agency is gone."""
        self.server.close()

    def _works_on(self, case: Case) -> None:
        """Some pay all of it, some a part, and from some there is nothing to be had."""
        if self._clock().date() - case.handed_over_on < TRIES or self.desk.cases[case.reference].state != "accepted":
            return
        if Capture.objects.filter(item=case.item_id).exclude(recourse="").exists():
            self.desk.close(case.reference, "cancelled_client")  # it went back: nobody collects for the guarantor
            return
        chance = self._dice.randrange(100)
        if chance < 60:
            self.desk.collect(case.reference, 10**9 if chance < 35 else case.principal_minor // 2)
        self.desk.close(case.reference, "paid_full" if chance < 35 else "unsuccessful")
        if chance >= 35:
            self._turns(hear_next)
            with suppress(Refused):  # he has paid meanwhile
                give_up(self._guarantor, Capture.objects.get(item=case.item_id).pk, by=BY, at=self._clock())

    def _pays_out(self) -> PaidOut | None:
        if not any(case.ours > case.paid_out for case in self.desk.cases.values()):
            return None
        number, minor = self.desk.pay_out()
        return PaidOut(number, Amount(minor, "EUR"))

    def _turns(self, *turns: Callable[..., object]) -> None:
        for turn in turns:
            while turn(clock=self._clock) is not None:
                pass
