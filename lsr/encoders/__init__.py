"""Encoders: text in, sparse vectors out."""

DEFAULT_MODEL = "lsr-mini"
"""Comes with lsr (`lsr.encoders.finding.SHIPPED`), so that nothing need be fetched."""
