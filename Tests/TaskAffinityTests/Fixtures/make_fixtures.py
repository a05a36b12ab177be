#!/usr/bin/env python3
"""Makes the reference values of the statistics tests: python3 make_fixtures.py (needs numpy, scipy, statsmodels)."""
import json
import pathlib

import numpy as np
from scipy import stats

HERE = pathlib.Path(__file__).parent


def write(name, value):
    (HERE / name).write_text(json.dumps(value, indent=None, separators=(",", ":")) + "\n")


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


if __name__ == "__main__":
    bootstrap()
