"""Other ways to run the same scoring: on the processes of a Dask cluster. Spark needs no module here; see ``docs/scale.md``."""
