"""Cleaning, normalising, sections and sentences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from conftest import load_cases
from hypothesis import given
from hypothesis import strategies as st

from jobsort.text import SECTION_KINDS, clean, heading_kind, normalize, read_document
from jobsort.types import Posting


@pytest.mark.parametrize("case", load_cases("clean"))
def test_clean(case: dict[str, Any]) -> None:
    assert clean(case["text"]) == case["expected"]


@pytest.mark.parametrize("case", load_cases("headings"))
def test_headings(case: dict[str, Any]) -> None:
    assert heading_kind(case["text"]) == case["expected"]


@given(st.text())
def test_cleaning_is_done_once(text: str) -> None:
    once = clean(text)
    assert "\x00" not in once
    assert "\r" not in once
    assert once == once.strip()


@given(st.text())
def test_normalized_words_point_back(text: str) -> None:
    normalized = normalize(text)
    assert normalized.data.startswith(b" ")
    assert normalized.data.endswith(b" ")
    assert len(normalized.data) == len(normalized.positions)
    assert (np.diff(normalized.positions) >= 0).all()
    for place, byte in enumerate(normalized.data[1:-1], start=1):
        character = text[normalized.positions[place]]
        if chr(byte).isalnum() and character.isascii():
            assert character.lower() == chr(byte)


@given(st.text(), st.text())
def test_sections_and_sentences_cover_the_document(title: str, body: str) -> None:
    document = read_document(Posting(title=title, text=body))
    assert "".join(document.text[section.start : section.end] for section in document.sections) == document.text
    assert all(section.kind in SECTION_KINDS for section in document.sections)
    end = 0
    for sentence in document.sentences:
        assert end <= sentence.start < sentence.end <= len(document.text)
        end = sentence.end
    covered = "".join(document.text[s.start : s.end] for s in document.sentences)
    lost = [c for c in document.text if c.isalnum()]
    assert [c for c in covered if c.isalnum()] == lost


def test_line_breaks_part_words() -> None:
    assert normalize("Azure\nOpenAI").data == b" azure  openai "
    assert normalize("Azure OpenAI").data == b" azure openai "


def test_a_giant_cell_is_cut_with_a_warning() -> None:
    document = read_document(Posting(text="word " * 60_000))
    assert len(document.text) <= 100_000
    assert "cut from 300,000" in document.warnings[0]
