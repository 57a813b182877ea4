"""`lsr eval reproduce`: run the commands behind published figures again, and fail where they drift."""

from pathlib import Path
from typing import Annotated

import typer

from lsr import console
from lsr.commands import options
from lsr_eval import reproduce
from lsr_index.errors import InputError


def run(
    claims: Annotated[Path, typer.Argument(help="A YAML file of commands and the numbers that they gave.")] = Path(
        "eval/results/reproduce.yaml"
    ),
    only: Annotated[str | None, typer.Option(help="Only claims whose page or command has this in it.")] = None,
    as_json: options.Json = False,
) -> None:
    """Run every command of a file of claims and compare its numbers; exits with 1 if one is off.

    Claims that need data which is not there are named and left out; one whose command fails counts as one that is off.
    """
    outcomes = []
    wanted = [claim for claim in reproduce.read(claims) if not only or only in claim.page or only in claim.command]
    if not wanted:
        raise InputError(f"no claim of {claims} has {only!r} in its page or command")
    for claim in wanted:
        if lacking := reproduce.missing(claim):
            console.note(f"left out, {lacking[0]} is not here: {claim.command}")
            continue
        console.note(claim.command)
        try:
            found_now = reproduce.check(claim)
        except InputError as error:  # the others are checked all the same
            outcomes.append({"page": claim.page, "command": claim.command, "holds": False, "failed": str(error)})
            console.note(f"FAILED  {claim.page}  {error}")
            continue
        for found in found_now:
            outcomes.append({"page": claim.page, "command": claim.command, **_outcome(found)})
            if not as_json:
                now = "nothing" if found.found is None else f"{found.found:.4f}"
                verdict = "holds" if found.holds else "DRIFTED"
                console.out(f"{verdict}  {claim.page}  {found.name}: claimed {found.claimed:.4f}, found {now}")
    if as_json:
        console.out_json(outcomes)
    if not outcomes:
        raise InputError("nothing was checked: what the claims need is not here")
    if not all(outcome["holds"] for outcome in outcomes):
        raise typer.Exit(1)


def _outcome(found: reproduce.Found) -> dict[str, object]:
    return {
        "name": found.name, "claimed": found.claimed, "found": found.found, "tolerance": found.tolerance,
        "holds": found.holds,
    }  # fmt: skip
