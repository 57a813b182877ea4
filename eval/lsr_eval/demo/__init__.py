"""The demo: two indexes of Python's own documentation, side by side, judged by questions that newcomers ask."""
