"""Evaluation against the truth: by hand, against an independent computation, and what it says of gaps."""

import math
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import consilience as cs

pytestmark = pytest.mark.filterwarnings("ignore::consilience.ConsilienceWarning")

# Fact 1: x twice, y once; fact 2: y against x; fact 3: x; fact 4: y.
ANSWERS = {"task": [1, 1, 1, 2, 2, 3, 4], "worker": list("abcabaa"), "label": list("xxyyxxy")}
TRUTH = {1: "x", 2: "y", 3: "y", 4: "y", 9: "x"}


def vote(answers=ANSWERS, **options):
    return cs.infer(answers, "majority_vote", **options)


def test_figures_by_hand():
    e = cs.evaluate(vote(), TRUTH)
    # Fact 1 is right with 2/3, fact 2 a tie at 1/2, fact 3 wrong with certainty (nobody claims y), fact 4 right with certainty.
    assert e["accuracy"] == [pytest.approx((1 + 0.5 + 0 + 1) / 4)]
    losses = [-math.log(2 / 3), -math.log(1 / 2), 0.0]
    # The vote gives no probability to a value that nobody claims, and says so.
    assert e["log_loss"] == [None]
    assert "of 1 of 4 facts is claimed by no source" in e["reason"][0]
    assert e["log_loss_claimed"] == [pytest.approx(sum(losses) / 3)]
    assert e["brier"] == [pytest.approx((2 / 9 + 1 / 2 + 2 + 0) / 4)]
    # Bins (0.4, 0.5], (0.6, 0.7], (0.9, 1]: |0.5 - 0.5|, |1 - 2/3|, |1/2 - 1| for two facts.
    assert e["ece"] == [pytest.approx((0 + 1 / 3 + 2 * 0.5) / 4)]
    assert (e["n"], e["n_never_claimed"], e["n_unknown"], e["n_gold"]) == ([4], [1], [1], [0])
    assert e["mae"] == [None]
    low, high = e["accuracy_low"][0], e["accuracy_high"][0]
    assert low < e["accuracy"][0] < high


def test_classes_by_hand():
    # All agree: x for facts 0 to 5, y for 6 to 9. Of the x two are y, of the y one is x.
    labels = ["x"] * 6 + ["y"] * 4
    answers = {
        "task": [f for f in range(10) for _ in "abc"],
        "worker": list("abc") * 10,
        "label": [v for v in labels for _ in "abc"],
    }
    truth = dict(enumerate(["y", "y", "x", "x", "x", "x", "x", "y", "y", "y"]))
    e = cs.evaluate(cs.infer(answers, "dawid_skene"), truth)
    classes = e.by_class.to_dict()
    assert classes["class"] == ["x", "y"]
    assert (classes["n_true"], classes["n_found"]) == ([5, 5], [6.0, 4.0])
    assert classes["precision"] == [pytest.approx(4 / 6), pytest.approx(3 / 4)]
    assert classes["recall"] == [pytest.approx(4 / 5), pytest.approx(3 / 5)]
    assert classes["f1"] == [pytest.approx(8 / 11), pytest.approx(6 / 9)]
    assert e["accuracy"] == [pytest.approx(0.7)]
    assert len(cs.evaluate(vote(), TRUTH).by_class) == 0


def test_facts_and_explain_show_the_worst_first():
    e = cs.evaluate(vote(), TRUTH)
    facts = e.facts()
    assert facts["fact"] == [1, 2, 3, 4]
    assert facts["right"] == [1.0, 0.5, 0.0, 1.0]
    assert facts["claimed"] == [True, True, False, True]
    lines = e.explain().splitlines()
    assert lines[0] == "3: y is true, claimed by nobody; majority_vote says x, p = 1.00"
    assert lines[1].startswith("2: y is true, p = 0.50")
    assert "whose true answer no source claims" in e.summary()
    assert "of the truth left out" in e.summary()


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4), st.integers(0, 2)), min_size=5, max_size=60), st.randoms()
)
def test_figures_agree_with_another_computation(rows, random):
    # Facts 10 and 11 share a label, as Dawid and Skene need it.
    rows = list({(f, s): (f, s, v) for f, s, v in [*rows, (10, 0, 0), (11, 0, 0)]}.values())
    answers = {"task": [r[0] for r in rows], "worker": [r[1] for r in rows], "label": ["abc"[r[2]] for r in rows]}
    truth = {f: random.choice("abc") for f in range(12)}
    result = cs.infer(answers, "dawid_skene", tol=0.0, max_iter=3)
    e = cs.evaluate(result, truth, clip=1e-9)
    claims = pd.DataFrame({"fact": answers["task"], "label": answers["label"]}).drop_duplicates()
    p = probabilities(result)
    right, loss, brier, top = [], [], [], []
    for f in p.index:
        row = p.loc[f]
        lead = row[row >= row.max() * (1 - 1e-12)]
        right.append(1 / len(lead) if truth[f] in lead.index else 0.0)
        top.append(row.max())
        true = row.index == truth[f]
        brier.append(((row - true) ** 2).sum() + (0 if true.any() else 1))
        if true.any():
            loss.append(-math.log(max(row[truth[f]], 1e-9)))
    assert e["accuracy"][0] == pytest.approx(np.mean(right))
    assert e["brier"][0] == pytest.approx(np.mean(brier))
    if len(loss) == len(p):
        assert e["log_loss"][0] == pytest.approx(np.mean(loss))
    else:
        assert e["log_loss"] == [None]
        assert "none of the claimed" in e["reason"][0]
    assert e["n_never_claimed"][0] == sum(((claims.fact == f) & (claims.label == truth[f])).sum() == 0 for f in p.index)
    bins = np.minimum(np.ceil(np.array(top) * 10 - 1e-9).astype(int), 10)
    ece = sum(
        abs(np.mean(np.array(right)[bins == b]) - np.mean(np.array(top)[bins == b])) * (bins == b).mean()
        for b in set(bins)
    )
    assert e["ece"][0] == pytest.approx(ece)


def probabilities(result):
    core = result._truth
    return pd.DataFrame(
        core.probabilities().reshape(len(result), -1), index=result.facts["fact"], columns=core.classes()
    )


def test_with_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    random = np.random.default_rng(3)
    answers = pd.DataFrame({"task": np.repeat(range(40), 5), "worker": list(range(5)) * 40})
    true = random.choice(list("abc"), 40)
    answers["label"] = [t if random.random() < 0.6 else random.choice(list("abc")) for t in np.repeat(true, 5)]
    result = cs.infer(answers, "dawid_skene")
    p = probabilities(result)[list("abc")].to_numpy()
    e = cs.evaluate(result, dict(enumerate(true)), clip=1e-12)
    assert e["log_loss"][0] == pytest.approx(metrics.log_loss(true, p, labels=list("abc")), rel=1e-9)
    said = result.facts["value"]
    assert e["accuracy"][0] == pytest.approx(metrics.accuracy_score(true, said))
    precision, recall, f1, n = metrics.precision_recall_fscore_support(true, said, labels=e.by_class["class"])
    assert e.by_class["precision"] == pytest.approx(precision)
    assert e.by_class["recall"] == pytest.approx(recall)
    assert e.by_class["f1"] == pytest.approx(f1)
    assert e.by_class["n_true"] == list(n)


def test_order_of_the_truth_changes_nothing():
    one = cs.evaluate(vote(), TRUTH)
    other = cs.evaluate(vote(), dict(reversed(TRUTH.items())))
    assert one == other


@pytest.mark.parametrize(
    "truth",
    [
        pd.Series(TRUTH),
        pd.DataFrame({"task": list(TRUTH), "label": list(TRUTH.values())}),
        {"fact": list(TRUTH), "value": list(TRUTH.values())},
        {"fact": [*TRUTH, 5], "truth": [*TRUTH.values(), None]},
    ],
    ids=["series", "frame", "columns", "null"],
)
def test_truth_comes_in_many_forms(truth):
    assert cs.evaluate(vote(), truth) == cs.evaluate(vote(), TRUTH)


def test_numbers_in_another_spelling_are_the_same():
    reports = {"fact": ["f", "f", "g"], "source": ["a", "b", "a"], "value": ["3000", "4000", "10"]}
    e = cs.evaluate(cs.infer(reports, "majority_vote", kind="ratio", form="open"), {"f": "3000.0", "g": 12})
    assert e["accuracy"] == [0.25]
    # The smaller label leads a tie: 3000 is right, 10 is off by 2.
    assert (e["mae"], e["rmse"]) == ([1.0], [pytest.approx(math.sqrt(2))])
    assert e["log_loss"] == [None]
    assert e["log_loss_claimed"] == [pytest.approx(math.log(2))]


def test_gold_is_left_out():
    e = cs.evaluate(cs.infer(ANSWERS, "dawid_skene", gold={1: "x"}), TRUTH)
    assert (e["n"], e["n_gold"]) == ([3], [1])
    with pytest.raises(cs.DataError, match="told all of these answers"):
        cs.evaluate(cs.infer(ANSWERS, "dawid_skene", gold={1: "x"}), {1: "x"})


def test_several_results_side_by_side():
    e = cs.evaluate([vote(), cs.infer(ANSWERS, "dawid_skene"), vote()], TRUTH)
    # One name each, in all tables, so that they can be joined.
    assert e["model"] == ["majority_vote (1)", "dawid_skene", "majority_vote (2)"]
    assert list(dict.fromkeys(e.reliability["model"])) == e["model"]
    assert all(e.facts(name) == e.facts(i) for i, name in enumerate(e["model"]))
    assert sum(e.reliability["n"]) == 12
    assert e.facts("dawid_skene") == e.facts(1)
    assert pickle.loads(pickle.dumps(e)) == e


def test_errors_say_what_to_do():
    with pytest.raises(
        cs.DataError, match=r'no fact of the truth \("one", …\) is among those of the reports \("1", "2", "3", …\)'
    ):
        cs.evaluate(vote(), {"one": "x"})
    with pytest.raises(cs.DataError, match="the truth has no facts"):
        cs.evaluate(vote(), {"fact": [1], "value": [None]})
    with pytest.raises(cs.DataError, match=r'fact "1" has two answers, "x" and "y"'):
        cs.evaluate(vote(), {"fact": [1, 1], "value": ["x", "y"]})
    with pytest.raises(cs.ParameterError, match="it needs the columns fact and value; the columns are a, value"):
        cs.evaluate(vote(), pd.DataFrame({"a": [1], "value": [2]}))
    with pytest.raises(cs.ParameterError, match="give a Truth"):
        cs.evaluate(ANSWERS, TRUTH)
    with pytest.raises(cs.ParameterError, match=r"of a MajorityVote\(\.\.\.\) give what fit\(\) leaves in its truth_"):
        cs.evaluate(cs.truth.MajorityVote().fit(ANSWERS), TRUTH)
    with pytest.raises(cs.ParameterError, match="bins=0 is out of range"):
        cs.evaluate(vote(), TRUTH, bins=0)
    with pytest.raises(cs.ParameterError, match="clip=2"):
        cs.evaluate(vote(), TRUTH, clip=2)
    reports = {"fact": ["f", "f"], "source": ["a", "b"], "value": [1.0, 2.0]}
    with pytest.raises(cs.DataError, match=r'"many" \(fact "f"\) is no interval value'):
        cs.evaluate(cs.infer(reports, "majority_vote"), {"f": "many"})


def test_truths_that_are_spelt_otherwise_are_told():
    with pytest.warns(
        cs.ConsilienceWarning, match="no source claims any of these 3 truths: 'X' for fact 1, where 'x' is believed"
    ):
        cs.evaluate(vote(), {1: "X", 2: "Y", 3: "X"})


def test_shown_are_the_figures_that_there_are():
    labels = repr(cs.evaluate(vote(), TRUTH))
    assert "rmse" not in labels.lower() and " n " in labels
    numbers = cs.simulate(20, 4, kind="interval", values=(1e5, 2e4), sd=1e3)
    shown = repr(cs.evaluate(numbers.matrix.infer("gtm"), numbers.truth))
    assert "rmse" in shown and "brier" not in shown and "e+0" not in shown.splitlines()[0]
    # Counts are whole where no answers tie.
    by_class = str(cs.evaluate(cs.infer(ANSWERS, "dawid_skene"), {1: "x", 2: "y"}).summary()).splitlines()[-1]
    assert by_class.split()[-1] in "012"


def test_the_picture_is_drawn():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    axes = cs.evaluate([vote(), cs.infer(ANSWERS, "dawid_skene")], TRUTH).plot()
    assert len(axes.get_legend().get_texts()) == 2
    assert "95% intervals" in axes.get_title(loc="left")


def test_a_label_that_only_other_facts_have_can_be_the_answer():
    # The liar says the other label each time, and alone reports on the last fact: the others show what that means.
    rows = [(f, s, "xy"[(f + (s == "liar")) % 2]) for f in range(40) for s in ("a", "b", "c", "liar")]
    rows.append((40, "liar", "x"))
    reports = dict(zip(("fact", "source", "value"), map(list, zip(*rows, strict=True)), strict=True))
    result = cs.infer(reports, "dawid_skene", assignment="hard", kind="nominal")
    assert result.facts["value"][-1] == "y"
    named = cs.evaluate(result, {40: "y", 0: "x"})
    assert (named["accuracy"], named["n_never_claimed"], named["log_loss_claimed"]) == ([1.0], [1], [0.0])
    # Sure of "y", the model says nothing of the labels that were given: an even share of one label is 1.
    other = cs.evaluate(result, {40: "x", 0: "x"})
    assert (other["accuracy"], other["n_never_claimed"], other["log_loss_claimed"]) == ([0.5], [0], [0.0])


def test_numbers_that_are_most_wrong_come_first():
    reports = {"fact": [1, 1, 2, 2, 3, 3], "source": list("ababab"), "value": [1.0, 1.0, 5.0, 7.0, 4.0, 4.0]}
    result = cs.ClaimMatrix(reports, kind="interval").infer("crh")
    e = cs.evaluate(result, {1: 1.5, 2: 2, 3: 4})
    assert e.facts()["error"] == pytest.approx([-0.5, 4.0, 0.0])
    assert e.facts()["claimed"] == [False, False, True]
    assert e.explain() == "2: 2 is true; crh says 6.00, off by +4\n1: 1.5 is true; crh says 1.00, off by -0.5"
    assert cs.evaluate(vote(), TRUTH).facts()["error"] == [None] * 4
