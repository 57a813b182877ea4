import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lsr.encoders.batching import BUCKETS, bucket_of, plan


@given(st.lists(st.integers(1, 2000), max_size=300), st.sampled_from([64, 1000, 4096]))
def test_every_text_is_in_one_batch_within_the_budget(lengths, budget):
    batches = plan(np.array(lengths, dtype=np.int64), budget, longest=2000)
    assert sorted(n for _, members in batches for n in members) == list(range(len(lengths)))
    for padded, members in batches:
        assert all(lengths[n] <= padded <= 2000 for n in members)
        assert len(members) == 1 or padded * len(members) <= budget


def test_few_shapes_and_little_padding():
    assert len(BUCKETS) < 25
    assert [bucket_of(n) for n in (1, 8, 9, 130, 512, 513)] == [8, 8, 16, 160, 512, 640]
    assert all(bucket_of(n) <= 1.25 * n for n in range(32, 600))
