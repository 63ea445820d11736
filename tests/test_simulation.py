"""Simulated reports are what was asked for; models find what they come from."""

import pickle

import numpy as np
import pytest

import consilience as cs


def arrays(simulation):
    reports = {name: np.array(values) for name, values in simulation.reports.to_dict().items()}
    truth = dict(zip(simulation.truth["fact"], simulation.truth["value"], strict=True))
    return reports, np.array([truth[f] for f in reports["fact"]])


def test_sources_are_right_as_often_as_asked():
    accuracy = [0.95, 0.7, 0.4, 0.1]
    simulation = cs.simulate(20_000, 4, accuracy=accuracy, seed=3)
    assert simulation.sources["accuracy"] == accuracy
    assert simulation.sources["share_right"] == pytest.approx(accuracy, abs=0.012)
    reports, truth = arrays(simulation)
    for s in range(4):
        mine = reports["source"] == f"s{s}"
        assert (reports["value"][mine] == truth[mine]).mean() == simulation.sources["share_right"][s]
    # Wrong values are equally frequent.
    wrong = (reports["source"] == "s3") & (truth == "a") & (reports["value"] != "a")
    _, n = np.unique(reports["value"][wrong], return_counts=True)
    assert len(n) == 3 and n.min() / n.max() > 0.9


def test_beta_accuracies_have_their_mean_and_spread():
    accuracy = np.array(cs.simulate(1, 4_000, accuracy=(8, 2)).sources["accuracy"])
    assert accuracy.mean() == pytest.approx(0.8, abs=0.01)
    assert accuracy.var() == pytest.approx(0.8 * 0.2 / 11, rel=0.1)


def test_confusion_matrices_prevalence_and_words():
    confusion = [[0.9, 0.1, 0.0], [0.3, 0.5, 0.2], [0.0, 0.0, 1.0]]
    simulation = cs.simulate(
        30_000,
        2,
        values=["low", "mid", "high"],
        confusion=[confusion, np.eye(3).tolist()],
        prevalence=[5, 3, 2],
        seed=1,
    )
    reports, truth = arrays(simulation)
    for value, share in zip(["low", "mid", "high"], [0.5, 0.3, 0.2], strict=True):
        assert np.mean(np.array(simulation.truth["value"]) == value) == pytest.approx(share, abs=0.01)
    first = reports["source"] == "s0"
    for value, row in zip(["low", "mid", "high"], confusion, strict=True):
        said = reports["value"][first & (truth == value)]
        assert [np.mean(said == v) for v in ("low", "mid", "high")] == pytest.approx(row, abs=0.015)
    assert simulation.sources["accuracy"] == pytest.approx([0.5 * 0.9 + 0.3 * 0.5 + 0.2, 1.0])
    assert simulation.sources["share_right"][1] == 1.0


def test_density_and_reports_per_fact():
    simulation = cs.simulate(5_000, 3, density=[1.0, 0.5, 0.0])
    assert simulation.sources["n_reports"][0] == 5_000
    assert simulation.sources["n_reports"][1] == pytest.approx(2_500, abs=150)
    assert simulation.sources["n_reports"][2] == 0 and simulation.sources["share_right"][2] is None
    simulation = cs.simulate(4_000, 5, reports_per_fact=2, density=[0.9, 0.1, 0.1, 0.1, 0.1])
    assert set(simulation.truth["n_reports"]) == {2}
    # Drawn without replacement: the first of two is s0 with 9/13, else the second is with 9/12.
    assert simulation.sources["n_reports"][0] / 4_000 == pytest.approx(9 / 13 + 4 / 13 * 9 / 12, abs=0.02)


def test_copiers_say_what_the_other_says():
    simulation = cs.simulate(3_000, 10, copying=0.3, copy_rate=1.0, accuracy=0.6, seed=5)
    reports, _ = arrays(simulation)
    copies = {s: c for s, c in zip(simulation.sources["source"], simulation.sources["copies"], strict=True) if c}
    assert len(copies) == 3
    assert not set(copies.values()) & set(copies)
    said = {s: reports["value"][reports["source"] == s] for s in simulation.sources["source"]}
    assert all((said[s] == said[other]).all() for s, other in copies.items())
    half = cs.simulate(3_000, 10, copying=0.3, copy_rate=0.5, accuracy=0.6, seed=5)
    reports, _ = arrays(half)
    said = {s: reports["value"][reports["source"] == s] for s in half.sources["source"]}
    own = 0.6**2 + 3 * (0.4 / 3) ** 2
    for s, other in copies.items():
        assert np.mean(said[s] == said[other]) == pytest.approx(0.5 + 0.5 * own, abs=0.04)


def test_difficulty_is_the_chance_to_guess():
    simulation = cs.simulate(10_000, 5, difficulty=0.3, accuracy=1.0, values=2)
    assert np.mean(simulation.truth["difficulty"]) == pytest.approx(0.3, abs=0.01)
    assert np.mean(simulation.sources["share_right"]) == pytest.approx(0.7 + 0.3 / 2, abs=0.01)


def test_values_of_their_own():
    simulation = cs.simulate(50, 4, shared=False)
    assert not {v.split(" of ")[1] for v in simulation.reports["value"]} - {str(f) for f in range(50)}
    assert cs.evaluate(simulation.matrix.infer("majority_vote"), simulation.truth)["accuracy"][0] > 0.8


def test_thinner_tables_are_part_of_denser_ones():
    dense, thin = (cs.simulate(200, 6, density=density, difficulty=0.2, seed=3) for density in (0.9, 0.4))
    rows = [set(zip(*s.reports.to_dict().values(), strict=True)) for s in (dense, thin)]
    assert rows[1] < rows[0] and dense.truth["value"] == thin.truth["value"]


def test_seeds_repeat():
    one, again, other = cs.simulate(seed=7), cs.simulate(seed=7), cs.simulate(seed=8)
    assert one == again and one != other
    assert pickle.loads(pickle.dumps(one)) == one
    assert one.metadata["simulation"]["seed"] == 7
    assert "10,000 reports of 10 sources on 1,000 facts, 10.0 a fact; seed 7" in one.summary()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_facts": 0}, "n_facts=0 is out of range"),
        ({"n_sources": 0}, "n_sources=0 is out of range"),
        ({"values": 1}, "values=1 is out of range"),
        ({"values": ["a", "a"]}, "a value occurs twice"),
        ({"accuracy": 1.5}, "accuracy cannot be used here: give a number from 0 to 1"),
        ({"accuracy": [0.5, 0.5]}, r"a list of 10 \(one a source\)"),
        ({"accuracy": (0, 1)}, "Beta distribution"),
        ({"accuracy": float("nan")}, "accuracy cannot be used"),
        ({"prevalence": [1, 2]}, "give 4 numbers"),
        ({"confusion": [[0.5, 0.5], [0.5, 0.5]]}, "4 × 4"),
        ({"confusion": [1, 2]}, "1 dimensions; it takes 2 or 3"),
        ({"density": -1}, "density cannot be used"),
        ({"reports_per_fact": 11}, "reports_per_fact=11 is out of range"),
        ({"reports_per_fact": 3, "density": [1.0] * 2 + [0.0] * 8}, "reports_per_fact=3 .* density is above 0"),
        ({"difficulty": 1}, "difficulty=1 is out of range"),
        ({"copying": 2}, "copying=2 is out of range"),
        ({"seed": -1}, "seed=-1"),
        ({"density": "x"}, "it takes numbers"),
    ],
)
def test_wrong_options_are_told(options, message):
    with pytest.raises(cs.ParameterError, match=message):
        cs.simulate(**options)


def numbers(simulation):
    reports = {name: np.array(values) for name, values in simulation.reports.to_dict().items()}
    truth = dict(zip(simulation.truth["fact"], simulation.truth["value"], strict=True))
    return reports, reports["value"] - np.array([truth[f] for f in reports["fact"]])


def test_numbers_have_the_errors_asked_for():
    sd, bias = [0.5, 1.0, 2.0, 0.0], [0.0, 1.0, -0.5, 0.25]
    simulation = cs.simulate(20_000, 4, kind="interval", values=(100.0, 20.0), sd=sd, bias=bias, seed=2)
    truth = np.array(simulation.truth["value"])
    assert truth.mean() == pytest.approx(100, abs=0.5) and truth.std() == pytest.approx(20, rel=0.02)
    assert simulation.sources["sd"] == sd and simulation.sources["bias"] == bias
    arrays_say = cs.simulate(
        20_000, 4, kind="interval", values=(100.0, 20.0), sd=np.array(sd), bias=np.array(bias), seed=2
    )
    assert arrays_say.reports == simulation.reports
    reports, errors = numbers(simulation)
    for s in range(4):
        own = errors[reports["source"] == f"s{s}"]
        assert own.mean() == pytest.approx(bias[s], abs=0.05) and own.std() == pytest.approx(sd[s], rel=0.03, abs=1e-9)
        assert simulation.sources["rmse"][s] == pytest.approx(np.sqrt(np.mean(own**2)))
    # Normal: a twentieth is off by more than 1.96 standard deviations.
    assert np.mean(np.abs(errors[reports["source"] == "s0"]) > 0.98) == pytest.approx(0.05, abs=0.005)


def test_numbers_are_missing_copied_and_grossly_wrong():
    simulation = cs.simulate(
        5_000,
        6,
        kind="interval",
        sd=(0.1, 1.0),
        bias=0.3,
        accuracy=0.9,
        copying=1 / 3,
        copy_rate=0.7,
        density=0.8,
        seed=4,
    )
    sources = simulation.sources.to_dict()
    assert len(simulation) == pytest.approx(0.8 * 6 * 5_000, rel=0.02)
    assert all(0.1 <= x <= 1.0 for x in sources["sd"]) and len(set(sources["sd"])) == 6
    assert 0.1 < np.std(sources["bias"]) < 0.6
    reports, errors = numbers(simulation)
    for s, (sd, copies) in enumerate(zip(sources["sd"], sources["copies"], strict=True)):
        if copies is None:
            gross = np.abs(errors[reports["source"] == f"s{s}"] - sources["bias"][s]) > 5 * sd
            # Of gross errors some lie near the truth by chance.
            assert 0.06 < gross.mean() <= 0.11
        else:
            mine, other = (
                dict(zip(*(reports[c][reports["source"] == n] for c in ("fact", "value")), strict=True))
                for n in (f"s{s}", copies)
            )
            shared = [f for f in mine if f in other]
            assert np.mean([mine[f] == other[f] for f in shared]) == pytest.approx(0.7, abs=0.03)
    thin = cs.simulate(50, 5, kind="interval", reports_per_fact=2, seed=1)
    assert set(thin.truth["n_reports"]) == {2}
    assert thin.reports == cs.simulate(50, 5, kind="interval", reports_per_fact=2, seed=1).reports
    assert "standard deviations from 1" in thin.summary()


def test_gtm_finds_variances_and_its_intervals_hold():
    sd = np.array([0.5] * 8 + [1.0] * 8 + [2.0] * 16)
    simulation = cs.simulate(4_000, 32, kind="interval", sd=sd.tolist(), seed=6)
    truth = simulation.matrix.infer("gtm")
    # Precisions are relative to the spread of each fact's reports, which is about the same for all where reports are many.
    found = np.array(truth.sources["weight"]) ** -0.5
    assert found / np.exp(np.log(found).mean()) == pytest.approx(sd / np.exp(np.log(sd).mean()), rel=0.08)
    evaluation = cs.evaluate([truth, *map(simulation.matrix.infer, ("crh", "catd"))], simulation.truth)
    # The best that can be done weighs by the true precisions.
    best = np.sum(sd**-2.0) ** -0.5
    rmse = evaluation["rmse"]
    assert best * 0.98 < rmse[0] < best * 1.03
    reports, _ = numbers(simulation)
    mean = np.bincount(reports["fact"], reports["value"]) / np.bincount(reports["fact"])
    plain = np.sqrt(np.mean((mean - np.array(simulation.truth["value"])) ** 2))
    assert all(best * 0.98 < x < 0.95 * plain for x in rmse)
    assert evaluation["interval_coverage"][0] == pytest.approx(0.95, abs=0.01)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "number"}, "it takes 'nominal' .* or 'interval'"),
        ({"sd": 2.0}, "sd=2.0 means nothing where kind='nominal'"),
        ({"kind": "interval", "prevalence": [1, 2]}, "prevalence=.* means nothing where kind='interval'"),
        ({"kind": "interval", "sd": [1.0, 2.0]}, "sd.*a list of 10"),
        ({"kind": "interval", "sd": (2.0, 1.0)}, "two ends > 0"),
        ({"kind": "interval", "sd": -1.0}, "a number ≥ 0"),
        ({"kind": "interval", "bias": -1.0}, "standard deviation of biases"),
        ({"kind": "interval", "bias": []}, "a list of 10"),
        ({"kind": "interval", "values": 4}, "mean and the standard deviation"),
        ({"kind": "interval", "values": (0.0, -1.0)}, "standard deviation ≥ 0"),
    ],
)
def test_wrong_options_of_numbers_are_told(options, message):
    with pytest.raises(cs.ParameterError, match=message):
        cs.simulate(**options)


def test_cross_validation_finds_the_model_that_made_the_reports():
    simulation = cs.simulate(800, 8, accuracy=[0.95, 0.9, 0.85, 0.4, 0.35, 0.3, 0.3, 0.25], reports_per_fact=5, seed=2)
    table = simulation.matrix.cross_validate(["majority_vote", "dawid_skene"], folds=4)
    rows = {m: i for i, m in enumerate(table["model"])}
    vote, ds = rows["majority_vote"], rows["dawid_skene"]
    assert table["log_probability"][ds] > max(table["log_probability"][vote], table["chance"][0])
    assert table["difference"][ds] == 0.0
    assert table["difference"][vote] < -3 * table["difference_std_error"][vote]
    assert table["difference_std_error"][ds] is None
    assert table["n"][0] == table["n"][1] and table["chance"][0] == table["chance"][1]
    assert table["folds"] == [4, 4]


def test_cross_validation_by_hand():
    # Two sources, two answers: without one report the vote believes the other. Each source is then seen to be right with its only
    # report: (1 + 1/2) / 2 = 3/4. What is predicted is then wrong, and has the probability 1/4.
    matrix = cs.ClaimMatrix({"fact": ["f", "f"], "source": ["a", "b"], "value": ["x", "y"]})
    seeds = [s for s in range(20) if matrix.cross_validate(["majority_vote"], folds=50, seed=s)["n"] == [2]]
    table = matrix.cross_validate(["majority_vote"], folds=50, seed=seeds[0])
    assert table["log_probability"] == [pytest.approx(np.log(1 / 4))]
    assert table["chance"] == [pytest.approx(np.log(1 / 2))]
    assert table["std_error"] == [None]
    same = cs.ClaimMatrix({"fact": ["f", "f"], "source": ["a", "b"], "value": ["x", "x"]})
    with pytest.raises(cs.DataError, match="no fact has two answers"):
        same.cross_validate(["majority_vote"])


def test_cross_validation_does_not_depend_on_the_order_of_rows():
    reports = cs.simulate(200, 6, accuracy=(3, 2), seed=4).reports.to_pandas()
    one = cs.ClaimMatrix(reports).cross_validate(["majority_vote", "dawid_skene"])
    other = cs.ClaimMatrix(reports.sample(frac=1, random_state=0)).cross_validate(["majority_vote", "dawid_skene"])
    assert one["log_probability"] == pytest.approx(other["log_probability"], rel=1e-9)
    assert one["std_error"] == pytest.approx(other["std_error"], rel=1e-9)
    another = cs.ClaimMatrix(reports).cross_validate(["majority_vote"], seed=1)
    assert another["log_probability"] != one["log_probability"][:1]


def test_what_anything_is_called_decides_no_part():
    # Many facts of five sources have the same reports; which of these are alike is no matter of names.
    reports = cs.simulate(300, 5, values=["x", "y"], accuracy=[0.9, 0.8, 0.7, 0.6, 0.55], density=0.7, seed=4).reports
    table = reports.to_pandas()
    new = {
        column: dict(
            zip(table[column].unique(), np.random.default_rng(1).permutation(table[column].nunique()), strict=True)
        )
        for column in table
    }
    other = table.apply(lambda column: column.map(lambda label: f"n{new[column.name][label]}"))
    models = ["majority_vote", "dawid_skene", "one_coin"]
    gold = {table.fact[0]: "x"}
    one = cs.ClaimMatrix(table).cross_validate(models, gold=gold)
    two = cs.ClaimMatrix(other.sample(frac=1, random_state=0)).cross_validate(
        models, gold={f"n{new['fact'][f]}": f"n{new['value'][v]}" for f, v in gold.items()}
    )
    for column in ("log_probability", "std_error", "difference", "chance", "n"):
        assert one[column] == pytest.approx(two[column], rel=1e-9), column
    # Models of classes and of values are judged by the same parts.
    assert len(set(one["n"])) == 1


def test_a_result_carries_its_cross_validation():
    simulation = cs.simulate(300, 6, accuracy=(6, 4), reports_per_fact=4, seed=5)
    matrix = simulation.matrix
    apart = matrix.cross_validate(["dawid_skene", "majority_vote"], folds=4, seed=3).to_dict()
    truth = matrix.infer("dawid_skene", cv=4, seed=3)
    assert len(truth.cv) == 1
    for name in ("log_probability", "std_error", "chance", "n", "folds"):
        assert truth.cv[name] == apart[name][:1]
    assert truth == matrix.infer("dawid_skene", seed=3, cv=4) and matrix.infer("dawid_skene").cv is None
    assert pickle.loads(pickle.dumps(truth)).cv == truth.cv
    assert f"log-probability {apart['log_probability'][0]:.3f}" in " ".join(truth.summary().split())
    # What a start knows of the reports that are kept apart does not count.
    assert matrix.infer("dawid_skene", cv=4, seed=3, warm_start=truth).cv == truth.cv
    beside = matrix.compare(["dawid_skene", "majority_vote"], cv=4, seed=3)
    for name in ("log_probability", "std_error", "difference", "difference_std_error", "chance"):
        assert beside[name] == apart[name]
    assert truth.compare(["majority_vote"])["log_probability"] == [truth.cv["log_probability"][0], None]
    assert "log_probability" not in matrix.compare(["dawid_skene"]).columns


def test_cross_validation_tells_what_is_wrong():
    matrix = cs.simulate(20, 3).matrix
    with pytest.raises(cs.ParameterError, match="folds=1 is out of range"):
        matrix.cross_validate(["majority_vote"], folds=1)
    for models in ([], 3):
        with pytest.raises(cs.ParameterError, match="give names from consilience.truth.models"):
            matrix.cross_validate(models)
    with pytest.raises(cs.ParameterError, match="cv=1 is out of range"):
        matrix.infer(cv=1)
    with pytest.raises(cs.ParameterError, match="gives no probability to reports"):
        cs.simulate(20, 3, kind="interval").matrix.infer("gtm", cv=2)
    with pytest.raises(cs.ParameterError, match="is not known; it takes"):
        matrix.cross_validate(["oracle"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_facts": True}, "n_facts=True .bool. cannot be used; it takes an integer"),
        ({"seed": True}, "seed=True"),
        ({"reports_per_fact": True}, "reports_per_fact=True"),
        ({"accuracy": True}, "accuracy=True"),
        ({"kind": "interval", "sd": True}, "sd=True"),
        ({"kind": "interval", "bias": True}, "bias=True"),
        ({"n_facts": 10**9, "n_sources": 10**4}, "10000000000000 reports would be drawn, more than the 2147483646"),
        ({"n_facts": 2**31}, "n_facts=2147483648 is out of range"),
    ],
)
def test_what_cannot_be_simulated_is_told(options, message):
    with pytest.raises(cs.ParameterError, match=message):
        cs.simulate(**options)


def test_numbers_of_numpy_are_numbers():
    same = cs.simulate(20, 3, values=3, accuracy=0.5)
    assert cs.simulate(np.int64(20), np.int32(3), values=np.int64(3), accuracy=np.float32(0.5)) == same
    assert same.matrix.cross_validate("majority_vote", folds=np.int64(3))["folds"] == [3]


def test_a_value_is_an_answer_where_a_row_is_a_fact():
    simulation = cs.simulate(3, 2)
    for table in (simulation, simulation.reports, simulation.matrix.reports):
        assert "value" in repr(table).splitlines()[-7] and "answer" not in repr(table), repr(table)
    assert "answer" in repr(simulation.matrix.infer())


def test_the_picture_is_drawn():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    axes = cs.simulate(200, 20, accuracy=(5, 2), copying=0.2).plot()
    assert len(axes.get_legend().get_texts()) == 3
