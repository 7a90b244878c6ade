"""Several camt files of one delivery become one: FinTS hands out a file per day or per page.

Within one file honest twins are told apart by counting them. So what was fetched in one go is read in one go, or the
second of two equal payments on a day that was cut would be taken for the first one told again.
"""

from collections.abc import Sequence

from lxml import etree

from zahlmeister.formats.payments.messages import opened


def joined_camt(files: Sequence[bytes], *, name: str) -> list[bytes]:
    """The statements of all files, those of one kind and version in one file; the order stays.

    Args:
        files: camt files, each whole.
        name: how they are called in sentences.

    Raises:
        Unreadable: one of them is no XML, or declares its own document type.
    """
    if len(files) < 2:
        return list(files)
    found: dict[str, etree._Element] = {}
    for data in files:
        root = opened(data, name)
        message = root[0]
        first = found.setdefault(message.tag, root)
        if first is not root:
            first[0].extend([each for each in message if each.tag.rpartition("}")[2] != "GrpHdr"])
    return [etree.tostring(root, xml_declaration=True, encoding="UTF-8") for root in found.values()]
