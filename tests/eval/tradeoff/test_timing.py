"""Who is asked what, and when."""

import pytest

from lsr_eval.tradeoff.settings import WHOLE, Setting
from lsr_eval.tradeoff.timing import Contender, in_turn


@pytest.mark.parametrize("count", [1, 2, 5])
def test_every_query_is_asked_of_everyone_in_every_round(task, monkeypatch, count):
    asked = []
    plain = Contender.ask
    monkeypatch.setattr(
        Contender, "ask", lambda self, row, k: asked.append((self.setting, row.nnz)) or plain(self, row, k)
    )
    rows, done = task.queries.rows, []
    contenders = [
        Contender(WHOLE, task.source, rows),
        *(Contender(Setting(n), task.source, rows) for n in range(1, count)),
    ]
    answers = in_turn(contenders, 10, 2, done.append)
    expected = [hits.ids for hits in task.source.search(rows, 10)]
    assert [[hits.ids for hits in one.hits] for one in answers] == [expected] * count
    assert all((one.ms > 0).all() and one.ms.shape == (3,) for one in answers)
    assert len(asked) == 3 * count * 3  # once untimed, and two rounds
    assert all(asked.count((one.setting, nnz)) == 3 * rows_like(rows, nnz) for one in contenders for nnz in (0, 1, 2))
    assert sum(done) == 6


def rows_like(rows, nnz):
    """How many queries have so many terms."""
    return sum(rows[[n]].nnz == nnz for n in range(rows.shape[0]))
