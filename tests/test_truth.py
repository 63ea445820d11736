"""Truth inference from Python: arguments, messages, results, the doors of crowd-kit."""

import ast
import pickle
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import consilience as cs
from consilience.truth import _make

ANSWERS = {"task": [1, 1, 1, 2, 2, 2, 3, 3, 3], "worker": list("abcabcabc"), "label": list("xxyyyyxxy")}
MODELS = cs.truth.models()["name"]
LABELS = [m for m, takes in zip(MODELS, cs.truth.models()["takes"], strict=True) if takes != "numbers"]


@pytest.fixture
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", cs.ConsilienceWarning)
        yield


def many(n_facts=200, n_sources=12, k=3, seed=1):
    rng = np.random.default_rng(seed)
    own = rng.integers(0, k, n_facts)
    skill = np.linspace(0.9, 0.4, n_sources)
    rows = [
        (f, s, "xyz"[own[f] if rng.random() < skill[s] else rng.integers(0, k)])
        for f in range(n_facts)
        for s in rng.choice(n_sources, 5, replace=False)
    ]
    return pd.DataFrame(rows, columns=["task", "worker", "label"])


def test_the_classes_are_those_of_the_registry():
    written = ast.dump(ast.parse(Path(_make.__file__).with_name("models.py").read_text(encoding="utf-8")))
    assert written == ast.dump(ast.parse(_make.source())), "run: python -m consilience.truth._make"


@pytest.mark.parametrize("model", LABELS)
def test_every_model_gives_every_table(model, quiet):
    df = many(k=2)
    truth = cs.infer(df, model)
    assert truth.model == model
    assert len(truth) == len(truth.facts) == 200
    assert set(truth.facts["value"]) <= {"x", "y"}
    assert all(p is None or 0 <= p <= 1 + 1e-9 for p in truth.claims["probability"])
    assert set(truth.sources.columns) >= {"source", "reliability", "low", "high", "weight", "n_reports", "n_facts"}
    assert pickle.loads(pickle.dumps(truth)) == truth
    for text in (repr(truth), truth._repr_html_(), truth.summary()):
        assert model in text
    explained = truth.explain(0)
    data = explained.data
    if data["prior"] is not None:
        # The default does more than add.
        total = data["prior"] + sum(c["log_odds"] for c in data["contributions"]) + (data["rest"] or 0.0)
        assert total == pytest.approx(data["log_odds"], abs=1e-9)
    assert str(explained)


@pytest.mark.parametrize("model", ["dawid_skene", "one_coin", "glad", "mace", "ibcc", "accu"])
def test_contributions_sum_to_the_log_odds_of_the_beliefs(model, quiet):
    truth = cs.infer(many(), model)
    beliefs = truth.claims.to_pandas()
    for fact in range(0, 200, 17):
        why = truth.explain(fact).data
        if why["second"] is None or why["log_odds"] is None:
            continue
        own = beliefs[beliefs.fact == fact].set_index("claim").probability
        if why["second"] in own.index and own[why["second"]] > 1e-12:
            assert why["log_odds"] == pytest.approx(np.log(own[why["leading"]] / own[why["second"]]), abs=1e-6)


@pytest.mark.parametrize("model", LABELS)
def test_reports_in_two_halves_give_what_all_give(model, quiet):
    df = many(k=2 if model == "kos" else 3)
    a, b = df[df.task < 100], df[df.task >= 100]
    whole = cs.infer(df, model).facts.to_pandas().set_index("fact")
    halves = cs.infer(a, model).partial_fit(b).facts.to_pandas().set_index("fact")
    assert (whole.value == halves.value[whole.index]).all()
    assert np.allclose(whole.probability, halves.probability[whole.index], atol=1e-6)


@pytest.mark.parametrize("model", ["dawid_skene", "one_coin", "mace", "ibcc", "glad", "truth_finder", "wawa", "bwa"])
def test_what_was_learned_judges_the_same_reports_alike(model, quiet):
    df = many()
    truth = cs.infer(df, model)
    again = truth.predict(df)
    assert np.allclose(truth.facts["probability"], again.facts["probability"], atol=1e-6)
    exact = {"tol": 1e-13, "max_iter": 5000}
    cold = cs.infer(df, model, **exact)
    warm = cs.infer(df, model, warm_start=truth, **exact)
    assert np.allclose(cold.facts["probability"], warm.facts["probability"], atol=1e-4)


def test_numbers():
    rng = np.random.default_rng(0)
    own = rng.normal(10, 3, 40)
    rows = [(f, s, own[f] + rng.normal(0, sd)) for f in range(40) for s, sd in enumerate((0.1, 1.0, 3.0))]
    df = pd.DataFrame(rows, columns=["fact", "source", "value"])
    for model in ("crh", "catd", "gtm"):
        truth = cs.infer(df, model, kind="interval")
        facts = truth.facts.to_pandas()
        assert np.abs(facts.value - own).mean() < np.abs(df.groupby("fact").value.mean() - own).mean()
        weight = truth.sources["weight"]
        assert weight[2] == min(weight)
        gold = truth.matrix.infer(model, gold={0: 99.0})
        assert gold.facts["value"][0] == 99.0
    low, high = facts.low.to_numpy(), facts.high.to_numpy()
    assert (low < high).all()


def test_numbers_have_no_probabilities():
    df = {
        "fact": [1, 1, 1, 2, 2],
        "source": list("abcab"),
        "value": [10.0, 11.0, 30.0, 5.0, 6.0],
        "kind": ["interval"] * 5,
    }
    for model in ("crh", "catd", "gtm"):
        truth = cs.infer(df, model)
        assert set(truth.claims["probability"]) == set(truth.claims["belief"]) == {None}
        why = truth.explain(1).data
        total = why["prior"] + sum(c["adds"] for c in why["contributions"])
        assert total == pytest.approx(truth.facts["value"][0], rel=1e-12)
        assert float(why["leading"]) == truth.facts["value"][0]
        assert "11  is the median of its reports" in str(truth.explain(1))
        assert "weight of sources, the highest first:\n  " in truth.summary()
        with pytest.raises(cs.ParameterError, match="no probabilities"):
            truth.plot_facts()
        fitted = cs.truth.GTM().fit(df)
        assert fitted.skills_.notna().all()
        with pytest.raises(cs.ParameterError, match="labels_ holds"):
            _ = fitted.probas_
    mixed = cs.infer(
        {"fact": ["f", "g"], "source": ["a", "a"], "value": ["x", "1"], "kind": ["nominal", "interval"]}, "crh"
    )
    assert mixed.facts["reason"] == ["no number", None]
    with pytest.raises(cs.DataError, match="too large to be squared"):
        cs.infer({"fact": [1, 1], "source": ["a", "b"], "value": [1e300, 1.0]}, "crh")
    with pytest.raises(cs.DataError, match="too large to be squared"):
        cs.infer({"fact": [1, 1], "source": ["a", "b"], "value": [2.0, 1.0]}, "crh", gold={1: 1e300})


@pytest.mark.parametrize("model", LABELS)
@pytest.mark.parametrize("k", [2, 3])
def test_probabilities_and_that_of_none_sum_to_1(model, k, quiet):
    if model == "kos" and k > 2:
        return
    df = many(n_facts=60, k=k)
    forms = [None] if model not in ("consensus", "one_coin") else ["closed", "open"]
    for form in forms:
        for gold in (None, {0: df.label[0], 7: "x"}):
            truth = cs.infer(df, model, form=form, gold=gold)
            claims = truth.claims.to_pandas().groupby("fact").probability.sum()
            none = truth.facts.to_pandas().set_index("fact").p_unclaimed.fillna(0.0)
            assert np.allclose(claims + none, 1.0, atol=1e-12), model
            assert all(0 <= r <= 1 for r in truth.sources["reliability"])


@pytest.mark.parametrize(
    "model",
    [
        cs.truth.DawidSkene(),
        cs.truth.DawidSkene(assignment="hard", confusion_prior=0.0, class_prior=0.0),
        cs.truth.OneCoin(),
        cs.truth.GLAD(),
        cs.truth.MACE(),
        cs.truth.MACE(variational=False),
        cs.truth.IBCC(),
        cs.truth.EBCC(groups=3),
        cs.truth.GuessLCA(),
    ],
    ids=repr,
)
def test_objectives_do_not_fall_with_gold_and_weights(model, quiet):
    for seed in range(6):
        df = many(n_facts=40, n_sources=8, seed=seed)
        df["weight"] = np.random.default_rng(seed).choice([0.5, 1.0, 30.0], len(df))
        known = {task: "xyz"[task % 3] for task in range(8)}
        for reports in (df, df.drop(columns="weight")):
            trace = np.array(cs.infer(reports, model, gold=known).trace["objective"])
            assert (np.diff(trace) >= -1e-9 * np.abs(trace[1:])).all()


@pytest.mark.parametrize(
    "model", [m for m in LABELS if m not in ("majority_vote", "sums", "average_log", "investment", "pooled_investment")]
)
def test_what_was_learned_judges_new_facts(model, quiet):
    df = many(k=2)
    best, worst = 0, 11
    new = {"task": [900, 900, 901], "worker": [worst, best, best], "label": ["x", "y", "x"]}
    assert cs.infer(df, model).predict(new).facts["value"][0] == "y"


def test_the_trace_of_bwa_has_a_row_an_iteration(quiet):
    df = many()
    assert len(cs.infer(df, "bwa", max_iter=4).trace) == 4
    assert cs.infer(df, "bwa").converged


def test_with_a_tolerance_of_0_nothing_may_change_in_the_last_iteration():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert cs.infer(many(n_facts=20), "truth_finder", tol=0.0, max_iter=500).trace["change"][-1] == 0.0


# Bad input: an error or a stated reason each.


def test_with_one_class_there_are_no_adversaries():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for model in LABELS:
            cs.infer({"task": [1], "worker": ["a"], "label": ["x"]}, model)


def test_weights_that_are_too_large_are_refused():
    table = {"fact": [1, 1], "source": ["a", "b"], "value": ["x", "y"], "weight": [1e300, 1.0]}
    for model in MODELS[:3]:
        with pytest.raises(cs.DataError, match="Scale the weights down"):
            cs.infer(table, model)


def test_too_many_facts_and_classes_are_refused():
    n = 40_000
    table = {"fact": np.arange(n) // 2, "source": np.arange(n) % 3, "value": [f"v{i % 19_999}" for i in range(n)]}
    for model in ("glad", "mace", "bwa"):
        with pytest.raises(cs.DataError, match="20000 facts × 19999 classes.*truth_finder"):
            cs.infer(table, model)


def test_one_source_and_one_value(quiet):
    for model in LABELS:
        one = cs.infer({"task": [1, 2], "worker": ["a", "a"], "label": ["x", "x"]}, model)
        assert one.facts["value"] == ["x", "x"]
        assert all(p is not None and np.isfinite(p) for p in one.facts["probability"])


def test_a_fact_without_comparable_report_says_so(quiet):
    table = {
        "fact": ["f", "f", "g"],
        "source": ["a", "b", "a"],
        "value": ["x", "x", "y"],
        "stance": ["asserts", "asserts", "neither"],
    }
    truth = cs.infer(table, "majority_vote")
    assert truth.facts["value"] == ["x", None]
    assert truth.facts["reason"] == [None, "no comparable claim"]


def test_gold_must_fit():
    m = cs.ClaimMatrix(ANSWERS)
    with pytest.raises(cs.DataError, match="'?99"):
        m.infer("dawid_skene", gold={99: "x"})
    with pytest.raises(cs.DataError, match='none of the values.*"x", "y"'):
        m.infer("dawid_skene", gold={1: "z"})
    with pytest.raises(cs.ParameterError, match="gold"):
        m.infer("dawid_skene", gold=3)
    series = pd.Series({3: "y"})
    assert m.infer("dawid_skene", gold=series).facts["value"][2] == "y"
    with pytest.raises(cs.DataError, match='fact "1" has two answers'):
        m.infer("dawid_skene", gold={"task": [1, 1], "label": ["x", "y"]})
    missing = m.infer("dawid_skene", gold=pd.Series({1: None, 2: np.nan, 3: "y"}, dtype=object))
    assert missing.metadata["truth"]["n_gold"] == 1 and missing.facts["probability"][2] == 1.0
    numbers = {"fact": [1, 1, 2], "source": ["a", "b", "a"], "value": [1.0, 2.0, 3.0]}
    with pytest.raises(cs.DataError, match='gold: "many" .* no interval value'):
        cs.infer(numbers, "crh", gold={1: "many"})
    # A known answer that nobody claims makes all sources of the fact wrong.
    truth = m.infer("one_coin", form="open", gold={1: "z"})
    assert truth.facts["reason"][0] == "known answer claimed by no source"
    with pytest.raises(cs.DataError, match="no answer .known answer claimed by no source"):
        truth.explain(1)
    # It is kept with new reports, as others are.
    more = truth.partial_fit({"task": [4], "worker": ["a"], "label": ["x"]})
    assert more.facts["reason"][0] == "known answer claimed by no source"
    assert pickle.loads(pickle.dumps(more)) == more


def test_too_many_classes_names_another_model():
    n = 20_000
    table = {"fact": np.arange(n), "source": np.arange(n) % 50, "value": [f"v{i % 4000}" for i in range(n)]}
    with pytest.raises(cs.DataError, match="one_coin"):
        cs.infer(table, "dawid_skene")


def test_subtypes_need_more_room():
    n = 6000
    table = {"fact": np.arange(n) // 2, "source": np.arange(n) % 40, "value": [f"v{i * 7 % 500}" for i in range(n)]}
    with pytest.raises(cs.DataError, match="40 sources × 500² classes, more than 6710886 numbers.*one_coin"):
        cs.infer(table, "ebcc", max_iter=1)


def test_values_of_one_fact_each_are_no_classes():
    table = {"fact": [1, 1, 2, 2], "source": list("abab"), "value": list("xyzw")}
    with pytest.raises(cs.DataError, match="several facts share"):
        cs.infer(table, "dawid_skene")


def test_not_converged_warns_with_the_last_change():
    with pytest.warns(cs.ConvergenceWarning, match="last change"):
        truth = cs.infer(many(), "dawid_skene", max_iter=3)
    assert truth.converged is False
    assert "NOT converged" in repr(truth)


def test_adversarial_sources_are_said():
    df = many(k=2)
    gold = dict.fromkeys(df.task.unique(), "x")
    liars = df.assign(label="y")
    liars.loc[0, "label"] = "x"
    with pytest.warns(cs.ConsilienceWarning, match="less often than by chance"):
        cs.infer(liars, "one_coin", gold=gold, form="closed")


def test_messages_have_the_sign_that_makes_sources_right(quiet):
    said = ["..yy.y", "xxyx..", "yxyyxy"]
    rows = [(f, s, said[s][f]) for f in range(6) for s in range(3) if said[s][f] != "."]
    table = dict(zip(("task", "worker", "label"), zip(*rows, strict=True), strict=True))
    sources = cs.infer({name: list(column) for name, column in table.items()}, "kos").sources
    # The other sign has 0.35.
    assert np.average(sources["reliability"], weights=sources["n_reports"]) == pytest.approx(0.62, abs=0.01)


def test_sources_that_stand_alone_are_no_adversaries():
    table = {"fact": range(40), "source": [f"s{i % 4}" for i in range(40)], "value": [f"v{i}" for i in range(40)]}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for model in ("consensus", "one_coin", "accu", "pop_accu", "truth_finder", "two_estimates"):
            cs.infer(table, model, form="open" if model in ("consensus", "one_coin") else None, max_iter=500)


def test_non_finite_weights_are_refused():
    for bad in (float("nan"), float("inf"), -1.0):
        with pytest.raises(cs.DataError):
            cs.ClaimMatrix({"fact": [1, 1], "source": ["a", "b"], "value": ["x", "y"], "weight": [1.0, bad]}).infer()


def test_denials_count_or_are_counted():
    table = {
        "fact": ["f"] * 3,
        "source": list("abc"),
        "value": ["x", "y", "y"],
        "stance": ["asserts", "asserts", "denies"],
    }
    with pytest.warns(cs.ConsilienceWarning, match="1 denial left out"):
        cs.infer(table, "majority_vote")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert cs.infer(table, "one_coin").facts["value"] == ["x"]


def test_options_are_checked():
    m = cs.ClaimMatrix(ANSWERS)
    for options, message in [
        ({"model": "dawid_sken"}, "Did you mean"),
        ({"model": 3}, "give a name"),
        ({"model": "dawid_skene", "power": 2}, "confusion_prior"),
        ({"maxiter": 5}, 'Did you mean "max_iter"'),
        ({"model": "dawid_skene", "confusion_prior": -1.0}, "number ≥ 0"),
        ({"model": "dawid_skene", "form": "open"}, "closed"),
        ({"max_iter": 0}, "max_iter"),
        ({"tol": -1.0}, "tol"),
        ({"confidence": 1.0}, "confidence"),
        ({"warm_start": 3}, "warm_start"),
        ({"model": "kos", "independence": "x"}, "independence"),
    ]:
        with pytest.raises(cs.ParameterError, match=message):
            m.infer(**options)


def test_as_in_crowdkit(quiet):
    df = many()
    model = cs.truth.DawidSkene(max_iter=20)
    assert repr(model) == "DawidSkene(max_iter=20)"
    labels = model.fit_predict(df)
    assert labels.index.name == "task"
    assert np.allclose(model.probas_.sum(axis=1), 1)
    assert (model.probas_.idxmax(axis=1) == labels).all()
    assert model.skills_.between(0, 1).all()
    assert model.loss_history_ == sorted(model.loss_history_)
    assert model.predict(df).equals(labels)
    assert model.get_params()["max_iter"] == 20
    with pytest.raises(cs.ParameterError, match="called gold"):
        model.fit(df, true_labels={0: "x"})
    with pytest.raises(cs.ConsilienceError, match="fit"):
        _ = cs.truth.GLAD().labels_
    open_values = {"task": [1, 1, 2], "worker": list("aba"), "label": ["x", "y", "z"]}
    assert cs.truth.MajorityVote().fit(open_values).probas_.loc[1].sum() == pytest.approx(1)


def test_compare_and_pictures(quiet):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    df = many()
    table = cs.ClaimMatrix(df).compare(["majority_vote", "dawid_skene", cs.truth.GLAD(max_iter=20)])
    assert table["model"] == ["majority_vote", "dawid_skene", "GLAD(max_iter=20)"]
    assert table["agreement_with_first"][0] == 1.0
    truth = cs.infer(df, "dawid_skene")
    assert truth.plot().get_title(loc="left").startswith("Reliability")
    assert truth.plot_facts().get_ylabel() == "probability of the leading claim"
    assert len(truth.plot_data()) == 12


# Intervals of reliabilities.


def test_intervals_hold_where_facts_have_few_reports():
    # Inferred truths are not known truths: taking them so, Dawid-Skene holds .75 here, and .86 with each source taken alone; GLAD
    # with the ease of each fact at its mode .88.
    held = {"dawid_skene": [], "ibcc": [], "ebcc": [], "one_coin": [], "mace": [], "glad": []}
    errors = []
    for seed in range(30):
        simulation = cs.simulate(500, 20, accuracy=(6, 4), reports_per_fact=3, seed=seed)
        accuracy = np.array(simulation.sources["accuracy"])
        for model, inside in held.items():
            sources = simulation.matrix.infer(model).sources.to_dict()
            order = np.argsort([int(s[1:]) for s in sources["source"]])
            low, high = (np.array(sources[end], float)[order] for end in ("low", "high"))
            inside.append(np.mean((low <= accuracy) & (accuracy <= high)))
            if model == "dawid_skene":
                errors.append(np.mean(np.array(sources["reliability"], float)[order] - accuracy))
    for model, inside in held.items():
        assert 0.9 < np.mean(inside) < 0.98, model
    # At the mode, whose prior takes sources for worse than they are, it is -0.029.
    assert abs(np.mean(errors)) < 0.012


def test_explanations_tell_the_reliability_of_the_table_of_sources(quiet):
    matrix = cs.simulate(300, 12, accuracy=(6, 4), reports_per_fact=3, seed=3).matrix
    for model in ("dawid_skene", "ibcc", "consensus", "wawa"):
        truth = matrix.infer(model)
        told = {c["source"]: c["reliability"] for c in truth.explain(0).data["contributions"]}
        table = dict(zip(truth.sources["source"], truth.sources["reliability"], strict=True))
        assert told == {source: table[source] for source in told}, model


def test_no_report_vouches_for_itself_under_dawid_skene():
    """By dense arrays and bisection: each report is read by what its source says of other facts, how often it is right without prior."""
    simulation = cs.simulate(150, 6, values=2, accuracy=[0.9, 0.8, 0.75, 0.7, 0.65, 0.6], reports_per_fact=4, seed=1)
    truth = simulation.matrix.infer("dawid_skene", tol=1e-13, max_iter=5000)
    reports = simulation.reports.to_dict()
    fact, source = np.array(reports["fact"]), np.array([int(s[1:]) for s in reports["source"]])
    said = np.array([v == "b" for v in reports["value"]], int)
    leads = zip(truth.facts["value"], truth.facts["probability"], strict=True)
    is_b = np.array([p if v == "b" else 1 - p for v, p in leads])
    q = np.stack([1 - is_b, is_b], 1)
    # How often sources are right is first fitted anew for all of them, without the reports that the prior adds.
    n_own, believed = np.bincount(source), q
    classes, before = (q.sum(0) + 1) / 152, -np.inf

    def count():
        # By source, label, class; one report each from the prior.
        joint = np.ones((6, 2, 2))
        np.add.at(joint, (source, said), q[fact])
        return joint

    table = count() / count().sum(1, keepdims=True)
    while True:
        logs = np.tile(np.log(classes), (150, 1))
        np.add.at(logs, fact, np.log(table[source, said]))
        q = np.exp(logs) / np.exp(logs).sum(1, keepdims=True)
        objective = np.log(np.exp(logs).sum(1)).sum() + np.log(classes).sum()
        if abs(objective - before) < 1e-6 * abs(before):
            break
        before, classes, joint = objective, (q.sum(0) + 1) / 152, count()
        table, of_class = joint / joint.sum(1, keepdims=True), joint.sum(1) - 2
        right = table.diagonal(0, 1, 2)
        share = ((joint.diagonal(0, 1, 2) - 1).sum(1) + 0.5) / (n_own + 1)
        low, high = np.full(6, -10.0), np.full(6, 10.0)
        for _ in range(60):
            odds = np.exp((low + high) / 2)[:, None]
            raised = right * odds / (1 - right + right * odds)
            more = (of_class * raised).sum(1) < share * n_own
            low, high = np.where(more, (low + high) / 2, low), np.where(more, high, (low + high) / 2)
        table = np.where(np.eye(2, dtype=bool), raised[:, None], table * ((1 - raised) / (1 - right))[:, None])
    joint = count()
    read = (joint[source, said] - q[fact]) / (joint.sum(1)[source] - q[fact])
    left = np.tile(np.log(classes), (150, 1))
    np.add.at(left, fact, np.log(read))
    left = np.exp(left) / np.exp(left).sum(1, keepdims=True)
    right = (joint.diagonal(0, 1, 2)[source] - (said[:, None] == [0, 1]) * q[fact]) / (joint.sum(1)[source] - q[fact])
    sources, moved = truth.sources.to_dict(), []
    for s, name in enumerate(sources["source"]):
        own = source == int(name[1:])
        n, v, of = own.sum(), said[own], fact[own]
        accuracy = (q[of] * right[own]).sum(0) / q[of].sum(0)

        def hits(shift, v=v, of=of, accuracy=accuracy):
            tilted = accuracy * np.exp(shift) / (1 - accuracy + accuracy * np.exp(shift))
            wrong = (1 - tilted) / (1 - accuracy)
            p = left[of] * np.where(v[:, None] == [0, 1], tilted / accuracy, wrong)
            p /= p.sum(1, keepdims=True)
            return p[np.arange(v.size), v].sum(), (p * tilted).sum()

        low, high = -10.0, 10.0
        for _ in range(60):
            shift = (low + high) / 2
            found, expected = hits(shift)
            low, high = (shift, high) if (found + 0.5) / (n + 1) > expected / n else (low, shift)
        assert sources["reliability"][s] == pytest.approx((found + 0.5) / (n + 1), abs=1e-3)
        assert sources["low"][s] < sources["reliability"][s] < sources["high"][s]
        moved.append(sources["reliability"][s] - (believed[of, v].sum() + 0.5) / (n + 1))
    # What it is not: the hits that the beliefs of the fit make probable.
    assert max(np.abs(moved)) > 0.005, moved


def test_glad_leaves_open_how_easy_facts_are():
    """By dense arrays: abilities and hits with the ease of facts summed out, on a finer grid than the model's."""
    simulation = cs.simulate(300, 8, values=3, accuracy=(6, 4), reports_per_fact=3, seed=3)
    truth = simulation.matrix.infer("glad")
    reports = simulation.reports.to_dict()
    fact, source = np.array(reports["fact"]), np.array([int(s[1:]) for s in reports["source"]])
    said = np.array(["abc".index(v) for v in reports["value"]])
    z = np.linspace(-5, 5, 101)
    ease, prior, ability = np.exp(1 + z), -0.5 * z**2, np.ones(8)
    for _ in range(60):
        x = ability[source][:, None] * ease
        logs = np.tile(prior, (300, 3, 1))
        np.add.at(logs, fact, (-np.logaddexp(0, x) - np.log(2))[:, None])
        np.add.at(logs, (fact, said), x + np.log(2))
        states = np.exp(logs - logs.max((1, 2), keepdims=True))
        states /= states.sum((1, 2), keepdims=True)
        hit, every = states[fact, said], states.sum(1)[fact]
        for _ in range(5):
            p = 1 / (1 + np.exp(-np.minimum(ability[source][:, None] * ease, 500)))
            slope = np.bincount(source, ((hit - every * p) * ease).sum(1)) + 1 - ability
            curve = np.bincount(source, (every * p * (1 - p) * ease**2).sum(1)) + 1
            ability += np.clip(slope / curve, -0.3, 0.3)
    n = np.bincount(source)
    expected = (np.bincount(source, hit.sum(1)) + 0.5) / (n + 1)
    claims = zip(*(truth.claims[c] for c in ("fact", "claim", "probability")), strict=True)
    belief = {(f, v): p for f, v, p in claims}
    believed = [belief[f, v] for f, v in zip(reports["fact"], reports["value"], strict=True)]
    at_mode = (np.bincount(source, believed) + 0.5) / (n + 1)
    sources = truth.sources.to_dict()
    order = [int(s[1:]) for s in sources["source"]]
    assert sources["reliability"] == pytest.approx(expected[order], abs=0.005)
    # What it is not: the hits that the answers of the fit make probable.
    assert np.abs(expected - at_mode).max() > 0.03
    assert all(
        low < value < high
        for low, value, high in zip(*(sources[c] for c in ("low", "reliability", "high")), strict=True)
    )


def test_reliability_of_glad_at_the_edges(quiet):
    table = {"fact": [1, 1, 2, 2, 3, 3, 4], "source": list("abababa"), "value": list("xxyxyyx")}
    known = cs.infer(table, "glad", gold={1: "x", 2: "y", 3: "y", 4: "y"}).sources.to_dict()
    assert known["reliability"] == pytest.approx([3.5 / 5, 2.5 / 4])
    for data in (table, {**table, "weight": [1e6, 2.0, 0.5, 1.0, 1.0, 3.0, 1.0]}, {**table, "value": ["x"] * 7}):
        for options in ({}, {"ability_mean": -3.0}, {"ease_mean": 6.0}):
            sources = cs.infer(data, "glad", **options).sources
            for low, value, high in zip(sources["low"], sources["reliability"], sources["high"], strict=True):
                assert 0 <= low <= value <= high <= 1, options


def test_reliability_of_dawid_skene_at_the_edges(quiet):
    table = {"fact": [1, 1, 2, 2, 3, 3, 4], "source": list("abababa"), "value": list("xxyxyyx")}
    known = cs.infer(table, "dawid_skene", gold={1: "x", 2: "y", 3: "y", 4: "y"}).sources.to_dict()
    # Known answers leave nothing to infer: 3 of 4 and 2 of 3 are right.
    assert known["reliability"] == pytest.approx([3.5 / 5, 2.5 / 4])
    heavy = {name: column + column[:2] for name, column in table.items()}
    for options in (
        {"confusion_prior": 0.0},
        {"assignment": "hard"},
        {"confusion_prior": 0.0, "class_prior": 0.0, "gold": {2: "x"}},
    ):
        for data in (table, {**table, "weight": [1.0, 2.0, 0.5, 1.0, 1.0, 3.0, 1.0]}, heavy):
            sources = cs.infer(data, "dawid_skene", **options).sources
            for low, value, high in zip(sources["low"], sources["reliability"], sources["high"], strict=True):
                assert 0 < low <= value <= high < 1, options
    alike = cs.infer({**table, "value": ["x"] * 7}, "dawid_skene").sources
    assert all(
        low <= value <= high
        for low, value, high in zip(*(alike[c] for c in ("low", "reliability", "high")), strict=True)
    )


def test_intervals_are_those_of_the_linear_response():
    """One coin by dense matrices: the variance of hits is Q (I - B Q)^-1, Q being that with known parameters."""
    simulation = cs.simulate(300, 6, values=2, accuracy=[0.9, 0.8, 0.75, 0.7, 0.65, 0.6], reports_per_fact=4, seed=1)
    truth = simulation.matrix.infer("one_coin", hits=0, misses=0, class_prior=0, tol=1e-13, max_iter=5000)
    reports = simulation.reports.to_dict()
    fact, source = np.array(reports["fact"]), np.array([int(s[1:]) for s in reports["source"]])
    said = np.array([v == "b" for v in reports["value"]], int)
    leads = zip(truth.facts["value"], truth.facts["probability"], strict=True)
    is_b = np.array([p if v == "b" else 1 - p for v, p in leads])
    n = np.bincount(source)
    hits = np.bincount(source, np.where(said, is_b[fact], 1 - is_b[fact]))
    value = (hits + 0.5) / (n + 1)
    # By fact: +1 where a source says "b", -1 where "a"; two answers make their hits move together or apart. The last is the class.
    signs = np.zeros((300, 7))
    signs[fact, source] = 2 * said - 1
    signs[:, 6] = 1
    q = signs.T @ (signs * (is_b * (1 - is_b))[:, None])
    skill, prior = hits / n, is_b.mean()
    b = np.diag(1 / np.append(n * skill * (1 - skill), 300 * prior * (1 - prior)))
    variance = np.diag(q @ np.linalg.inv(np.eye(7) - b @ q))[:6]
    alone = q.diagonal()[:6] / (1 - q.diagonal()[:6] / (n * value * (1 - value)))
    coupling = (n * variance / alone).sum() / n.sum()
    assert coupling > 1.35
    sources = truth.sources.to_dict()
    for s, name in enumerate(sources["source"]):
        i = int(name[1:])
        assert sources["reliability"][s] == pytest.approx(value[i], abs=1e-4)
        worth = n[i] / (1 + coupling * alone[i] / (n[i] * value[i] * (1 - value[i]))) + 1
        width = 2 * 1.96 * np.sqrt(value[i] * (1 - value[i]) / (worth + 1))
        # Of the best source the Beta distribution is too skewed for two standard deviations.
        assert sources["high"][s] - sources["low"][s] == pytest.approx(width, rel=0.07 if i == 0 else 0.03)


def test_catd_says_where_one_source_stands_alone():
    crowd = cs.simulate(60, 8, kind="interval", values=(0, 10), sd=[0.5, 1, 1, 2, 2, 3, 3, 4], seed=1)
    with pytest.warns(cs.ConsilienceWarning, match="one of 8 sources has .* of the weight"):
        cs.infer(crowd.matrix, "catd")


# Names.


def renamed(table, columns, seed=0):
    """The same rows in the same order, with the names in these columns changed for others; and what each column's names became."""
    rng = np.random.default_rng(seed)
    new, names = dict(table), {}
    for column in columns:
        old = np.unique(table[column])
        names[column] = dict(zip(old, rng.permutation([f"{column[0]}{i}" for i in range(len(old))]), strict=True))
        new[column] = np.array([names[column][x] for x in table[column]])
    return new, names


def assert_names_change_nothing(table, model, columns=("fact", "source", "value"), **options):
    """Beliefs and reliabilities with their intervals, to 1e-9."""
    gold = options.pop("gold", None)
    other, names = renamed(table, columns)
    new = {column: names.get(column, {}) for column in ("fact", "source", "value")}
    other_gold = gold and {new["fact"][f]: new["value"].get(v, v) for f, v in gold.items()}
    one, two = (cs.infer(t, model, gold=g, **options) for t, g in ((table, gold), (other, other_gold)))
    keys = {"claims": ("fact", "claim"), "facts": ("fact",), "sources": ("source",)}
    for which, key in keys.items():
        a, b = (getattr(truth, which).to_pandas() for truth in (one, two))
        for column in key:
            a[column] = a[column].map(lambda x, of=new["value" if column == "claim" else column]: of.get(x, x))
        a, b = (t.set_index(list(key)).select_dtypes("number").sort_index() for t in (a, b))
        pd.testing.assert_frame_equal(a, b, rtol=0, atol=1e-9, obj=f"{which} of {model}")


def crowd(n_facts, n_sources, per, k, seed=1):
    """Labels of sources of many skills as columns of text."""
    rng = np.random.default_rng(seed)
    fact = np.repeat(np.arange(n_facts), per)
    source = np.argsort(rng.random((n_facts, n_sources)), 1)[:, :per].ravel()
    own = rng.integers(0, k, n_facts)[fact]
    value = np.where(
        rng.random(fact.size) < np.linspace(0.9, 0.4, n_sources)[source], own, rng.integers(0, k, fact.size)
    )
    columns = {"fact": fact, "source": source, "value": value}
    return {name: np.array([f"{name} {x}" for x in column]) for name, column in columns.items()}


@pytest.mark.parametrize("model", LABELS)
@pytest.mark.parametrize("weights", [False, True])
def test_names_change_nothing(model, weights, quiet):
    # Five reports a fact of 7 sources: folds decide, signs tell, and who is alike is a matter of chance.
    table = crowd(150, 7, 5, 2 if model == "kos" else 3)
    gold = None
    if weights:
        table["weight"] = np.random.default_rng(2).choice([0.5, 1, 2], table["fact"].size)
        gold = dict(list(zip(table["fact"], table["value"], strict=True))[::50])
    # Values that are alike support each other there.
    columns = ("fact", "source") if model == "accu_sim" else ("fact", "source", "value")
    assert_names_change_nothing(table, model, columns, gold=gold)


@pytest.mark.parametrize("model", [m for m in MODELS if m not in LABELS])
def test_names_change_nothing_in_models_of_numbers(model, quiet):
    reports = cs.simulate(
        60, 8, kind="interval", values=(0, 10), sd=[0.5, 1, 1, 2, 2, 3, 3, 4], seed=1
    ).reports.to_dict()
    table = {name: np.array(reports[name]) for name in ("fact", "source", "value")}
    assert_names_change_nothing(table, model, ("fact", "source"))


@pytest.mark.parametrize(("n_facts", "n_sources"), [(9000, 40), (9000, 5)])
def test_names_do_not_decide_what_is_learned_from(n_facts, n_sources):
    # 45,000 reports, more than all are learned from; with five sources there are but 32 sorts of facts.
    assert_names_change_nothing(crowd(n_facts, n_sources, 5, 2), "consensus")


# Arguments.


@pytest.mark.parametrize("name", ["max_iter", "seed", "cv", "tol", "confidence"])
@pytest.mark.parametrize("value", [True, "3"])
def test_true_and_texts_are_no_numbers(name, value):
    with pytest.raises(cs.ParameterError, match=f"{name}={value!r} .*it takes a"):
        cs.infer(ANSWERS, "dawid_skene", **{name: value})


def test_numbers_of_numpy_are_numbers(quiet):
    own = cs.truth.DawidSkene(confusion_prior=1.0, max_iter=7)
    given = cs.truth.DawidSkene(confusion_prior=np.float32(1), max_iter=np.int64(7))
    assert cs.infer(ANSWERS, own) == cs.infer(ANSWERS, given)
    assert cs.infer(ANSWERS, "majority_vote", cv=np.int64(3)).cv["folds"] == [3]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"confusion_prior": float("nan")}, "confusion_prior=nan .* takes a finite number"),
        ({"confusion_prior": [1.0]}, "confusion_prior=.*takes a finite number"),
        ({"true_labels": {1: "x"}}, "known answers are called gold"),
        ({"independence": 3}, 'independence="3" is not known; it takes "source"'),
        ({"form": 1}, 'form="1" is not known; it takes "closed"'),
        ({"conflicts": True}, 'conflicts="True" is not known; it takes "error"'),
    ],
)
def test_wrong_arguments_are_named(options, message):
    with pytest.raises(cs.ParameterError, match=message):
        cs.infer(ANSWERS, "dawid_skene", **options)


def test_one_model_needs_no_list(quiet):
    m = cs.ClaimMatrix(ANSWERS)
    for model in ("majority_vote", cs.truth.MajorityVote()):
        assert len(m.compare(model)) == len(m.cross_validate(model)) == 1
        assert len(m.infer("wawa").compare(model)) == 2
    assert "highest" not in repr(m.cross_validate("wawa")) and "highest" in repr(m.cross_validate(["wawa", "kos"]))


def test_an_explanation_promises_no_sum_where_there_is_none():
    why = str(cs.infer(ANSWERS, "wawa").explain(1))
    assert "of these" not in why and 'the model "wawa" does not add up log-odds; its reports:' in why
    assert "of these\n" in str(cs.infer(ANSWERS, "dawid_skene").explain(1))


def test_a_class_that_was_never_seen_is_named_with_what_to_do(quiet):
    truth = cs.infer(ANSWERS, "dawid_skene")
    with pytest.raises(cs.ParameterError, match='knows no class "z".*partial_fit'):
        truth.predict({"task": [9], "worker": ["a"], "label": ["z"]})


@pytest.mark.parametrize("form", ["open", "closed"])
def test_next_to_no_weight_is_next_to_no_evidence(form, quiet):
    table = {"fact": [1, 1, 1, 2, 2, 2], "source": list("abcabc"), "value": list("xxyyyx"), "weight": [1e-15] * 6}
    facts = cs.infer(table, form=form).facts.to_dict()
    assert facts["value"][0] is not None
    claimed = [p / (1 - none) for p, none in zip(facts["probability"], facts["p_unclaimed"], strict=True)]
    assert claimed == pytest.approx([0.5, 0.5], abs=1e-9)


@pytest.mark.parametrize("n", [1, 2, 20, 500])
def test_pictures_are_whole(n, quiet):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    simulation = cs.simulate(600, n, accuracy=(6, 3), reports_per_fact=min(n, 5), seed=1)
    results = [simulation.matrix.infer(model) for model in ("majority_vote", "zero_based_skill")]
    evaluations = [cs.evaluate(r, simulation.truth) for r in (results[0], results)]
    for draw in (*(r.plot for r in results), results[0].plot_facts, *(e.plot for e in evaluations), simulation.plot):
        figure = draw().figure
        figure.canvas.draw()
        whole, inked = figure.bbox_inches, figure.get_tightbbox()
        assert inked.x0 >= 0 and inked.y0 >= 0 and inked.x1 <= whole.x1 and inked.y1 <= whole.y1, draw
        plt.close(figure)


def test_known_answers_come_with_new_reports_too(quiet):
    truth = cs.infer(ANSWERS, "dawid_skene", gold={3: "y"})
    more = truth.partial_fit({"task": [4, 4], "worker": ["a", "b"], "label": ["x", "x"]}, gold={4: "y"})
    assert more.facts["value"][2:] == ["y", "y"] and more.metadata["truth"]["n_gold"] == 2
    with pytest.raises(cs.DataError, match='fact "3" has two answers'):
        truth.partial_fit({"task": [4], "worker": ["a"], "label": ["x"]}, gold={3: "x"})
    model = (
        cs.truth.DawidSkene().fit(ANSWERS).partial_fit({"task": [4], "worker": ["a"], "label": ["x"]}, gold={4: "y"})
    )
    assert model.labels_[4] == "y"


@pytest.mark.parametrize("model", [m for m in MODELS if m not in LABELS])
def test_known_numbers_are_kept_to_the_last_digit(model):
    reports = cs.simulate(40, 5, kind="interval", sd=(0.5, 5), seed=2).reports
    known = {fact: 12345.1 + fact for fact in range(40)}
    facts = cs.infer(reports, model, gold=known).facts
    assert facts["value"] == facts["low"] == facts["high"] == list(known.values())


def test_an_explanation_says_how_probable_the_answer_is(quiet):
    truth = cs.infer({"fact": [1, 2, 2], "source": ["a", "a", "b"], "value": ["x", "y", "y"]}, form="open")
    why = truth.explain(1)
    assert why.data["probability"] == truth.facts["probability"][0] < 1
    assert why.data["p_unclaimed"] == truth.facts["p_unclaimed"][0] > 0.005
    p, none = why.data["probability"], why.data["p_unclaimed"]
    assert str(why).startswith(
        f"1: x, p = {p:.2f} (consensus)\np = {none:.2f} that no source is right\nno other answer is claimed; its reports:\n"
    )


# Many reports, sources without votes, new reports.


@pytest.mark.parametrize("model", ["dawid_skene", "ibcc", "mace", "one_coin", "ebcc"])
@pytest.mark.parametrize("k", [2, 10])
def test_a_class_that_falls_far_behind_may_catch_up(model, k, quiet):
    # The first 600 of 1300 reports of one fact say "b": by then another class is less probable than a float can hold.
    rng = np.random.default_rng(0)
    n_sources, n_facts, labels = 1300, 40, np.array(list("abcdefghij"[:k]))
    own = np.arange(n_facts) % k
    said = np.where(rng.random((n_facts, n_sources)) < 0.85, own[:, None], rng.integers(0, k, (n_facts, n_sources)))
    said = np.vstack([np.repeat([1, 0], [600, 700]), said])
    fact, source = (x.ravel() for x in np.indices(said.shape))
    table = {"fact": fact, "source": source, "value": labels[said.ravel()]}
    form = {"form": "closed"} if model == "one_coin" else {}
    limits = {"max_iter": 20, "groups": 2} if model == "ebcc" else {"max_iter": 20}
    told = []
    for order in (slice(None), slice(None, None, -1)):
        truth = cs.infer({name: column[order] for name, column in table.items()}, model, **form, **limits)
        assert truth.facts["value"][truth.facts["fact"].index(0)] == "a"
        told.append(dict(zip(truth.sources["source"], truth.sources["reliability"], strict=True)))
    assert told[0] == pytest.approx(told[1], abs=1e-6)


def test_known_answers_teach_though_very_many_reports_deny_them(quiet):
    # Of 900 sources each is wrong on 28 of 29 known answers: what they say of other facts is not the answer.
    fact, source = (x.ravel() for x in np.indices((31, 900)))
    label = np.where((fact + source) % 29 == 0, fact % 2, 1 - fact % 2)
    label[fact == 30] = 0
    table = {"task": fact, "worker": source, "label": np.array(["x", "y"])[label]}
    gold = {f: "xy"[f % 2] for f in range(30)}
    new = {"task": [900, 900, 900, 901], "worker": [0, 1, 2, 0], "label": list("xxxy")}
    for model in ("one_coin", "dawid_skene", "glad", "ibcc", "ebcc"):
        form = {"form": "closed"} if model == "one_coin" else {}
        truth = cs.infer(table, model, gold=gold, max_iter=30, **form)
        assert truth.predict(new).facts["value"] == ["y", "x"], model
        if truth.trace.columns[1] == "objective":
            assert (np.diff(truth.trace["objective"]) >= -1e-9 * np.abs(truth.trace["objective"][1:])).all(), model


@pytest.mark.parametrize("model", ["dawid_skene", "one_coin", "glad", "mace", "ibcc", "ebcc", "guess_lca"])
def test_objectives_do_not_fall_after_a_warm_start(model, quiet):
    df = many(n_facts=100)
    trace = cs.infer(df, model, warm_start=cs.infer(df[df.task < 50], model)).trace["objective"]
    assert len(trace) > 2 and (np.diff(trace) >= -1e-9 * np.abs(trace[1:])).all()


@pytest.mark.parametrize("model", [m for m in LABELS if m not in ("one_coin", "consensus")])
def test_a_source_without_votes_changes_nothing(model, quiet):
    # Of models that leave denials out, one who but denies is such a source.
    df = many(n_facts=30, n_sources=6, k=2).assign(stance="asserts").rename(columns={"worker": "source"})
    mute = pd.DataFrame({"task": [0, 1], "source": [99, 99], "label": ["x", "y"], "stance": ["denies"] * 2})
    exact = {"max_iter": 200, "tol": 0.0, "kind": "nominal"}
    alone, beside = (cs.infer(table, model, **exact) for table in (df, pd.concat([df, mute])))
    assert beside.claims["probability"] == pytest.approx(alone.claims["probability"], abs=1e-9)
    sources = beside.sources.to_dict()
    place = sources["source"].index(99)
    assert [sources[c][place] for c in ("reliability", "low", "high")] == [None] * 3
    # Later it counts as the mean of the others, as one that is new.
    if model in ("wawa", "zero_based_skill", "truth_finder", "sums", "two_estimates"):
        new = {"task": [900, 900, 901], "source": [99, 0, 99], "label": list("xyx"), "kind": ["nominal"] * 3}
        other = {**new, "source": [98, 0, 98]}
        assert beside.predict(new).claims["probability"] == alone.predict(other).claims["probability"]


def test_a_source_without_numbers_has_no_weight():
    table = {
        "fact": [1, 1, 2, 2, 3, 3, 1],
        "source": list("abababc"),
        "value": ["1", "2", "3", "5", "3", "4", "7"],
        "qualifier": ["exact"] * 6 + ["at_least"],
    }
    for model in ("crh", "catd"):
        truth = cs.infer(table, model, kind="interval")
        assert truth.sources["weight"] == [pytest.approx(truth.sources["weight"][1]), pytest.approx(0.5, abs=0.2), None]
        six = {name: column[:6] for name, column in table.items()}
        assert truth.sources["weight"][:2] == cs.infer(six, model, kind="interval").sources["weight"]


def test_facts_without_votes_change_nothing_in_bwa(quiet):
    df = many(n_facts=30, n_sources=6).assign(stance="asserts").rename(columns={"worker": "source"})
    silent = pd.DataFrame({"task": range(500, 800), "source": 1, "label": "x", "stance": "neither"})
    alone, beside = (cs.infer(table, "bwa", kind="nominal", max_iter=5) for table in (df, pd.concat([df, silent])))
    assert beside.claims["probability"] == pytest.approx(alone.claims["probability"], abs=1e-12)


def test_weights_that_are_all_alike_change_the_prior_of_bwa_by_no_more_than_its_reports(quiet):
    """By dense arrays: a report of weight 3 is three reports of the source."""
    df = many(n_facts=40, n_sources=6, k=2)
    is_x = (df.label == "x").to_numpy(float)
    fact, source = df.task.to_numpy(), df.worker.to_numpy()
    n, size = np.bincount(source) * 3.0, np.bincount(fact) * 3.0
    z = np.bincount(fact, is_x) / np.bincount(fact)
    rate = 15 * (size * z * (1 - z)).sum() / size.sum() * 2
    for _ in range(4):
        precision = (15 + n) / (rate + np.bincount(source, 3 * (z[fact] - is_x) ** 2))[: n.size]
        weight = 3 * precision[source]
        z = (z.mean() + np.bincount(fact, weight * is_x)) / (1 + np.bincount(fact, weight))
    truth = cs.infer(df.assign(weight=3.0), "bwa", max_iter=4, tol=0.0)
    found = {
        f: p for f, c, p in zip(*(truth.claims[c] for c in ("fact", "claim", "probability")), strict=True) if c == "x"
    }
    # Of two classes each is the other's rest.
    assert [found[f] for f in sorted(found)] == pytest.approx([z[f] for f in sorted(found)], abs=1e-9)


@pytest.mark.parametrize("model", ["consensus", "one_coin"])
def test_reports_in_two_halves_take_the_form_of_the_whole(model, quiet):
    # Of the first facts alone values are too few to be classes.
    df = many(n_facts=60, k=3)
    whole, first = cs.infer(df, model), cs.infer(df[df.task < 3], model)
    halves = first.partial_fit(df[df.task >= 3])
    told = [truth.metadata["truth"] for truth in (first, halves, whole)]
    assert [t["form"] for t in told] == ["open", "closed", "closed"]
    assert halves == whole
    # What is one voice, too.
    origins = df.assign(origin=np.where(df.worker == 0, "agency", None), kind="nominal")
    parts = [cs.ClaimMatrix(origins[df.task < 3].drop(columns="origin")), cs.ClaimMatrix(origins[df.task >= 3])]
    told = [parts[0].infer(model).partial_fit(parts[1]), cs.ClaimMatrix.concat(parts).infer(model)]
    assert told[0] == told[1] and told[0].independence == "origin"
    # What was asked for is kept.
    asked = cs.infer(df[df.task < 3], model, form="open", max_iter=7).partial_fit(df[df.task >= 3])
    assert (asked.metadata["truth"]["form"], asked.metadata["truth"]["max_iter"]) == ("open", 7)


def test_a_prediction_takes_new_reports_in(quiet):
    df = many(n_facts=60, k=2)
    truth = (
        cs.infer(df[df.task < 20], "dawid_skene").predict(df[df.task.between(20, 39)]).partial_fit(df[df.task >= 40])
    )
    assert truth.facts.to_dict() == cs.infer(df[df.task >= 20], "dawid_skene").facts.to_dict()
    assert truth.metadata["truth"]["max_iter"] == 300


@pytest.mark.parametrize(
    "model", [m for m in LABELS if cs.truth.models().to_dict()["takes"][MODELS.index(m)].startswith("labels shared")]
)
def test_what_was_learned_judges_facts_that_share_no_label(model, quiet):
    truth = cs.infer(many(k=2), model)
    # Alone these would be values of one fact each.
    assert truth.predict({"task": [900, 901], "worker": [0, 0], "label": ["x", "y"]}).facts["value"] == ["x", "y"]


def test_answers_that_differ_by_rounding_tie(quiet):
    # 0.1 + 0.2 is 0.30000000000000004.
    table = {"fact": [1, 1, 1], "source": list("abc"), "value": list("yyx"), "weight": [0.1, 0.2, 0.3]}
    facts = cs.infer(table, "majority_vote").facts
    assert (facts["value"], facts["reason"], facts["margin"]) == (["x"], ["tie"], [0.0])


def test_glad_takes_no_ease_beyond_what_numbers_hold():
    for name in ("ability_mean", "ease_mean"):
        for value in (100, -100):
            assert None not in cs.infer(ANSWERS, "glad", max_iter=500, **{name: value}).facts["probability"]
        with pytest.raises(cs.ParameterError, match=f"{name}=1000 .*from −100 to 100"):
            cs.infer(ANSWERS, "glad", **{name: 1000.0})


def test_estimates_of_one_half_are_rounded_alike_in_any_order(quiet):
    said = ["111", "022", "100", "121", "21.", "000", "212", "112"]
    rows = [(f, s, v) for f, values in enumerate(said) for s, v in enumerate(values) if v != "."]
    table = dict(zip(("fact", "source", "value"), map(list, zip(*rows, strict=True)), strict=True))
    told = []
    for order in (slice(None), slice(None, None, -1)):
        claims = cs.infer(
            {name: column[order] for name, column in table.items()}, "three_estimates", kind="nominal"
        ).claims
        keys = zip(claims["fact"], claims["claim"], strict=True)
        told.append(dict(zip(keys, claims["probability"], strict=True)))
    assert told[0] == pytest.approx(told[1], abs=1e-9)


# Prediction.


@pytest.mark.parametrize("model", LABELS)
def test_a_prediction_does_not_depend_on_which_others_are_asked_for(model, quiet):
    k = 2 if model == "kos" else 3
    truth = cs.infer(many(k=k), model)
    new = {"task": [1, 2, 2, 3], "worker": [0, 1, 2, 3], "label": list("xyxz" if k == 3 else "xyxy")}
    assert_each_alone_as_together(truth, new)


def assert_each_alone_as_together(truth, new, **options):
    together = truth.predict(new, **options).facts.to_dict()
    for i, fact in enumerate(together["fact"]):
        rows = [r for r, f in enumerate(new[next(iter(new))]) if f == fact]
        alone = truth.predict({name: [column[r] for r in rows] for name, column in new.items()}, **options)
        for name, of_all in together.items():
            one = alone.facts[name][0]
            assert one == (pytest.approx(of_all[i], abs=1e-9) if isinstance(of_all[i], float) else of_all[i]), name
        assert pickle.loads(pickle.dumps(alone)) == alone


# Those left out scale by all facts at hand, as documented.
ALONE = [
    (m, kind)
    for m, takes in zip(MODELS, cs.truth.models()["takes"], strict=True)
    for kind in (("nominal", "date") if m in LABELS else ("interval",))
    if takes != "labels shared by facts" and not m.endswith(("investment", "estimates"))
]


@pytest.mark.parametrize(("model", "kind"), ALONE)
def test_nor_where_values_belong_to_their_facts(model, kind, quiet):
    rng = np.random.default_rng(3)
    values = {
        "nominal": lambda f: [f"{f} a", f"{f} b", f"{f} c"],
        "date": lambda f: [f"20{f:02}-03-05", f"20{f:02}-03", f"20{f:02}-03-07"],
        "interval": lambda f: [10.0 + f, 12.0 + f, 17.0 + f],
    }[kind]
    rows = [
        (f, s, values(f)[rng.choice(3, p=[0.6, 0.3, 0.1])]) for f in range(40) for s in rng.choice(8, 4, replace=False)
    ]
    table = dict(zip(("fact", "source", "value"), map(list, zip(*rows, strict=True)), strict=True))
    truth = cs.infer(table, model, kind=kind)
    assert truth.metadata["truth"]["form"] == "open"
    a, b, c = (values(50 + i) for i in range(3))
    new = {
        "fact": [50, 51, 51, 52, 52, 52],
        "source": [0, 1, 2, 3, 4, 0],
        "value": [a[0], b[0], b[1], c[0], c[1], c[2]],
    }
    assert_each_alone_as_together(truth, new, kind=kind)


@pytest.mark.parametrize("model", LABELS)
def test_predictions_keep_known_answers(model, quiet):
    df = many(n_facts=40, k=2)
    said = cs.infer(df, model)["value"]
    known = {3: "x" if said[3] == "y" else "y", 11: said[11]}
    truth = cs.infer(df, model, gold=known)
    again = truth.predict(df[df.task != 11])
    assert (again["value"][3], again["probability"][3]) == (known[3], 1.0)
    assert again.metadata["truth"]["n_gold"] == 1


@pytest.mark.parametrize("labels", [list("xyz"), [1, 2, 3], [1.5, 2.5, 3.5], [True, False]])
def test_labels_that_nobody_gives_are_predicted_too(labels, quiet):
    simulation = cs.simulate(100, 4, values=len(labels), accuracy=[0.95, 0.9, 0.9, 0.05], seed=1)
    names = sorted(set(simulation.reports["value"]))
    of = dict(zip(names, labels, strict=True))
    given = [of[v] for v in simulation.reports["value"]]
    reports = {"task": simulation.reports["fact"], "worker": simulation.reports["source"], "label": given}
    truth = cs.infer(reports, "dawid_skene", kind="nominal")
    new = truth.predict({"task": [7], "worker": ["s3"], "label": labels[:1]}, kind="nominal")
    assert new["p_unclaimed"][0] > 0.8 and new["probability"][0] < 0.95
    # The liar gives the first: it is another, which no report here gives.
    assert new["value"][0] in labels[1:] and type(new["value"][0]) is type(labels[1])
    known = cs.evaluate(new, {7: new["value"][0]})
    assert known["accuracy"] == [1.0] and known["n_never_claimed"] == [1]
    assert sorted(known.by_class["class"]) == sorted(labels) and known.facts()["value"] == new["value"]
    assert sorted(set(new.confusion["truth"])) == sorted(labels)
    assert pickle.loads(pickle.dumps(new)) == new
    probas = (
        cs.truth.DawidSkene()
        .fit(reports, kind="nominal")
        .predict_proba({"task": [7], "worker": ["s3"], "label": labels[:1]}, kind="nominal")
    )
    assert sorted(probas.columns) == sorted(labels) and probas.loc[7].sum() == pytest.approx(1)


def test_denials_are_judged_after_a_fit_without_any(quiet):
    reports = {
        "fact": [1, 1, 1, 2, 2, 3, 3, 3],
        "source": list("abcababc"),
        "value": ["a1", "a1", "b1", "a2", "a2", "a3", "a3", "b3"],
    }
    truth = cs.infer(reports, form="open")
    new = {"fact": [9, 9], "source": list("ab"), "value": ["x", "y"], "stance": ["asserts", "asserts"]}
    denied = {
        "fact": [9] * 3,
        "source": list("abc"),
        "value": ["x", "y", "x"],
        "stance": ["asserts", "asserts", "denies"],
    }
    before, after = (
        dict(zip(*truth.predict(t).claims.to_dict(["claim", "probability"]).values(), strict=True))
        for t in (new, denied)
    )
    assert before["x"] == pytest.approx(before["y"]) and after["x"] < after["y"]
    assert all(abs(c["log_odds"]) < 10 for c in truth.predict(denied).explain(9).data["contributions"])


def test_new_reports_say_which_of_several_values_counts(quiet):
    truth = cs.infer(ANSWERS, "one_coin")
    other = {"task": [1], "worker": ["c"], "label": ["x"]}
    with pytest.raises(cs.DataError, match='conflicts="first"'):
        truth.partial_fit(other)
    assert truth.partial_fit(other, conflicts="last")["margin"][0] > truth["margin"][0]
    both = {"task": [1, 1], "worker": ["a", "a"], "label": ["x", "y"]}
    assert truth.predict(both, conflicts="first")["value"] == ["x"]
    for option in ("gold", "max_iter", "model"):
        with pytest.raises(
            cs.ParameterError, match=rf"predict\(\) has no option '{option}': it takes those of ClaimMatrix"
        ):
            truth.predict(other, **{option: 1})
    with pytest.raises(cs.ParameterError, match=r"partial_fit\(\) has no option 'valu' \(did you mean value\?\)"):
        truth.partial_fit(other, valu="label")
    with pytest.raises(cs.ParameterError, match="the matrix is built already"):
        truth.predict(cs.ClaimMatrix(other), value="label")


def test_what_a_known_answer_entails_is_right(quiet):
    table = {"fact": ["d"] * 4, "source": list("abcd"), "value": ["2024-08", "2024-08-06", "2024", "2023"]}
    truth = cs.infer(table, kind="date", gold={"d": "2024-08-07"})
    assert truth["p_unclaimed"] == [1.0]
    assert truth.claims.to_dict(["probability", "belief"]) == {"probability": [0.0] * 4, "belief": [1.0, 0.0, 1.0, 0.0]}


# Manners.


def test_what_is_not_fitted_has_no_labels():
    model = cs.truth.DawidSkene()
    assert not hasattr(model, "labels_") and not hasattr(model, "skills_")
    with pytest.raises(cs.NotFittedError, match=r"call fit\(reports\) first"):
        model.predict(ANSWERS)


def test_parameters_are_named_as_elsewhere():
    with pytest.raises(cs.ParameterError, match=r"DawidSkene has no parameter 'n_iter'.*\(did you mean max_iter\?\)"):
        cs.truth.DawidSkene(n_iter=10)
    with pytest.raises(cs.ParameterError, match=r"DawidSkene\(10\): give parameters by name"):
        cs.truth.DawidSkene(10)
    with pytest.raises(cs.ParameterError, match=r"'n_iter'.*\(did you mean max_iter\?\)"):
        cs.truth.DawidSkene().set_params(n_iter=10)
    with pytest.raises(cs.ParameterError, match='there is no parameter "known"'):
        cs.infer(ANSWERS, "dawid_skene", known={1: "x"})


@pytest.mark.parametrize(
    "call",
    [
        lambda: cs.infer(ANSWERS, "dawid_skene", max_iter=2),
        lambda: cs.ClaimMatrix(ANSWERS).infer("dawid_skene", max_iter=2),
        lambda: cs.truth.DawidSkene(max_iter=2).fit_predict(ANSWERS),
        lambda: cs.ClaimMatrix(ANSWERS).compare([cs.truth.DawidSkene(max_iter=2)]),
    ],
)
def test_warnings_name_the_line_of_the_reader(call):
    with pytest.warns(cs.ConvergenceWarning) as told:
        call()
    assert [w.filename for w in told] == [__file__]


def test_models_with_parameters_are_told_apart():
    models = [cs.truth.DawidSkene(confusion_prior=prior) for prior in (1, 3)]
    shown = repr(cs.ClaimMatrix(many()).compare(models))
    assert all(repr(model) in shown for model in models)


def test_what_there_is_to_use_is_listed_without_modules():
    assert {"infer", "truth", "Truth"} <= set(dir(cs)) and not {"words", "display", "annotations"} & set(dir(cs))
    assert {"DawidSkene", "models"} <= set(dir(cs.truth)) and "result" not in dir(cs.truth)


def test_denials_are_left_out_for_a_reason():
    denied = {"fact": ["f"] * 2, "source": list("ab"), "value": list("xy"), "stance": ["asserts", "denies"]}
    with pytest.warns(cs.ConsilienceWarning, match="1 denial left out: nobody asserts what they deny"):
        cs.infer(denied)
    with pytest.warns(cs.ConsilienceWarning, match='1 denial left out: the model "majority_vote" takes none'):
        cs.infer(denied, "majority_vote")


def test_how_far_reports_draw_is_said_in_whole_numbers():
    table = {"fact": ["f"] * 3, "source": list("abc"), "value": [3000000.04665892647, 3100000.0, 12000000.0]}
    why = str(cs.infer(table, "gtm").explain("f"))
    assert "e+" not in why and "b says 3,100,000" in why and "a says 3,000,000\n" in f"{why}\n"
