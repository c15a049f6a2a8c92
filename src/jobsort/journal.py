"""Output that survives whatever ends the run: what is finished lies beside the output until all is.

``scored.csv.part`` holds finished rows, ``scored.csv.journal`` says how far they are good: a first line that tells the run, and a
line for each chunk, written once the chunk itself has reached the disk. A later run with the same inputs, model and options goes on
after the last such line; what stands behind it in the part is cut off. The output's own name appears in one rename, at the end.
"""

from __future__ import annotations

import json
import os
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from jobsort.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PART, INDEX = ".part", ".journal"
"""What the names of an unfinished output's data and journal end in."""


class Chunk(NamedTuple):
    """A finished chunk: where it ends in the part, how many rows of the input it took, and what else is to be known of it."""

    end: int
    rows: int
    notes: dict[str, Any]


class Journal:
    """The part and the journal of one output.

    Parameters
    ----------
    output
        The file that will be there at the end.
    run
        What makes a run the same run: inputs, model, options; plain JSON.
    resume
        Go on where a run was cut off, if one was; else an unfinished run in the way is an error.
    restart
        Start over, whatever an unfinished run has done.

    Attributes
    ----------
    chunks
        The finished ones, in order.

    Raises
    ------
    OutputError
        Where there is an unfinished run and `resume` is not set, where it is another one, or where `output` cannot be written.
    """

    def __init__(self, output: Path, run: Mapping[str, Any], *, resume: bool, restart: bool = False) -> None:
        self.output = output
        self.part, self.path = (output.with_name(output.name + suffix) for suffix in (PART, INDEX))
        self.chunks: list[Chunk] = []
        # As it will be read again: tuples become lists.
        told: dict[str, Any] = json.loads(json.dumps(run))
        with ExitStack() as stack:
            try:
                # Opened without cutting anything off: whatever happens, the lines that are there stay.
                self._index = stack.enter_context(open(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666), "r+b"))
                _lock(self._index, output)
                good = 0 if restart else self._read(told, resume=resume)
                self._data = stack.enter_context(open(os.open(self.part, os.O_RDWR | os.O_CREAT, 0o666), "r+b"))
                for file, size in ((self._data, self.size), (self._index, good)):
                    file.truncate(size)
                    file.seek(size)
                if not good:
                    self._note(told)
            except OSError as error:
                if isinstance(error, OutputError):
                    raise
                raise OutputError(f"cannot write {output}: {error.strerror or error}") from error
            stack.pop_all()

    @property
    def size(self) -> int:
        """How many bytes of the part are good."""
        return self.chunks[-1].end if self.chunks else 0

    @property
    def rows(self) -> int:
        """How many rows of the input are done."""
        return sum(chunk.rows for chunk in self.chunks)

    def add(self, data: bytes, rows: int, notes: dict[str, Any]) -> None:
        """Append a finished chunk: first the data, then the line that vouches for it.

        Raises
        ------
        OSError
            Where the disk is full or gone; the chunk does not count then.
        """
        self.check()
        self._data.write(data)
        self._data.flush()
        os.fsync(self._data.fileno())
        chunk = Chunk(self.size + len(data), rows, notes)
        self._note({"end": chunk.end, "rows": rows} | notes)
        self.chunks.append(chunk)

    def finish(self) -> None:
        """Give the part the output's name.

        Raises
        ------
        OutputError
            Where another run writes the same output.
        """
        self.check()
        self._data.close()
        os.replace(self.part, self.output)  # noqa: PTH105
        self.discard()

    def check(self) -> None:
        """Raise :class:`OutputError` where the part is no longer what this run has written: another run is at it."""
        try:
            there, ours = self.part.stat(), os.fstat(self._data.fileno())
            same = (there.st_dev, there.st_ino, there.st_size) == (ours.st_dev, ours.st_ino, self.size)
        except OSError:
            same = False
        if not same:
            raise OutputError(f"another run writes {self.output}; its rows are not ours: nothing was written here")

    def replace_by(self, finished: Path) -> None:
        """Give another file, made from the part, the output's name."""
        self.check()
        self._data.close()
        os.replace(finished, self.output)  # noqa: PTH105
        self.discard()

    def close(self) -> None:
        """Close both files; they stay where they are."""
        for file in (self._data, self._index):
            # On a full disk closing fails, too; what could not be written was not vouched for.
            with suppress(OSError):
                file.close()

    def discard(self) -> None:
        """Remove both files: there is nothing in them worth going on from."""
        self._data.close()
        self.part.unlink(missing_ok=True)
        # The journal goes while it is still locked, or another run's would; where open files cannot go, right after.
        with suppress(PermissionError):
            self.path.unlink(missing_ok=True)
        self.close()
        if os.name == "nt":
            self.path.unlink(missing_ok=True)

    def _note(self, line: Mapping[str, Any]) -> None:
        # ASCII, so that whatever a name or a message holds can be written.
        self._index.write(json.dumps(line).encode("ascii") + b"\n")
        self._index.flush()
        os.fsync(self._index.fileno())

    def _read(self, run: dict[str, Any], *, resume: bool) -> int:
        """Take over the chunks of an unfinished run; return how many bytes of its journal are good, 0 where there is none."""
        lines = read_lines(self.output)
        # Without rows, or without its data, a journal vouches for nothing.
        if not sum(line["rows"] for _, line in lines[1:]) or not self.part.exists():
            return 0
        if not resume:
            raise OutputError(
                f"{self.path.name} holds {sum(line['rows'] for _, line in lines[1:]):,} finished rows of a run that was cut off: "
                "go on with --resume, or start over with --restart"
            )
        before = lines[0][1]
        for key, value in run.items():
            if before.get(key) != value:
                hashes = key in {"model", "lexicon"}
                values = "" if hashes else f" ({_short(before.get(key))} then, {_short(value)} now)"
                raise OutputError(
                    f"cannot go on with {self.path.name}: the {key} is another one{values}; start over with --restart"
                    if hashes
                    else f"cannot go on with {self.path.name}: {key} differs{values}; start over with --restart"
                )
        size = self.part.stat().st_size
        good = 0
        for end_of_line, line in lines[1:]:
            notes = dict(line)
            end, rows = int(notes.pop("end")), int(notes.pop("rows"))
            if end > size:
                break
            self.chunks.append(Chunk(end, rows, notes))
            good = end_of_line
        return good


def _lock(file: BinaryIO, output: Path) -> None:
    """Keep other runs off while the journal is open; where there are no locks, :meth:`Journal.check` must do."""
    try:
        import fcntl
    except ImportError:
        return
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise OutputError(f"another run is writing {output}: wait for it, stop it, or pass another name with -o") from error


def read_lines(output: Path) -> list[tuple[int, dict[str, Any]]]:
    """Return the whole lines of an output's journal, each with the offset where it ends; none where there is no journal."""
    try:
        content = output.with_name(output.name + INDEX).read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise OutputError(f"cannot read {output.name + INDEX}: {error.strerror or error}") from error
    lines: list[tuple[int, dict[str, Any]]] = []
    end = 0
    for line in content.splitlines(keepends=True):
        end += len(line)
        try:
            lines.append((end, json.loads(line)))
        except ValueError:
            break  # cut off in the middle of writing
        if not line.endswith(b"\n"):
            lines.pop()
    return lines


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else text[:79] + "…"
