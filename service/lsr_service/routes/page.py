"""`/`, `/docs` and `/static`: what is for people."""

import asyncio
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from lsr_service import page
from lsr_service.auth import CHALLENGE
from lsr_service.engine import Engine
from lsr_service.page import asked as addresses
from lsr_service.page import columns, hints, reference, rendering
from lsr_service.page.asked import Asked
from lsr_service.page.columns import Column
from lsr_service.page.templating import render
from lsr_service.routes.dependencies import AllIndexes, CurrentSettings

router = APIRouter(include_in_schema=False)


def install(app: FastAPI) -> None:
    """Add the pages to an application, and the files that they need."""
    app.include_router(router)
    app.mount("/static", StaticFiles(directory=Path(page.__file__).parent / "static"))


@router.get("/")
async def search(request: Request, indexes: AllIndexes, settings: CurrentSettings) -> HTMLResponse:
    """Answer with the page that the address asks for; what is wrong with it is said on the page."""
    if request.app.state.has_keys and request.state.key is None:
        return HTMLResponse(render("locked.html", {"section": "search"}), 401, headers=CHALLENGE)
    asked = addresses.read(request.query_params, settings)
    names = list(indexes)
    first = asked.a or next(iter(names), "")
    wanted = [first, asked.b] if asked.b else [first]
    answers = await asyncio.gather(*(columns.search(indexes, name, asked, settings.max_k) for name in wanted))
    return HTMLResponse(await run_in_threadpool(_render, asked, names, answers, indexes.get(first)))


def _render(asked: Asked, names: list[str], answers: list[Column], first: Engine | None) -> str:
    examples = hints.examples(first.index) if first and first.model and not asked.query else []
    fields = hints.fields(first.index) if first else {}
    return render("search.html", rendering.context(asked, names, answers, examples=examples, fields=fields))


@router.get("/docs")
async def docs(request: Request) -> HTMLResponse:
    """Answer with the reference of the API."""
    document = request.app.openapi()
    return HTMLResponse(await run_in_threadpool(_render_reference, document, str(request.base_url)))


def _render_reference(document: dict[str, Any], base: str) -> str:
    return render("reference.html", reference.context(document, base))
