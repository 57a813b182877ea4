import math

import pytest

from lsr.training.sparsity import Ramp, Target


def test_the_ramp_is_quadratic_and_stays():
    ramp = Ramp(2.0, steps=10)
    assert ramp.at(4) == pytest.approx(2.0 * 0.25)
    assert ramp.at(9) == ramp.at(500) == 2.0
    assert Ramp(2.0, steps=0).at(0) == 2.0


def test_a_ramp_goes_on_where_it_was_after_a_back_off_and_a_resume():
    ramp = Ramp(2.0, steps=10)
    ramp.back_off(0.5)
    again = Ramp(2.0, steps=10)
    again.load_state_dict(ramp.state_dict())
    assert again.at(100) == 1.0


@pytest.mark.parametrize("target", [20, 150, 500])
@pytest.mark.parametrize("hardness", [1e-3, 1.0, 50.0])
def test_the_target_is_met_whatever_scale_lambda_has(target, hardness):
    # A network whose texts lose terms as λ grows: nnz = 3000 / (1 + λ / hardness), followed slowly.
    control, terms = Target(target, start=1e-3, steps=100), 3000.0
    for step in range(1500):
        wanted = 3000 / (1 + control.at(step) / hardness)
        terms += 0.2 * (wanted - terms)
        control.observe(terms)
    assert terms == pytest.approx(target, rel=0.05)


def test_the_goal_falls_geometrically_from_the_first_observation():
    control = Target(100, steps=10)
    control.observe(10000)
    assert control.goal(0) == pytest.approx(10000)
    assert control.goal(5) == pytest.approx(1000)
    assert control.goal(10) == control.goal(99) == 100


def test_a_resumed_controller_gives_the_same_next_lambdas():
    control = Target(100, steps=20)
    for step in range(12):
        control.at(step)
        control.observe(1000 - step)
    again = Target(100, steps=20)
    again.load_state_dict(control.state_dict())
    assert [again.at(step) for step in (12, 13)] == [control.at(step) for step in (12, 13)]


def test_empty_texts_neither_break_it_nor_let_lambda_run_away():
    control = Target(100)
    for step in range(2000):
        assert math.isfinite(control.at(step))
        control.observe(0.0)
    assert control.at(2000) >= Target.LOWEST
