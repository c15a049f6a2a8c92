"""Titles and names on one line, and what a site puts beside the title of its page."""

from __future__ import annotations

import re

from jobsort.patterns import lazy

_SITES = (
    r"(?:LinkedIn|Indeed(?:\.com)?|Glassdoor(?:\.\w+)*|Built In(?: \w+)?|ZipRecruiter|Monster(?:\.com)?|Dice(?:\.com)?|"
    r"Wellfound|Lever|Greenhouse|Workable|Ashby|SmartRecruiters|StepStone)"
)
_SITE_END = lazy(rf"\s[-|–—•]\s{_SITES}\s*$", re.IGNORECASE)
_HIRING = lazy(r"^(.{2,80}?) (?:is )?hiring (.{2,150}?)(?: in (.{2,80}))?$")
_APPLICATION = lazy(r"^(?:job application for|apply for|job details?:?) (.{3,150}?)(?: at (.{2,80}))?$", re.IGNORECASE)
_CAREERS_END = lazy(
    r"\s[-|–—•:]\s(?:(?:jobs?|careers?)(?: (?:at|page|site)\b.{0,60})?|[^-|–—•:]{0,60}\b(?:jobs|careers))\s*$",
    re.IGNORECASE,
)


def one_line(text: str) -> str:
    r"""Return a title, name or place on one line.

    Examples
    --------
    >>> one_line("ML  Engineer\n(Berlin)")
    'ML Engineer (Berlin)'
    """
    return " ".join(text.split())


def clean_title(title: str) -> tuple[str, str, str]:
    """Split a page's title into job title, company and location, as far as its form is known; the others are empty.

    Examples
    --------
    >>> clean_title("Northwind hiring ML Engineer in Graz, Austria | LinkedIn")
    ('ML Engineer', 'Northwind', 'Graz, Austria')
    >>> clean_title("Data Scientist - Fraud | Northwind Careers"), clean_title("ML Engineer - Northwind | LinkedIn")
    (('Data Scientist - Fraud', '', ''), ('ML Engineer', 'Northwind', ''))
    >>> clean_title("ML Engineer (m/f/d) | Northwind")
    ('ML Engineer (m/f/d)', '', '')
    """
    title = one_line(title)[:300]
    bare = _SITE_END.sub("", title)
    on_site = bare != title
    hiring = _HIRING.match(bare) or None
    if hiring:
        return hiring.group(2), hiring.group(1), hiring.group(3) or ""
    application = _APPLICATION.match(bare)
    if application:
        return application.group(1), application.group(2) or "", ""
    bare = _CAREERS_END.sub("", bare)
    if on_site:
        for mark in (" | ", " - ", " – ", " — "):
            head, found, tail = bare.rpartition(mark)
            if found and head:
                return head.strip(), tail.strip(), ""
    if " | " in bare:
        return bare.split(" | ")[0].strip(), "", ""
    return bare.strip(), "", ""
