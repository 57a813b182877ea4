"""Ranking losses, one a file behind one interface."""
