"""Score postings on Spark: the function that reads a pandas frame, run by each executor on the rows it holds.

spark-submit spark_score.py hdfs:///postings hdfs:///scored

Every executor needs jobsort installed (``pip install jobsort``, or a packed environment passed with ``--archives``).
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from pyspark.sql import SparkSession
from pyspark.sql.types import DoubleType, StringType, StructField, StructType

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

# Of the columns that classify_frame adds, those to keep: less to write, less to store.
KEPT = {
    "jobsort_role": StringType(),
    "jobsort_confidence": DoubleType(),
    "jobsort_seniority": StringType(),
    "jobsort_skills_required": StringType(),
    "jobsort_error": StringType(),
}


def score(frames: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    """Read frame after frame; the model is loaded once a task."""
    from jobsort import Classifier

    classifier = Classifier.load()
    for frame in frames:
        yield frame.join(classifier.classify_frame(frame)[list(KEPT)])


def main(source: str, target: str) -> None:
    """Read Parquet, write Parquet; no shuffle in between."""
    spark = (
        SparkSession.builder.appName("jobsort")
        # Rows of one frame: some ten MB of text.
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", 2000)
        .getOrCreate()
    )
    postings = spark.read.parquet(source)
    added = [StructField(name, kind) for name, kind in KEPT.items()]
    postings.mapInPandas(score, StructType(postings.schema.fields + added)).write.parquet(target)


if __name__ == "__main__":
    main(*sys.argv[1:3])
