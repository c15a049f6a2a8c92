"""Cells as text and numbers: what counts as missing, places, and pay."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from jobsort.patterns import lazy
from jobsort.readers.markup import as_text
from jobsort.readers.titles import one_line
from jobsort.types import Salary

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_NOT_A_VALUE = frozenset({"", "-1", "-1.0", "nan", "NaN", "<NA>", "NaT"})
# Words for "nothing" where a title or a text should stand. A company may well be called "NA" or "None".
_NOTHING = frozenset({"none", "null", "n/a", "na", "nil", "-", "--", "undefined"})
# Keys under which an object says in words what it stands for, best first.
_WORDS = (
    "name",
    "text",
    "label",
    "title",
    "value",
    "fullLocation",
    "display_name",
    "displayName",
    "address",
    "description",
)
_ODD_BACKSLASHES = lazy(r"(?<!\\)\\(?:\\\\)*(?!\\)")


def is_missing(value: object) -> bool:
    """Tell whether a cell holds nothing: empty, NaN, or the -1 of Glassdoor exports.

    Examples
    --------
    >>> is_missing(float("nan")), is_missing("-1"), is_missing(" "), is_missing("NA")
    (True, True, True, False)
    """
    if value is None:
        return True
    if isinstance(value, str):
        return value.strip() in _NOT_A_VALUE
    if isinstance(value, bool):
        return False
    if isinstance(value, int | float):
        return value == -1 or math.isnan(value)
    if isinstance(value, list | tuple | dict):
        return not value
    return str(value) in _NOT_A_VALUE


def cell_text(value: object) -> str:
    r"""Return what a cell says, without markup; objects and lists are read for their words.

    Examples
    --------
    >>> cell_text({"name": "Berlin"}), cell_text(["Python", "SQL"]), cell_text(-1), cell_text("<p>R&amp;D</p>")
    ('Berlin', 'Python\nSQL', '', 'R&D')
    """
    if is_missing(value):
        return ""
    if isinstance(value, str):
        return as_text(value).strip()
    return _words(value, 0)


def _words(value: object, depth: int) -> str:
    if depth > 6 or is_missing(value) or isinstance(value, bool):
        return ""
    if isinstance(value, str):
        return as_text(value).strip()
    if isinstance(value, dict):
        lowered = {str(key).lower(): item for key, item in value.items()}
        for key in _WORDS:
            words = _words(lowered.get(key.lower()), depth + 1)
            if words:
                return words
        return ""
    if isinstance(value, list | tuple):
        return "\n".join(filter(None, (_words(item, depth + 1) for item in value)))
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").strip()
    return str(value)


def body_text(value: object) -> str:
    """Return :func:`cell_text` where "None" and "n/a" mean that there is no text.

    Examples
    --------
    >>> body_text("None"), body_text("None of our models ship untested.")
    ('', 'None of our models ship untested.')
    """
    text = cell_text(value)
    return "" if len(text) < 10 and text.lower() in _NOTHING else text


def unescape_pairs(text: str) -> str:
    r"""Undo a csv writer that doubled every backslash: each stands in a pair then, which no other text does.

    Examples
    --------
    >>> print(unescape_pairs(r"end\\-to\\-end"), unescape_pairs(r"C:\\data\x"))
    end\-to\-end C:\\data\x
    """
    if "\\\\" in text and _ODD_BACKSLASHES.search(text) is None:
        return text.replace("\\\\", "\\")
    return text


def company_name(value: object) -> str:
    r"""Return a company's name, without the rating that Glassdoor exports carry behind a line break.

    Examples
    --------
    >>> company_name("Northwind Labs\n3.8"), company_name({"name": "Northwind Labs"}), company_name("NA")
    ('Northwind Labs', 'Northwind Labs', 'NA')
    """
    return one_line(re.sub(r"\n\s{0,20}\d(?:\.\d)?\s*\Z", "", cell_text(value)))


def place(value: object) -> str:
    """Return a location: text, a list of texts, or an object with city, region and country, also in schema.org's words.

    Examples
    --------
    >>> place({"city": "Graz", "region": "Styria", "country": "Austria"}), place(["Oslo", "Remote"])
    ('Graz, Styria, Austria', 'Oslo; Remote')
    >>> place({"@type": "Place", "address": {"addressLocality": "Leeds", "addressCountry": {"name": "UK"}}})
    'Leeds, UK'
    """
    return _place(value, 0)


_PLACE_PARTS = (
    ("addresslocality", "city"),
    ("addressregion", "region", "state"),
    ("addresscountry", "country", "countryname"),
)


def _place(value: object, depth: int) -> str:
    if depth > 6 or is_missing(value) or isinstance(value, bool):
        return ""
    if isinstance(value, list | tuple):
        return "; ".join(dict.fromkeys(filter(None, (_place(item, depth + 1) for item in value))))
    if isinstance(value, dict):
        lowered = {str(key).lower(): item for key, item in value.items()}
        parts = [next(filter(None, (_place(lowered.get(name), depth + 1) for name in names)), "") for names in _PLACE_PARTS]
        if not any(parts) and "address" in lowered:
            return _place(lowered["address"], depth + 1) or one_line(cell_text(value))
        return join_place(parts) or one_line(cell_text(value))
    return one_line(cell_text(value))


def join_place(parts: Iterable[str]) -> str:
    """Join city, region and country, each once.

    Examples
    --------
    >>> join_place(["Berlin", "Berlin", "Germany"])
    'Berlin, Germany'
    """
    return ", ".join(dict.fromkeys(part for part in parts if part))


# --- pay --------------------------------------------------------------------------------------------------------

_PERIODS = (
    ("hour", ("hour", "hr", "hourly")),
    ("day", ("day", "daily", "diem")),
    ("week", ("week", "weekly", "wk")),
    ("month", ("month", "monthly", "mo")),
    ("year", ("year", "yearly", "annual", "annually", "annum", "yr", "pa")),
)
_WORD = lazy(r"[a-z]+")
_NUMBER = lazy(r"(\d[\d,.'\u2019 \u00a0\u202f]{0,18}\d|\d)\s?([kKmM]\b)?")
_SYMBOLS = {"£": "GBP", "€": "EUR", "₹": "INR", "¥": "JPY", "₩": "KRW", "zł": "PLN", "R$": "BRL", "₪": "ILS"}
_DOLLARS = {"US$": "USD", "CA$": "CAD", "C$": "CAD", "A$": "AUD", "AU$": "AUD", "NZ$": "NZD", "S$": "SGD", "HK$": "HKD"}
_CODE = lazy(
    r"\b(USD|EUR|GBP|CAD|AUD|NZD|CHF|INR|SGD|JPY|CNY|HKD|SEK|NOK|DKK|PLN|CZK|BRL|MXN|ZAR|ILS|AED|KRW|PHP|THB|MYR|IDR|TRY)\b"
)
# Where a year's pay is told from an hour's by its size alone; in yen or rupees it is not.
_ANNUAL_BY_SIZE = frozenset({"USD", "EUR", "GBP", "CAD", "AUD", "NZD", "CHF", "SGD"})
_STATES = """AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH
OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC"""
_UNITED_STATES = lazy(rf"\b(?:United States|USA|U\.S\.)|, (?:US|{'|'.join(_STATES.split())})\b(?! \d{{3}})")
_UNITED_KINGDOM = lazy(r"\b(?:United Kingdom|UK|England|Scotland|Wales)\b")


def amount(value: object) -> float | None:
    """Return a positive amount of money, or None.

    Examples
    --------
    >>> amount("120,000.00"), amount("$95K"), amount(0), amount("competitive")
    (120000.0, 95000.0, None, None)
    """
    if isinstance(value, bool) or is_missing(value):
        return None
    if isinstance(value, int | float):
        number = float(value) if abs(value) < 1e12 else math.inf
    else:
        found = _NUMBER.search(str(value))
        number = _number(found) if found else math.nan
    return number if 0 < number < 1e10 else None


def _number(match: re.Match[str]) -> float:
    digits, suffix = match.groups()
    digits = re.sub(r"[\s'\u2019]", "", digits)
    # "1.234.567,89" or "95.000": the last mark is a decimal one unless three digits follow it.
    tail = re.search(r"[.,](\d{1,2})\Z", digits)
    whole = re.sub(r"[.,]", "", digits[: tail.start()] if tail else digits)
    number = float(f"{whole or 0}.{tail.group(1) if tail else 0}")
    return number * {"k": 1e3, "m": 1e6}.get((suffix or "").lower(), 1.0)


def pay_period(value: object) -> str | None:
    """Return the period that a board's word means: ``YEARLY``, ``per-hour-wage``, ``1 YEAR``, ``an hour``.

    Examples
    --------
    >>> pay_period("YEARLY"), pay_period("per-hour-wage"), pay_period("1 MONTH"), pay_period("ONCE")
    ('year', 'hour', 'month', None)
    """
    words = set(_WORD.findall(str(value).lower().replace("p.a.", "pa").replace("/h ", "/hr "))) if value else set()
    return next((period for period, names in _PERIODS if words.intersection(names)), None)


def currency_code(value: object, location: str = "") -> str | None:
    """Return the ISO code that a code, a symbol or, failing these, a plain dollar or place points to.

    Examples
    --------
    >>> currency_code("usd"), currency_code("£55,000"), currency_code("", "Austin, TX"), currency_code("")
    ('USD', 'GBP', 'USD', None)
    """
    text = "" if is_missing(value) else str(value).strip()
    if len(text) == 3 and text.isascii() and text.isalpha():
        return text.upper()
    found = _CODE.search(text.upper())
    if found:
        return found.group()
    for symbol, code in (*_DOLLARS.items(), *_SYMBOLS.items()):
        if symbol in text:
            return code
    if "$" in text:
        return "USD"
    if not text and _UNITED_STATES.search(location):
        return "USD"
    if not text and _UNITED_KINGDOM.search(location):
        return "GBP"
    return None


def make_salary(low: object, high: object, currency: object, period: object, *, guess: bool = False) -> Salary | None:
    """Return a salary from a board's fields, or None where they do not add up to one.

    Parameters
    ----------
    low, high
        The ends of the range: numbers or texts; either may be missing.
    currency, period
        The board's words for them.
    guess
        Tell a missing period from the size of the amount where the currency allows it.

    Examples
    --------
    >>> make_salary(160000.0, "150,000", "USD", "yearly")
    Salary(min=150000.0, max=160000.0, currency='USD', period='year')
    >>> make_salary(0, -5, "USD", "yearly") is None
    True
    """
    ends = [amount(low), amount(high)]
    code = currency_code(currency)
    known = [end for end in ends if end is not None]
    if not known or code is None:
        return None
    name = pay_period(period)
    if name is None and guess and not str(period or "").strip() and code in _ANNUAL_BY_SIZE and min(known) >= 15_000:
        name = "year"
    # A yearly wage of 20 is an hourly one under the wrong label, or thousands: which, nobody knows.
    if name is None or (name == "year" and max(known) < 200):
        return None
    if len(known) == 2:
        ends = [min(known), max(known)]
    return Salary(ends[0], ends[1], code, name)


def pay_text(text: str, location: str = "") -> Salary | None:
    """Read a board's pay field that is a phrase; an estimate of the board's own is not pay the employer states.

    Examples
    --------
    >>> pay_text("$120K - $150K a year")
    Salary(min=120000.0, max=150000.0, currency='USD', period='year')
    >>> pay_text("$53K-$91K (Glassdoor est.)") is None
    True
    """
    if not 0 < len(text) <= 200 or re.search(r"\best(?:\b|imate)", text, re.IGNORECASE):
        return None
    numbers = [match for match in _NUMBER.finditer(text) if not text[match.end() : match.end() + 1].startswith("%")]
    if not 1 <= len(numbers) <= 2:
        return None
    values = [_number(match) for match in numbers]
    if len(values) == 2 and (numbers[1].group(2) or "").lower() == "k" and values[0] < 1000:
        values[0] *= 1000  # "120-150K"
    low, high = values[0], values[-1]
    code = currency_code(text) or currency_code("", location)
    if re.search(r"\bup to\b", text, re.IGNORECASE):
        return make_salary(None, high, code, _period_in(text), guess=True)
    if "+" in text or re.search(r"\bfrom\b", text, re.IGNORECASE):
        return make_salary(low, high if len(values) == 2 else None, code, _period_in(text), guess=True)
    return make_salary(low, high, code, _period_in(text), guess=True)


def _period_in(text: str) -> str:
    return pay_period(text.replace("/", " ")) or ""


def schema_salary(value: object, currency: object = None) -> Salary | None:
    """Read schema.org's ``baseSalary``: an object, a number or a phrase.

    Examples
    --------
    >>> schema_salary({"currency": "EUR", "value": {"minValue": 60000, "maxValue": 75000, "unitText": "YEAR"}})
    Salary(min=60000.0, max=75000.0, currency='EUR', period='year')
    """
    if isinstance(value, list):
        value = next((item for item in value if not is_missing(item)), None)
    if isinstance(value, str):
        return pay_text(value) or make_salary(value, value, currency, "", guess=True)
    if isinstance(value, int | float):
        return make_salary(value, value, currency, "", guess=True)
    if not isinstance(value, dict):
        return None
    currency = value.get("currency") or value.get("priceCurrency") or currency
    unit = value.get("unitText") or value.get("unitCode") or value.get("duration")
    inner = value.get("value")
    if isinstance(inner, list):
        inner = next((item for item in inner if not is_missing(item)), None)
    if isinstance(inner, dict):
        currency = currency or inner.get("currency")
        return _range(inner, currency, inner.get("unitText") or inner.get("unitCode") or unit)
    if inner is not None and not is_missing(inner):
        return make_salary(inner, inner, currency, unit, guess=True) or (pay_text(inner) if isinstance(inner, str) else None)
    return _range(value, currency, unit)


_LOW = ("minValue", "min", "minimum", "min_amount", "minAmount", "minvalue", "low", "from", "value")
_HIGH = ("maxValue", "max", "maximum", "max_amount", "maxAmount", "maxvalue", "high", "to", "value")


def _first(value: Mapping[str, Any], names: Iterable[str]) -> object:
    return next((value[name] for name in names if not is_missing(value.get(name))), None)


def _range(value: Mapping[str, Any], currency: object, period: object) -> Salary | None:
    return make_salary(_first(value, _LOW), _first(value, _HIGH), currency, period, guess=True)


def pay_object(value: object) -> Salary | None:
    """Read the pay objects of applicant tracking systems: Lever's, Ashby's, and Greenhouse's in cents.

    Examples
    --------
    >>> pay_object({"min": 90000, "max": 120000, "currency": "USD", "interval": "per-year-salary"})
    Salary(min=90000.0, max=120000.0, currency='USD', period='year')
    >>> pay_object([{"min_cents": 9000000, "max_cents": 12000000, "currency_type": "USD"}])
    Salary(min=90000.0, max=120000.0, currency='USD', period='year')
    """
    if isinstance(value, list):
        return next(filter(None, (pay_object(item) for item in value[:10] if isinstance(item, dict))), None)
    if not isinstance(value, dict):
        return None
    components = value.get("summaryComponents") or value.get("components")
    if isinstance(components, list):
        for item in components:
            if isinstance(item, dict) and str(item.get("compensationType", "Salary")).lower() == "salary":
                return _range(item, item.get("currencyCode") or item.get("currency"), item.get("interval"))
    tiers = value.get("compensationTiers")
    if isinstance(tiers, list) and tiers:
        return next(filter(None, (pay_object(tier) for tier in tiers[:10])), None)
    if "min_cents" in value or "max_cents" in value:
        cents = [amount(value.get(name)) for name in ("min_cents", "max_cents")]
        low, high = (None if end is None else end / 100 for end in cents)
        return make_salary(low, high, value.get("currency_type"), value.get("interval"), guess=True)
    if "baseSalary" in value or isinstance(value.get("value"), dict):
        return schema_salary(value.get("baseSalary", value))
    period = value.get("interval") or value.get("period") or value.get("unitText")
    return _range(value, value.get("currency") or value.get("currencyCode"), period)
