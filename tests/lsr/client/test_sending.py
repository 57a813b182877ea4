"""What is tried again, and what answers mean, without a service."""

import httpx2
import pytest

from lsr.client import ServiceError, calls, sending


@pytest.mark.parametrize(
    ("status", "headers", "tried", "seconds"),
    [
        (200, {}, 0, None),
        (429, {"Retry-After": "2"}, 0, 2.0),
        (429, {}, 1, 1.0),
        (429, {"Retry-After": "2"}, 2, None),
        (503, {"Retry-After": "1"}, 0, 1.0),
        (503, {}, 0, None),
        (503, {"Retry-After": "3600"}, 0, sending.LONGEST_WAIT),
        (500, {"Retry-After": "1"}, 0, None),
    ],
)
def test_what_is_asked_again(status, headers, tried, seconds):
    assert sending.wait(httpx2.Response(status, headers=headers), tried, retries=2) == seconds


def test_answers_that_are_no_problem_json():
    with pytest.raises(ServiceError, match="502: an answer that is not JSON: '<html>'"):
        sending.value(calls.indexes(), httpx2.Response(502, text="<html>"))
    with pytest.raises(ServiceError, match="500: no reason was given"):
        sending.value(calls.indexes(), httpx2.Response(500, json=[]))


def test_ids_and_names_cannot_leave_their_place():
    assert calls.get("docs", "../x y/ü?#").path == "/v1/indexes/docs/documents/..%2Fx%20y%2F%C3%BC%3F%23"
    assert calls.describe("../admin").path == "/v1/indexes/..%2Fadmin"
