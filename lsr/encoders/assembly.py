"""From a layout and settings to an encoder: networks are loaded, lengths and windows settled."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lsr.encoders.base import SparseEncoder
from lsr.encoders.formats import table
from lsr.encoders.inference_free import InferenceFreeEncoder
from lsr.encoders.layouts import Layout, NetworkFiles, TableFiles
from lsr.encoders.tokenization import TextTokenizer
from lsr_index.errors import InputError, MissingDependencyError, ModelError

if TYPE_CHECKING:
    from lsr.encoders.network import Network
    from lsr.encoders.side import Side

DEFAULT_LENGTH = 256
OVERLAP = 8  # windows overlap by this part of their length, where nothing else is asked for
COMPUTING = {"device", "dtype", "token_budget"}
OPTIONS = {"max_length", "query_max_length", "top_k", "long", "stride", "corpus_idf", "query_tf", *COMPUTING}


@dataclass(frozen=True)
class Settings:
    """What a model is set to: its own settings, but for what the user asks for."""

    max_length: int
    query_max_length: int
    top_k: int | None
    stride: int | None
    computing: dict[str, Any]

    @classmethod
    def of(cls, layout: Layout, options: dict[str, Any]) -> "Settings":
        """Settle the settings.

        Args:
            layout: Of the model.
            options: Any of OPTIONS, none None; `long` is `truncate` or `windows`.

        Raises:
            InputError: if `long` is neither, or there is a stride without windows.
            ModelError: if a length leaves no room for a text.
        """
        long, stride = options.get("long", "truncate"), options.get("stride")
        if long not in ("truncate", "windows"):
            raise InputError(f"long is {long!r}; long texts take truncate or windows")
        if stride is not None and long != "windows":
            raise InputError(f"a stride of {stride} is for windows; set long to windows too")
        asked = options.get("max_length")
        length = asked or layout.document.max_length or DEFAULT_LENGTH
        query_length = options.get("query_max_length") or asked or layout.query.max_length or DEFAULT_LENGTH
        for name, value in (("max_length", length), ("query_max_length", query_length)):
            if value < 3:
                raise ModelError(f"{name} is {value}; a text needs at least 3 tokens: its ends and one between")
        if long == "windows" and stride is None:
            stride = length // OVERLAP
        computing = {key: value for key, value in options.items() if key in COMPUTING}
        return cls(length, query_length, options.get("top_k", layout.max_active), stride, computing)

    def record(self, length: int, query_length: int) -> dict[str, Any]:
        """Return what loads the same again, with the lengths that the networks can read."""
        record: dict[str, Any] = {"max_length": length, "top_k": self.top_k}
        if query_length != length:
            record["query_max_length"] = query_length
        if self.stride is not None:
            record |= {"long": "windows", "stride": self.stride}
        return record


def splade(name: str, layout: Layout, revision: str, options: dict[str, Any]) -> SparseEncoder:
    """Make an encoder whose sides are networks; where queries have only a table, documents' network stands in."""
    try:
        from lsr.encoders.splade import SpladeEncoder
    except ModuleNotFoundError as error:
        raise MissingDependencyError("models need torch and transformers: pip install 'lsr[models]'") from error
    settings = Settings.of(layout, options)
    query = layout.query if isinstance(layout.query, NetworkFiles) else layout.document
    queries = _network(name, query, settings)
    query_length = queries.readable(settings.query_max_length)
    if query.folder == layout.document.folder:
        length = queries.readable(settings.max_length)
        found = _side(queries, layout, "document", layout.document, length, settings)
    else:
        length = settings.max_length
        found = None

    def documents() -> "Side":
        if found is not None:
            return found
        network = _network(name, layout.document, settings)
        return _side(network, layout, "document", layout.document, network.readable(length), settings)

    return SpladeEncoder(
        _side(queries, layout, "query", query, query_length, settings),
        documents,
        name=name,
        revision=revision,
        settings=settings.record(length, query_length),
    )


def inference_free(name: str, layout: Layout, revision: str, options: dict[str, Any]) -> SparseEncoder:
    """Make an encoder with a table for queries: the model's own, or one that it takes from the corpus."""
    documents = splade(name, layout, revision, options)  # its vocabulary is the width of the model's output
    settings = Settings.of(layout, options)
    files = layout.query if isinstance(layout.query, TableFiles) else None
    source = files or layout.document
    tokenizer = TextTokenizer.from_folder(source.folder, settings.query_max_length, fold=source.fold)
    weights = None
    share = float(options.get("corpus_idf", layout.corpus_idf if files else 1))
    if not 0 <= share <= 1:
        raise InputError(f"corpus_idf is {share:g}; it is a share, between 0 (the model's weights) and 1 (idf)")
    repeats = bool(options.get("query_tf", layout.query_tf if files else False))
    in_index = {**({"corpus_idf": share} if files and share else {}), **({"query_tf": True} if repeats else {})}
    if files:
        ids = {term: number for number, term in enumerate(documents.vocabulary.terms)}
        weights = table(files, ids, tokenizer.special_ids, len(documents.vocabulary))
    return InferenceFreeEncoder(
        name,
        tokenizer,
        documents.vocabulary,
        lambda: documents,
        weights,
        revision=revision,
        settings={**documents.record()["settings"], **in_index},
        prompt=layout.prompts.get("query", ""),
        corpus_idf=share,
        query_tf=repeats,
    )


def _network(name: str, files: NetworkFiles, settings: Settings) -> "Network":
    from lsr.encoders.network import Network

    return Network(files, name=name, top_k=settings.top_k, **settings.computing)


def _side(
    network: "Network", layout: Layout, side: str, files: NetworkFiles, length: int, settings: Settings
) -> "Side":
    from lsr.encoders.side import Side

    stride = settings.stride if side == "document" else None
    tokenizer = TextTokenizer.from_folder(files.folder, length, stride, fold=files.fold)
    return Side(network, tokenizer, prompt=layout.prompts.get(side, ""), top_k=settings.top_k)
