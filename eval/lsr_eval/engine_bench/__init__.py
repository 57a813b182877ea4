"""`lsr bench engine`: engines side by side on the same vectors, each in a process of its own.

Read run.py first; inputs.py, truth.py, child.py and report.py are its parts.
"""
