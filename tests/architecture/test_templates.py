import re

from tests.architecture.house import PACKAGE, short

TEMPLATES = sorted(PACKAGE.rglob("templates/**/*.html"))


def test_there_are_templates_to_look_at():
    assert TEMPLATES


def test_every_document_says_its_language_and_title():
    documents = {path: path.read_text(encoding="utf-8") for path in TEMPLATES}
    wanting = [
        short(path)
        for path, text in documents.items()
        if "<html" in text and not (re.search(r"<html[^>]*\slang=", text) and "<title>" in text)
    ]

    assert not wanting, f"{wanting}: screen readers need <html lang=…> and a <title>."


def test_every_page_has_a_title_of_its_own():
    untitled = [
        short(path)
        for path in TEMPLATES
        if "{% extends" in (text := path.read_text(encoding="utf-8"))
        and "{% block title %}" not in text
        and not is_frame(text)
    ]

    assert not untitled, f"{untitled}: fill {{% block title %}} with what the page shows."


def is_frame(text: str) -> bool:
    """A template that others extend leaves the title to them."""
    return "{% block content %}{% endblock" in text or "{% block main %}{% endblock" in text


def test_templates_bring_no_script_or_style_of_their_own():
    inline = [
        short(path)
        for path in TEMPLATES
        if re.search(r"<script(?![^>]*\ssrc=)|<style|\son(?!e=)[a-z]+=|\sstyle=", path.read_text(encoding="utf-8"))
    ]

    assert not inline, f"{inline}: the content security policy refuses inline code; use a file under static/."
