"""`python -m benchmarks [NAME...]`: runs them and prints each result as a row of Markdown."""

import sys

import benchmarks
from benchmarks.result import Result
from harness import discovery
from harness.errors import HarnessError

NOT_BENCHMARKS = {"feed-app", "feed-client", "result", "servers", "tiny-server", "unrecorded", "witness"}


def main(names: list[str]) -> int:
    known = [name for name in discovery.names(benchmarks) if name not in NOT_BENCHMARKS]
    missed = False
    print("| benchmark | figure | measured | must | reached |\n|---|---|---|---|---|", flush=True)
    for name in names or known:
        module = discovery.load(benchmarks, name, "benchmark")
        try:
            for result in module.measure():
                assert isinstance(result, Result)
                print(result.row(name), flush=True)
                missed |= not result.reached
        except HarnessError as error:
            # What cannot be measured here must not keep the others from it.
            print(f"{name} cannot be measured: {error}", file=sys.stderr)
            missed = True
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
