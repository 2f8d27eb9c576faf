"""Many files and many districts on Dask: records to cells, and a plan for each district."""

__all__: list[str] = []
