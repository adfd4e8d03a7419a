"""What recording costs: a closed loop as fast as one core goes, with the harness and with stock Locust in turn."""

from collections.abc import Iterator
from statistics import median

from benchmarks.result import Result
from benchmarks.servers import figures_of, harness_load, run_of, stock_locust, tiny_server

USERS, SECONDS, ROUNDS = 30, 8, 5


def measure() -> Iterator[Result]:
    stock, ours = [], []
    with tiny_server() as server:
        for _ in range(ROUNDS):
            stock.append(figures_of(stock_locust("flat_out.py", server.url, USERS, SECONDS)).rate)
            load = harness_load("flat_out.py", server.url, "--users", str(USERS), "--duration", f"{SECONDS}s")
            run = run_of(load)
            (span,) = run.spans
            ours.append(len(run.during("load")) / span.seconds)
    ratios = [mine / theirs for mine, theirs in zip(ours, stock, strict=True)]
    text = f"{median(ours):,.0f}/s ÷ {median(stock):,.0f}/s, ratios {min(ratios):.2f} to {max(ratios):.2f}"
    yield Result(
        "requests/s recorded ÷ stock FastHttpUser", f"{median(ratios):.2f} ({text})", median(ratios), 0.85, True
    )
