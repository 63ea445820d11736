"""The definitions once more, slowly and apart: scores per fact from reports, in plain Python.

Written from the definitions, not from the Rust code, with exact numbers (fractions) wherever a comparison depends on them. The
tests hold the library against it on random tables; it shares no line with it and is not fast enough for anything else.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
from decimal import Decimal
from fractions import Fraction

from scipy import integrate, special, stats

INF = math.inf


# ---- values -------------------------------------------------------------------------------------------------------


def number_text(x):
    text = repr(float(x))
    return text[:-2] if text.endswith(".0") else text


def parse(kind, value, options):
    """The parsed value: what makes two reports state the same claim."""
    if kind in ("nominal", "text"):
        return (
            value if isinstance(value, str) else number_text(value) if isinstance(value, float) else str(value).lower()
        )
    if kind == "boolean":
        return str(value).strip().lower() in ("true", "yes", "1", "t", "1.0")
    if kind == "set":
        parts = value.split(";") if isinstance(value, str) else value
        return tuple(sorted({p.strip() for p in parts if p.strip()}))
    if kind == "date":
        if "/" in value:
            a, b = value.split("/")
            return (day_span(a)[0], day_span(b)[1])
        return day_span(value)
    if kind == "ordinal" and options.get("order"):
        return options["order"].index(str(value))
    if kind == "circular":
        return Fraction(Decimal(str(value))) % Fraction(Decimal(str(options["period"])))
    return exactly(float(value))


def exactly(x):
    """The number that a reader of its shortest decimal means: 0.1 is a tenth."""
    return Fraction(Decimal(number_text(x)))


def day_span(text):
    parts = [int(p) for p in text.split("-")]
    start = dt.date(*[*parts, 1, 1][:3])
    if len(parts) == 1:
        end = dt.date(parts[0] + 1, 1, 1)
    elif len(parts) == 2:
        end = dt.date(parts[0] + parts[1] // 12, parts[1] % 12 + 1, 1)
    else:
        end = start + dt.timedelta(days=1)
    return (start.toordinal(), end.toordinal())


def value_text(kind, value, options):
    if kind == "set":
        return ";".join(parse(kind, value, options))
    if kind == "boolean":
        return "true" if parse(kind, value, options) else "false"
    if kind in ("interval", "ratio"):
        return number_text(float(value))
    if kind == "circular":
        return number_text(float(parse(kind, value, options)))
    return str(value)


def half(value, about):
    if about == "exact":
        return Fraction(0)
    if about != "digits":
        return abs(exactly(value)) * exactly(about)
    _, digits, exponent = Decimal(number_text(value)).as_tuple()
    digits = list(digits)
    while len(digits) > 1 and digits[-1] == 0:
        digits.pop()
        exponent += 1
    if digits == [0]:
        return Fraction(1, 2)
    return Fraction(10) ** exponent / 2


def span_of(kind, r, options):
    """(low, low_closed, high, high_closed), or None."""
    q = r["qualifier"]
    point = lambda v: parse(kind, v, options)
    if r["low"] is not None or r["high"] is not None:
        low = -INF if r["low"] is None else point(r["low"])
        high = INF if r["high"] is None else point(r["high"])
        if kind == "date":
            return (
                low[0] if r["low"] is not None else low,
                r["low"] is not None,
                high[1] if r["high"] is not None else high,
                False,
            )
        span = (low, r["low"] is not None, high, r["high"] is not None)
    elif q == "vague":
        return None
    else:
        v = point(r["value"])
        first, last, closed = (v[0], v[1], False) if kind == "date" else (v, v, True)
        if q == "at_least":
            span = (first, True, INF, False)
        elif q == "more_than":
            span = (last, not closed, INF, False)
        elif q == "at_most":
            span = (-INF, False, last, closed)
        elif q == "less_than":
            span = (-INF, False, first, False)
        elif q == "about" and kind != "date" and not (kind == "ordinal" and options.get("order")):
            h = half(float(v), options.get("about", "digits"))
            span = (v - h, True, v + h, h == 0)
        else:
            span = (first, True, last, closed)
    if kind != "date":
        t = Fraction(Decimal(str(options.get("tolerance") or 0)))
        span = (span[0] - t / 2, span[1], span[2] + t / 2, span[3])
    return span


def inside(a, b):
    low = a[0] > b[0] or (a[0] == b[0] and (b[1] or not a[1]))
    high = a[2] < b[2] or (a[2] == b[2] and (b[3] or not a[3]))
    return low and high


def apart(a, b):
    return a[2] < b[0] or (a[2] == b[0] and not (a[3] and b[1]))


def arc_of(r, options):
    """Points of a fine grid (twentieths of the tenths that tests use), as a set: slow, and certain."""
    period = Fraction(Decimal(str(options["period"])))
    point = lambda v: parse("circular", v, options)
    t = Fraction(Decimal(str(options.get("tolerance") or 0)))
    if r["low"] is not None:
        start, width, closed = point(r["low"]), (point(r["high"]) - point(r["low"])) % period, True
    elif r["qualifier"] == "vague":
        return None
    else:
        h = half(float(point(r["value"])), options.get("about", "digits")) if r["qualifier"] == "about" else Fraction(0)
        start, width, closed = point(r["value"]) - h, 2 * h, h == 0
    start, width = start - t / 2, width + t
    grid = Fraction(1, 200)
    steps = int(width / grid)
    assert width == steps * grid and start == int(start / grid) * grid, "the grid is too coarse for this test"
    turn = int(period / grid)
    first = int(start / grid)
    last = first + steps + (1 if closed else 0)
    return frozenset(range(turn)) if steps >= turn else frozenset(i % turn for i in range(first, last))


def ancestors(label, broader):
    while label in broader:
        label = broader[label]
        yield label


def relate_plain(kind, a, b, options):
    """(a entails b, b entails a, weight) of what two claims assert, denials aside."""
    if kind == "nominal":
        x, y = parse(kind, a["value"], options), parse(kind, b["value"], options)
        broader = options.get("broader") or {}
        up, down = x == y or y in ancestors(x, broader), x == y or x in ancestors(y, broader)
        return up, down, 1.0 if up or down else 0.0
    if kind == "boolean":
        same = parse(kind, a["value"], options) == parse(kind, b["value"], options)
        return same, same, float(same)
    if kind == "set":
        x, y = set(parse(kind, a["value"], options)), set(parse(kind, b["value"], options))
        nested = x >= y or y >= x
        return x >= y, y >= x, 1.0 if nested else len(x & y) / len(x | y)
    if kind == "circular":
        x, y = arc_of(a, options), arc_of(b, options)
        return x <= y, y <= x, float(bool(x & y))
    exact = lambda r: r["qualifier"] in ("exact", "possible", "within") and r["low"] is None and r["high"] is None
    x, y = span_of(kind, a, options), span_of(kind, b, options)
    if kind != "date" and options.get("has_std_error") and exact(a) and exact(b):
        v, w = parse(kind, a["value"], options), parse(kind, b["value"], options)
        if v == w:
            return True, True, 1.0
        limit = 2 * math.sqrt(a["std_error"] ** 2 + b["std_error"] ** 2) + float(options.get("tolerance") or 0)
        return False, False, 0.0 if abs(v - w) > limit else 1.0
    if apart(x, y) or apart(y, x):
        return False, False, 0.0
    return inside(x, y), inside(y, x), 1.0


def comparable(kind, r, options):
    if kind == "text":
        return False
    return not (
        r["qualifier"] == "vague"
        and r["low"] is None
        and r["high"] is None
        and kind not in ("nominal", "set", "boolean")
    )


def relate(kind, a, b, options):
    up, down, w = relate_plain(kind, a, b, options)
    match (a["stance"] == "denies", b["stance"] == "denies"):
        case (False, False):
            return up, down, w
        case (False, True):
            return (False, False, 0.0) if up else (w == 0, False, 1.0)
        case (True, False):
            return (False, False, 0.0) if down else (False, w == 0, 1.0)
        case _:
            return down, up, 1.0


# ---- one fact -----------------------------------------------------------------------------------------------------


def claim_key(kind, r, options):
    q = "exact" if r["qualifier"] in ("possible", "within") else r["qualifier"]
    value = None if r["value"] is None else r["value"] if q == "vague" else parse(kind, r["value"], options)
    end = lambda v: None if v is None else parse(kind, v, options)
    return (value, q, r["stance"] == "denies", end(r["low"]), end(r["high"]))


def claim_label(kind, r, options, *, parts=False):
    q = "exact" if r["qualifier"] in ("possible", "within") else r["qualifier"]
    value = "" if r["value"] is None else r["value"] if q == "vague" else value_text(kind, r["value"], options)
    end = lambda v: "" if v is None else value_text(kind, v, options)
    if parts:
        return (value, q, end(r["low"]), end(r["high"]), r["stance"] == "denies")
    text = value if q == "exact" else f"{q} {value}".strip()
    if r["low"] is not None or r["high"] is not None:
        text = f"{text} [{end(r['low'])}, {end(r['high'])}]".strip()
    return f"not {text}" if r["stance"] == "denies" else text


def prepare(reports, kind, anonymous):
    """Boolean denials turned, duplicates counted, voices named."""
    out = []
    for r in reports:
        r = {"low": None, "high": None, "qualifier": "exact", "stance": "asserts", "weight": 1.0, "std_error": 0.0, **r}
        if kind == "boolean" and r["stance"] == "denies":
            r["value"], r["stance"] = ("false" if parse(kind, r["value"], {}) else "true"), "asserts"
        r["origin"] = r.get("origin") or r["source"]
        r["anonymous"] = r["origin"] in anonymous and r["origin"] != r["source"]
        out.append(r)
    return out


def score_fact(reports, kind, options, level, majority=0.95, confidence=0.95, party_of=None, anonymous=("unnamed",)):
    party_of = party_of or {}
    reports = prepare(reports, kind, anonymous)
    seen, kept = set(), []
    for r in reports:
        key = (
            *claim_key(kind, r, options),
            r["source"],
            r["origin"],
            r["qualifier"],
            r["stance"],
            r["weight"],
            r["std_error"],
        )
        if key not in seen:
            seen.add(key)
            kept.append(r)
    n_duplicates, reports = len(reports) - len(kept), kept
    claims, index = [], {}
    for r in reports:
        if r["stance"] != "neither":
            key = claim_key(kind, r, options)
            if key not in index:
                index[key] = len(claims)
                claims.append(dict(r))
            k = index[key]
            claims[k]["std_error"] = max(claims[k]["std_error"], r["std_error"])
    K = len(claims)
    usable = [comparable(kind, c, options) for c in claims]
    rel = {}
    for i, j in itertools.product(range(K), repeat=2):
        if usable[i] and usable[j]:
            rel[i, j] = relate(kind, claims[i], claims[j], options)
    W = lambda i, j: rel[i, j][2]

    # votes
    by_unit = {}
    for r in reports:
        if r["stance"] == "neither" or r["anonymous"] or r["weight"] == 0:
            continue
        k = index[claim_key(kind, r, options)]
        if usable[k]:
            unit = {"source": r["source"], "origin": r["origin"], "party": party_of.get(r["origin"], r["origin"])}[
                level
            ]
            by_unit.setdefault(unit, []).append((r, k))

    def mean(votes):
        return {k: sum(v.get(k, 0) for v in votes) / len(votes) for k in set().union(*votes)}

    def counted(pairs):
        ks = [k for _, k in pairs]
        return {k: ks.count(k) / len(ks) for k in set(ks)}

    def grouped(pairs, name):
        groups = {}
        for r, k in pairs:
            groups.setdefault(r[name], []).append((r, k))
        return groups.values()

    def origin_vote(pairs):
        return mean([counted(g) for g in grouped(pairs, "source")])

    vote = {
        "source": counted,
        "origin": origin_vote,
        "party": lambda pairs: mean([origin_vote(g) for g in grouped(pairs, "origin")]),
    }[level]
    votes = {u: vote(pairs) for u, pairs in by_unit.items()}
    m = {u: sum(r["weight"] for r, _ in pairs) / len(pairs) for u, pairs in by_unit.items()}
    n = len(votes)
    n_eff = sum(m.values()) ** 2 / sum(x * x for x in m.values()) if n else 0.0
    c = [sum(m[u] * v.get(k, 0) for u, v in votes.items()) for k in range(K)]
    total = sum(c)
    c = [x * n_eff / total if total else 0.0 for x in c]
    voiced = [k for k in range(K) if c[k] > 0]
    eps = 1e-9 * n_eff
    bel = {k: sum(c[j] for j in voiced if rel[j, k][0]) for k in range(K) if usable[k]}
    pl = {k: sum(c[j] for j in voiced if W(j, k) > 0) for k in range(K) if usable[k]}
    disputed = [k for k in voiced if any(W(k, j) == 0 for j in voiced)]
    conflict = bool(disputed)

    def best(candidates):
        top = max(bel[k] for k in candidates)
        candidates = [k for k in candidates if bel[k] >= top - eps]
        top = max(pl[k] for k in candidates)
        candidates = [k for k in candidates if pl[k] >= top - eps]
        return min(candidates, key=lambda k: claim_label(kind, claims[k], options, parts=True))

    def agree(v, w):
        return sum(x * y * W(i, j) for i, x in v.items() for j, y in w.items())

    s = {
        "n_reports": len(reports),
        "n_sources": len({r["source"] for r in reports}),
        "n_units": n,
        "n_effective": n_eff,
        "n_claims": K,
    }
    s["n_origins"] = len({r["origin"] for r in reports if not r["anonymous"]})
    s["n_neither"] = sum(r["stance"] == "neither" for r in reports)
    s["n_denials"] = sum(r["stance"] == "denies" for r in reports)
    s["n_hedged"] = sum(r["qualifier"] == "possible" for r in reports)
    s["n_duplicates"] = n_duplicates
    s["conflict"] = conflict

    # agreement
    A = None
    if n >= 2:
        pairs = [(u, v) for u in votes for v in votes if u != v]
        A = sum(m[u] * m[v] * agree(votes[u], votes[v]) for u, v in pairs) / sum(m[u] * m[v] for u, v in pairs)
        A = min(max(A, 0.0), 1.0)
    s["agreement"] = A
    s["agreement_low"], s["agreement_high"] = None, None
    tail = (1 - confidence) / 2
    full = kind == "boolean" and len({parse(kind, claims[k]["value"], {}) for k in voiced}) == 2
    if A is not None:
        p = [c[k] + 0.5 for k in voiced] + ([] if full else [0.5])
        p = [x / sum(p) for x in p]
        V = len(voiced)
        w = lambda i, j: W(voiced[i], voiced[j]) if i < V and j < V else float(i == j)
        idx = range(len(p))
        Wp = [sum(w(i, j) * p[j] for j in idx) for i in idx]
        theta = sum(p[i] * Wp[i] for i in idx)
        z1 = sum(p[i] * Wp[i] ** 2 for i in idx) - theta**2
        z2 = sum(p[i] * p[j] * w(i, j) ** 2 for i in idx for j in idx) - theta**2
        N = max(n_eff, 2)
        pairs = N * (N - 1) / 2 if abs(z2) < 1e-15 else z2 * N * (N - 1) / (4 * (N - 2) * z1 + 2 * z2)
        a, b = 0.5 + pairs * A, 0.5 + pairs * (1 - A)
        s["agreement_low"] = 0.0 if A == 0 else min(A, stats.beta.ppf(tail, a, b))
        s["agreement_high"] = 1.0 if A == 1 else max(A, stats.beta.ppf(1 - tail, a, b))

    # fidelity
    within = []
    by_origin = {}
    for r in reports:
        if (
            r["stance"] != "neither"
            and not r["anonymous"]
            and r["weight"] > 0
            and usable[index[claim_key(kind, r, options)]]
        ):
            by_origin.setdefault(r["origin"], {}).setdefault(r["source"], []).append(
                (r, index[claim_key(kind, r, options)])
            )
    for sources in by_origin.values():
        for a, b in itertools.combinations(sources.values(), 2):
            within.append(agree(counted(a), counted(b)))
    s["fidelity"] = sum(within) / len(within) if within else None

    # positions
    positions = []
    if n:
        if conflict:
            left = list(disputed)
            while left:
                head = best(left)
                camp = [k for k in left if W(k, head) > 0]
                positions.append((head, sum(c[k] for k in camp)))
                left = [k for k in left if k not in camp]
            order = []
            for position in positions:  # stable, masses within eps are equal
                at = next((i for i, p in enumerate(order) if position[1] > p[1] + eps), len(order))
                order.insert(at, position)
            positions = order
        else:
            positions = [(best(voiced), n_eff)]
    label = lambda k: claim_label(kind, claims[k], options)
    s["positions"] = [(label(k), mass) for k, mass in positions]
    tied = len(positions) > 1 and positions[0][1] - positions[1][1] <= eps
    leading = None if tied or not positions else positions[0][0]
    s["leading_value"] = None if leading is None else label(leading)
    s["support"] = positions[0][1] / n_eff if positions else None
    ground = [k for k in voiced if k not in disputed]
    s["common_ground"] = label(best(ground)) if conflict and ground else None

    # uncertainty
    masses = [mass for _, mass in positions]
    s["vacuity"] = 2 / (2 + n_eff)
    b = [x / (2 + n_eff) for x in masses]
    dissonance = 0.0
    if len(b) > 1:
        for i, x in enumerate(b):
            others = [y for j, y in enumerate(b) if j != i]
            dissonance += x * sum(y * (1 - abs(x - y) / (x + y)) for y in others) / sum(others)
    s["dissonance"] = dissonance
    s["uncertainty"] = s["vacuity"] + dissonance
    s["lead_probability"] = s["share"] = s["share_low"] = s["share_high"] = None
    if positions:
        unseen = not (kind == "boolean" and len(positions) == 2)
        alpha = [x + 0.5 for x in masses] + ([0.5] if unseen else [])
        s["lead_probability"] = lead(masses, unseen)
        rest = sum(alpha[1:])
        s["share"] = alpha[0] / sum(alpha)
        s["share_low"], s["share_high"] = (stats.beta.ppf(q, alpha[0], rest) if rest else 1.0 for q in (tail, 1 - tail))

    # status and value
    sides = [r for r in reports if r["stance"] != "neither" and r["weight"] > 0]
    has_region = any(usable[index[claim_key(kind, r, options)]] for r in sides)
    if kind == "text":
        status = "not compared"
    elif not has_region:
        status = "uncommitted"
    elif n == 0:
        status = "unattributed"
    elif conflict and n == 1:
        status = "inconsistent"
    elif conflict:
        status = "majority" if s["lead_probability"] >= majority and not tied else "contested"
    elif s["n_sources"] == 1:
        status = "single source"
    elif n == 1:
        status = "one origin"
    else:
        status = "unanimous" if len(voiced) == 1 else "compatible"
    s["status"] = status
    value = leading
    if status in ("contested", "inconsistent", "unattributed", "uncommitted", "not compared"):
        value = None
    if value is not None and not conflict:
        nested = all(rel[value, k][0] or rel[k, value][0] for k in voiced)
        if not nested and not any(all(rel[k, j][0] for j in voiced) for k in voiced):
            value = None
    s["value"] = None if value is None else label(value)
    s["refined_value"] = None
    if value is not None and not conflict:
        finest = [k for k in voiced if not any(rel[j, k][0] and not rel[k, j][0] for j in voiced)]
        s["refined_value"] = label(best(finest))
    s["reason"] = None
    if A is None:
        s["reason"] = (
            "free wording" if kind == "text" else "no comparable claim" if not has_region
            else "anonymous origins only" if n == 0 else "one independent unit"
        )  # fmt: skip
    return s


def share_disagreement(scores):
    """Each fact's part in all disagreement."""
    part = [None if s["agreement"] is None else s["n_units"] * (1 - s["agreement"]) for s in scores]
    total = sum(x for x in part if x is not None)
    for s, x in zip(scores, part, strict=True):
        s["disagreement_share"] = None if x is None or total == 0 else x / total


def lead(masses, unseen):
    alpha = [x + 0.5 for x in masses] + ([0.5] if unseen else [])
    if len(alpha) == 1:
        return 1.0
    if len(alpha) == 2:
        return float(special.betainc(alpha[1], alpha[0], 0.5))
    a, rest = alpha[0], alpha[1:]
    # With x = t², so that nothing is infinite at 0.
    f = lambda t: (
        2
        * t
        * math.exp((a - 1) * 2 * math.log(t) - t * t - math.lgamma(a))
        * math.prod(special.gammainc(r, t * t) for r in rest)
    )
    high = math.sqrt(a + 12 * math.sqrt(a) + 40)
    return integrate.quad(f, 1e-12, high, epsabs=1e-12, epsrel=1e-12, limit=400)[0]
