"""The search page: an address is read (`asked`), searched (`columns`) and shown (`rendering`, templates, static)."""
