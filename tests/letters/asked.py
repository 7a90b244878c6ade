"""What Brigitte asks her customers for, in the ways that differ from country to country."""

import io
from dataclasses import replace

import pypdfium2
import zxingcpp
from PIL import Image

from zahlmeister.formats.payment_codes.asked import Asked
from zahlmeister.formats.payments.parties import Address, Party
from zahlmeister.money.amount import Amount

SHOP = Party("Brigittes Wollstube GmbH & Söhne", Address("Zürich", "CH", "8001", "Bahnhofstr.", "1"))
ANNA = Party("Łucja Müller-Østergård", Address("Bern", "CH", "3011", "Marktgasse 12"))
GERMAN = Asked(SHOP, "DE02120300000000202051", Amount(4990, "EUR"), bic="BYLADEM1001", text="KACDEFGH", payer=ANNA)
SWISS = replace(GERMAN, iban="CH5604835012345678009", amount=Amount(123490, "CHF"), bic=None)
#: The QR-IBAN and the reference that the guidelines use as their example.
QR_IBAN = replace(SWISS, iban="CH4431999123000889012", reference="210000000003139471430009017")


def read_picture(data: bytes) -> list[str]:
    """What a phone's camera would read from a picture file."""
    return _read(Image.open(io.BytesIO(data)))


def read_page(pdf: bytes, page: int = 0) -> list[str]:
    """What a phone's camera would read from a printed page, at 150 dots an inch."""
    return _read(rendered(pdf, page))


def rendered(pdf: bytes, page: int = 0) -> Image.Image:
    """A page as it comes out of a printer, in 150 dots an inch."""
    with pypdfium2.PdfDocument(pdf) as document:
        return document[page].render(scale=150 / 72).to_pil()


def printed(pdf: bytes, page: int = 0) -> str:
    """The words on a page."""
    with pypdfium2.PdfDocument(pdf) as document:
        return document[page].get_textpage().get_text_range()


_SQUARES = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


def _read(image: Image.Image) -> list[str]:
    found = zxingcpp.read_barcodes(image.convert("L"), formats=_SQUARES)  # no bars seen in squares
    return [each.text for each in found]
