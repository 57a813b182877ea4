"""Traversals: one a file, all with the same signature, all equal to the exhaustive oracle."""
