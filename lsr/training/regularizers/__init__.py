"""Penalties on a batch of term weights, one a file behind one interface."""
