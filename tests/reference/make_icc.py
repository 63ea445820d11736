"""Reference values of intraclass correlations of tables with gaps, by mpmath 1.4.1 at 40 digits.

    python tests/reference/make_icc.py        # a few seconds; writes icc.json beside itself

The restricted likelihood is that of an orthonormal basis K of the contrasts between the values, with the covariance matrix
K'(f ZZ' + s WW' + e I)K written out in full: nothing here is profiled, eliminated or factored as in src/agreement/components.rs.
Its best point on a wide grid is climbed by Nelder and Mead's method (SciPy), and the three score equations
tr(P V_i) = y'P V_i P y are then solved by Newton's method at 40 digits. No bound holds the components above 0. The six forms and their
limits follow from the components as src/agreement/icc.rs says (null where the mean of k values can be as unreliable as one likes);
F quantiles are SciPy's.

Tables: the six targets by four judges of Shrout & Fleiss (1979, doi:10.1037/0033-2909.86.2.420, table 2) with values left out, and
made ones.
"""

import itertools
import json
import pathlib

import mpmath
import numpy as np
from mpmath import mp, mpf
from scipy.optimize import minimize
from scipy.stats import f as f_distribution

mp.dps = 40
assert mpmath.__version__ == "1.4.1", mpmath.__version__
HERE = pathlib.Path(__file__).parent
JUDGES = [[9, 6, 8, 7, 10, 6], [2, 1, 4, 1, 5, 2], [5, 3, 6, 2, 6, 4], [8, 2, 8, 6, 9, 7]]


def without(table, gaps):
    return [[None if (s, f) in gaps else v for f, v in enumerate(row)] for s, row in enumerate(table)]


def designs(table, two_way):
    cells = [(s, f, v) for s, row in enumerate(table) for f, v in enumerate(row) if v is not None]
    facts = sorted({f for _, f, _ in cells})
    sources = sorted({s for s, _, _ in cells})
    n = len(cells)
    z = np.array([[float(f == g) for g in facts] for _, f, _ in cells])
    w = np.array([[float(s == t) for t in sources] for s, _, _ in cells])
    y = np.array([v for _, _, v in cells], float)
    basis = np.linalg.qr(np.column_stack([np.ones(n), np.eye(n)[:, 1:]]))[0][:, 1:]
    parts = [z @ z.T, w @ w.T, np.eye(n)] if two_way else [z @ z.T, np.eye(n)]
    return y, basis, parts, z.sum(0), w.sum(0)


def deviance(theta, y, basis, parts):
    v = basis.T @ sum(t * p for t, p in zip(theta, parts, strict=True)) @ basis
    try:
        factor = np.linalg.cholesky(v)
    except np.linalg.LinAlgError:
        return 1e300
    r = np.linalg.solve(factor, basis.T @ y)
    return 2 * np.log(np.diag(factor)).sum() + r @ r


def components(y, basis, parts):
    scale = y.var()
    grid = [-0.05, 0.0, 0.1, 0.4, 1.0, 3.0]
    starts = itertools.product(*[grid] * (len(parts) - 1), [0.02, 0.2, 1.0])
    ranked = sorted(starts, key=lambda t: deviance(np.array(t) * scale, y, basis, parts))[:3]
    options = {"xatol": 1e-10, "fatol": 1e-13, "maxiter": 20000}
    found = [minimize(deviance, np.array(t) * scale, (y, basis, parts), "Nelder-Mead", options=options) for t in ranked]
    best = min(found, key=lambda r: r.fun)
    n = len(y)
    one = mpmath.matrix([1] * n)
    exact = [mpmath.matrix(p.tolist()) for p in parts]
    yy = mpmath.matrix(y.tolist())

    def scores(*theta):
        v = mpmath.zeros(n)
        for t, p in zip(theta, exact, strict=True):
            v += t * p
        inverse = v**-1
        h = inverse * one
        project = inverse - h * h.T / (one.T * h)[0]
        r = project * yy
        out = []
        for p in exact:
            product = project * p
            out.append(sum(product[i, i] for i in range(n)) - (r.T * p * r)[0])
        return out

    root = mpmath.findroot(scores, [mpf(float(x)) for x in best.x], tol=1e-50, maxsteps=50)
    assert max(abs(float(a) - b) for a, b in zip(root, best.x, strict=True)) < 1e-4 * scale, (root, best.x)
    return [float(r) for r in root]


def limits(single, facts, sources, error, n, k, df, confidence=0.95):
    """Of the form of one value: A where sources is given, else C and 1."""
    df_facts, df_sources, df_error = df
    p = 0.5 + confidence / 2
    if sources is None:
        ends = (
            facts / error / f_distribution.ppf(p, df_facts, df_error),
            facts / error * f_distribution.ppf(p, df_error, df_facts),
        )
        return [(x - 1) / (x + k - 1) for x in ends]
    a, b = k * single * sources, (n * (1 + (k - 1) * single) - k * single) * error
    nu = (a + b) ** 2 / (a**2 / df_sources + b**2 / df_error)
    rest = k * sources + (k * n - k - n) * error
    up, down = f_distribution.ppf(p, df_facts, nu), f_distribution.ppf(p, nu, df_facts)
    return [n * (facts - up * error) / (up * rest + n * facts), n * (down * facts - error) / (rest + n * down * facts)]


def case(name, table):
    out = {"name": name, "table": table, "icc": {}}
    for two_way in (True, False):
        y, basis, parts, per_fact, per_source = designs(table, two_way)
        theta = components(y, basis, parts)
        k, n = len(per_fact) / sum(1 / per_fact), len(per_source) / sum(1 / per_source)
        error = theta[-1]
        facts = k * theta[0] + error
        rank = (
            np.linalg.matrix_rank(np.column_stack([designs(table, True)[2][0], designs(table, True)[2][1]]))
            if two_way
            else len(per_fact)
        )
        df = (len(per_fact) - 1, len(per_source) - 1, len(y) - rank)
        if two_way:
            sources = n * theta[1] + error
            out["components"] = theta
            singles = {"A": (theta[0] / sum(theta), sources), "C": (theta[0] / (theta[0] + error), None)}
        else:
            out["components_one_way"] = theta
            singles = {"1": (theta[0] / (theta[0] + error), None)}
        for form, (single, of_sources) in singles.items():
            ends = limits(single, facts, of_sources, error, n, k, df)
            out["icc"][f"ICC({form},1)"] = [single, *ends]
            out["icc"][f"ICC({form},k)"] = [
                k * r / (1 + (k - 1) * r) if (k - 1) * r > -1 else None for r in (single, *ends)
            ]
    return out


def made(seed, n, k, gaps, facts, sources, error, digits):
    random = np.random.default_rng(seed)
    values = (
        random.normal(0, facts, n)[None, :] + random.normal(0, sources, k)[:, None] + random.normal(0, error, (k, n))
    )
    there = random.random((k, n)) >= gaps
    return [
        [round(float(v), digits) if t else None for v, t in zip(row, seen, strict=True)]
        for row, seen in zip(values, there, strict=True)
    ]


CASES = [
    ("Shrout & Fleiss (1979) without two values", without(JUDGES, {(0, 1), (2, 3)})),
    ("Shrout & Fleiss (1979) without six values", without(JUDGES, {(0, 1), (2, 3), (3, 5), (1, 0), (1, 4), (2, 4)})),
    ("two facts", [[1.3, 2.9], [1.1, None], [1.7, 3.1], [None, 2.6]]),
    ("sources that differ", made(1, 9, 4, 0.3, 1.0, 2.0, 0.5, 2)),
    ("more sources than facts", made(2, 4, 9, 0.4, 2.0, 0.3, 1.0, 2)),
    ("far from zero", [[None if v is None else v + 1e5 for v in row] for row in made(3, 7, 3, 0.25, 1.0, 0.2, 0.8, 1)]),
    (
        "facts that differ less than by chance",
        [[1.0, 4.0, 2.0, 3.0, 2.0], [4.0, None, 3.0, 2.5, 1.0], [2.0, 3.0, 4.0, 1.0, None]],
    ),
]

if __name__ == "__main__":
    cases = [case(name, table) for name, table in CASES]
    text = json.dumps({"source": __doc__.strip().splitlines()[0], "cases": cases}, indent=1)
    (HERE / "icc.json").write_text(text + "\n")
