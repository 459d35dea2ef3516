"""`workers`: how many processors there are to use."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from rocketpy.config.keys import workers

if TYPE_CHECKING:
    from pathlib import Path

ROOT_GROUP = {"proc/self/cgroup": "0::/\n"}
QUOTA_1 = "sys/fs/cgroup/cpu/cpu.cfs_quota_us"
PERIOD_1 = "sys/fs/cgroup/cpu/cpu.cfs_period_us"


@pytest.mark.parametrize(
    ("files", "quota"),
    [
        ({}, None),
        ({"proc/self/cgroup": "0::/app\n", "sys/fs/cgroup/app/cpu.max": "150000 100000\n"}, 2),
        (ROOT_GROUP | {"sys/fs/cgroup/cpu.max": "max 100000\n"}, None),
        (ROOT_GROUP | {"sys/fs/cgroup/cpu.max": "100000 0\n"}, None),
        (ROOT_GROUP | {"sys/fs/cgroup/cpu.max": "100001 100000\n"}, 2),
        (ROOT_GROUP | {"sys/fs/cgroup/cpu.max": "of three words\n"}, None),
        ({"proc/self/cgroup": "1:x:/\n", "sys/fs/cgroup/cpu.max": "100000 100000\n"}, 1),
        ({QUOTA_1: "50000\n", PERIOD_1: "100000\n"}, 1),
        ({QUOTA_1: "-1\n", PERIOD_1: "100000\n"}, None),
        ({QUOTA_1: "50000\n"}, None),
    ],
)
def test_the_quota_of_a_cgroup(tmp_path: Path, files: dict[str, str], quota: int | None) -> None:
    """Both versions of cgroups are read, rounded up; without a quota, all processors count."""
    for name, text in files.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    assert workers.cgroup_quota(str(tmp_path)) == quota
    most = len(os.sched_getaffinity(0))
    assert workers.available(str(tmp_path)) == min(most, quota or most)


def test_there_is_always_one(tmp_path: Path) -> None:
    """With a quota of nothing there is still one worker."""
    for name, text in (ROOT_GROUP | {"sys/fs/cgroup/cpu.max": "0 100000"}).items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    assert workers.available(str(tmp_path)) == 1
