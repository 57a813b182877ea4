"""The HTTP service of lsr: indexes by name, their documents and a search page."""

from lsr_service.app import create_app

__all__ = ["create_app"]
