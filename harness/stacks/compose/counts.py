"""What the kernel counts of a container, read where it counts it: the daemon answers such a question once a second."""

from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
NS, US = 1e9, 1e6


def counts_of(pid: int) -> dict[str, float] | None:
    """By the control groups of a container's first process; None where they cannot be read from here."""
    try:
        lines = [line.split(":", 2) for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines()]
        groups = {controller: path for _, controllers, path in lines for controller in controllers.split(",")}
        if (CGROUPS / "cgroup.controllers").exists():
            return _of_version_2(_folder(groups[""]))
        return _of_version_1(*(_folder(groups[name], name) for name in ("cpu", "cpuacct", "memory")))
    except (OSError, KeyError, ValueError):
        return None


def _folder(path: str, controller: str = "") -> Path:
    return CGROUPS / controller / path.lstrip("/")


def _of_version_1(cpu: Path, cpuacct: Path, memory: Path) -> dict[str, float]:
    counted = _table(cpu / "cpu.stat")
    return {
        "cpu_s": _number(cpuacct / "cpuacct.usage") / NS,
        "throttled_s": counted["throttled_time"] / NS,
        "throttled_periods": float(counted["nr_throttled"]),
        "memory_bytes": float(_number(memory / "memory.usage_in_bytes")),
    }


def _of_version_2(folder: Path) -> dict[str, float]:
    counted = _table(folder / "cpu.stat")
    return {
        "cpu_s": counted["usage_usec"] / US,
        # Both are there only where a limit is, or was.
        "throttled_s": counted.get("throttled_usec", 0) / US,
        "throttled_periods": float(counted.get("nr_throttled", 0)),
        "memory_bytes": float(_number(folder / "memory.current")),
    }


def _number(file: Path) -> int:
    return int(file.read_text())


def _table(file: Path) -> dict[str, int]:
    return {name: int(value) for name, value in (line.split() for line in file.read_text().splitlines())}
