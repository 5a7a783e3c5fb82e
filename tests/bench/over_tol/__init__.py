"""What `tests/bench/run tol` measures, a part each."""
