"""Direct debits, one step at a time: each step is a compare-and-swap over `NEXT_DEBIT`."""

from dataclasses import replace
from datetime import date
from typing import Any

from zahlmeister.banking.debit_models import Debit, Mandate
from zahlmeister.banking.debit_rules import check_leave
from zahlmeister.banking.debit_states import NEXT_DEBIT, STANDING, USED, DebitState
from zahlmeister.banking.outgoing import OrderChanged
from zahlmeister.formats.payments import mandates
from zahlmeister.formats.payments.debits import DirectDebit
from zahlmeister.formats.payments.parties import Party
from zahlmeister.refusals import Refused


def move_debit(debit: Debit, state: DebitState, **changes: Any) -> None:
    """Bring a collection into its next state, with the columns that change beside it.

    Raises:
        OrderChanged: it is in another state by now.
        Refused: no way leads from its state to that one.
    """
    if state not in NEXT_DEBIT[DebitState(debit.state)]:
        raise Refused(f"A direct debit that is “{debit.get_state_display()}” cannot become “{state.label}”.")
    if not Debit.objects.filter(pk=debit.pk, state=debit.state).update(state=state, **changes):
        raise OrderChanged("Somebody else has just changed this direct debit; look again.")
    debit.refresh_from_db()


def check_mandate(debit: Debit, on: date) -> None:
    """Make sure that the mandate allows this collection on that day.

    Raises:
        Refused: it does not.
    """
    others = debit.mandate.debits.exclude(pk=debit.pk)
    is_ended = others.filter(is_last=True, state__in=USED).exists()
    leave = replace(debit.mandate.leave, is_ended=is_ended)
    check_leave(leave, on, others=others.filter(state__in=STANDING).count())


def was_handed_in(mandate: Mandate) -> bool:
    """Whether a collection of this mandate was given to the bank, so that the next one is no first one."""
    return mandate.debits.filter(state__in=USED).exists()


def as_written(debit: Debit) -> DirectDebit:
    """The collection as the bank gets it.

    Raises:
        Refused: a bank would reject it; the sentence says why.
    """
    mandate = debit.mandate
    return DirectDebit(
        debit.end_to_end_id,
        debit.amount,
        Party(mandate.debtor_name),
        mandate.debtor_number,
        mandates.Mandate(mandate.reference, mandate.signed_on),
        bic=mandate.debtor_bic or None,
        text=debit.text or None,
    )
