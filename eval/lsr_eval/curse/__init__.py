"""How quality falls as an index grows around the same queries (Reimers & Gurevych, arXiv:2012.14210)."""
