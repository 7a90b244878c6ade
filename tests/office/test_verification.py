"""Proving who a merchant is: documents by legal form, nothing active in them, and the operator who looks."""

import re
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject
from tests.office.conftest import PASSWORD, signed_in
from tests.office.test_rights import works
from tests.stage import Stage

from zahlmeister.flows.people import prove
from zahlmeister.flows.people.harmless import LARGEST, harmless
from zahlmeister.history.queries import steps_of
from zahlmeister.merchants.models import Membership, Merchant, Person, ProofDocument, Role
from zahlmeister.merchants.proofs import LegalForm, Proof, wanted
from zahlmeister.merchants.states import Verification
from zahlmeister.merchants.verification import NotVerified, require_verified
from zahlmeister.refusals import Refused


def pdf(script: str = "", enclosed: bytes = b"", does: str = "") -> bytes:
    writer, into = PdfWriter(), BytesIO()
    writer.add_blank_page(width=100, height=100)
    if does:
        action = DictionaryObject({NameObject("/S"): NameObject(does)})
        writer.root_object[NameObject("/OpenAction")] = writer._add_object(action)
    if script:
        action = {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject(script)}
        writer.root_object[NameObject("/OpenAction")] = DictionaryObject(action)
    if enclosed:
        writer.add_attachment("more.exe", enclosed)
    writer.write(into)
    return into.getvalue()


def second_generation(content: bytes) -> bytes:
    """The same file, but the script that it holds is an object of generation 1."""
    number = re.findall(rb"/OpenAction (\d+) 0 R", content)[0]
    content = content.replace(b"/OpenAction %s 0 R" % number, b"/OpenAction %s 1 R" % number)
    at = content.index(b"\n%s 0 obj" % number) + 1
    content = content.replace(b"\n%s 0 obj" % number, b"\n%s 1 obj" % number)
    place = b"%010d 00000 n" % at
    assert place in content
    return content.replace(place, b"%010d 00001 n" % at)


def png(text: bytes = b"") -> bytes:
    into = BytesIO()
    Image.new("RGB", (20, 20), "white").save(into, format="PNG")
    return into.getvalue() + text


@pytest.fixture
def olaf(db: None) -> Person:
    """He works for who runs the house."""
    runs, _ = Merchant.objects.get_or_create(slug="zahlstelle", defaults={"name": "Zahlstelle", "is_operator": True})
    person = Person.objects.create_user("olaf@zahlstelle.example", PASSWORD, name="Olaf")
    Membership.objects.create(merchant=runs, person=person, role=Role.OWNER)
    return person


@pytest.mark.parametrize(
    ("form", "country", "has_vat_id", "expected"),
    [
        (LegalForm.SOLE, "DE", True, [Proof.TRADE, Proof.IDENTITY]),
        (LegalForm.REGISTERED, "AT", True, [Proof.TRADE, Proof.REGISTER]),
        (LegalForm.ASSOCIATION, "DE", True, [Proof.STATUTE]),
        (LegalForm.SOLE, "CH", False, [Proof.TRADE, Proof.IDENTITY, Proof.ENTREPRENEUR]),
        (LegalForm.REGISTERED, "US", True, [Proof.TRADE, Proof.REGISTER, Proof.ACCOUNT]),
    ],
)
def test_each_legal_form_proves_what_it_can(
    form: LegalForm, country: str, has_vat_id: bool, expected: list[Proof]
) -> None:
    assert list(wanted(form, country=country, has_vat_id=has_vat_id)) == expected


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (pdf("app.alert(1)"), "holds a program"),
        (pdf(enclosed=b"MZ"), "holds a program"),
        (pdf(does="/SubmitForm"), "holds a program"),
        (pdf(does="/ImportData"), "holds a program"),
        (second_generation(pdf(does="/JavaScript")), "holds a program"),
        (b"%PDF-1.7 nothing", "damaged"),
        (b"<svg onload=alert(1)>", "none of PDF, PNG or JPEG"),
        (b"MZ\x90", "none of PDF, PNG or JPEG"),
        (png()[:60], "damaged"),
        (b"%PDF-" + b"0" * LARGEST, "larger than 10 MB"),
    ],
)
def test_what_is_not_harmless_is_refused_by_its_bytes(content: bytes, why: str) -> None:
    with pytest.raises(Refused, match=why):
        harmless(content, "ausweis.pdf")


def test_a_picture_is_drawn_anew_so_that_nothing_hides_behind_it() -> None:
    assert b"<script>" not in harmless(png(b"<script>"), "x.png").content
    assert harmless(pdf(), "x.pdf").media == "application/pdf"


def test_brigitte_hands_in_and_is_verified_and_only_then_money_may_leave(
    stage: Stage, office: Client, olaf: Person
) -> None:
    office.post("/verification/", {"form": "sole", "has_vat_id": "on"})
    page = office.get("/verification/").content.decode()
    assert page.count("missing") == 2
    office.post("/verification/submit")
    assert Merchant.objects.get(pk=stage.merchant.pk).verification == Verification.MISSING
    for kind, content in (("trade", pdf()), ("identity", png())):
        for _ in range(2):  # twice is once
            file = SimpleUploadedFile("../../datei", content)
            office.post("/verification/documents/new", {"kind": kind, "file": file})
    assert ProofDocument.objects.filter(merchant=stage.merchant).count() == 2
    office.post("/verification/submit")
    with pytest.raises(NotVerified):
        require_verified(stage.merchant)
    runs = signed_in(olaf)
    assert "Brigittes Wollstube" in runs.get("/verifications/").content.decode()
    document = ProofDocument.objects.get(merchant=stage.merchant, kind="trade")
    answer = runs.get(f"/verifications/documents/{document.pk}")
    assert answer.content == pdf()
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    decided = {"state": "verified", "why": "Gewerbeschein vom 3. 11. gesehen"}
    assert runs.post(f"/verifications/{stage.merchant.pk}/", decided).headers["Location"] == "/verifications/"
    require_verified(stage.merchant)
    for client, address in ((office, "/verification/"), (runs, f"/verifications/{stage.merchant.pk}/")):
        history = client.get(address).content.decode().partition("History")[2]
        assert history.count("A document was handed in") == 2
        assert history.count("Gewerbeschein vom 3. 11.") == 1
        assert history.count("<li>") == 5  # the legal form, two documents, asked to look, and the decision
    assert steps_of(stage.merchant.pk, "merchant", stage.merchant.pk).last().actor == olaf.email


def test_the_operator_asks_again_with_a_sentence_and_may_reject(
    stage: Stage, office: Client, olaf: Person, brigitte: Person
) -> None:
    prove.say_legal_form(stage.merchant, LegalForm.ASSOCIATION, has_vat_id=True, by=brigitte, at=stage.now)
    prove.hand_in(stage.merchant, Proof.STATUTE, "satzung.pdf", pdf(), by=brigitte, at=stage.now)
    for _ in range(2):
        prove.submit(stage.merchant, by=brigitte, at=stage.now)
    with pytest.raises(Refused, match="being looked at"):
        prove.hand_in(stage.merchant, Proof.STATUTE, "neu.pdf", png(), by=brigitte, at=stage.now)
    runs = signed_in(olaf)
    assert runs.post(f"/verifications/{stage.merchant.pk}/", {"state": "missing", "why": ""}).status_code == 200
    runs.post(f"/verifications/{stage.merchant.pk}/", {"state": "missing", "why": "Die Satzung ist nicht lesbar."})
    assert "Die Satzung ist nicht lesbar." in office.get("/verification/").content.decode()
    prove.hand_in(stage.merchant, Proof.STATUTE, "neu.png", png(), by=brigitte, at=stage.now)
    prove.submit(stage.merchant, by=brigitte, at=stage.now)
    prove.decide(stage.merchant, Verification.FAILED, "Nicht im Vereinsregister.", by=olaf, at=stage.now)
    assert Merchant.objects.get(pk=stage.merchant.pk).verification == Verification.FAILED


def test_only_the_operator_decides_and_never_about_their_own(
    stage: Stage, neighbour: Stage, office: Client, olaf: Person, brigitte: Person
) -> None:
    assert office.get(f"/verifications/{neighbour.merchant.pk}/").status_code == 404
    assert office.get("/verifications/").status_code == 302
    with pytest.raises(Refused, match="Only the operator"):
        prove.decide(stage.merchant, Verification.VERIFIED, "ich", by=brigitte, at=stage.now)
    Membership.objects.create(merchant=stage.merchant, person=olaf)
    with pytest.raises(Refused, match="Nobody decides about a merchant they work for"):
        prove.decide(stage.merchant, Verification.VERIFIED, "ich", by=olaf, at=stage.now)


def test_only_owners_hand_in_and_nobody_else_sees_it(stage: Stage, neighbour: Stage, brigitte: Person) -> None:
    with pytest.raises(Refused, match="Only an owner"):
        prove.hand_in(stage.merchant, Proof.TRADE, "x.pdf", pdf(), by=works(stage.merchant), at=stage.now)
    row = prove.hand_in(stage.merchant, Proof.TRADE, "x.pdf", pdf(), by=brigitte, at=stage.now)
    karl = Person.objects.create_user("k@kaffee.example", PASSWORD, name="K")
    Membership.objects.create(merchant=neighbour.merchant, person=karl, role=Role.OWNER)
    assert signed_in(karl).get(f"/verification/documents/{row.pk}").status_code == 404
    assert prove.content_of(row) == pdf()
