"""The default truth model on real reports, where these are at hand: the figures of a separate implementation."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DATA = Path(os.environ.get("CONSILIENCE_TRUTH_DATA", ROOT.parent / "shared" / "data"))
FIGURES = json.loads((ROOT / "tests" / "reference" / "consensus_sets.json").read_text())["sets"]


@pytest.fixture(scope="module")
def suite():
    spec = importlib.util.spec_from_file_location("truth_suite", ROOT / "benches" / "truth_suite.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["truth_suite"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", sorted(FIGURES))
def test_the_default_has_the_figures_of_a_separate_implementation(suite, name):
    if not (DATA / name).exists():
        pytest.skip("the sets are not part of the project: CONSILIENCE_TRUTH_DATA names their folder")
    data = suite.load(DATA / name)
    outcome = suite.run(data, "consensus")
    figures, reference = outcome.figures, FIGURES[name]
    for figure, expected in reference.items():
        assert figures[figure] == pytest.approx(expected, abs=2e-5), figure
