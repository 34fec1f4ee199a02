"""The shortest interval that any choice of trials could leave in the simulation of next_bench: a lower bound, by convex optimisation.

    python analysis/benchmarks/next_bound.py [--pair outside]

Needs numpy and scipy. The laws, the noise and the crossing are taken as known; trials may be run in fractions; estimates are the best linear unbiased ones (generalised least squares), and normal quantiles
take the place of Student's. Each of these makes the interval shorter than a real study's. Minimises the gap's variance at the crossing over designs under the FLOPs of the next row (Elfving 1952; Frank and Wolfe 1956); what is
printed as bound is below the optimum by the duality gap. `delta = 0.001` costs a Huber fit of residuals of 0.003 a quarter of its efficiency: the second width has that in it.
"""
import argparse
import math

import numpy as np
from scipy.optimize import linprog, minimize_scalar

E, B, BETA = 1.8, 2100.0, 0.37
BASELINE = (480.0, 0.35)
CHALLENGERS = {"inside": (930.0, 0.39), "gentle": (590.0, 0.362), "edge": (680.0, 0.368), "outside": (690.0, 0.368)}
CROSSINGS = {"inside": 16.4862, "gentle": 17.0874, "edge": 18.8996, "outside": 19.5850}
NOISE, CORRELATION, DELTA, LARGEST_CELL = 0.003, 0.8, 0.001, 32
SIZES, RATIOS, NEXT_SIZE, SEEDS = (1e7, 2e7, 5e7, 1e8), (5, 20, 80), 2e8, 2


def loss(law, n, d):
    return E + law[0] * n ** -law[1] + B * d**-BETA


def slopes(law, who, n, d):
    """Of the loss in E (shared), and in ln A, alpha, ln B, beta of scheme `who`."""
    of_n, of_d = law[0] * n ** -law[1], B * d**-BETA
    out = np.zeros(9)
    out[0] = 1
    out[1 + 4 * who : 5 + 4 * who] = of_n, -of_n * math.log(n), of_d, -of_d * math.log(d)
    return out


def frontier(law, flops):
    at = minimize_scalar(lambda x: loss(law, math.exp(x), flops / 6 / math.exp(x)), bounds=(math.log(1e5), math.log(1e13)), method="bounded", options={"xatol": 1e-9})
    n = math.exp(at.x)
    return n, flops / 6 / n


def information(laws, n, d, runs):
    """Of one seed at a size and budget, run by the schemes `runs`."""
    rows = np.array([slopes(laws[who], who, n, d) / loss(laws[who], n, d) for who in runs])
    noise = NOISE**2 * (np.array([[1, CORRELATION], [CORRELATION, 1]]) if len(runs) == 2 else np.eye(1))
    return rows.T @ np.linalg.solve(noise, rows)


def between(values, step):
    out = [values[0]]
    for low, high in zip(values, values[1:]):
        parts = math.ceil(math.log(high / low) / math.log(step) - 1e-9)
        out += [low * (high / low) ** (k / parts) for k in range(1, parts + 1)]
    return out


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pair", default="outside", choices=CHALLENGERS)
    laws = (BASELINE, CHALLENGERS[parser.parse_args().pair])
    crossing = CROSSINGS[parser.parse_args().pair]
    gap = lambda x: loss(laws[1], *frontier(laws[1], 10**x)) - loss(laws[0], *frontier(laws[0], 10**x))
    slope = abs(gap(crossing + 0.05) - gap(crossing - 0.05)) / 0.1
    gradient = slopes(laws[1], 1, *frontier(laws[1], 10**crossing)) - slopes(laws[0], 0, *frontier(laws[0], 10**crossing))
    start = sum(SEEDS * information(laws, n, n * r, (0, 1)) for n in SIZES for r in RATIOS)
    budget = sum(SEEDS * 2 * 6 * NEXT_SIZE**2 * r for r in RATIOS)
    horizon = 10 * 6 * SIZES[-1] ** 2 * RATIOS[-1]
    costs, adds, places = [], [], []
    n = SIZES[0] / 2
    while 6 * n * n * 2 <= budget:
        for r in between([2, *RATIOS, 160], 1.5):
            for runs in ((0, 1), (0,), (1,)):
                cost = 6 * n * n * r
                if cost <= horizon and cost * len(runs) <= budget:
                    costs.append(cost * len(runs) / budget)
                    adds.append(information(laws, n, n * r, runs))
                    places.append((n, r))
        n *= next((b / a for a, b in zip(SIZES, SIZES[1:]) if a <= n * 1.01 < b), 2)
    costs, adds, scale = np.array(costs), np.array(adds), np.sqrt(np.diag(start))

    def variance(x):
        whole = (start + np.tensordot(x, adds, 1)) / np.outer(scale, scale)
        z = np.linalg.solve(whole, gradient / scale) / scale
        return gradient @ z, np.einsum("i,kij,j->k", z, adds, z)

    z = DELTA / NOISE
    inside = math.erf(z / math.sqrt(2))
    square = inside - z * math.sqrt(2 / math.pi) * math.exp(-z * z / 2) + z * z * (1 - inside)
    width = lambda v: 2 * 1.959964 * math.sqrt(v) / slope
    print(f"start: {width(variance(np.zeros(len(costs)))[0]):.3f} decades")
    for cap in (LARGEST_CELL, None):
        limits, ends = [costs], [1.0]
        for place in set(places) if cap else ():
            limits.append(np.array([float(p == place) for p in places]) / cap)
            ends.append(1.0)
        x, bound = np.zeros(len(costs)), 0.0
        for _ in range(400):
            value, gain = variance(x)
            best = linprog(-gain / gain.max(), A_ub=np.array(limits), b_ub=ends, bounds=(0, None), method="highs").x
            bound = max(bound, value - gain @ (best - x))
            if value - bound < 1e-3 * value:
                break
            steps = np.linspace(0, 1, 41)[1:] ** 2
            step = min(steps, key=lambda t: variance(x + t * (best - x))[0])
            x = x + (step if variance(x + step * (best - x))[0] < value else steps[0]) * (best - x)
        print(f"at most {cap or 'any number of'} seeds a cell: {width(variance(x)[0]):.3f} reached, {width(bound):.3f} bound; with Huber's efficiency {inside**2 / square:.2f}: {width(bound * square / inside**2):.3f}")


if __name__ == "__main__":
    main()
