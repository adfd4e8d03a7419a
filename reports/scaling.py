"""Throughput by the number of instances, and the Universal Scalability Law through it."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from harness.checks.judge import expected_checks
from harness.checks.scales import Scales
from harness.checks.usl import fitted
from harness.run import Run
from reports.canvas import add_axes, count_axis, legend, new_figure, title
from reports.charts import HEIGHT, LEFT, PLOT, RIGHT, TOP, WIDTH
from reports.palette import GREY, SERIES

BEYOND = 1.0
"""How many instances further the law is drawn than anybody measured."""


def scaling(run: Run) -> Figure | None:
    """None where the drill does not ask how the stack scales, or too little was measured to say."""
    checks = (check for check in expected_checks(run) if isinstance(check, Scales))
    samples = next((found for check in checks if (found := check.throughputs(run))), None)
    if samples is None:
        return None
    counts = tuple(range(1, len(samples) + 1))
    usl = fitted(counts, samples).usl
    figure = new_figure(WIDTH, HEIGHT)
    axes = add_axes(figure, LEFT, TOP, RIGHT, PLOT)
    title(axes, "Throughput by instances")
    means = [float(some.mean()) for some in samples]
    spread = [1.96 * float(some.std(ddof=1)) / len(some) ** 0.5 for some in samples]
    n = np.linspace(1, counts[-1] + BEYOND, 60)
    law = usl.rate * n / (1 + usl.sigma * (n - 1) + usl.kappa * n * (n - 1))
    axes.plot(n, means[0] * n, color=str(GREY), linestyle=":", linewidth=1.2, label="as many times one")
    axes.plot(n, law, color=str(SERIES[0]), linewidth=1.6, label="the law, fitted")
    axes.errorbar(
        counts, means, yerr=spread, color=str(SERIES[1]), linestyle="none", marker="o", markersize=4, capsize=3,
        label="measured, 95 % CI",
    )  # fmt: skip
    axes.set_xlim(0.8, counts[-1] + BEYOND)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    count_axis(axes, means[0] * (counts[-1] + BEYOND), "/s")
    legend(axes, columns=1, inside=True)
    return figure
