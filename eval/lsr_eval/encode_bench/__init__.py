"""Our encoder beside sentence-transformers': the same model, texts, threads and precision."""
