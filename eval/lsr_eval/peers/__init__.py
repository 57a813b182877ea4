"""Engines that `lsr bench engine` measures side by side: one adapter a file, one contract (base.py)."""
