"""The HTTP service of lsr: one index behind `/v1/search` and `/v1/encode`."""

from lsr_service.app import create_app

__all__ = ["create_app"]
