"""Words for what happened to programs and their webhooks."""

from django.utils.translation import pgettext


def program_steps() -> dict[str, str]:
    """Steps of the history, in the words of the office."""
    return {
        "program_let_in": pgettext("a program", "Key made"),
        "programs_shut_out": pgettext("a program", "All keys made invalid"),
        "callback_set": pgettext("a program", "Said where it is called"),
        "callback_ended": pgettext("a program", "No longer called"),
        "key_made": pgettext("a program", "Key made"),
        "key_replaced": pgettext("a program", "Another key takes its place"),
        "key_revoked": pgettext("a program", "Key withdrawn"),
        "webhook_made": pgettext("a webhook", "Webhook made"),
        "webhook_ended": pgettext("a webhook", "Webhook ended"),
        "secret_changed": pgettext("a webhook", "New secret made"),
        "told_again": pgettext("a webhook", "Told again"),
    }
