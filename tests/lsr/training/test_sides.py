# pyright: reportOptionalMemberAccess=false
import torch

from lsr.training.sides import ProjectionSide, TableSide, spread


def test_rows_hold_each_distinct_token_once():
    rows = spread([[3, 1, 3], [], [0]], torch.tensor([0.5, 1.0, 2.0, 4.0]))
    torch.testing.assert_close(rows, torch.tensor([[0, 1, 0, 4.0], [0, 0, 0, 0], [0.5, 0, 0, 0]]))


def test_a_table_is_trained_only_where_asked_and_never_negative():
    weights = torch.tensor([1.0, -2.0])
    fixed, free = TableSide(weights), TableSide(weights, trainable=True)
    assert not any(parameter.requires_grad for parameter in fixed.parameters())
    assert free.table().tolist() == [1.0, 0.0]
    free([[0, 1]]).sum().backward()
    assert free.weights.grad.tolist() == [1.0, 0.0]


def test_a_projection_starts_near_what_it_is_fitted_to_and_keeps_special_tokens_silent():
    torch.manual_seed(0)
    embedding = torch.randn(400, 32)
    start = torch.nn.functional.softplus(embedding @ torch.randn(32) * 0.3 + 2)  # what such a table can be
    side = ProjectionSide(embedding, start, silent=[0, 7])
    table = side.table()
    assert table[[0, 7]].tolist() == [0, 0]
    keep = [n for n in range(400) if n not in (0, 7)]
    assert torch.nn.functional.l1_loss(table[keep], start[keep]) < 0.1
    side([[1, 2]]).sum().backward()
    assert side.projection.grad is not None
