"""Saved pages: the structured data meant for search engines first, then the page's own text without its frame."""

from __future__ import annotations

import json
import re
import warnings
from dataclasses import replace
from html import unescape
from typing import Any

from jobsort.errors import UnreadableSourceError
from jobsort.patterns import lazy
from jobsort.readers.encoding import decode
from jobsort.readers.markup import html_to_text, looks_like_html
from jobsort.readers.titles import clean_title, one_line
from jobsort.types import Posting

__all__ = ["html_to_text", "looks_like_html", "read_html"]

_CHARSET = lazy(
    rb"""<meta[^<>]{1,200}?charset\s*=\s*["']?([\w-]{1,30})|<\?xml[^<>]{1,100}?encoding=["']([\w-]{1,30})""",
    re.IGNORECASE,
)
_FRAME = (
    "script", "style", "template", "noscript", "nav", "header", "footer", "aside", "form", "button", "svg", "iframe",
    "select", "textarea", "dialog", "menu",
)  # fmt: skip
_CHROME = lazy(
    r"cookie|consent|gdpr|onetrust|banner|breadcrumb|(?:related|similar|recommended|more)-?jobs|job-?alert|"
    r"social-?share|share-?buttons|newsletter|sign-?up-?modal|skip-?link|sr-only|visually-?hidden|site-?(?:nav|header|footer|menu)",
    re.IGNORECASE,
)
_HIDDEN = lazy(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_DESCRIPTION = lazy(
    r"job-?_?(?:description|details|posting|body|content)|description-?_?text|posting-?_?(?:description|content|page)|"
    r"jobad|show-more-less-html__markup|(?:^|\s)(?:description|posting|vacancy)(?:\s|$)",
    re.IGNORECASE,
)
_BLOCKED = lazy(
    r"enable (?:your )?java ?script|javascript (?:is|must be|needs to be|to run)\b|requires? java ?script|"
    r"turn on javascript|cookies?\b|captcha|are you (?:a robot|human)|verify you are|checking your browser|"
    r"access denied|unusual traffic|just a moment|(?:sign|log) in to (?:view|continue)|page not found|"
    r"no longer (?:available|accepting)",
    re.IGNORECASE,
)
_LATIN = frozenset({"iso-8859-1", "latin1", "ascii", "us-ascii"})
_ENOUGH = 200  # characters: below, a container is a teaser, and structured data was cut short


def read_html(data: str | bytes, name: str) -> list[Posting]:
    """Return the postings of a page: each JobPosting of its structured data, else the one that its text makes.

    Parameters
    ----------
    data
        The page; as bytes, the character set that it declares is honoured.
    name
        Where it comes from, for messages.

    Raises
    ------
    UnreadableSourceError
        If the page has no text, or nothing but a cookie banner or a request to enable JavaScript.

    Examples
    --------
    >>> page = "<h1>ML Engineer</h1><nav>Home</nav><main><p>You ship models to production.</p></main>"
    >>> posting, = read_html(page, "page.html")
    >>> posting.title, posting.text
    ('ML Engineer', 'You ship models to production.')
    """
    notes: tuple[str, ...] = ()
    if isinstance(data, bytes):
        data, notes = decode_page(data)
    soup = _parse(data)
    structured, complaint = _structured(soup, name)
    notes += complaint
    if structured and (len(structured) > 1 or len(structured[0].text) >= _ENOUGH):
        return [replace(posting, warnings=notes + posting.warnings) for posting in structured]
    page = _page(soup, name)
    if structured:
        job = structured[0]
        # The structured data knows who and where; the page, now and then, the rest of a text cut short.
        if len(page.text) > 3 * len(job.text) and not _is_blocked(page.text):
            job = replace(job, text=page.text, warnings=())
        return [replace(job, title=job.title or page.title, warnings=notes + job.warnings)]
    if not page.text or _is_blocked(page.text):
        what = f"only a notice ({one_line(page.text)[:80]!r})" if page.text else "no text"
        message = (
            f"{name} is a page with {what} and no posting. Save the page from a browser once the posting shows, or paste its text."
        )
        raise UnreadableSourceError(message)
    return [replace(page, warnings=notes + page.warnings)]


def decode_page(data: bytes) -> tuple[str, tuple[str, ...]]:
    """Decode a page: what is valid UTF-8 is UTF-8, else the declared character set holds.

    Examples
    --------
    >>> decode_page('<meta charset="iso-8859-2"><p>Łódź'.encode("iso-8859-2"))
    ('<meta charset="iso-8859-2"><p>Łódź', ())
    """
    declared = _CHARSET.search(data[:4096])
    if declared and not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        charset = (declared.group(1) or declared.group(2)).decode("ascii").lower()
        try:
            if data.isascii() or charset in {"utf-8", "utf8"}:
                if charset.startswith("iso-2022"):  # escape sequences, all ASCII
                    charset = "cp1252" if charset in _LATIN else charset  # as browsers have it
                    return data.decode(charset).replace("\0", ""), ()
            else:
                try:
                    return data.decode("utf-8").replace("\0", ""), ()
                except UnicodeDecodeError:
                    return data.decode("cp1252" if charset in {"iso-8859-1", "latin1", "ascii", "us-ascii"} else charset).replace(
                        "\0", ""
                    ), ()
        except (UnicodeDecodeError, LookupError):
            pass
    return decode(data)


# bs4 is untyped where its stubs differ between releases; a page is a tree of Any here.


def _parse(page: str) -> Any:  # noqa: ANN401
    from bs4 import BeautifulSoup, XMLParsedAsHTMLWarning

    page = re.sub(r"^\s*<\?xml[^<>]*\?>", "", page.replace("\0", ""), count=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        warnings.filterwarnings("ignore", message=".*looks more like.*|.*resembles.*")
        try:
            return BeautifulSoup(page, "lxml")
        except (RecursionError, ValueError, AssertionError):
            return BeautifulSoup("", "lxml")


def _structured(soup: Any, name: str) -> tuple[list[Posting], tuple[str, ...]]:  # noqa: ANN401
    # Imported here: pasted text, which passes through this module for its titles, needs none of it.
    from jobsort.readers.schema_org import find_job_postings, read_job_posting

    jobs: list[Posting] = []
    broken = False
    for script in soup.find_all("script"):
        kind = unescape(str(script.get("type") or "")).replace(" ", "").lower()
        if not kind.startswith("application/ld+json"):
            continue
        data = _load_script(script.string or script.get_text())
        if data is None:
            broken = True
        for job in find_job_postings(data):
            posting = read_job_posting(job, name)
            if posting is not None and not any((posting.title, posting.text) == (known.title, known.text) for known in jobs):
                jobs.append(posting)
    if len(jobs) > 1:
        # A page about one job may name others beside it, without their text.
        jobs = [job for job in jobs if job.text] or jobs[:1]
    return jobs, ("structured data could not be read",) if broken and not jobs else ()


def _load_script(script: str) -> object:
    script = script.strip()
    script = re.sub(r"^(?:/[/*]\s*)?(?:<!--|<!\[CDATA\[)(?:\s*\*/)?|(?:/[/*]\s*)?(?:-->|\]\]>)(?:\s*\*/)?;?$", "", script).strip()
    for text in (script, unescape(script), re.sub(r",(\s*[}\]])", r"\1", script)):
        try:
            return json.JSONDecoder(strict=False).raw_decode(text)[0]
        except (ValueError, RecursionError):
            continue
    return None


def _page(soup: Any, name: str) -> Posting:  # noqa: ANN401
    title, company, location = _title(soup)
    body = soup.body
    if body is None:
        # A fragment that opens with tags libxml2 does not know ends up in the head.
        if soup.head is not None:
            soup.head.name = "div"
        for name_only in soup.find_all("title"):
            name_only.extract()
        body = soup
    heading = soup.find("h1")
    main = _main(body)
    _remove_frame(main if main is not None else body)
    text = html_to_text(str(main)) if main is not None else ""
    if len(text) < _ENOUGH:
        _remove_frame(body)
        text = html_to_text(str(body))
    if not title and heading is not None:
        title = one_line(heading.get_text(" "))
    # The title is joined with the text again later.
    lines = text.split("\n")
    for position, line in enumerate(lines[:5]):
        if title and one_line(line).lstrip("# ").casefold() == title.casefold():
            del lines[position]
            break
    return Posting("\n".join(lines).strip(), title, company, location, None, name)


def _title(soup: Any) -> tuple[str, str, str]:  # noqa: ANN401
    headings = [one_line(heading.get_text(" ")) for heading in soup.find_all("h1")[:3]]
    heading = next((text for text in headings if 2 < len(text) <= 150 and not _BLOCKED.search(text)), "")
    meta = soup.find("meta", attrs={"property": "og:title"}) or soup.find("meta", attrs={"name": "og:title"})
    item = soup.find(attrs={"itemprop": "title"})
    from_meta = one_line(str(meta.get("content") or "")) if meta is not None else ""
    from_title = one_line(soup.title.get_text()) if soup.title is not None else ""
    best = ("", "", "")
    for candidate in (from_meta, from_title):
        found = clean_title(candidate)
        # The heading is the title without what a site adds to it, where the two agree.
        if heading and heading.casefold() in candidate.casefold():
            return heading, found[1], found[2]
        if found[0] and not best[0]:
            best = found
    if item is not None and 2 < len(one_line(item.get_text(" "))) <= 150:
        return one_line(item.get_text(" ")), best[1], best[2]
    return best if best[0] and not _BLOCKED.search(best[0]) else (heading, "", "")


def _main(body: Any) -> Any:  # noqa: ANN401
    """Return the element that holds the posting, if one says so and has enough text; the largest of its kind."""
    described = body.find_all(attrs={"itemprop": "description"})
    named = [
        element
        for element in body.find_all(["div", "section", "article", "main", "td"])
        if _DESCRIPTION.search(f"{element.get('id') or ''} {' '.join(element.get('class') or ())}")
    ]
    for group in (
        described,
        named,
        body.find_all("main"),
        body.find_all(attrs={"role": "main"}),
        body.find_all("article"),
    ):
        sized = [(len(element.get_text(" ", strip=True)), -position, element) for position, element in enumerate(group[:50])]
        size, _, element = max(sized, default=(0, 0, None), key=lambda entry: entry[:2])
        if size >= _ENOUGH:
            return element
    return None


def _remove_frame(element: Any) -> None:  # noqa: ANN401
    for child in element.find_all(_FRAME):
        # Pages of some boards are one large form, or wrap the posting in a header.
        if child.name not in {"form", "header", "aside"} or len(child.get_text(" ", strip=True)) < 1500:
            child.extract()
    for child in element.find_all(True):
        attributes = child.attrs
        if not attributes or child.name in {"html", "body", "main", "article"}:
            continue
        hidden = (
            "hidden" in attributes or attributes.get("aria-hidden") == "true" or _HIDDEN.search(str(attributes.get("style") or ""))
        )
        label = f"{attributes.get('id') or ''} {' '.join(attributes.get('class') or ())}"
        if hidden or (label != " " and _CHROME.search(label) and len(child.get_text(" ", strip=True)) < 3000):
            child.extract()


def _is_blocked(text: str) -> bool:
    return len(text.split()) < 120 and len(text) < 800 and _BLOCKED.search(text) is not None
