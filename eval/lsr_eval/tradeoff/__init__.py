"""Trade-offs: one system at many settings, what each costs, and which are worth their cost.

`settings.py` says what can be set, `cutting.py` does it to vectors, `source.py` encodes the corpus once, `building.py`
makes an index of each setting, `timing.py` asks them in turn, `sweep.py` goes through all of it and keeps `points.py`;
`pareto.py`, `report.py` and `plot.py` tell, `choosing.py` picks a point, and `writing.py` makes an index of it.
"""
