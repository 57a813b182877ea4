"""`lsr serve keys`: make, list and revoke API keys."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer

from lsr import console
from lsr.commands import options
from lsr_service import keys

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)
File = Annotated[Path, typer.Option("--keys", help="The file of keys.", show_default=False)]


@app.command("create")
def create(
    file: File,
    scope: Annotated[
        Literal["read", "write", "admin"],
        typer.Option(help="read: searches; write: documents too; admin: indexes too."),
    ] = "read",
    name: Annotated[str, typer.Option(help="Whose it is, for people.")] = "",
    as_json: options.Json = False,
) -> None:
    """Make a key and show it, once: the file keeps only its hash."""
    key, secret = keys.create(file, keys.Scope[scope], name)
    if as_json:
        console.out_json({"id": key.id, "name": key.name, "scope": scope, "key": secret})
        return
    console.note(f"key {key.id} of scope {scope}; it is shown this once:")
    console.out(secret)


@app.command("list")
def list_keys(file: File, as_json: options.Json = False) -> None:
    """List the keys without their secrets."""
    for key in keys.read(file):
        if as_json:
            console.out_json({**asdict(key), "scope": key.scope.name, "hash": key.hash[:8]})
        else:
            console.out(f"{key.id}  {key.scope.name:<5}  {key.created}  {key.name}")


@app.command("revoke")
def revoke(
    file: File, key_id: Annotated[str, typer.Argument(help="As `lsr serve keys list` shows it.", metavar="ID")]
) -> None:
    """Revoke a key; running servers refuse it within a second."""
    key = keys.revoke(file, key_id)
    console.note(f"{file}: key {key.id} ({key.scope.name}) is revoked")
