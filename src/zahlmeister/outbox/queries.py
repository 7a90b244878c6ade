"""What can be asked about messages."""

from django.db.models import QuerySet

from zahlmeister.outbox.models import Message


def about(merchant_id: int, subject: str) -> QuerySet[Message]:
    """The messages of one subject, newest first."""
    return Message.objects.filter(merchant_id=merchant_id, subject=subject).order_by("-id")


def of_channel(merchant_id: int, *channels: str, group: str | None = None) -> QuerySet[Message]:
    """The messages of one channel or several, newest first; those to one receiver when a group is named."""
    found = Message.objects.filter(merchant_id=merchant_id, channel__in=channels)
    return (found if group is None else found.filter(group=group)).order_by("-id")
