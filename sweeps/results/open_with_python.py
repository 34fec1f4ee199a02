#!/usr/bin/env python3
"""Opens a results.h5 with what Python users have: xarray (netcdf4 and h5netcdf), pandas, h5py. Prints what it finds.

    python3 open_with_python.py results.h5
"""
import importlib.util
import sys


def text(column):
    """The netcdf4 engine answers str, h5netcdf and h5py answer bytes: make both str."""
    return [entry.decode() if isinstance(entry, bytes) else str(entry) for entry in column]


def flat_table(file):
    """One row per trial and context length."""
    import xarray

    return xarray.open_dataset(file, group="trials").to_dataframe().reset_index()


def curve_of_trial(file, index):
    """The whole training curve of one trial: the curves of the stages on its path, one after another."""
    import h5py
    import numpy
    import pandas

    with h5py.File(file) as results:
        ends = numpy.cumsum(results["paths/row_size"][:])
        stages = results["paths/stage"][ends[index] - results["paths/row_size"][index]:ends[index]]
        curve_ends = numpy.cumsum(results["curves/row_size"][:])
        points = numpy.concatenate([numpy.arange(curve_ends[s] - results["curves/row_size"][s], curve_ends[s])
                                    for s in stages if s >= 0] or [numpy.arange(0)]).astype(int)
        names = ["step", "tokens", "flops", "train_loss", "learning_rate", "gradient_norm", "seconds"]
        return pandas.DataFrame({name: results["curves"][name][:][points] for name in names})


def main(file):
    import xarray

    for engine in ("netcdf4", "h5netcdf"):
        if importlib.util.find_spec("netCDF4" if engine == "netcdf4" else engine) is None:
            print(f"-- engine {engine} is not installed", file=sys.stderr)
            continue
        for group in ("trials", "paths", "stages", "curves", "evaluations", "tasks", "structure", "searches", "sweep_text", "claims", "stage_texts", "trial_texts"):
            with xarray.open_dataset(file, group=group, engine=engine) as dataset:
                dataset.load()
                if group == "trials":
                    print(f"-- {engine}: {group}")
                    print(dataset)
                    assert dataset.loss.dims == ("trial", "context_length")
                    assert dataset.loss.attrs["units"] == "nat token-1"
                    print("schemes:", sorted(set(text(dataset.scheme.values))))
                else:
                    print(f"-- {engine}: {group} {dict(dataset.sizes)}")
    print("-- pandas")
    table = flat_table(file)
    print(table)
    if len(table):
        print("-- curve of trial 0")
        print(curve_of_trial(file, 0))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: open_with_python.py results.h5")
    main(sys.argv[1])
