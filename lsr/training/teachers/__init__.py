"""Teachers: what says how well documents answer queries, so that a sparse model can learn it."""
