"""Corpora and queries: one loader for every form that users have them in."""
