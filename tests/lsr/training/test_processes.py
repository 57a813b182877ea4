"""Two gloo processes on the CPU do what one does alone."""

import os
import subprocess
import sys
import textwrap

import pytest
import torch
import yaml

from lsr.training.processes import Processes
from tests.lsr.training.test_run import assert_same, gradients

SCRIPT = textwrap.dedent("""
    import pathlib, sys
    import torch
    from lsr.training.recipe import read
    from lsr.training.start import start

    run = start(read(pathlib.Path(sys.argv[1])), pathlib.Path(sys.argv[2]))
    run.encoders.eval()
    run.optimizer.step = lambda step: {}
    run._step()
    if run.processes.first:
        grads = {name: p.grad for name, p in run.encoders.named_parameters() if p.grad is not None}
        torch.save(grads, sys.argv[3])
    torch.distributed.destroy_process_group()
""")


@pytest.mark.parametrize("query", ["same", "idf"])
def test_gradients_are_those_of_a_single_process(recipe, tmp_path, query):
    side = {"kind": query, "trainable": query == "idf"}
    settings = recipe(query=side, regularizers={"document": [{"weight": 0.5}]}, data={"queries_per_batch": 5})
    alone = gradients(settings, tmp_path / "alone")
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(settings.model_dump(mode="json")))
    (tmp_path / "script.py").write_text(SCRIPT)
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port", "0"]
    command += ["--rdzv-backend", "c10d", "--rdzv-endpoint", "127.0.0.1:0", str(tmp_path / "script.py")]
    command += [str(tmp_path / "recipe.yaml"), str(tmp_path / "two"), str(tmp_path / "gradients.pt")]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "OMP_NUM_THREADS": "1"}
    )
    assert done.returncode == 0, done.stderr[-2000:]
    both = torch.load(tmp_path / "gradients.pt", weights_only=True)
    assert_same(both, alone)


def test_one_process_shares_and_gathers_everything():
    one = Processes()
    rows = torch.arange(6.0).view(3, 2)
    assert one.share([1, 2, 3]) == [1, 2, 3]
    assert one.gather(rows, 3) is rows
    assert one.tell(2.5) == 2.5
