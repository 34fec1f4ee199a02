"""Which procedure gives the interval that Besiroglu et al. (2024, arXiv:2404.10102) print for the 240 public points?

    python analysis/benchmarks/besiroglu_interval.py [--draws 4000] [--other-seeds 0]

Needs numpy and scipy. Draws rows as numpy.random.seed(42) and numpy.random.choice would, fits each draw from the optimum of all rows (BFGS with the analytic gradient: to the end, or stopped early as with scipy's
usual tolerance), and prints for each way of making an interval how far each printed end is off, in per cent: percentiles; optimum -+ 1.96 standard deviations of the quantity; the same of its logarithm; basic
(percentiles mirrored at the optimum). `--other-seeds` adds as many seeds by percentiles.
"""
import argparse

import numpy as np
from scipy.optimize import minimize

from scipy_fit import objective, read_points

PRINTED = {"A": (285.2, 743.6), "B": (1042, 5810), "E": (1.769, 1.871), "alpha": (0.317, 0.373), "beta": (0.331, 0.415)}


def laws_of(draws, seed, points, start, options):
    np.random.seed(seed)
    out = []
    for _ in range(draws):
        rows = np.random.choice(240, 240)
        out.append(minimize(objective, start, args=tuple(p[rows] for p in points), jac=True, method=options[0], options=options[1]).x)
    return natural(np.array(out))


def natural(x):
    return np.concatenate([np.exp(x[..., :3]), x[..., 3:]], axis=-1)


def show(name, low, high):
    off = [100 * (value / PRINTED[key][side] - 1) for i, key in enumerate(PRINTED) for side, value in ((0, low[i]), (1, high[i]))]
    print(f"{name:42s}" + " ".join(f"{x:7.1f}" for x in off) + f"   within 3 %: {sum(abs(x) <= 3 for x in off)} of 10")


def percentiles(laws):
    return np.percentile(laws, 2.5, axis=0), np.percentile(laws, 97.5, axis=0)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--draws", type=int, default=4000)
    parser.add_argument("--other-seeds", type=int, default=0)
    a = parser.parse_args()
    points = read_points()
    full = ("L-BFGS-B", {"ftol": 1e-15, "gtol": 1e-10, "maxiter": 2000, "maxfun": 5000})
    start = np.array([6.0073404, 6.0179186, 0.5267228, 0.33917084, 0.2849083])
    for _ in range(3):
        start = minimize(objective, start, args=tuple(points), jac=True, method=full[0], options=full[1]).x
    best = natural(start)
    print(" " * 42 + " ".join(f"{key + side:>7s}" for key in PRINTED for side in (" low", " up")))
    laws = laws_of(a.draws, 42, points, start, full)
    spread, of_log = laws.std(axis=0), np.log(laws).std(axis=0)
    low, high = percentiles(laws)
    show("seed 42, percentiles", low, high)
    show("seed 42, optimum -+ 1.96 sd", best - 1.96 * spread, best + 1.96 * spread)
    show("seed 42, optimum -+ 1.96 sd of logarithms", best * np.exp(-1.96 * of_log), best * np.exp(1.96 * of_log))
    show("seed 42, basic", 2 * best - high, 2 * best - low)
    show("seed 42, percentiles, 80 %", np.percentile(laws, 10, axis=0), np.percentile(laws, 90, axis=0))
    show("seed 42, percentiles, BFGS that stops early", *percentiles(laws_of(a.draws, 42, points, start, ("BFGS", {"gtol": 1e-5}))))
    for seed in range(a.other_seeds):
        show(f"seed {seed}, percentiles", *percentiles(laws_of(a.draws, seed, points, start, full)))


if __name__ == "__main__":
    main()
