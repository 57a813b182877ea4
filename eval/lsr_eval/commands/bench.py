"""`lsr bench`: what is measured, one command a file."""

import typer

from lsr_eval.commands import bench_encode, bench_engine, bench_long_run, bench_serve, bench_soak, bench_train

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)
app.command("encode")(bench_encode.run)
app.command("train")(bench_train.run)
app.command("long-run")(bench_long_run.run)
app.command("engine")(bench_engine.run)
app.command("serve")(bench_serve.run)
app.command("soak")(bench_soak.run)
