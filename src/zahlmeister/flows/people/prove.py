"""A merchant proves who it is: documents are handed in, and the operator looks at them."""

from datetime import datetime
from hashlib import sha256
from pathlib import PurePath
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils import timezone

from zahlmeister.flows.people.harmless import harmless
from zahlmeister.flows.verify_merchant import tell_of_verification, verify_merchant
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Membership, Merchant, Person, ProofDocument, Role
from zahlmeister.merchants.proofs import LegalForm, Proof, wanted
from zahlmeister.merchants.seal import opened, seal
from zahlmeister.merchants.states import Verification
from zahlmeister.merchants.verification import move_verification, verification_of
from zahlmeister.refusals import Refused

MOST_DOCUMENTS = 30
_FOLDER = "proofs"
#: While the operator looks, and afterwards, nothing is added or changed.
OPEN = (Verification.MISSING, Verification.FAILED)


def say_legal_form(merchant: Merchant, form: LegalForm, *, has_vat_id: bool, by: Person, at: datetime) -> None:
    """Say what the business is, which says what it has to hand in. The same again changes nothing.

    Raises:
        Refused: the person is no owner, or the documents are being looked at.
    """
    with transaction.atomic(durable=True):
        _check(merchant, by)
        rows = Merchant.objects.filter(pk=merchant.pk).exclude(legal_form=form, has_vat_id=has_vat_id)
        if rows.update(legal_form=form, has_vat_id=has_vat_id):
            facts = {"form": form.value, "has_vat_id": has_vat_id}
            record(merchant.pk, [Happened("merchant", merchant.pk, "legal_form_said", by.email, facts=facts)], at=at)
    merchant.refresh_from_db(fields=["legal_form", "has_vat_id"])


def hand_in(merchant: Merchant, kind: Proof, name: str, content: bytes, *, by: Person, at: datetime) -> ProofDocument:
    """Keep a document. The same bytes again are the same document.

    Raises:
        Refused: the person is no owner, the documents are being looked at, or the file cannot be taken.
    """
    name = PurePath(name).name[:120] or kind.value
    taken = harmless(content, name)
    digest = sha256(content).hexdigest()
    sealed = seal({"bytes": taken.content.hex()}, _purpose(merchant))
    path = default_storage.save(f"{_FOLDER}/{merchant.pk}/{uuid4().hex}", ContentFile(sealed))
    try:
        with transaction.atomic(durable=True):
            _check(merchant, by)
            _check_room(merchant)
            facts = {"name": name, "media": taken.media, "size": len(content), "path": path, "by": by, "at": at}
            row, is_new = ProofDocument.objects.get_or_create(
                merchant=merchant, kind=kind, sha256=digest, defaults=facts
            )
            if is_new:
                told = {"kind": kind.value, "name": name, "sha256": digest}
                record(merchant.pk, [Happened("merchant", merchant.pk, "proof_handed_in", by.email, "", told)], at=at)
    except (Refused, IntegrityError):
        default_storage.delete(path)
        raise
    if row.path != path:
        default_storage.delete(path)
    return row


def submit(merchant: Merchant, *, by: Person, at: datetime) -> None:
    """Ask the operator to look. Twice is once.

    Raises:
        Refused: the person is no owner, something is missing, or it is verified already.
    """
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        if verification_of(merchant) == Verification.SUBMITTED:
            return
        _check(merchant, by)
        missing = missing_proofs(Merchant.objects.get(pk=merchant.pk))
        if missing is None:
            raise Refused("Say first what your business is.")
        if missing:
            raise Refused("Something is still missing; the list says what.")
        move_verification(merchant, Verification.SUBMITTED, on=timezone.localdate(at))
        record(merchant.pk, [Happened("merchant", merchant.pk, "verification_submitted", by.email)], at=at)
        tell_of_verification(merchant, Verification.SUBMITTED, "", at=at)


def decide(merchant: Merchant, state: Verification, why: str, *, by: Person, at: datetime) -> None:
    """The operator has looked: accepted, rejected, or asked again (“missing”) with a sentence. Twice is once.

    Raises:
        Refused: the person is none of the operator's, decides about their own merchant, or says no reason.
    """
    if not Membership.objects.filter(merchant__is_operator=True, person=by).exclude(role=Role.ACCOUNTANT).exists():
        raise Refused("Only the operator may decide about a verification.")
    if Membership.objects.filter(merchant=merchant, person=by).exists():
        raise Refused("Nobody decides about a merchant they work for.")
    verify_merchant(merchant, state, why=why, by=by.email, at=at)


def missing_proofs(merchant: Merchant) -> list[Proof] | None:
    """What is still to be handed in; None when the legal form is not said."""
    if not merchant.legal_form:
        return None
    needed = wanted(LegalForm(merchant.legal_form), country=merchant.country, has_vat_id=merchant.has_vat_id)
    there = set(ProofDocument.objects.filter(merchant=merchant).values_list("kind", flat=True))
    return [proof for proof in needed if proof.value not in there]


def content_of(document: ProofDocument) -> bytes:
    """The bytes of a document."""
    with default_storage.open(document.path) as file:
        return bytes.fromhex(opened(file.read(), _purpose(document.merchant))["bytes"])


def _purpose(merchant: Merchant) -> str:
    return f"proof:{merchant.pk}"


def _check_room(merchant: Merchant) -> None:
    if ProofDocument.objects.filter(merchant=merchant).count() >= MOST_DOCUMENTS:
        raise Refused(f"There are {MOST_DOCUMENTS} documents already; write to the operator.")


def _check(merchant: Merchant, by: Person) -> None:
    lock(merchant.pk)
    if not Membership.objects.filter(merchant=merchant, person=by, role=Role.OWNER).exists():
        raise Refused("Only an owner may hand in what proves who you are.")
    if verification_of(merchant) not in OPEN:
        raise Refused("The documents are being looked at, or were accepted; nothing can be changed now.")
