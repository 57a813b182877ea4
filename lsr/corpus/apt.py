"""Gather the package descriptions of a Debian-like system as a corpus: tens of thousands of real short texts.

id = package name, title = summary, text = long description; the first version that `apt-cache dumpavail` prints counts.
"""

import shutil
import subprocess
from collections.abc import Iterator

from lsr_index.errors import InputError


def read() -> Iterator[dict[str, str]]:
    """Yield `{"id", "title", "text"}` for every package that the system's lists know.

    Raises:
        InputError: if this system has no apt or its lists are empty.
    """
    if shutil.which("apt-cache") is None:
        raise InputError("the corpus apt needs apt-cache, which this system does not have")
    seen: set[str] = set()
    with subprocess.Popen(["apt-cache", "dumpavail"], stdout=subprocess.PIPE, text=True, errors="replace") as process:
        stanza: list[str] = []
        for line in process.stdout or ():
            if line.strip():
                stanza.append(line.rstrip("\n"))
                continue
            record = _parse(stanza)
            stanza = []
            if record["id"] not in seen:
                seen.add(record["id"])
                yield record
    if not seen:
        raise InputError("apt-cache dumpavail printed no packages; fill its lists with: apt-get update")


def _parse(stanza: list[str]) -> dict[str, str]:
    record = {"id": "", "title": "", "text": ""}
    body: list[str] = []
    for line in stanza:
        if line.startswith("Package: "):
            record["id"] = line[9:]
        elif line.startswith(("Description: ", "Description-en: ")):
            record["title"] = line.partition(": ")[2]
            body = []
        elif line.startswith(" ") and record["title"]:
            body.append("" if line == " ." else line[1:])
        elif record["title"] and body:
            break
    record["text"] = "\n".join(body)
    return record
