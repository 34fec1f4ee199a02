"""Time of `overtake report` over eight schemes on a made-up table: 7 sizes x 5 ratios x 3 seeds, paired noise, FLOPs that are no power law (numeric frontiers).

    python analysis/benchmarks/report_time.py build/analysis/bin/overtake [--rounds 3] [--threads 1]

Prints wall and processor seconds of each round, their medians, and the machine's load before and after; a busy machine stretches wall time. The table needs the standard library alone.
"""
import argparse
import os
import pathlib
import random
import resource
import statistics
import subprocess
import tempfile
import time

SIZES = (2e6, 5e6, 1e7, 2e7, 5e7, 1e8, 2e8)
RATIOS = (5, 10, 20, 40, 80)
SEEDS = 3
SCHEMES = ("rope", "learned", "alibi", "t5", "fire", "kerple-log", "yarn", "cope")
NOISE, CORRELATION = 0.003, 0.8


def write_table(path):
    draw = random.Random(1)
    with open(path, "w") as out:
        out.write("scheme,parameters,tokens,loss,seed,flops\n")
        for n in SIZES:
            for ratio in RATIOS:
                for seed in range(SEEDS):
                    common = draw.gauss(0, 1)
                    for k, scheme in enumerate(SCHEMES):
                        tokens = n * ratio
                        law = 1.8 + (480 + 90 * k) * n ** -(0.35 + 0.008 * k) + 2100 * tokens**-0.37
                        noise = NOISE * (CORRELATION**0.5 * common + (1 - CORRELATION) ** 0.5 * draw.gauss(0, 1))
                        # Attention at 2,048 tokens adds to small models most, and each scheme has a cost of its own.
                        attention = 6 * 2048 * 20 * n ** (2 / 3) * (1 + 0.05 * k)
                        out.write(f"{scheme},{n:.0f},{tokens:.0f},{law * 2.718281828459045**noise:.8f},{seed},{(6 * n + attention) * tokens:.6e}\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", default="1")
    a = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        table = pathlib.Path(folder) / "table.csv"
        write_table(table)
        columns = "scheme=scheme,parameters=parameters,tokens=tokens,loss=loss,seed=seed,flops=flops"
        command = [a.program, "report", str(table), "--columns", columns, "--out", str(pathlib.Path(folder) / "report"), "--threads", a.threads]
        print("load before:", *os.getloadavg())
        walls, processors = [], []
        for _ in range(a.rounds):
            begin, used = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            now = resource.getrusage(resource.RUSAGE_CHILDREN)
            walls.append(time.monotonic() - begin)
            processors.append(now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime)
            print(f"wall {walls[-1]:.2f} s, processor {processors[-1]:.2f} s")
        page = sum(p.stat().st_size for p in (pathlib.Path(folder) / "report").glob("*.html"))
        print(f"median: wall {statistics.median(walls):.2f} s, processor {statistics.median(processors):.2f} s; page {page / 1e6:.2f} MB")
        print("load after:", *os.getloadavg())


if __name__ == "__main__":
    main()
