"""Suites: datasets × systems, measured once, kept by content, and told as one report."""
