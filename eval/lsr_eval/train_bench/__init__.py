"""Training steps side by side: ours and sentence-transformers'."""
