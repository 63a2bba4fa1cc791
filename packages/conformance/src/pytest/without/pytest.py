"""Stands before the real one on the path: a Python without pytest."""

raise ModuleNotFoundError("No module named 'pytest'", name="pytest")
