#!/usr/bin/env python3
"""Makes the reference values of the statistics tests: python3 make_fixtures.py (needs numpy, scipy, statsmodels)."""
import itertools
import json
import pathlib

import numpy as np
from scipy import stats

HERE = pathlib.Path(__file__).parent


def write(name, value):
    (HERE / name).write_text(json.dumps(value, allow_nan=False, separators=(",", ":")) + "\n")


def bootstrap():
    rng = np.random.default_rng(3)
    n = 40
    tokens = rng.integers(1, 9, n)
    base = rng.gamma(2.0, 1.0, n) * tokens
    tuned = base * rng.uniform(0.5, 1.05, n) - rng.exponential(0.2, n)

    def relative(b, t, axis=-1):
        return 1 - t.sum(axis=axis) / b.sum(axis=axis)

    def loss(t, k, axis=-1):
        return t.sum(axis=axis) / k.sum(axis=axis)

    def bca(data, statistic):
        r = stats.bootstrap(data, statistic, paired=True, vectorized=True, n_resamples=200_000, batch=20_000,
                            method="BCa", rng=np.random.default_rng(1))
        return [r.confidence_interval.low, r.confidence_interval.high]

    write("bootstrap.json", {
        "tokens": tokens.tolist(), "base": base.tolist(), "tuned": tuned.tolist(),
        "relativeGain": relative(base, tuned), "relativeGainBCa": bca((base, tuned), relative),
        "loss": loss(tuned, tokens), "lossBCa": bca((tuned, tokens), loss),
        "normalQuantiles": [[p, stats.norm.ppf(p)] for p in (1e-12, 1e-4, 0.01, 0.2, 0.5, 0.9, 0.975, 0.9999999)],
    })


def statistics():
    from statsmodels.stats.multitest import multipletests
    from statsmodels.stats.power import TTestPower
    from statsmodels.stats.proportion import proportion_confint

    rng = np.random.default_rng(8)
    x = rng.normal(size=14).round(1)
    y = (x + rng.normal(size=14)).round(1)
    p = rng.uniform(0, 0.2, 9)
    p[3] = p[5]
    flips = rng.normal(0.6, 1, 8)
    cells = rng.normal([[0.9], [0.1], [-0.5], [0.4]], 0.6, (4, 7))
    power = TTestPower()

    def mantel(a, b, n):
        off = ~np.eye(n, dtype=bool)
        observed = stats.spearmanr(a[off], b[off]).statistic
        reached = tried = 0
        for order in itertools.permutations(range(n)):
            o = np.array(order)
            r = stats.spearmanr(a[off], b[np.ix_(o, o)][off]).statistic
            reached += abs(r) >= abs(observed) - 1e-12
            tried += 1
        return {"a": a.tolist(), "b": b.tolist(), "correlation": observed, "p": reached / tried}

    def max_t(cells):
        n = cells.shape[1]
        signs = np.array(list(itertools.product([1, -1], repeat=n)))
        flipped = cells[:, None, :] * signs[None]
        t = np.abs(stats.ttest_1samp(flipped, 0, axis=2).statistic)
        observed = t[:, 0]
        order = np.argsort(-observed)
        adjusted, running = np.empty(len(cells)), 0.0
        for k, c in enumerate(order):
            running = max(running, (t[order[k:]].max(axis=0) >= observed[c] * (1 - 1e-9)).mean())
            adjusted[c] = running
        return adjusted.tolist()

    def crossed(s, n):
        values = rng.normal(0, 0.5, (s, 1)) + rng.normal(0, 1.0, (1, n)) + rng.normal(0, 0.7, (s, n)) + 3
        grand, rows, columns = values.mean(), values.mean(1, keepdims=True), values.mean(0, keepdims=True)
        ms_s = n * ((rows - grand) ** 2).sum() / (s - 1)
        ms_e = s * ((columns - grand) ** 2).sum() / (n - 1)
        ms_r = ((values - rows - columns + grand) ** 2).sum() / ((s - 1) * (n - 1))
        return {"values": values.tolist(), "seed": (ms_s - ms_r) / n, "example": (ms_e - ms_r) / s, "residual": ms_r}

    a, b = rng.normal(size=(2, 5, 5))
    write("statistics.json", {
        "t": [[t, d, stats.t.cdf(t, d)] for t in (-30, -2.5, -0.1, 0, 0.7, 4.3) for d in (1, 2, 4.5, 30, 400)],
        "tQuantile": [[q, d, stats.t.ppf(q, d)] for q in (0.001, 0.3, 0.975, 0.9999) for d in (1, 2, 9, 100)],
        "noncentralT": [[t, d, m, stats.nct.cdf(t, d, m)] for t in (-1, 0.5, 3) for d in (1, 2, 9, 60) for m in (0, 1.5, 4)],
        "power": [[e, n, al, power.power(e, n, al)] for e in (0.5, 1, 1.5) for n in (4, 6, 16) for al in (0.05, 0.05 / 6)],
        "x": x.tolist(), "y": y.tolist(), "pearson": stats.pearsonr(x, y).statistic,
        "spearman": stats.spearmanr(x, y).statistic, "kendall": stats.kendalltau(x, y).statistic,
        "p": p.tolist(), "holm": multipletests(p, method="holm")[1].tolist(),
        "bh": multipletests(p, method="fdr_bh")[1].tolist(),
        "flips": flips.tolist(),
        "flipsP": stats.permutation_test((flips,), np.mean, permutation_type="samples", n_resamples=np.inf).pvalue,
        "cells": cells.tolist(), "maxT": max_t(cells),
        "wilson": [[k, n, *map(float, proportion_confint(k, n, method="wilson"))] for k, n in ((0, 5), (3, 10), (77, 80))],
        "mantel": mantel(a, b + a, 5),
        "crossed": crossed(4, 12),
    })


if __name__ == "__main__":
    bootstrap()
    statistics()
