"""`make speed`: what the harness costs and what it gains. Figures, nothing asserted; run it on an idle machine."""

import argparse

import harness
import idle
import pipelines
import scale

from benchmark import BenchError

MEASUREMENTS = {"harness": harness.measured, "pipelines": pipelines.measured, "scale": scale.measured}


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests/speed", description=__doc__)
    parser.add_argument("--only", choices=MEASUREMENTS, help="one measurement instead of all")
    only = parser.parse_args().only
    for name in [only] if only else MEASUREMENTS:
        idle.warn(f"before {name}")
        try:
            for what, value, unit in MEASUREMENTS[name]():
                print(f"{what:70} {value:8.3f} {unit}", flush=True)
        except BenchError as error:
            print(f"{name}: not measured: {error}", flush=True)
    idle.warn("after the last")


if __name__ == "__main__":
    main()
