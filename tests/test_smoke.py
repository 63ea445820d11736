"""What every CPython must pass with numpy and pytest alone: import, build, score, explain, pickle, save.

The full tests run under one Python; this file shows that the same wheel works under the others.
"""

import pickle
import subprocess
import sys

import consilience as cs

REPORTS = {
    "fact": ["colour", "colour", "colour", "size", "size", "size"],
    "source": ["a", "b", "c", "a", "b", "c"],
    "value": ["red", "red", "blue", "small", "small", "small"],
}


def test_scores_of_a_dict():
    scores = cs.ClaimMatrix(REPORTS).score().to_dict()
    assert scores["fact"] == ["colour", "size"]
    assert scores["status"] == ["contested", "unanimous"]
    assert scores["value"] == [None, "small"]
    assert abs(scores["agreement"][0] - 1 / 3) < 1e-15
    assert scores["agreement"][1] == 1.0
    assert scores["n_units"] == [3, 3]


def test_numpy_columns_keep_their_type():
    import numpy as np

    reports = {"task": np.array([7, 7, 9]), "worker": np.array([1, 2, 1]), "label": np.array([0, 0, 1])}
    scores = cs.ClaimMatrix(reports).score().to_dict()
    assert scores["fact"] == [7, 9]
    assert scores["value"] == [0, 1]
    assert scores["status"] == ["unanimous", "single source"]


def test_explanation_names_the_sources():
    text = str(cs.ClaimMatrix(REPORTS).score().explain("colour"))
    for word in ("red", "blue", "a", "b", "c"):
        assert word in text


def test_pickles_are_equal():
    matrix = cs.ClaimMatrix(REPORTS)
    scores = matrix.score()
    assert pickle.loads(pickle.dumps(matrix)) == matrix
    assert pickle.loads(pickle.dumps(scores)) == scores


def test_errors_are_ours():
    try:
        cs.ClaimMatrix({"fact": [1], "source": [1], "value": [1]})
    except cs.ConsilienceError as error:
        assert isinstance(error, ValueError)
        assert 'kind="nominal"' in str(error)
    else:
        raise AssertionError("integers without a kind were taken")


def test_running_example_scores():
    scores = cs.score(cs.datasets.load_kursk())
    statuses = dict(zip(*(scores.to_dict()[name] for name in ("fact", "status")), strict=True))
    assert len(statuses) == 91
    assert statuses["troops.total_in_russia"] == "contested"


def test_command_line_answers():
    run = subprocess.run([sys.executable, "-m", "consilience", "--help"], capture_output=True, text=True, check=False)
    assert run.returncode == 0
    assert "score" in run.stdout
