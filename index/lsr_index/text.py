"""Text that every library takes."""


def well_formed(text: str) -> str:
    r"""Replace halves of surrogate pairs by question marks.

    JSON may carry them ("\ud800"), but UTF-8, Parquet and tokenizers cannot.
    """
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
