import numpy as np

from lsr_index.quantize import quantize, scales_for


def test_each_terms_largest_weight_becomes_255_and_none_becomes_0():
    scales = scales_for(np.array([3.5, 0.35, 0.0], dtype=np.float32))
    assert quantize(np.array([3.5, 1.75, 1e-6], dtype=np.float32), scales[0]).tolist() == [255, 128, 1]
    assert quantize(np.array([0.35, 0.175], dtype=np.float32), scales[1]).tolist() == [255, 128]
    assert scales[2] == scales[1]


def test_whole_numbers_up_to_255_are_kept():
    assert scales_for(np.array([200, 3], dtype=np.float32), integral=True).tolist() == [1, 1]
    assert scales_for(np.array([510, 3], dtype=np.float32), integral=True)[0] == 2
    assert scales_for(np.zeros(2, dtype=np.float32)).tolist() == [1, 1]
