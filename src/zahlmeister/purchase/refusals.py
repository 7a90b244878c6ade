"""What is refused of a guaranteed purchase, for doors that answer each kind in their own way."""

from zahlmeister.refusals import Refused


class DifferentContent(Refused):
    """This number was sent before with other content: which of both is right, nobody can know."""


class NotAuthorised(Refused):
    """No authorisation covers it: none of this order, one that is over, or one that is too small."""


class NoGuarantee(Refused):
    """Nobody guarantees purchases of this merchant in this currency."""


class Overtaken(Refused):
    """Somebody else was quicker: it is in another state by now."""
