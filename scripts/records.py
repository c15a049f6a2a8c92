"""Keep the records of 500 labelled postings: making the reading faster must not change what is read.

python scripts/records.py             # exit 1 and say which records differ from tests/reference/records.json
python scripts/records.py --update    # after a change that is meant: a new model, a better reading
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path

from jobsort import Classifier
from jobsort.paths import data_folder
from jobsort.postings import load_labeled

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "tests" / "reference" / "records.json"
POSTINGS = 500


def current() -> dict[str, str]:
    """Return the SHA-256 of the record of each posting, by its name; numbers are as records round them."""
    classifier = Classifier.load("default")
    labeled = load_labeled(data_folder() / "labeled_postings")
    step = len(labeled) / POSTINGS
    chosen = [labeled[int(number * step)] for number in range(POSTINGS)]
    records = {}
    for item in chosen:
        record = classifier.classify(item.posting).asdict(text=True)
        records[item.name] = hashlib.sha256(json.dumps(record, ensure_ascii=False).encode()).hexdigest()[:24]
    return records


def differences() -> list[str]:
    """Return the names of the postings whose records are not the kept ones."""
    kept: dict[str, str] = json.loads(REFERENCE.read_text(encoding="utf-8"))
    now = current()
    return sorted(name for name in kept.keys() | now.keys() if kept.get(name) != now.get(name))


def main() -> None:
    """Compare, or write anew."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--update", action="store_true", help="write the records as they are now")
    if parser.parse_args().update:
        REFERENCE.parent.mkdir(exist_ok=True)
        REFERENCE.write_text(json.dumps(current(), indent=0) + "\n", encoding="utf-8")
        return
    found = differences()
    if found:
        some = ", ".join(found[:5])
        sys.exit(f"{len(found)} of {POSTINGS} records differ: {some}; if that is meant: python scripts/records.py --update")


if __name__ == "__main__":
    main()
