"""Points, measured once, beside what an index of the same vectors gives."""

import dataclasses

import pytest

from lsr_eval import effectiveness
from lsr_eval.tradeoff import sweep
from lsr_eval.tradeoff.settings import WHOLE, Setting, grid
from lsr_eval.tradeoff.sweep import unmeasured


def test_every_setting_gets_a_point(task, tmp_path):
    settings = grid(top_k=[3, None], exact=[None, 16], query_top_k=[1, None], overestimate=[1.0, 1.5])
    points = {found.setting: found for found in sweep.sweep(task, settings, tmp_path / "sweep")}
    assert list(points) == settings
    whole, top = points[WHOLE], points[Setting(3)]
    assert whole.ratio == 1
    assert (whole.postings, whole.documents) == (task.source.manifest.postings, 6)
    assert (top.postings, top.document_terms) == (18, 3)
    assert points[Setting(exact=16)].bytes > whole.bytes > top.bytes
    assert points[Setting(query_top_k=1)].query_terms <= 1
    assert all(
        found.recall == 1 and 0 < found.p50_ms <= found.p99_ms for found in points.values() if found.setting.safe
    )

    run, _ = effectiveness.search_all(task.source, task.queries, 10)
    expected = effectiveness.evaluate_run(task.dataset, run, effectiveness.Settings(task.measures), "run")[0]
    assert whole.measures == pytest.approx(expected.measures)
    assert [path.name for path in (tmp_path / "sweep").iterdir()] == ["points"]


def test_a_sweep_that_broke_off_goes_on(task, tmp_path, monkeypatch):
    settings = grid(top_k=[2, 3, None])
    built = []

    def interrupted(source, setting, path, **others):
        built.append(setting.name)
        if len(built) == 3:
            raise KeyboardInterrupt
        return build(source, setting, path, **others)

    build = sweep.build
    monkeypatch.setattr(sweep, "build", interrupted)
    with pytest.raises(KeyboardInterrupt):
        sweep.sweep(task, settings, tmp_path / "sweep")
    assert built == ["whole", "top2", "top3"]
    assert [one.name for one in unmeasured(task, settings, tmp_path / "sweep")] == ["top3"]
    before = (tmp_path / "sweep" / "points").stat().st_mtime_ns
    points = sweep.sweep(task, settings, tmp_path / "sweep")
    assert [found.name for found in points] == ["whole", "top2", "top3"]
    assert built[3:] == ["whole", "top3"]  # the whole is what others are timed beside
    assert before != (tmp_path / "sweep" / "points").stat().st_mtime_ns
    assert sweep.sweep(task, settings, tmp_path / "sweep") == points
    assert len(built) == 5


@pytest.mark.parametrize("change", [{"k": 5}, {"rounds": 2}, {"exclude_self": True}])
def test_other_circumstances_are_other_points(task, tmp_path, change):
    sweep.sweep(task, [WHOLE], tmp_path / "sweep")
    assert unmeasured(task, [WHOLE], tmp_path / "sweep") == []
    assert unmeasured(dataclasses.replace(task, **change), [WHOLE], tmp_path / "sweep") == [WHOLE]


def test_a_damaged_point_is_measured_again(task, tmp_path):
    sweep.sweep(task, [WHOLE], tmp_path / "sweep")
    (file,) = (tmp_path / "sweep" / "points").iterdir()
    file.write_text(file.read_text()[:40])
    assert unmeasured(task, [WHOLE], tmp_path / "sweep") == [WHOLE]


def test_own_ids_are_dropped_where_asked(task, tmp_path):
    own = dataclasses.replace(task.queries, ids=["d1", *task.queries.ids[1:]])
    judged = dataclasses.replace(task.dataset, qrels={"d1": {"d1": 1}})
    alike = dataclasses.replace(task, queries=own, dataset=judged)
    kept, dropped = (
        sweep.sweep(dataclasses.replace(alike, exclude_self=drop), [WHOLE], tmp_path / "sweep")[0].measures["RR@10"]
        for drop in (False, True)
    )
    assert (kept, dropped) == (0.5, 0)  # d6 is found first, then d1
