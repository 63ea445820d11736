"""Reference values for the Beta distribution and the probability of the lead, by mpmath 1.4.1 at 50 digits.

    python tests/reference/make_beta_lead.py        # half a minute; writes beta.json and lead.json beside itself

The regularised incomplete functions are summed from their series of positive terms (DLMF 8.17.8 and 8.11.4), since
mpmath.betainc and mpmath.gammainc are too slow for parameters near 10^6; the script asserts that they agree with
mpmath where those are fast. The probability of the lead is mpmath.quad between split points around the mode for
masses up to 300, checked by the trapezoidal rule in log x at another precision; larger masses take that rule (which
converges exponentially for analytic integrands: Trefethen and Weideman 2014, SIAM Review 56(3)) at two steps.
"""

import json
import math
import pathlib
from multiprocessing import Pool

import mpmath
from mpmath import mp, mpf

HERE = pathlib.Path(__file__).parent
DIGITS = 50
mp.dps = DIGITS
assert mpmath.__version__ == "1.4.1", mpmath.__version__


SHIFT = 120  # bits after the point of a parameter; all of them are doubles, or a double and 1/2


def fixed(x, bits):
    return int(mpmath.floor(mpf(x) * mpf(2) ** bits))


def beta_lower(a, b, x):
    """I_x(a, b) by DLMF 8.17.8, the sum in integers as multiples of 2^-bits. The terms are positive."""
    a, b, x = mpf(a), mpf(b), mpf(x)
    bits = mp.prec + 60
    top, bottom, ratio, one = fixed(a + b, SHIFT), fixed(a + 1, SHIFT), fixed(x, bits), 1 << SHIFT
    term = total = 1 << bits
    while term > total >> (mp.prec + 20):
        term = term * top // bottom * ratio >> bits
        total += term
        top += one
        bottom += one
    log_front = a * mpmath.log(x) + b * mpmath.log1p(-x) - mpmath.log(a)
    log_front += mpmath.loggamma(a + b) - mpmath.loggamma(a) - mpmath.loggamma(b)
    return mpmath.exp(log_front) * mpmath.ldexp(mpf(total), -bits)


def terms(a, b, x):
    """How many terms the series of I_x(a, b) takes, to a power of 2."""
    a, b, log_x, n = float(a), float(b), float(mpmath.log(x)), 1.0
    while n < 1e12:
        log_term = math.lgamma(a + b + n) - math.lgamma(a + b) - math.lgamma(a + 1 + n) + math.lgamma(a + 1) + n * log_x
        if log_term < -150:
            break
        n *= 2
    return n


def beta_cdf(a, b, x):
    """By the shorter of the two series; both have positive terms only."""
    if terms(a, b, x) <= terms(b, a, 1 - x):
        return beta_lower(a, b, x)
    return 1 - beta_lower(b, a, 1 - x)


def beta_quantile(a, b, p):
    """Bisection in the log-odds at 20 digits, then Newton at 50."""
    p = mpf(p)
    with mp.workdps(20):
        low, high = mpf(-40), mpf(40)
        for _ in range(34):
            middle = (low + high) / 2
            x = 1 / (1 + mpmath.exp(-middle))
            low, high = (middle, high) if beta_cdf(a, b, x) < p else (low, middle)
    x = 1 / (1 + mpmath.exp(-(low + high) / 2))
    log_b = mpmath.loggamma(a) + mpmath.loggamma(b) - mpmath.loggamma(mpf(a) + b)
    for _ in range(8):
        density = mpmath.exp((a - 1) * mpmath.log(x) + (b - 1) * mpmath.log1p(-x) - log_b)
        step = (beta_cdf(a, b, x) - p) / density
        x -= step
        if abs(step) < mpf(10) ** -28 * x:
            break
    else:
        raise AssertionError(("no convergence", a, b, p))
    return x


def gamma_lower(a, x):
    """P(a, x) by DLMF 8.11.4."""
    if x <= 0:
        return mpf(0)
    if x > 10 and x > a + 14 * mpmath.sqrt(a) + 200:
        return mpf(1)
    bits = mp.prec + 60
    bottom, ratio, one = fixed(a, SHIFT), fixed(x, SHIFT + bits), 1 << SHIFT
    term = total = 1 << bits
    while term > total >> (mp.prec + 20):
        bottom += one
        term = term * ratio // bottom >> bits
        total += term
    return mpmath.exp(a * mpmath.log(x) - x - mpmath.loggamma(a + 1)) * mpmath.ldexp(mpf(total), -bits)


def lead_integrand(shapes, x):
    first, counts = mpf(shapes[0]), {}
    for shape in shapes[1:]:
        counts[shape] = counts.get(shape, 0) + 1
    value = mpmath.exp(first * mpmath.log(x) - x - mpmath.loggamma(first))
    for shape, count in counts.items():
        if value < mpf(10) ** -(mp.dps + 5):
            break
        value *= gamma_lower(mpf(shape), x) ** count
    return value


def lead_trapezoid(shapes, per_deviation):
    """The integral over log x by the trapezoidal rule."""
    first = mpf(shapes[0])
    h = 1 / mpmath.sqrt(max(first, 1)) / per_deviation
    total, centre, tiny = mpf(0), mpmath.log(first), mpf(10) ** -20
    for direction in (1, -1):
        k = 0 if direction == 1 else -1
        while True:
            x = mpmath.exp(centre + k * h)
            value = lead_integrand(shapes, x)
            total += value
            edge = mpmath.exp(first * mpmath.log(x) - x - mpmath.loggamma(first)) if direction == 1 else value
            if edge < tiny:
                break
            k += direction
    return h * total


def lead_quad(shapes):
    first = mpf(shapes[0])
    deviation = mpmath.sqrt(first)
    points = [mpf(0), *(first + k * deviation for k in (-9, -6, -4, -2, -1, 0, 1, 2, 4, 6, 9))]
    points = [*sorted({p for p in points if p >= 0}), first + 14 * deviation + 60]
    return mpmath.quad(lambda x: lead_integrand(shapes, x) / x if x > 0 else mpf(0), points)


def lead(masses, unseen):
    shapes = [mpf(m) + mpf(1) / 2 for m in masses] + [mpf(1) / 2] * unseen
    if len(shapes) == 1:
        return mpf(1)
    if len(shapes) == 2:
        return beta_cdf(shapes[1], shapes[0], mpf(1) / 2)
    with mp.workdps(30):
        coarse = lead_trapezoid(shapes, 5)
    with mp.workdps(25):
        second = lead_quad(shapes) if shapes[0] < 301 else lead_trapezoid(shapes, 7)
    assert abs(coarse - second) < mpf(10) ** -14, (masses, unseen, coarse, second)
    return coarse


SIZES = [0.5, 0.75, 1.0, 2.5, 7.3, 30.0, 211.4, 5000.25, 1e5, 1e6]
TAILS = [0.005, 0.025, 0.05, 0.5, 0.95, 0.975, 0.995]


def beta_cases():
    cases = []
    for i, a in enumerate(SIZES):
        for j, b in enumerate(SIZES):
            for p in TAILS if (i + j) % 3 == 0 else [0.025, 0.5, 0.975]:
                cases.append(("quantile", a, b, p))
    cases += [("quantile", 3.7e6, 12345.6, p) for p in TAILS]
    for a, b in [(0.5, 0.5), (0.5, 1e6), (1e6, 0.5), (2.5, 7.3), (1.1, 0.9), (30.0, 211.4), (4e3, 6e3), (1e6, 1e6)]:
        mean, deviation = a / (a + b), (a * b) ** 0.5 / (a + b) / (a + b + 1) ** 0.5
        for z in [-6, -3, -1, 0, 0.5, 2, 4, 8]:
            # Twelve digits, so that every JSON reader finds the same double.
            x = float(f"{mean + z * deviation:.12g}")
            if 0 < x < 1:
                cases.append(("cdf", a, b, x))
    cases += [("cdf", a, b, 0.5) for a in SIZES for b in (0.5, 2.5, 30.0, 5000.25)]
    return [c for c in cases if c[0] == "quantile" or c[1] < 5e5 or c[3] > 0.6 or c[2] > 5e5]


LEAD = [
    ([1.6, 1.0], True), ([3.0, 1.0], False), ([2.0, 1.0], True), ([1.0], False), ([1.0], True), ([1e-3], True),
    ([5.0, 5.0], False), ([1e6, 1e6], False), ([1e6, 998000.0], False), ([1e6, 1.0], False), ([250.0, 0.3], False),
    ([1e-3, 1e-3], True), ([0.1, 0.05], True), ([0.1, 0.05, 0.001], True), ([0.7, 0.7, 0.7], False),
    ([1.0, 1.0, 1.0], False), ([1.0, 1.0, 1.0], True), ([2.0, 1.0, 1.0], True), ([3.3, 2.7, 1.1], True),
    ([4.0, 3.0, 2.0, 1.0], False), ([4.0, 3.0, 2.0, 1.0], True), ([6.5, 6.25, 0.5, 0.25], True),
    ([30.0, 1.0, 1.0, 1.0, 1.0], True), ([30.0, 29.0, 28.0, 27.0], False), ([12.34, 11.9, 8.8, 8.8, 0.2], True),
    ([9.0, 9.0, 9.0, 9.0, 9.0, 9.0], False), ([25.0, 20.0, 15.0, 10.0, 5.0, 4.0, 3.0, 2.0], True),
    ([2.5, 2.4, 2.3, 2.2, 2.1, 2.0, 1.9, 1.8], True), ([100.0, 90.0, 5.0], False), ([100.0, 100.0], True),
    ([142.7, 138.2, 137.9, 20.5], True), ([300.0, 280.0, 2.0], True), ([299.5, 298.5, 297.5, 296.5], False),
    ([301.0, 300.0, 299.0], True), ([1e3, 1e3, 1e3], False), ([1e3, 960.0, 930.5, 900.0, 12.0], True),
    ([1e3, 500.0, 1.0], True), ([5432.1, 5400.9, 5333.3], False), ([1e4, 1e4, 9.9e3, 9.8e3], True),
    ([5e4, 5e4, 49800.0, 49000.0, 10.0], True), ([1e5, 1e5, 1e5], False), ([1e5, 99500.0, 1.5], True),
    ([1e6, 1e6, 5.0], True), ([1e6, 999000.0, 998500.0], False), ([1e6, 10.0, 5.0], True), ([1e6, 5e5, 1e5, 1e3], True),
    ([8.0] * 8, False), ([3.0, 2.0] + [1.0] * 6, True), ([0.01] * 5, False), ([50.0] + [40.0] * 7, True),
]  # fmt: skip


def verify():
    """The series against mpmath's own functions where those are fast."""
    for a, b, x in [(0.5, 0.5, 0.1), (2.5, 7.3, 0.2), (30, 211.4, 0.15), (7.3, 0.5, 0.99), (500, 400, 0.56)]:
        a, b, x = mpf(a), mpf(b), mpf(x)
        assert abs(beta_cdf(a, b, x) / mpmath.betainc(a, b, 0, x, regularized=True) - 1) < mpf(10) ** -40
    for a, x in [(0.5, 0.1), (2.5, 4.0), (100.5, 90.0), (300.5, 320.0)]:
        a, x = mpf(a), mpf(x)
        assert abs(gamma_lower(a, x) / mpmath.gammainc(a, 0, x, regularized=True) - 1) < mpf(10) ** -40
    # A quantile by another precision.
    x = beta_quantile(2.5, 7.3, 0.025)
    with mp.workdps(70):
        assert abs(beta_quantile(2.5, 7.3, 0.025) - x) < mpf(10) ** -45


def text(x):
    return float(mpmath.nstr(x, 17)) if x == 0 or x > mpf(10) ** -300 else 0.0


def beta_case(case):
    mp.dps = DIGITS
    kind, a, b, v = case
    if kind == "cdf":
        return {"a": a, "b": b, "x": v, "cdf": text(beta_cdf(mpf(a), mpf(b), mpf(v)))}
    return {"a": a, "b": b, "p": v, "quantile": text(beta_quantile(mpf(a), mpf(b), v))}


def lead_case(case):
    mp.dps = DIGITS
    return {"masses": case[0], "unseen": case[1], "value": text(lead(*case))}


def write(name, what, cases):
    source = f"{what}; mpmath 1.4.1, {DIGITS} digits (lead: 25 and 30), by tests/reference/make_beta_lead.py"
    lines = ",\n".join(json.dumps(c) for c in cases)
    (HERE / name).write_text(f'{{"source": {json.dumps(source)}, "cases": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    verify()
    with Pool() as pool:
        write("beta.json", "Beta(a, b): quantiles at p and cdf at x", pool.map(beta_case, beta_cases(), 4))
        leads = pool.map(lead_case, LEAD, 1)
        write("lead.json", "P(share 0 is the largest), Dirichlet(mass + 1/2, and 1/2 if unseen)", leads)
