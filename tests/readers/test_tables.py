"""Tables: dialects, broken rows, formats, and what is said where nothing can be read."""

from __future__ import annotations

import builtins
import csv
import gzip
import io
import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobsort.errors import MissingColumnError, MissingExtraError, PostingNotFoundError, UnreadableSourceError
from jobsort.readers import open_table, read_source
from jobsort.readers.tables import frame_postings

if TYPE_CHECKING:
    from pathlib import Path

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


def write(path: Path, data: str | bytes) -> Path:
    path.write_bytes(data if isinstance(data, bytes) else data.encode("utf-8"))
    return path


def cells(path: Path, **options: Any) -> list[dict[str, Any]]:
    return [row.values for row in open_table(path, **options)]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252"])
def test_dialects(tmp_path: Path, mark: str, end: str, encoding: str) -> None:
    rows = [["title", "description"], ["Zürich Engineer", f'say "hi"{mark} and{end}go'], ["", ""]]
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=mark, lineterminator=end).writerows(rows)
    table = open_table(write(tmp_path / "t.csv", buffer.getvalue().encode(encoding)))
    assert table.columns == rows[0]
    assert [list(row.values.values()) for row in table] == rows[1:]


def test_hint_of_the_delimiter(tmp_path: Path) -> None:
    assert cells(write(tmp_path / "t.csv", "sep=;\ntitle;description\nA;B\n")) == [{"title": "A", "description": "B"}]


def test_ragged_rows_lose_nothing(tmp_path: Path) -> None:
    table = open_table(write(tmp_path / "t.csv", "title,description,x\nA\nB,text,1,two,three\n"))
    short, long = list(table)
    assert short.values == {"title": "A", "description": "", "x": ""}
    assert long.values == {"title": "B", "description": "text", "x": "1", "_extra_1": "two", "_extra_2": "three"}
    assert long.posting is not None
    assert "_extra_2" in long.posting.warnings[0]
    assert table.columns == ["title", "description", "x"]


def test_a_quote_that_is_never_closed_is_said(tmp_path: Path) -> None:
    rows = "".join(f"{number},text {number}\n" for number in range(40))
    table = open_table(write(tmp_path / "t.csv", 'title,description\nA,"one\ntwo"\nB,"open\n' + rows))
    good, bad = list(table)
    assert (good.error, good.values["description"]) == (None, "one\ntwo")
    assert bad.error == "a quote that opens from line 4 on is never closed: 41 lines are in one row"
    assert "39,text 39" in bad.values["description"]
    assert [row.error for row in open_table(write(tmp_path / "u.csv", 'title,description\nA,"no line end"'))] == [None]


def test_a_first_line_longer_than_what_is_peeked_at(tmp_path: Path) -> None:
    lines = [{"title": "A", "description": "x" * 100_000}, {"title": "B", "description": "text"}]
    assert len(list(open_table(write(tmp_path / "t.jsonl", "\n".join(map(json.dumps, lines)))))) == 2


def test_repeated_and_unnamed_columns(tmp_path: Path) -> None:
    table = open_table(write(tmp_path / "t.csv", ",title,title,description\n0,A,B,text\n"))
    assert table.header == ["", "title", "title", "description"]
    assert table.columns == ["", "title", "title_2", "description"]
    assert [list(row.values.values()) for row in table] == [["0", "A", "B", "text"]]


def test_backslash_escapes_only_where_quotes_are_escaped_so(tmp_path: Path) -> None:
    escaped = 'title,description\nA,"say \\"hi\\", then go"\nB,"plain, text"\n'
    assert cells(write(tmp_path / "a.csv", escaped))[0]["description"] == 'say "hi", then go'
    markdown = 'title,description\nA,"end\\-to\\-end ""x"" C:\\"\nB,text\n'
    assert cells(write(tmp_path / "b.csv", markdown))[0]["description"] == 'end\\-to\\-end "x" C:\\'


def test_doubled_backslashes_are_undone_in_the_text_alone(tmp_path: Path) -> None:
    (row,) = open_table(write(tmp_path / "t.csv", 'title,description\nA,"end\\\\-to\\\\-end"\n'))
    assert row.values["description"] == "end\\\\-to\\\\-end"
    assert row.posting is not None
    assert row.posting.text == "end\\-to\\-end"


def test_large_cells_and_nuls(tmp_path: Path) -> None:
    big = "word " * 60_000
    (row,) = open_table(write(tmp_path / "t.csv", f'title,description\nA\x00B,"{big}"\n'))
    assert row.posting is not None
    assert row.posting.title == "AB"
    assert row.posting.text == big.strip()


def test_open_quote_is_an_error_of_its_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = csv.field_size_limit()
    monkeypatch.setattr("jobsort.readers.formats._LARGEST_CELL", 1000)
    csv.field_size_limit(1000)
    try:
        body = 'A,one\nB,"open\n' + "C,two words\n" * 200
        rows = list(open_table(write(tmp_path / "t.csv", "title,description\n" + body)))
    finally:
        csv.field_size_limit(limit)
    assert rows[0].error is None
    assert "open quote" in (rows[1].error or "")
    assert rows[-1].posting is not None


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(
            st.text(st.characters(blacklist_categories=["Cs", "Cc"]) | st.sampled_from("\n\t\x1f"), max_size=20),
            min_size=3,
            max_size=3,
        ),
        max_size=15,
    )
)
def test_csv_rows_in_are_rows_out(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(["title", "description", "company"])
        writer.writerows(rows)
    assert [list(row.values.values()) for row in open_table(path)] == rows


def test_gzip(tmp_path: Path) -> None:
    data = b"title,description\nA,text\n"
    assert cells(write(tmp_path / "t.csv.gz", gzip.compress(data))) == [{"title": "A", "description": "text"}]
    assert read_source(write(tmp_path / "t.jsonl.gz", gzip.compress(b'{"title": "A", "description": "t"}\n')))[0].title == "A"
    with pytest.raises(UnreadableSourceError, match="gzip"):
        open_table(write(tmp_path / "bad.csv.gz", data))
    whole = gzip.compress(b"title,description\n" + b"".join(b"A%d,text\n" % i * 3 for i in range(50_000)))
    rows = list(open_table(write(tmp_path / "cut.csv.gz", whole[: len(whole) // 2])))
    assert rows[0].posting is not None
    assert "breaks off" in (rows[-1].error or "")


def test_parquet(tmp_path: Path) -> None:
    frame = pd.DataFrame({"title": ["A", None], "description": ["text", float("nan")], "tags": [["x"], []]})
    frame.to_parquet(tmp_path / "t.parquet")
    table = open_table(tmp_path / "t.parquet")
    first, second = list(table)
    assert table.count == 2
    assert table.position() == 1
    assert first.posting is not None
    assert first.values["tags"] == ["x"]
    assert second.error == "no text and no title"
    with pytest.raises(UnreadableSourceError, match="not a parquet file"):
        open_table(write(tmp_path / "bad.parquet", PNG))


def test_excel(tmp_path: Path) -> None:
    pd.DataFrame({"Job Title": ["A", ""], "Job Description": ["text", None], "n": [1, 2]}).to_excel(
        tmp_path / "t.xlsx", index=False
    )
    rows = list(open_table(tmp_path / "t.xlsx"))
    assert rows[0].values == {"Job Title": "A", "Job Description": "text", "n": 1}
    assert rows[1].error == "no text and no title"
    with pytest.raises(UnreadableSourceError, match="workbook"):
        open_table(write(tmp_path / "bad.xlsx", PNG))


@pytest.mark.parametrize(("suffix", "package", "extra"), [("parquet", "pyarrow", "parquet"), ("xlsx", "openpyxl", "excel")])
def test_missing_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, package: str, extra: str) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **options: Any) -> Any:
        if name.split(".", maxsplit=1)[0] == package:
            raise ImportError(name)
        return real(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=rf"reading \.{suffix} needs {package}; install jobsort\[{extra}\]"):
        open_table(write(tmp_path / f"t.{suffix}", b"PAR1"))


@pytest.mark.parametrize(
    "data",
    [
        '[{"title": "A", "description": "t"}]',
        '{"data": [{"title": "A", "description": "t"}]}',
        '{"results": {"items": [{"title": "A", "description": "t"}]}}',
        '{"title": {"0": "A"}, "description": {"0": "t"}}',
        '{"columns": ["title", "description"], "index": [0], "data": [["A", "t"]]}',
        '{"title": "A", "description": "t"}',
        '{"title": "A", "description": "t"}\n{"title": "B", "description": "u"}\n',
        '[\n  {\n  "title": "A",\n  "description": "t"\n  }\n]',
        '{\n  "title": "A",\n  "description": "t"\n}',
        '{"@type": "JobPosting", "title": "A", "description": "t"}',
    ],
)
@pytest.mark.parametrize("suffix", [".json", ".jsonl", ".ndjson"])
def test_json_shapes_whatever_the_suffix(tmp_path: Path, data: str, suffix: str) -> None:
    rows = list(open_table(write(tmp_path / f"t{suffix}", data)))
    assert rows[0].posting is not None
    assert (rows[0].posting.title, rows[0].posting.text) == ("A", "t")


def test_sparse_json_lines(tmp_path: Path) -> None:
    lines = [{"title": "A", "description": "t"}] * 300 + [{"title": "B", "job_description": "late", "more": 1}]
    table = open_table(write(tmp_path / "t.jsonl", "\n".join(map(json.dumps, lines))))
    last = list(table)[-1]
    assert last.posting is not None
    assert last.posting.text == "late"
    assert "more" not in table.columns
    assert "more" in last.values


def test_columns_named_by_the_user(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "id,body,co,description\n1,real text,Acme,decoy\n")
    (row,) = open_table(path, columns={"text": "body", "company": "co"})
    assert row.posting is not None
    assert (row.posting.text, row.posting.company) == ("real text", "Acme")
    nested = write(tmp_path / "t.json", '[{"job": {"about": "real text"}, "title": "A"}]')
    (row,) = open_table(nested, columns={"text": "job.about"})
    assert row.posting is not None
    assert row.posting.text == "real text"


def test_missing_columns_name_the_remedy(tmp_path: Path) -> None:
    path = write(tmp_path / "export.csv", "id,body,co\n1,a rather long text,Acme\n")
    with pytest.raises(
        MissingColumnError, match=r"export.csv has no description column; found id, body, co. Pass --text-column body\."
    ):
        open_table(path)
    with pytest.raises(MissingColumnError, match=r"no column 'bodi'; found id, body, co\. Did you mean body\?"):
        open_table(path, columns={"text": "bodi"})
    with pytest.raises(MissingColumnError, match="unknown field 'texte'"):
        open_table(path, columns={"texte": "body"})
    for suffix, data in (
        (".jsonl", '{"id": 1, "body": "a rather long text"}'),
        (".json", '[{"id": 1, "body": "a rather long text"}]'),
    ):
        with pytest.raises(MissingColumnError, match=r"Pass --text-column body\."):
            open_table(write(tmp_path / f"t{suffix}", data))


def test_a_label_is_no_title(tmp_path: Path) -> None:
    (row,) = open_table(write(tmp_path / "t.csv", "role,text\nml_engineer,Ship models.\n"))
    assert row.posting is not None
    assert row.posting.title == ""


def test_a_rank_is_no_title(tmp_path: Path) -> None:
    (row,) = open_table(write(tmp_path / "t.csv", "position,name,description\n1,ML Engineer,Ship models.\n"))
    assert row.posting is not None
    assert row.posting.title == "ML Engineer"


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("t.csv", b"", "is empty"),
        ("t.csv", PNG, "a PNG image"),
        ("t.json", b"%PDF-1.7", "a PDF"),
        ("t.json", b'{"a": ', "not valid JSON"),
        ("t.json", b"[]", "no rows"),
        ("t.json", b"[" * 200_000, "not valid JSON|nested too deeply"),
        ("t.jsonl", b"nonsense\n", "line 1 is not JSON"),
        ("t.doc", b"text", "tables end in"),
    ],
)
def test_unreadable(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    with pytest.raises(UnreadableSourceError, match=message):
        open_table(write(tmp_path / name, data))


def test_deep_nesting_is_an_error_of_its_row(tmp_path: Path) -> None:
    deep = '{"a":' * 100_000
    rows = list(open_table(write(tmp_path / "t.jsonl", '{"title": "A", "description": "t"}\n' + deep + "\n")))
    assert rows[0].posting is not None
    assert rows[1].error is not None


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(PostingNotFoundError, match=r"gone\.csv does not exist"):
        open_table(tmp_path / "gone.csv")
    with pytest.raises(UnreadableSourceError, match="is a folder"):
        open_table(tmp_path)
    with pytest.raises(UnreadableSourceError, match=r"t\.csv has no row that can be read"):
        read_source(write(tmp_path / "t.csv", "title,description\n"))


def test_frame() -> None:
    frame = pd.DataFrame({"Job Title": ["A", None], "body": ["text", float("nan")]}, index=[7, 7])
    rows = list(frame_postings(frame, columns={"text": "body"}))
    assert rows[0].posting is not None
    assert rows[0].posting.text == "text"
    assert rows[1].error == "no text and no title"
    with pytest.raises(MissingColumnError, match=r"the data frame has no description column.*columns=\{'text': 'body'\}"):
        frame_postings(frame)
