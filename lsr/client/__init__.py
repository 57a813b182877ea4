"""A client of the service, blocking and asynchronous, with typed answers; needs `pip install 'lsr[client]'`.

with Client("http://127.0.0.1:8000", index="docs") as client:
    for hit in client.search("flatten a list", size=3).hits:
        print(hit.score, hit.id, hit.source["title"])

Both clients have the same methods. `calls` says what each asks and how its answer is read, `answers` what comes back,
`errors` what goes wrong; `blocking` and `asynchronous` only send.
"""

from lsr.client.answers import (
    Contribution,
    Document,
    Encoding,
    Explanation,
    Failure,
    Fragment,
    Hit,
    Index,
    Item,
    SearchResult,
    Written,
)
from lsr.client.asynchronous import AsyncClient
from lsr.client.blocking import Client
from lsr.client.errors import ServiceError, ServiceUnreachableError

__all__ = [
    "AsyncClient",
    "Client",
    "Contribution",
    "Document",
    "Encoding",
    "Explanation",
    "Failure",
    "Fragment",
    "Hit",
    "Index",
    "Item",
    "SearchResult",
    "ServiceError",
    "ServiceUnreachableError",
    "Written",
]
