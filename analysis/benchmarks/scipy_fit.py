"""Times of 4,500 starts and 4,000 bootstraps: scipy (numpy objective, analytic gradient, L-BFGS-B) beside fit_timing, interleaved.

    python analysis/benchmarks/scipy_fit.py build/analysis/bin/fit_timing [--share 0.1] [--rounds 5]

Needs numpy and scipy. Scipy runs `share` of the starts and draws, spread evenly, and its time is scaled up; 1 runs all of them (minutes).
Both sides run on one thread and are timed in processor seconds, which a busy machine changes little; each round runs a part of scipy's work between two runs of fit_timing. Prints medians and ratios.
Also prints the interval ends that scipy's draws give, as a check that both do the same thing.
"""
import argparse
import csv
import itertools
import json
import os
import pathlib
import statistics
import subprocess
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np
from scipy.optimize import minimize

DELTA = 1e-3
data = pathlib.Path(__file__).resolve().parent.parent / "data" / "epoch_chinchilla_clean.csv"


def read_points():
    with open(data) as file:
        rows = [r for r in csv.DictReader(file) if r["besiroglu_kept"] == "True"]
    return [np.log([float(r[key]) for r in rows]) for key in ("params", "tokens", "loss")]


def objective(x, log_n, log_d, log_loss):
    a, b, e, alpha, beta = x
    terms = np.stack([a - alpha * log_n, b - beta * log_d, np.full_like(log_n, e)])
    top = terms.max(axis=0)
    powers = np.exp(terms - top)
    total = powers.sum(axis=0)
    residual = np.log(total) + top - log_loss
    pull = np.clip(residual, -DELTA, DELTA)
    share = powers / total * pull
    gradient = np.array([share[0].sum(), share[1].sum(), share[2].sum(), -(share[0] * log_n).sum(), -(share[1] * log_d).sum()])
    return (pull * (residual - 0.5 * pull)).sum(), gradient


def descend(start, points):
    # Tolerances as far as double precision goes: scipy's defaults stop this objective, of about 1e-3, far from its minimum.
    return minimize(objective, start, args=tuple(points), jac=True, method="L-BFGS-B", options={"ftol": 1e-15, "gtol": 1e-10, "maxiter": 2000, "maxfun": 5000})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--share", type=float, default=0.1)
    parser.add_argument("--rounds", type=int, default=5)
    a = parser.parse_args()
    points = read_points()
    assert len(points[0]) == 240
    grid = list(itertools.product(range(0, 26, 5), range(0, 26, 5), np.arange(-1, 1.1, 0.5), np.arange(0, 2.1, 0.5), np.arange(0, 2.1, 0.5)))
    stride = max(1, round(1 / a.share))
    starts = np.random.default_rng(1).permutation(np.array(grid, dtype=float))[::stride]
    best = descend([6.0073404, 6.0179186, 0.5267228, 0.33917084, 0.2849083], points)
    best = descend(best.x, points)
    draws = max(1, round(4000 / stride))

    ours, scipy_starts, scipy_draws, agreeing, laws, lowest = [], 0.0, 0.0, 0, [], best.fun
    random = np.random.default_rng(2)
    for part in range(a.rounds):
        ours.append(json.loads(subprocess.run([a.program, str(data)], check=True, capture_output=True, text=True).stdout))
        begin = time.process_time()
        ends = [descend(start, points).fun for start in starts[part :: a.rounds]]
        scipy_starts += time.process_time() - begin
        lowest = min(lowest, min(ends))
        agreeing += sum(end <= 0.00101827403 * (1 + 1e-6) for end in ends)
        begin = time.process_time()
        for _ in range(draws // a.rounds):
            chosen = random.integers(0, 240, 240)
            laws.append(descend(best.x, [p[chosen] for p in points]).x)
        scipy_draws += time.process_time() - begin
    full_starts = scipy_starts * len(grid) / len(starts)
    full_draws = scipy_draws * 4000 / len(laws)
    our_starts = statistics.median(o["starts_processor_seconds"] for o in ours)
    our_draws = statistics.median(o["bootstraps_processor_seconds"] for o in ours)
    print(f"objective: overtake {ours[0]['objective']:.9g}, scipy {lowest:.9g}; starts that agree: overtake {ours[0]['starts_agreeing']} of 4500, scipy {agreeing} of {len(starts)}")
    print(f"4,500 starts: overtake {our_starts:.2f} s, scipy {full_starts:.1f} s ({len(starts)} of them, scaled): {full_starts / our_starts:.0f} times")
    print(f"4,000 bootstraps: overtake {our_draws:.2f} s, scipy {full_draws:.1f} s ({len(laws)} of them, scaled): {full_draws / our_draws:.0f} times")
    ends = np.percentile(np.array(laws), [2.5, 97.5], axis=0)
    for name, i, scale in (("A", 0, np.exp), ("B", 1, np.exp), ("E", 2, np.exp), ("alpha", 3, float), ("beta", 4, float)):
        print(f"  scipy {name}: {scale(ends[0, i]):.4g} .. {scale(ends[1, i]):.4g}")


if __name__ == "__main__":
    main()
