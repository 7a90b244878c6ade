"""What files of transfers and of direct debits have in common: bytes that never change, and one way to the bank."""

from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from zahlmeister.banking.outgoing_states import FileState
from zahlmeister.merchants.models import Owned


class BankFile(Owned):
    """A file of orders for the bank. It is downloaded by a person, or sent by a `connection`; never both."""

    SUBJECT: ClassVar[str]  # in the history

    account = models.ForeignKey("banking.BankAccount", on_delete=models.PROTECT, related_name="+")
    message_id = models.CharField(_("number of the file"), max_length=35)
    state = models.CharField(max_length=12, choices=FileState.choices, default=FileState.MADE)
    path = models.CharField(max_length=255)  # in the installation's file storage
    sha256 = models.CharField(max_length=64)
    count = models.PositiveIntegerField()
    total_minor = models.BigIntegerField()
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120)
    exported_at = models.DateTimeField(null=True)
    exported_by = models.CharField(max_length=120, blank=True)
    connection = models.ForeignKey(
        "banking.Connection", on_delete=models.PROTECT, null=True, related_name="+"
    )  # the way it is sent
    sent_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)  # why it is not sent, or why nobody knows

    class Meta:
        abstract = True

    @classmethod
    def rows(cls) -> "models.QuerySet[Self]":
        """The files of this kind."""
        return cls._default_manager.all()

    def __str__(self) -> str:
        return self.message_id
