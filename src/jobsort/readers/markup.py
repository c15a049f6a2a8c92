"""HTML fragments as text, fast enough for every cell of a large table: one pass of linear patterns, no tree."""

from __future__ import annotations

import re
from html import unescape

from jobsort.patterns import lazy

_BREAK = frozenset(
    """address article aside blockquote body br caption center dd details div dl dt fieldset figcaption figure footer
    form header hr html legend main menu nav ol optgroup option pre section select summary table tbody tfoot thead tr
    ul""".split()  # noqa: SIM905
)
_PARAGRAPH = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "p"})
_SPACED = frozenset({"td", "th", "img", "input"})
_INLINE = frozenset(
    """a abbr acronym area audio b base bdi bdo big button canvas cite code col colgroup data datalist del dfn dialog em
    embed font frame frameset g head i iframe ins kbd label link map mark meta meter noscript object output param path
    picture progress q s samp script small source span strike strong style sub sup svg template textarea time title
    track tt u var video wbr""".split()  # noqa: SIM905
)
_DROPPED = ("script", "style", "template", "noscript", "svg", "head", "iframe", "textarea", "select")

_ITEM = "\x02"
# A tag ends before the next "<" at the latest, so that broken markup costs no second look at what follows it.
_TAG = lazy(r"""<(/?)([a-zA-Z][\w:-]*)(?:(?:[^<>"']|"[^"<]*"|'[^'<]*')*+>|[^<>]*>|[^<>]{0,300}\Z)""", re.ASCII)
_DECLARATION = lazy(r"<!--.*?(?:-->|\Z)|<!\[CDATA\[|\]\]>|<[!?][^<>]*>", re.DOTALL)
_RAW = lazy(rf"<({'|'.join(_DROPPED)})\b[^<>]*>", re.IGNORECASE)
_NAMES = (
    r"(?:p|br|div|ul|ol|li|span|strong|b|em|i|u|h[1-6]|table|tbody|tr|td|a|font|section|article|html|head|body|hr|pre|"
    r"script)"
)
_LOOKS = lazy(rf"</?{_NAMES}(?:\s[^<>]*)?/?>", re.IGNORECASE)
_LOOKS_ESCAPED = lazy(rf"&(?:amp;)*lt;/?{_NAMES}(?:\s[^<>&]*)?/?(?:&|>)", re.IGNORECASE)
_BLOCK = lazy(r"<(?:p|br|div|li|ul|ol|h[1-6]|tr)\b", re.IGNORECASE)
# A line break of the source inside running text; before a bullet or a blank line it is meant.
_SOURCE_BREAK = lazy(r"(?<=[^\s>])[ \t]*\r?\n[ \t]*(?=[^\s<•·▪●◦*–—-])")
_ITEMS = lazy(r"\x02[\x02\s]*")
_SPACES = lazy(r"[ \t\r\f\v\xa0]+")
_AROUND_BREAK = lazy(r" ?\n ?")
_MANY_BREAKS = lazy(r"\n{3,}")
_ENTITY = lazy(r"&(?:[a-zA-Z]{2,8}|#\d{2,6}|#[xX][0-9a-fA-F]{2,5});")


def looks_like_html(text: str) -> bool:
    """Tell, cheaply, whether a text is marked up: real tags, or tags whose brackets are escaped.

    Examples
    --------
    >>> looks_like_html("<p>Python</p>"), looks_like_html("&lt;p&gt;Python&lt;/p&gt;")
    (True, True)
    >>> looks_like_html("latency < 5 ms and List<String>")
    False
    """
    return ("<" in text and _LOOKS.search(text) is not None) or ("lt;" in text and _LOOKS_ESCAPED.search(text) is not None)


def html_to_text(fragment: str) -> str:
    """Turn an HTML fragment into text: blocks become lines, list items lines that begin with ``-``.

    Entities become characters, also where they are escaped twice; scripts and styles are dropped. Broken markup and any
    depth of nesting are fine.

    Examples
    --------
    >>> print(html_to_text("<h3>You bring</h3><ul><li>Python &amp; SQL</li><li><p>Git</p></li></ul>Apply<br>now"))
    You bring
    - Python & SQL
    - Git
    Apply
    now
    >>> html_to_text("&lt;p&gt;R&amp;amp;D&lt;/p&gt;")
    'R&D'
    """
    text = fragment.replace("\0", "").replace(_ITEM, "")
    for _ in range(4):
        text = _strip(text)
        if not looks_like_html(text):
            break
    return _TAG.sub(_drop_known, text).strip() if "<" in text else text


def as_text(value: str) -> str:
    """Return a cell's text: markup turned into text where there is markup, lone entities into characters.

    Examples
    --------
    >>> as_text("<b>R&amp;D</b>"), as_text("R&amp;D"), as_text("**R&D**")
    ('R&D', 'R&D', '**R&D**')
    """
    if looks_like_html(value):
        return html_to_text(value)
    if "&" in value and _ENTITY.search(value):
        return unescape(value)
    return value


def _strip(text: str) -> str:
    if "<" in text:
        text = _DECLARATION.sub("", text)
        if _RAW.search(text):
            text = _without_raw(text)
        blocks = 0
        for blocks, _ in enumerate(_BLOCK.finditer(text), 1):
            if blocks == 3:  # a page or a field of an editor, not notes with a tag in them: its line breaks mean nothing
                text = _SOURCE_BREAK.sub(" ", text)
                break
        text = _TAG.sub(_replacement, text)
        if _ITEM in text:
            text = _ITEMS.sub("\n- ", text)
    text = unescape(text).replace("\r\n", "\n").replace("\r", "\n")
    text = _MANY_BREAKS.sub("\n\n", _AROUND_BREAK.sub("\n", _SPACES.sub(" ", text))).strip()
    return text.replace("\n\n- ", "\n- ").removesuffix("\n-").rstrip()


def _replacement(match: re.Match[str]) -> str:
    closing, name = match.groups()
    name = name.lower()
    if name == "li":
        return "\n" if closing else _ITEM
    if name in _BREAK:
        return "\n"
    if name in _PARAGRAPH:
        return "\n" if closing else "\n\n"
    if name in _SPACED:
        return " "
    return _drop_known(match)


def _drop_known(match: re.Match[str]) -> str:
    """Drop a tag, but keep "<Your Name>" and "List<String>": words in angle brackets that no browser knows."""
    name = match.group(2).lower()
    known = name in _INLINE or name in _BREAK or name in _PARAGRAPH or name in _SPACED or name == "li" or ":" in name or "-" in name
    return "" if known else match.group()


def _without_raw(text: str) -> str:
    """Cut elements whose content is no text. One that is never closed loses its tag only."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a few letters change their length; the positions must not
        lowered = text
    pieces, at = [], 0
    unclosed: set[str] = set()
    for match in _RAW.finditer(text):
        name = match.group(1).lower()
        if match.start() < at or name in unclosed or match.group().endswith("/>"):
            continue
        end = lowered.find(f"</{name}", match.end())
        if end < 0:
            unclosed.add(name)
            continue
        pieces.append(text[at : match.start()])
        at = end
    pieces.append(text[at:])
    return "\n".join(pieces)
