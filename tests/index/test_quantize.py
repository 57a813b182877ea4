import numpy as np

from lsr_index.quantize import quantize, scale_for


def test_the_largest_weight_becomes_255_and_none_becomes_0():
    weights = np.array([3.5, 1.75, 1e-6], dtype=np.float32)
    assert quantize(weights, scale_for(3.5)).tolist() == [255, 128, 1]


def test_whole_numbers_up_to_255_are_kept():
    assert scale_for(200, integral=True) == 1
    assert scale_for(510, integral=True) == 2
    assert scale_for(0) == 1
