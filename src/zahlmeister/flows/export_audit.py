"""Everything that is kept of a merchant, for a tax audit: a table each, and `index.xml`, which describes them.

The description follows the German standard for handing over data (GDPdU/GoBD, version 1.0 of its index), which audit
programs import. The tables are those of the database, so that one which is added later is in the package without
anybody thinking of it. What nobody may read is left out: passwords, keys, and packed files.
"""

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import QuerySet
from lxml import etree

from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.models import AskedKey, Cell, Merchant, Person, Residence, WriteProbe
from zahlmeister.refusals import Refused

_HOUSE = "zahlmeister."
_DTD = "gdpdu-01-09-2004.dtd"
#: Columns that open something, or are of use to the program only.
_SECRET = frozenset({"sealed", "password", "token", "lease_until", "code", "digest_of_key"})


def export_audit(merchant: Merchant, target: Path, *, by: str, at: datetime) -> int:
    """Write the package.

    Args:
        merchant: whose.
        target: the ZIP file; it must not be there yet.
        by: who asks, for the history.
        at: now.

    Returns:
        How many tables are in it.

    Raises:
        Refused: the file cannot be written.
    """
    record(merchant.pk, [Happened("merchant", merchant.pk, "exported_for_audit", by)], at=at)
    tables = [table for table in house_tables() if _rows(table, merchant).exists()]
    try:
        with zipfile.ZipFile(target, "x", zipfile.ZIP_DEFLATED) as package:
            package.writestr("index.xml", index(merchant, tables))
            for table in tables:
                with package.open(file_name(table), "w", force_zip64=True) as raw:
                    _write(table, merchant, raw)
    except OSError as error:
        raise Refused(f"“{target}” cannot be written ({error.strerror}).") from error
    return len(tables)


def index(merchant: Merchant, tables: list[type[models.Model]]) -> bytes:
    """The description of the tables."""
    root = etree.Element("DataSet")
    _say(root, "Version", "1.0")
    supplier = etree.SubElement(root, "DataSupplier")
    for name, text in (("Name", merchant.name), ("Location", merchant.country), ("Comment", "Zahlmeister")):
        _say(supplier, name, text)
    media = etree.SubElement(root, "Media")
    _say(media, "Name", "Zahlmeister")
    for table in tables:
        _describe(media, table, {file_name(each) for each in tables})
    written = etree.tostring(root, encoding="utf-8", pretty_print=True)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE DataSet SYSTEM "{_DTD}">\n'.encode() + written


def file_name(table: type[models.Model]) -> str:
    """`banking_banktransaction.csv`."""
    return f"{_shape(table).db_table}.csv"


def columns(table: type[models.Model]) -> "list[models.Field[Any, Any]]":
    """The columns that are handed over."""
    fields: list[models.Field[Any, Any]] = list(_shape(table).local_concrete_fields)
    return [each for each in fields if each.name not in _SECRET and (not _is_packed(each) or each.name == "hash")]


def _shape(table: Any) -> Any:
    """What Django knows of a table."""
    return table._meta  # noqa: SLF001 - there is no other way to ask


def house_tables() -> list[type[models.Model]]:
    """Every table of the house that holds something of a merchant, by name."""
    ours = (model for model in apps.get_models() if _shape(model).app_config.name.startswith(_HOUSE))
    found = [model for model in ours if model not in {AskedKey, Cell, Residence, WriteProbe}]
    return sorted(found, key=lambda model: _shape(model).db_table)


def _rows(table: type[models.Model], merchant: Merchant) -> QuerySet[models.Model]:
    rows: QuerySet[models.Model] = QuerySet(table)
    if table is Merchant:
        return rows.filter(pk=merchant.pk)
    if table is Person:
        return rows.filter(memberships__merchant=merchant).distinct()
    names = {field.name for field in _shape(table).local_concrete_fields}
    if "merchant" in names:
        return rows.filter(merchant=merchant)
    owner = next(
        field.name
        for field in _shape(table).local_concrete_fields
        if isinstance(field, models.ForeignKey) and _has_merchant(field.related_model)
    )
    return rows.filter(**{f"{owner}__merchant": merchant})


def _has_merchant(table: Any) -> bool:
    return any(field.name == "merchant" for field in _shape(table).local_concrete_fields)


def _write(table: type[models.Model], merchant: Merchant, raw: Any) -> None:
    fields = columns(table)
    text = io.TextIOWrapper(raw, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerow([field.column for field in fields])
    writer.writerows(_lines(table, merchant, fields))
    text.detach()


def _lines(
    table: type[models.Model], merchant: Merchant, fields: "list[models.Field[Any, Any]]"
) -> Iterator[list[str]]:
    rows = _rows(table, merchant).order_by("pk").values_list(*(field.attname for field in fields))
    for row in rows.iterator(chunk_size=2000):
        yield [_cell(fact) for fact in row]


def _cell(fact: object) -> str:
    match fact:
        case None:
            return ""
        case bool():
            return "1" if fact else "0"
        case bytes() | memoryview():
            return bytes(fact).hex()
        case datetime():
            return fact.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        case date():
            return fact.isoformat()
        case dict() | list():
            return json.dumps(fact, ensure_ascii=False, sort_keys=True)
        case _:
            return str(fact)


def _describe(media: Any, table: type[models.Model], known: set[str]) -> None:
    said = etree.SubElement(media, "Table")
    _say(said, "URL", file_name(table))
    _say(said, "Name", _shape(table).db_table)
    _say(said, "Description", _first_sentence(table))
    etree.SubElement(said, "UTF8")
    _say(said, "DecimalSymbol", ".")
    _say(said, "DigitGroupingSymbol", ",")
    span = etree.SubElement(said, "Range")
    _say(span, "From", "2")  # behind the line of titles
    shape = etree.SubElement(said, "VariableLength")
    _say(shape, "ColumnDelimiter", ";")
    _say(shape, "RecordDelimiter", "\r\n")
    _say(shape, "TextEncapsulator", '"')
    fields = columns(table)
    for field in sorted(fields, key=lambda each: not each.primary_key):
        kind = "VariablePrimaryKey" if field.primary_key else "VariableColumn"
        _column(etree.SubElement(shape, kind), field)
    for field in fields:
        if isinstance(field, models.ForeignKey) and file_name(field.related_model) in known:
            key = etree.SubElement(shape, "ForeignKey")
            _say(key, "Name", str(field.column))
            _say(key, "References", _shape(field.related_model).db_table)


def _column(said: Any, field: "models.Field[Any, Any]") -> None:
    _say(said, "Name", str(field.column))
    unit = ", in the smallest unit of the currency" if field.name.endswith("_minor") else ""
    _say(said, "Description", f"{field.verbose_name}{unit}")
    if isinstance(field, (models.IntegerField, models.ForeignKey)):
        _say(etree.SubElement(said, "Numeric"), "Accuracy", "0")
    elif isinstance(field, models.DateField) and not isinstance(field, models.DateTimeField):
        _say(etree.SubElement(said, "Date"), "Format", "YYYY-MM-DD")
    else:
        etree.SubElement(said, "AlphaNumeric")


def _first_sentence(table: type[models.Model]) -> str:
    return " ".join((table.__doc__ or "").split("\n\n")[0].split())


def _is_packed(field: "models.Field[Any, Any]") -> bool:
    return isinstance(field, models.BinaryField)


def _say(parent: Any, name: str, text: str) -> None:
    etree.SubElement(parent, name).text = text
