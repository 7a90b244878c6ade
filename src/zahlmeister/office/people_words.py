"""The words for what happened to people and their access."""

from django.utils.translation import gettext as _

from zahlmeister.history.models import Step


def said_of(step: Step) -> tuple[str, str]:
    """Of whom a step is, and what happened."""
    return str(step.facts.get("email", "")) or step.actor, words().get(step.verb, step.verb)


def words() -> dict[str, str]:
    """What can happen to people, by the verb that history keeps."""
    return {
        "invited": _("invited"),
        "invited_again": _("invited again"),
        "withdrawn": _("invitation withdrawn"),
        "accepted": _("invitation accepted"),
        "joined": _("works here from now on"),
        "rights_changed": _("rights changed"),
        "removed": _("works here no more"),
        "password_changed": _("password changed"),
        "address_asked": _("wants to sign in with another address"),
        "address_agreed": _("agreed at the old address"),
        "address_changed": _("signs in with another address"),
        "factor_asked": _("lost the second factor and another owner has to agree"),
        "factor_taken": _("second factor and password taken away"),
        "factor_kept": _("keeps the second factor"),
        "session_ended": _("signed out elsewhere"),
    }
