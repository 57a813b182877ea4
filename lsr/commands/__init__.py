"""The verbs of the command line that need nothing but lsr and its index."""
