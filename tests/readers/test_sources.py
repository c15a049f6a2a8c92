"""Single sources: bytes of any kind, markup, pages and pasted text."""

from __future__ import annotations

import html
import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobsort.errors import JobsortError, PostingNotFoundError, UnreadableSourceError
from jobsort.readers import read_bytes, read_source
from jobsort.readers.ats import read_json
from jobsort.readers.encoding import decode
from jobsort.readers.html import html_to_text, looks_like_html, read_html
from jobsort.readers.text import read_text

CASES = Path(__file__).parents[1] / "cases"


@pytest.mark.parametrize("case", json.loads((CASES / "readers_titles.json").read_text("utf-8")), ids=lambda case: case["text"][:30])
def test_title(case: dict[str, str]) -> None:
    posting = read_text(case["text"], "pasted")
    assert posting.title == case["title"]
    assert posting.text == case.get("rest", posting.text)
    assert posting.company == case.get("company", posting.company)
    assert posting.location == case.get("location", posting.location)


@pytest.mark.parametrize("case", json.loads((CASES / "readers_markup.json").read_text("utf-8")), ids=lambda case: case["html"][:30])
def test_markup(case: dict[str, str]) -> None:
    assert html_to_text(case["html"]) == case["text"]
    if looks_like_html(case["html"]):
        assert html_to_text(html.escape(case["html"])) == case["text"]


@given(
    st.text()
    | st.lists(
        st.sampled_from(["<", ">", "&lt;", "<p", "</p>", "<script>", "</script", "<!--", "-->", '"', "'", "x", "\n", "<li>"])
    ).map("".join)
)
def test_markup_of_any_kind(fragment: str) -> None:
    text = html_to_text(fragment)
    assert "<script>" not in text
    assert "</p>" not in text


@pytest.mark.parametrize("piece", ["<", '<a "', "<!--", "<script>", "<p", "<div>", "<ul><li>", "&amp;", "&lt;p ", "\n \n", "<p>\n"])
def test_markup_is_linear(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    start = time.perf_counter()
    html_to_text(text)
    assert time.perf_counter() - start < 2


@given(st.binary())
def test_decode_never_raises(data: bytes) -> None:
    text, warnings = decode(data)
    assert "\0" not in text
    assert isinstance(warnings, tuple)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_decode(encoding: str) -> None:
    text = "Ingénieur – machine learning\n" * 3
    assert decode(text.encode(encoding))[0] == text


def test_one_bad_byte_does_not_spoil_the_rest() -> None:
    assert decode("Zürich – ".encode() + b"caf\xe9")[0] == "Zürich – café"


@settings(deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
@pytest.mark.parametrize("name", ["<stdin>", "x.html", "x.json", "x.jsonl", "x.csv", "x.md"])
def test_bytes_of_any_kind(name: str, data: bytes) -> None:
    try:
        postings = read_bytes(data, name)
    except JobsortError:
        return
    assert postings
    assert all(posting.text or posting.title for posting in postings)


@pytest.mark.parametrize(
    ("data", "title", "text"),
    [
        (b"ML Engineer\n\nYou ship.", "ML Engineer", "You ship."),
        (b"<p>You ship models.</p>", "", "You ship models."),
        (b"<!doctype html><title>ML Engineer</title><body><p>You ship models.</p>", "ML Engineer", "You ship models."),
        (b'{"title": "ML Engineer", "description": "You ship."}', "ML Engineer", "You ship."),
        (
            b'{"title": "ML Engineer", "description": "You ship."}\n{"title": "B", "description": "C"}',
            "ML Engineer",
            "You ship.",
        ),
        (b"[Senior] ML engineer wanted", "[Senior] ML engineer wanted", ""),
        (b"title,description\nA,B", "", "title,description\nA,B"),
        ("ML Engineer\n\nYou ship.".encode("utf-16"), "ML Engineer", "You ship."),
    ],
)
def test_content_tells_the_kind(data: bytes, title: str, text: str) -> None:
    posting = read_bytes(data)[0]
    assert (posting.title, posting.text) == (title, text)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "<stdin> is empty"),
        (b" \n ", "is empty"),
        (b"%PDF-1.4", "a PDF"),
        (b"PK\x03\x04", "Office document"),
        (bytes(range(256)) * 4, "binary"),
        (
            b"<html><body><noscript>Enable</noscript><p>You need to enable JavaScript to run this app.</p>",
            "only a notice",
        ),
        (b"<html><body><p>We use cookies. Accept all or manage your cookies.</p>", "only a notice"),
        (b"<html><body></body></html>", "no text"),
        (b'{"error": "not found", "status": 404}', "found the keys error, status"),
        (b'{"jobs": []}', "list of postings is empty"),
        (b"\x1f\x8bxx", "gzip"),
    ],
)
def test_unreadable(data: bytes, message: str) -> None:
    with pytest.raises(UnreadableSourceError, match=message):
        read_bytes(data)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(PostingNotFoundError, match="does not exist"):
        read_source(tmp_path / "gone.txt")
    with pytest.raises(UnreadableSourceError, match="folder"):
        read_source(tmp_path)


def test_declared_character_set() -> None:
    page = '<html><head><meta charset="windows-1251"></head><body><p>Инженер</p></body></html>'
    assert read_html(page.encode("cp1251"), "x")[0].text == "Инженер"
    assert read_html(page.encode("utf-8"), "x")[0].text == "Инженер"


def page(*blocks: str, body: str = "") -> str:
    scripts = "".join(f'<script type="application/ld+json">{block}</script>' for block in blocks)
    return f"<html><head>{scripts}</head><body>{body}</body></html>"


LONG = "You ship models to production and watch them there, day and night. " * 5


def test_several_blocks_make_several_postings() -> None:
    one = json.dumps({"@type": "JobPosting", "title": "A", "description": LONG, "hiringOrganization": "Larch"})
    two = json.dumps([{"@type": "http://schema.org/JobPosting", "title": "B", "description": LONG}, {"@type": "Thing"}])
    assert [(p.title, p.company) for p in read_html(page(one, one, two), "x")] == [("A", "Larch"), ("B", "")]


@pytest.mark.parametrize("wrap", ["%s", "<!-- %s -->", "//<![CDATA[\n%s\n//]]>", "/*<![CDATA[*/%s/*]]>*/", "%s;"])
def test_wrapped_structured_data(wrap: str) -> None:
    block = json.dumps({"@type": "JobPosting", "title": "A", "description": LONG}).replace("night. You", "night.\nYou")
    assert read_html(page(wrap % block), "x")[0].title == "A"


def test_broken_structured_data_leaves_the_page() -> None:
    (posting,) = read_html(page('{"@type": "JobPosting", "title": ', body=f"<h1>ML Engineer</h1><p>{LONG}</p>"), "x")
    assert posting.title == "ML Engineer"
    assert posting.warnings == ("structured data could not be read",)


def test_short_structured_data_gives_way_to_the_page() -> None:
    block = json.dumps({"@type": "JobPosting", "title": "A", "description": "Teaser …", "hiringOrganization": {"name": "Larch"}})
    (posting,) = read_html(page(block, body=f"<main><p>{LONG}</p></main>"), "x")
    assert (posting.title, posting.company) == ("A", "Larch")
    assert posting.text == LONG.strip()


def test_deep_nesting() -> None:
    assert read_html("<div>" * 20_000 + LONG, "x")[0].text
    deep: object = {"title": "A"}
    for _ in range(5_000):
        deep = {"description": deep}
    with pytest.raises(UnreadableSourceError):
        read_json([deep], "x")
