"""A letter as HTML that mail programs of the last fifteen years show alike: tables, inline styles, no script.

Nothing is fetched from anywhere: code and logo come with the mail, so that nobody learns when it is read.
"""

from html import escape

from zahlmeister.letters.compose import Block, Details, Letter, Link, Paragraph, Run, Sums
from zahlmeister.letters.figures import spoken
from zahlmeister.letters.look import Look

CODE_ID, LOGO_ID = "code@letter", "logo@letter"
_FONT = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_FIGURES = "font-variant-numeric:tabular-nums"
_LABEL = "font-size:13px;color:#6b7377"
#: No grey can be read on white and on black alike; mail programs that turn dark and read styles take the lighter one.
_DARK = "<style>@media (prefers-color-scheme:dark){.soft{color:#a7b0b4 !important}}</style>"


def as_html(letter: Letter, look: Look, *, code: str = f"cid:{CODE_ID}", logo: str = f"cid:{LOGO_ID}") -> str:
    """The whole page.

    Args:
        letter: what is said.
        look: who says it.
        code: where the picture of the code is; a mail carries it along, a page in the browser has its own.
        logo: likewise.
    """
    body = "".join(_shown(block, look, code) for block in letter.blocks)
    return (
        f'<!doctype html><html lang="{spoken(letter.language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">'
        f"<title>{escape(letter.subject)}</title>{_DARK}</head>"
        f'<body style="margin:0;padding:16px;{_FONT};font-size:16px;line-height:1.5">'
        '<table role="presentation" cellpadding="0" cellspacing="0" border="0" align="center" width="100%" '
        'style="max-width:600px;margin:0 auto"><tr><td>'
        f"{_head(look, logo)}{body}{_foot(look)}</td></tr></table></body></html>"
    )


def _head(look: Look, logo: str) -> str:
    name = escape(look.name)
    shown = (
        f'<img src="{escape(logo)}" alt="{name}" style="max-width:240px;max-height:80px;height:auto">'
        if look.logo
        else f'<strong style="font-size:18px">{name}</strong>'
    )
    return f'<div style="border-bottom:2px solid {look.colour};padding:0 0 12px;margin:0 0 20px">{shown}</div>'


def _foot(look: Look) -> str:
    if not look.imprint.strip():
        return ""
    return (
        f'<div class="soft" style="border-top:1px solid #c9ced1;margin:28px 0 0;padding:12px 0 0;{_LABEL}">'
        f"{_lines(look.imprint.strip())}</div>"
    )


def _shown(block: Block, look: Look, code: str) -> str:
    match block:
        case Paragraph(runs):
            return f'<p style="margin:0 0 14px">{"".join(_run(run) for run in runs)}</p>'
        case Details():
            return _details(block, look, code)
        case Sums(rows):
            return _sums(rows)
        case Link(label, address):
            return (
                f'<p style="margin:20px 0"><a href="{escape(address)}" style="display:inline-block;padding:12px 20px;'
                f"border-radius:6px;background:{look.colour};color:{look.ink};text-decoration:none;"
                f'font-weight:600">{escape(label)}</a></p>'
            )


def _run(run: Run) -> str:
    words = _lines(run.words)
    return f"<strong>{words}</strong>" if run.is_bold else words


def _details(block: Details, look: Look, code: str) -> str:
    rows = "".join(
        f'<tr><td class="soft" style="padding:4px 16px 4px 0;{_LABEL};vertical-align:baseline">{escape(label)}</td>'
        f'<td style="padding:4px 0;{_FIGURES};font-weight:600">{escape(value)}</td></tr>'
        for label, value in block.rows
    )
    picture = (
        f'<img src="{escape(code)}" alt="{escape(block.hint)}" width="180" height="180" '
        'style="display:block;width:180px;height:180px;background:#ffffff">'
        f'<div class="soft" style="{_LABEL};padding:4px 0 0">{escape(block.hint)}</div>'
        if block.code
        else ""
    )
    return (
        f'<div style="border-left:3px solid {look.colour};padding:4px 0 4px 16px;margin:20px 0">'
        f'<table role="presentation" cellpadding="0" cellspacing="0" border="0">{rows}</table>'
        f'<div style="padding:12px 0 0">{picture}</div></div>'
    )


def _sums(rows: tuple[tuple[str, str], ...]) -> str:
    shown = "".join(
        f'<tr><td style="padding:4px 24px 4px 0{_last(index, rows)}">{escape(label)}</td>'
        f'<td align="right" style="padding:4px 0;{_FIGURES}{_last(index, rows)}">{escape(value)}</td></tr>'
        for index, (label, value) in enumerate(rows)
    )
    return f'<table cellpadding="0" cellspacing="0" border="0" style="margin:20px 0">{shown}</table>'


def _last(index: int, rows: tuple[tuple[str, str], ...]) -> str:
    return ";border-top:1px solid #6b7377;font-weight:600" if index == len(rows) - 1 else ""


def _lines(words: str) -> str:
    return escape(words).replace("\n", "<br>")
