"""Training data by id: examples name queries and documents, whose texts are looked up when a batch is made."""
