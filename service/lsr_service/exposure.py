"""Who can reach the server, and whether that is meant: other machines only with keys, or where it is said aloud."""

import ipaddress

from lsr_index.errors import InputError
from lsr_service.settings import Settings

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def checked(settings: Settings, host: str) -> tuple[Settings, str | None]:
    """Return the settings for an address, and what to say of them at the start, None if nothing.

    Raises:
        InputError: if other machines could do anything without a key, and nobody said that they may.
    """
    if settings.keys is not None:
        return settings, None
    if is_loopback(host):
        hosts = settings.hosts or tuple(dict.fromkeys((*LOOPBACK_NAMES, host)))
        told = "no keys are asked for: everybody on this machine may search and write (--keys asks for them)"
        return settings.model_copy(update={"hosts": hosts}), told
    if not settings.insecure:
        raise InputError(
            f"on {host} other machines could search and write without a key; make one with lsr serve keys create and "
            "name its file with --keys, or let everybody in with --insecure"
        )
    return settings, f"INSECURE: everybody who reaches {host} may search and write"
