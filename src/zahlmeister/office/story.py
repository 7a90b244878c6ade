"""What happened to one thing, as its page tells it: each step in words, with who did it."""

from collections.abc import Collection, Sequence

from django.utils.translation import gettext as _

from zahlmeister.history.models import Step
from zahlmeister.history.queries import steps_of
from zahlmeister.office import people_words, words

Told = tuple[Step, str, str]


def story(merchant_id: int, subject: str, number: int, verbs: Collection[str] = ()) -> Sequence[Told]:
    """The steps of a subject, oldest first: the step, what happened, and who did it.

    Args:
        merchant_id: whose.
        subject: what the steps are about.
        number: which of them.
        verbs: only these, because much happens to a merchant that other pages tell; empty for all.
    """
    known, steps = _words(), steps_of(merchant_id, subject, number)
    if verbs:
        steps = steps.filter(verb__in=verbs)
    return [
        (step, known.get(f"{subject}:{step.verb}") or words.step(subject, step.verb), words.actor(step.actor))
        for step in steps
    ]


def _words() -> dict[str, str]:
    """The words of what has a page and no module of words of its own."""
    return {
        "agency:changed": _("The agency was changed"),
        "agency:stray_news": _("The agency wrote about a case that is not known"),
        "agency:unreadable": _("The agency wrote something that could not be read"),
        "bureau:changed": _("The bureau was changed"),
        "mail_account:changed": _("The mail server was changed"),
        "mail_returns:changed": _("The mailbox for mails that come back was changed"),
        "merchant:legal_form_said": _("The legal form was said"),
        "merchant:proof_handed_in": _("A document was handed in"),
        "merchant:verification_missing": _("Asked again"),
        "print_account:changed": _("The print service was changed"),
        "sender:changed": _("The sender was changed"),
        **{f"person:{verb}": said for verb, said in people_words.words().items()},
    }
