"""The search page as text."""

import math
import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from lsr import Document, Retriever
from lsr.retriever import TermScore
from lsr_service import create_app, keys
from lsr_service.page import contributions
from lsr_service.settings import Settings
from tests.service.html import Element, parse

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


def page(client: TestClient, address: str = "/", **parameters: str | int) -> Element:
    answer = client.get(address, params=parameters or None)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return parse(answer.text)


def ids(column: Element) -> list[str]:
    return [hit.attributes["data-id"] for hit in column.all("li", class_="hit")]


def test_the_start_has_a_form_and_examples_that_find_something(client: TestClient):
    start = page(client)
    assert start.one("input", id="q").attributes["value"] == ""
    assert [option.words for option in start.one("select", id="a").all("option")] == ["index"]
    examples = start.one("ul", class_="examples").all("a")
    assert len(examples) > 2
    for example in examples:
        assert ids(page(client, example.attributes["href"]))


def test_shows_what_the_api_finds(client: TestClient):
    shown = page(client, q="water list moon", size=5)
    hits = client.post("/v1/search", json={"query": "water list moon", "size": 5}).json()["hits"]
    assert ids(shown) == [hit["id"] for hit in hits]
    for element, hit in zip(shown.all("li", class_="hit"), hits, strict=True):
        assert element.one("h3").words == hit["source"]["title"]
        assert element.one("p", class_="excerpt").words == hit["source"]["text"]
        assert element.one("span", class_="score").words == f"score {hit['score']:.2f}"


def test_contributions_sum_to_the_score(client: TestClient):
    for hit in page(client, q="water ice freezes road").all("li", class_="hit"):
        rows = [[cell.words for cell in row.inside] for row in hit.one("tbody").all("tr")]
        products = [float(row[-1]) for row in rows]
        score = float(hit.one("tfoot").one("td").words)
        assert products == sorted(products, reverse=True)
        assert math.isclose(sum(products), score, abs_tol=0.01 * len(rows))
        for row in hit.one("tbody").all("tr"):
            query, _, document, _, product = [cell.words for cell in row.all("td")][1:]
            assert math.isclose(float(query) * float(document), float(product), rel_tol=0.02)


def test_many_terms_are_summed_up():
    terms = [TermScore(f"t{n}", 2.0, (30 - n) / 2, 30.0 - n) for n in range(14)]
    found = contributions.bars(terms, {"t0", "t1"}, {"t0", "t2"}, best=sum(t.product for t in terms), longest=30.0)
    assert [bar.added for bar in found[:4]] == ["", "document", "query", "query and document"]
    assert found[-1].term == "the other 4 terms"
    assert math.isclose(sum(bar.product for bar in found), sum(term.product for term in terms))
    assert math.isclose(found[-1].offset + found[-1].width, 100, abs_tol=0.2)
    assert len(contributions.bars(terms[:11], (), (), best=1, longest=1)) == 11


def test_marks_words_by_their_stems(client: TestClient):
    first = page(client, q="floated expanding").all("li", class_="hit")[0]
    assert first.attributes["data-id"] == "d17"
    assert [mark.text for mark in first.one("p", class_="excerpt").all("mark")] == ["floats", "expands"]


def test_chips_are_the_encoded_query(client: TestClient):
    tokens = client.post("/v1/encode", json={"text": "moon tides"}).json()["tokens"]
    chips = page(client, q="moon tides").one("ul", class_="chips").all("li", class_="chip")
    shown = {chip.one("span", class_="term").words: chip.one("span", class_="weight").words for chip in chips}
    assert shown == {term: f"{weight:.2f}" for term, weight in tokens.items()}


def test_pages_join_up(client: TestClient):
    whole = client.get("/v1/search", params={"q": "the a water list moon", "size": 30}).json()["hits"]
    found, shown = [], page(client, q="the a water list moon", size=3)
    while True:
        found += ids(shown)
        after = shown.all("a", rel="next")
        if not after:
            break
        shown = page(client, after[0].attributes["href"])
    assert found == [hit["id"] for hit in whole]
    assert ids(page(client, shown.one("a", rel="prev").attributes["href"]))
    beyond = page(client, **{"q": "water", "from": 500})
    assert "no more hits" in beyond.one("main").words


def test_filters(client: TestClient):
    assert ids(page(client, q="water", filter="page = 17")) == ["d17"]
    nothing = page(client, q="water", filter="page > 100")
    assert "that the filter lets through" in nothing.one("main").words
    assert ids(page(client, nothing.one("main").one("a").attributes["href"]))


@pytest.mark.parametrize(
    ("wrong", "reason"), [("page >", "expected a value"), ("page = 'x'", "page"), ("((", "expected a field")]
)
def test_a_wrong_filter_is_said_beside_it(client: TestClient, wrong, reason):
    shown = page(client, q="water", filter=wrong)
    field = shown.one("input", id="filter")
    assert field.attributes["aria-invalid"] == "true"
    assert field.attributes["value"] == wrong
    assert reason in shown.one("p", id=field.attributes["aria-describedby"]).words
    assert not shown.all("li", class_="hit")
    assert reason in shown.one("p", role="status").words


@pytest.mark.parametrize(
    "wrong", [{"size": "x"}, {"size": "0"}, {"from": "-1"}, {"from": "99999999999"}, {"size": "²"}]
)
def test_numbers_that_cannot_be_used(client: TestClient, wrong):
    shown = page(client, q="water", **wrong)
    (name, value), *_ = wrong.items()
    assert shown.one("p", id="q-problem").words.startswith(f"{name} is {value!r}; it must be a number from")
    assert ids(shown)


def test_long_queries_are_cut_and_it_is_said(client: TestClient):
    shown = page(client, q="water " * 2000)
    assert "at most 10,000 are searched" in shown.one("p", id="q-problem").words


def test_an_empty_result_says_what_may_help(client: TestClient):
    shown = page(client, q="zebra")
    assert "Nothing found" in shown.one("main").words
    assert "No word of it is a term" in shown.one("div", class_="query").words


def test_an_index_that_is_not_there(client: TestClient):
    shown = page(client, q="water", a=HOSTILE, b="index")
    assert "There is no index of this name" in shown.one("main").words
    assert len(shown.all("li", class_="hit")) > 1


def test_says_that_it_is_loading(app: FastAPI, client: TestClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(app.state.indexes["index"], "ready", False)
    shown = page(client, q="water")
    assert "being loaded" in shown.one("main").words
    assert "data-again" in shown.one("main").attributes
    monkeypatch.setattr(app.state.indexes["index"], "failure", "the model is gone")
    assert "data-again" not in page(client, q="water").one("main").attributes


def test_nothing_becomes_markup(tmp_path: Path):
    document = Document(f"id{HOSTILE}", f"water {HOSTILE}", HOSTILE, {"url": "javascript:alert(1)", HOSTILE: HOSTILE})
    linked = Document("linked", "water", "Linked", {"url": "https://example.org/?a=1&b=2"})
    Retriever.build([document, linked], model="bm25", path=tmp_path / "odd")
    app = create_app(tmp_path / "odd")
    with TestClient(app) as client:
        app.state.indexes.wait(60)
        for parameters in ({"q": f"water {HOSTILE}", "filter": HOSTILE}, {"q": f"water {HOSTILE}"}, {}):
            shown = page(client, **parameters)
            assert [script.attributes.get("src") for script in shown.all("script")] == ["/static/page.js"]
            assert not shown.all("img")
            names = {name for element in shown.inside for name in element.attributes}
            assert not [name for name in names if name.startswith("on") or name == "style"]
        shown = page(client, q="water", size=10)
        links = [link.attributes["href"] for link in shown.one("main").all("a")]
        assert links == ["https://example.org/?a=1&b=2"]


def test_two_indexes_beside_each_other(beside: TestClient):
    shown = page(beside, q="moon tides", a="words", b="learned")
    columns = shown.all("section", class_="column")
    assert [column.one("h2").words for column in columns] == ["words", "learned"]
    for column, name in zip(columns, ("words", "learned"), strict=True):
        hits = beside.get(f"/v1/indexes/{name}/search", params={"q": "moon tides"}).json()["hits"]
        assert ids(column) == [hit["id"] for hit in hits]
        timings = column.one("p", class_="timing").words
        assert re.fullmatch(r"encode [\d.]+ ms search [\d.]+ ms", timings)
    first, there = ids(columns[0])[0], ids(columns[1])
    assert f"also rank {there.index(first) + 1} in learned" in columns[0].all("summary")[0].words


def test_expansions_are_marked(beside: TestClient, documents: list[Document]):
    """A learned document side adds terms to documents; words of both texts are none."""
    texts = {document.id: document.contents.lower() for document in documents}
    added, plain = 0, 0
    for query in ("sea water", "bug insect hive", "animal pet", "wood forest"):
        for hit in page(beside, q=query, a="learned").all("li", class_="hit"):
            for row in hit.one("tbody").all("tr"):
                term = row.one("th").words.split(" ")[0]
                is_added = "added" in row.attributes.get("class", "")
                assert is_added == ("added to document" in row.words)
                if not term.startswith("…"):
                    assert is_added == (re.search(rf"\b{re.escape(term)}", texts[hit.attributes["data-id"]]) is None)
                added, plain = added + is_added, plain + (not is_added)
    assert added > 0
    assert plain > 0


def test_static_files_and_nothing_from_elsewhere(client: TestClient):
    for path in sorted({*re.findall(r'"(/static/[^"]+)"', client.get("/?q=a").text + client.get("/docs").text)}):
        answer = client.get(path)
        assert answer.status_code == 200, path
        for inside in re.findall(r'from "(/static/[^"]+)"', answer.text):
            assert client.get(inside).headers["content-type"].startswith("text/javascript")
        assert not re.findall(r"https?://(?!www\.w3\.org/2000/svg)|url\(", answer.text), path
    assert client.get("/static/../app.py").status_code == 404
    assert client.get("/static/%2e%2e/page/asked.py").status_code == 404


def test_without_a_key_it_names_no_index(index_path: Path, tmp_path: Path):
    file = tmp_path / "keys.json"
    _, secret = keys.create(file, keys.Scope.read)
    app = create_app({"confidential": index_path}, settings=Settings(keys=file))
    with TestClient(app) as client:
        app.state.indexes.wait(60)
        for headers in ({}, {"Authorization": "Bearer lsr_wrong"}):
            answer = client.get("/?q=moon&a=confidential", headers=headers)
            assert answer.status_code == 401
            assert "confidential" not in answer.text
            assert "tides" not in answer.text
            assert parse(answer.text).one("input", id="key").attributes["type"] == "password"
        assert client.get("/static/access.js").status_code == 200
        opened = client.get("/?q=moon", headers={"Authorization": f"Bearer {secret}"})
        assert opened.status_code == 200
        assert "confidential" in opened.text
