"""The page in a real browser: Debian's Chromium, without a window. LSR_SCREENSHOTS=FOLDER keeps pictures."""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lsr import Document, Retriever
from lsr_eval.serve_bench.server import serving
from lsr_service import keys
from tests.service.conftest import TEXTS

sync_api = pytest.importorskip("playwright.sync_api")
BROWSER = shutil.which("chromium")
pytestmark = pytest.mark.skipif(BROWSER is None, reason="chromium is not installed")
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 380, "height": 800}


@pytest.fixture(scope="module")
def indexes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("browser")
    documents = [Document(f"d{n}", text, title, {"page": n}) for n, (title, text) in enumerate(TEXTS)]
    documents.append(Document("odd", "<b>bold</b> & <script>document.title = 'hacked'</script> moon", "<i>Odd</i>"))
    for name, model in (("words", "bm25"), ("learned", "lsr-mini")):
        Retriever.build(documents, model=model, path=folder / name)
    return {name: folder / name for name in ("learned", "words")}


@pytest.fixture(scope="module")
def url(indexes: dict[str, Path]) -> Iterator[str]:
    with serving(indexes) as server:
        yield f"http://127.0.0.1:{server.port}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Any) -> Iterator[Any]:
    """Open pages in contexts of their own; whatever the console or the policy complains of fails the test."""
    contexts, complaints = [], []

    def open_page(address: str, *, viewport: dict[str, int] = WIDE, **options: Any) -> Any:
        context = browser.new_context(viewport=viewport, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda asked: complaints.append(asked.url) if "127.0.0.1" not in asked.url else None)
        page.goto(address)
        return page

    open_page.complaints = complaints  # type: ignore[attr-defined]
    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def picture(page: Any, name: str) -> None:
    if folder := os.environ.get("LSR_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def until(page: Any, condition: str) -> None:
    """Wait for a condition; the library's own way is eval, which the page's policy forbids."""
    end = time.monotonic() + 20
    while not page.evaluate(f"() => Boolean({condition})"):
        assert time.monotonic() < end, condition
        page.wait_for_timeout(50)


def hits(page: Any, column: int = 0) -> list[str]:
    found = page.locator(".column").nth(column).locator(".hit")
    found.first.wait_for()
    return [found.nth(n).get_attribute("data-id") for n in range(found.count())]


def test_searching_as_you_type_and_going_back(url: str, open_page: Any) -> None:
    page = open_page(f"{url}/")
    picture(page, "start")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("why do the tides rise")
    until(page, "document.querySelector('.hit')?.dataset.id === 'd7' || location.search.includes('rise')")
    assert "d7" in hits(page)[:2]
    assert page.locator(".hit mark").count() > 0
    assert page.locator(".chip").count() > 2
    assert "encode" in page.locator(".timing").inner_text()
    assert "q=why+do+the+tides+rise" in page.url
    picture(page, "search")
    page.fill("#q", "bread")
    until(page, "document.querySelector('.hit')?.dataset.id === 'd5'")
    page.press("#q", "Enter")
    page.go_back()
    until(page, "!document.getElementById('q').value.includes('bread')")


def test_explaining_with_the_keyboard(url: str, open_page: Any) -> None:
    page = open_page(f"{url}/?q=moon+tides")
    hits(page)
    page.locator("#main").focus()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    details = page.locator(".hit details").first
    assert details.evaluate("d => d.open")
    rows = details.locator("tbody tr")
    assert rows.count() > 1
    assert "moon" in details.inner_text()
    picture(page, "explanation")
    page.keyboard.press("Escape")
    assert not details.evaluate("d => d.open")


def test_two_indexes_beside_each_other(url: str, open_page: Any) -> None:
    page = open_page(f"{url}/?q=moon+tides")
    page.select_option("#b", "words")
    page.wait_for_selector(".column:nth-of-type(2) .hit")
    assert {"d6", "d7"} <= set(hits(page, 0)) & set(hits(page, 1))
    assert page.locator(".column h2").all_inner_texts() == ["learned", "words"]
    one, other = (page.locator(".column").nth(n).bounding_box() for n in range(2))
    assert abs(one["y"] - other["y"]) < 5 < other["x"] - one["x"]
    picture(page, "beside")


def test_nothing_found_a_wrong_filter_and_markup(url: str, open_page: Any) -> None:
    page = open_page(f"{url}/?q=moon&a=words&filter=page+%3E+100")
    assert "Nothing found" in page.locator("#main").inner_text()
    picture(page, "empty")
    page.fill("#filter", "page >")
    until(page, "document.getElementById('filter-problem').textContent.includes('expected a value')")
    assert page.get_attribute("#filter", "aria-invalid") == "true"
    picture(page, "filter")
    page.fill("#filter", "page = 6")
    until(page, "document.querySelectorAll('.hit').length === 1")
    page.goto(f"{url}/?q=bold+moon&a=words")
    assert "odd" in hits(page)
    assert "hacked" not in page.title()
    assert page.locator(".hit b:not(svg *)", has_text="bold").count() == 0


def test_a_narrow_screen_and_the_dark(url: str, open_page: Any) -> None:
    page = open_page(f"{url}/?q=moon+tides&b=words", viewport=NARROW, color_scheme="dark")
    hits(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    one, other = (page.locator(".column").nth(n).bounding_box() for n in range(2))
    assert other["y"] >= one["y"] + one["height"] - 1
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    picture(page, "narrow-dark")
    light = open_page(f"{url}/?q=moon+tides", color_scheme="light")
    assert light.evaluate("getComputedStyle(document.body).backgroundColor") != dark


def test_without_javascript_it_is_a_form(url: str, open_page: Any) -> None:
    page = open_page(f"{url}/", java_script_enabled=False)
    page.fill("#q", "moon")
    page.click("button[type=submit]")
    assert "d6" in hits(page)


def test_the_reference(url: str, open_page: Any) -> None:
    page = open_page(f"{url}/docs")
    assert "/v1/indexes/{name}/search" in page.locator("main").inner_text()
    picture(page, "docs")


def test_a_server_that_is_gone_is_said(indexes: dict[str, Path], open_page: Any) -> None:
    with serving(indexes) as server:
        page = open_page(f"http://127.0.0.1:{server.port}/?q=moon")
        hits(page)
        server.kill()
        page.fill("#q", "tides")
        until(page, "document.getElementById('q-problem').textContent.includes('cannot be reached')")
        picture(page, "gone")
    assert any("ERR_CONNECTION" in said for said in open_page.complaints)
    open_page.complaints.clear()


def test_a_server_that_asks_for_a_key(indexes: dict[str, Path], tmp_path: Path, open_page: Any) -> None:
    file = tmp_path / "keys.json"
    _, secret = keys.create(file, keys.Scope.read)
    with serving(indexes, ("--keys", str(file))) as server:
        page = open_page(f"http://127.0.0.1:{server.port}/?q=moon")
        picture(page, "locked")
        page.fill("#key", "lsr_wrong")
        page.press("#key", "Enter")
        until(page, "document.getElementById('key-problem').textContent.includes('unknown')")
        page.fill("#key", secret)
        page.press("#key", "Enter")
        assert "d6" in hits(page)
        until(page, "document.body.classList.contains('live')")
        page.fill("#q", "bread")
        until(page, "document.querySelector('.hit')?.dataset.id === 'd5'")
        page.reload()
        assert "d5" in hits(page)
    assert all("401" in said for said in open_page.complaints)  # the browser notes refusals itself
    open_page.complaints.clear()
