"""Test collections, TREC runs, effectiveness measures, and what retrieval costs."""
