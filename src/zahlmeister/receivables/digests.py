"""The numbers under which a merchant's keys are kept, made with a key of his own.

Keys hold account numbers, mail addresses and names. Without the merchant's key, which is sealed with a secret that is
not in the database, nobody who has the table can try whether somebody is in it, and no two merchants have a number in
common.
"""

from functools import lru_cache

from zahlmeister.matching.keys import Digest, digests
from zahlmeister.merchants.lasting import key_so_far, lasting_key
from zahlmeister.receivables.models import MatchKey

#: What the key is called. It can be another one, because all keys can be written anew.
PURPOSE = "match keys"


def digest_of(merchant_id: int) -> Digest:
    """What makes a merchant's keys into the numbers under which they are looked for; only reads.

    Who has no key, yet numbers, has those from before there were keys: they are found until all are written anew.
    """
    return _with(key_so_far(merchant_id, PURPOSE))


def digest_to_keep(merchant_id: int) -> Digest:
    """The same for whoever writes keys; with a merchant's first number his key is kept, too."""
    key = key_so_far(merchant_id, PURPOSE)
    if not key and not MatchKey.objects.filter(merchant_id=merchant_id).exists():
        key = lasting_key(merchant_id, PURPOSE)
    return _with(key)


@lru_cache(256)
def _with(key: bytes) -> Digest:
    return digests(key)
