"""The life of a proposal to ignore."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ProposalState(models.TextChoices):
    """What has become of a proposal; one that was dismissed is not made again."""

    OPEN = "open", _("proposed")
    ACCEPTED = "accepted", _("accepted")
    DISMISSED = "dismissed", _("dismissed")


class ProposalKind(models.TextChoices):
    """By what the payments would be recognised."""

    ACCOUNT = "account", _("account")
    NAME = "name", _("payer")
    PHRASE = "phrase", _("phrase in the text")
