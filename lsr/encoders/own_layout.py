"""The folder layout of our own, for models that sentence-transformers has no modules for.

    lsr.json        settings of both sides
    document/       a folder of transformers, or of peft: adapters that belong to a base model named in lsr.json;
                    the tokenizer; head.safetensors, where the head has weights that transformers has no place for
    query/          the same, or model.safetensors with a table of query weights; absent where document/ serves both

Scalar heads, echo, lifted causal masks, folded vocabularies, an output bias that a model's family does not have and
unmerged adapters are kept so; everything else is written as sentence-transformers has it (`lsr.encoders.saving`).
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from lsr.encoders.layouts import Base, Layout, NetworkFiles, TableFiles, in_an_index
from lsr_index.errors import ModelError

FILE, HEAD_FILE, TABLE_FILE = "lsr.json", "head.safetensors", "model.safetensors"
FORMAT = 1
DOCUMENT, QUERY = "document", "query"
HEAD = ("head", "pooling", "activation", "attention", "echo", "fold")
"""Keys of how texts are read and states become weights, the same on both sides."""


def read(folder: Path) -> Layout:
    """Read a folder that has lsr.json.

    Raises:
        ModelError: if lsr.json is malformed, or of a later lsr.
    """
    file = folder / FILE
    try:
        content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise ModelError(f"{file} has format {content['format']}, this lsr reads {FORMAT}; use a newer lsr")
        head = {key: content[key] for key in HEAD}
        lengths = content["max_length"]
        document = NetworkFiles(
            folder / DOCUMENT, max_length=int(lengths["document"]), base=_base(content["document"]), **head
        )
        kind, length = content["query"]["kind"], int(lengths["query"])
        query: NetworkFiles | TableFiles
        if kind == "table":
            query = TableFiles(folder / QUERY, length, fold=bool(content["fold"]))
        elif kind == "network":
            query = replace(document, folder=folder / QUERY, max_length=length, base=_base(content["query"]))
        else:
            query = replace(document, max_length=length)
        prompts = {side: text for side, text in content["prompts"].items() if text}
        share, repeats = in_an_index(content)
        return Layout(document, query, prompts, corpus_idf=share, query_tf=repeats)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ModelError(f"{file} is malformed ({error!r})") from error


def _base(side: dict[str, Any]) -> Base | None:
    return Base(**side["base"]) if side.get("base") else None
