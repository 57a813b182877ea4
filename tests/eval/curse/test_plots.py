from lsr_eval.curse.plots import labels


def test_labels_that_would_cover_each_other_are_left_out():
    assert labels([1000, 3000, 10_000, 30_000, 37_108]) == ["1,000", "3,000", "10,000", "", "37,108"]
    assert labels([1000, 1100, 1200, 1600]) == ["1,000", "", "", "1,600"]
    assert labels([]) == []
