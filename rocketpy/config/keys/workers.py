"""`workers`: how many processes serve; by default as many as there are processors to use."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from rocketpy.figment.decode import usize

if TYPE_CHECKING:
    from collections.abc import Callable

    from rocketpy.figment.value import Value

decode: Callable[[Value], int] = usize

_CGROUP = "/sys/fs/cgroup"


def available(root: str = "") -> int:
    """Return the number of processors that this process may use, at least 1.

    It is the smaller of the processors that it may be scheduled on and the quota of its cgroup
    (version 2, or 1), rounded up.
    """
    processors = len(os.sched_getaffinity(0))
    quota = cgroup_quota(root)
    return processors if quota is None else max(1, min(processors, quota))


def cgroup_quota(root: str = "") -> int | None:
    """Return the whole processors that the cgroup's quota comes to, or None without one."""
    try:
        path = _own_cgroup(root)
        with open(f"{root}{_CGROUP}{path}/cpu.max", encoding="ascii") as file:
            quota, period = file.read().split()
    except (OSError, ValueError):
        try:
            with open(f"{root}{_CGROUP}/cpu/cpu.cfs_quota_us", encoding="ascii") as file:
                quota = file.read().strip()
            with open(f"{root}{_CGROUP}/cpu/cpu.cfs_period_us", encoding="ascii") as file:
                period = file.read().strip()
        except OSError:
            return None
    if not (quota.isdecimal() and period.isdecimal() and int(period)):
        return None
    return -(-int(quota) // int(period))


def _own_cgroup(root: str) -> str:
    """Return the path of this process's cgroup, of version 2; the root's where it is not known."""
    with open(f"{root}/proc/self/cgroup", encoding="utf-8") as file:
        for line in file:
            if line.startswith("0::"):
                return line[3:].rstrip("\n").rstrip("/")
    return ""
