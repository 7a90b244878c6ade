"""Files as carriers make them: a PDF whose columns only stand beside each other, and a workbook with real figures."""

import zipfile
from collections.abc import Sequence
from io import BytesIO

#: Where the columns of a page begin (texts) or end (figures), in points.
LEFT, RIGHT = "left", "right"
Column = tuple[int, str]
#: A figure of Helvetica is 556 thousandths of its size wide; comma and full stop are half of it.
_WIDTHS = {",": 278, ".": 278, " ": 278, "-": 333}
SIZE = 9


def pdf(pages: Sequence[Sequence[Sequence[str]]], columns: Sequence[Column]) -> bytes:
    """Pages of rows of cells, in Helvetica; an empty cell leaves its place free."""
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    kids = []
    for page in pages:
        drawn = "\n".join(_row(row, columns, 800 - 16 * place) for place, row in enumerate(page))
        kids.append(len(objects) + 1)
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents {len(objects) + 2} 0 R"
            "/Resources<</Font<</F1 3 0 R>>>>>>"
        )
        objects.append(f"<</Length {len(drawn.encode('cp1252'))}>>\nstream\n{drawn}\nendstream")
    objects[1] = f"<</Type/Pages/Kids[{' '.join(f'{kid} 0 R' for kid in kids)}]/Count {len(kids)}>>"
    out, places = b"%PDF-1.4\n", []
    for number, text in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{text}\nendobj\n".encode("cp1252")
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    trailer = f"trailer\n<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{len(out)}\n%%EOF"
    return out + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{trailer}".encode()


def _row(row: Sequence[str], columns: Sequence[Column], y: int) -> str:
    drawn = []
    for text, (x, side) in zip(row, columns, strict=False):
        if text:
            start = x - _width(text) if side == RIGHT else x
            safe = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
            drawn.append(f"BT /F1 {SIZE} Tf {start} {y} Td ({safe}) Tj ET")
    return "\n".join(drawn)


def _width(text: str) -> int:
    return sum(_WIDTHS.get(sign, 556) for sign in text) * SIZE // 1000


def workbook(rows: Sequence[Sequence[object]]) -> bytes:
    """A workbook with one sheet: texts inline, figures as figures, None as no cell."""
    lines = "".join(f'<row r="{y}">{_cells(row, y)}</row>' for y, row in enumerate(rows, start=1))
    spread, office = "http://schemas.openxmlformats.org/spreadsheetml/2006", "http://schemas.openxmlformats.org"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{office}/package/2006/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
        "_rels/.rels": _relation(office, "officeDocument", "xl/workbook.xml"),
        "xl/_rels/workbook.xml.rels": _relation(office, "worksheet", "worksheets/sheet1.xml"),
        "xl/workbook.xml": f'<workbook xmlns="{spread}/main" xmlns:r="{office}/officeDocument/2006/relationships">'
        '<sheets><sheet name="Nachnahme" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{spread}/main"><sheetData>{lines}</sheetData></worksheet>',
    }
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')
    return file.getvalue()


def _relation(office: str, kind: str, target: str) -> str:
    return (
        f'<Relationships xmlns="{office}/package/2006/relationships"><Relationship Id="rId1" '
        f'Type="{office}/officeDocument/2006/relationships/{kind}" Target="{target}"/></Relationships>'
    )


def _cells(row: Sequence[object], y: int) -> str:
    return "".join(_cell(value, f"{chr(65 + x)}{y}") for x, value in enumerate(row) if value is not None)


def _cell(value: object, place: str) -> str:
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'
    return f'<c r="{place}"><v>{value!r}</v></c>'
