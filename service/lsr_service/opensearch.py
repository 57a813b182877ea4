"""OpenSearch's names for what a search body says, so that users can port: `neural_sparse` and `_source`."""

from typing import Any

_FIELD = {
    "type": "object",
    "description": "By the name of a field, which is not used: an index has one vector a document.",
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": {
        "type": "object",
        "properties": {
            "query_text": {"type": "string"},
            "query_tokens": {"type": "object", "additionalProperties": {"type": "number", "minimum": 0}},
            "model_id": {"type": "string"},
            "analyzer": {"type": "string"},
        },
        "additionalProperties": False,
    },
}
QUERY_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "string"},
        {
            "type": "object",
            "properties": {"neural_sparse": _FIELD},
            "required": ["neural_sparse"],
            "additionalProperties": False,
        },
        {"type": "null"},
    ],
    "description": "A text, encoded by the index's model; an empty one finds nothing. Or OpenSearch's `neural_sparse`.",
}
"""What may stand in `query`, as JSON Schema."""


def ported(body: Any) -> Any:
    """Return a body in our names where its `query` is a `neural_sparse` object, any other as it is.

    Raises:
        ValueError: if `query` is an object of another form.
    """
    if not isinstance(body, dict) or not isinstance(body.get("query"), dict):
        return body
    query = body["query"]
    if list(query) != ["neural_sparse"]:
        raise ValueError('query: an object must be {"neural_sparse": {FIELD: {"query_text": TEXT}}}; or send a text')
    fields = query["neural_sparse"]
    if not isinstance(fields, dict) or len(fields) != 1:
        raise ValueError("query.neural_sparse: name one field")
    (asked,) = fields.values()
    if not isinstance(asked, dict):
        raise ValueError("query.neural_sparse: a field takes an object with query_text or query_tokens")
    if unknown := asked.keys() - {"query_text", "query_tokens", "model_id", "analyzer"}:
        raise ValueError(f"query.neural_sparse: {min(unknown)!r} is not expected; give query_text or query_tokens")
    given = {name: asked[name] for name in ("query_text", "query_tokens") if name in asked}
    if len(given) != 1 or any(name in body for name in ("query_text", "query_tokens")):
        raise ValueError("query.neural_sparse: give exactly one of query_text and query_tokens")
    return {**{name: value for name, value in body.items() if name != "query"}, **given}


def sourced(body: Any) -> Any:
    """Return a body with `_source` in our names: true is all, false is none, a name is that one.

    An object chooses with `includes`, `excludes` or both, as in OpenSearch.
    """
    if not isinstance(body, dict) or "_source" not in body or "fields" in body:
        return body
    value = body["_source"]
    rest = {name: each for name, each in body.items() if name != "_source"}
    if isinstance(value, bool):
        return {**rest, "fields": None if value else []}
    if isinstance(value, dict) and value.keys() <= {"includes", "excludes"}:
        chosen = {"fields": value.get("includes"), "fields_left_out": value.get("excludes")}
        return {**{name: _listed(each) for name, each in chosen.items() if each is not None}, **rest}
    return {**rest, "fields": _listed(value)}


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value
