"""The cluster of a command: the one of `RAY_ADDRESS`, or one that is started here and ends with the command."""

from __future__ import annotations

import os

SETTINGS = {
    "RAY_worker_niceness": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}
"""Of a cluster that is started here, unless the caller's environment says otherwise.

Ray's own niceness of 15 leaves workers a thirtieth of a core beside anything else that runs on the machine: a run that
takes seconds then takes half an hour. The last one keeps the devices visible for actors that ask for none.
"""
STORE_BYTES = 100 * 2**20
"""Shared memory for objects: answers are small dictionaries, or the files of one shard; Ray's least is 75 MiB."""


def connect(workers: int) -> bool:
    """Connect this process to its cluster; return whether it has to be left again (`ray.shutdown`)."""
    import ray

    if ray.is_initialized():
        return False
    if "RAY_ADDRESS" in os.environ:
        ray.init(log_to_driver=False, configure_logging=False)
        return True
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    ray.init(
        address="local",
        num_cpus=workers,
        include_dashboard=False,
        object_store_memory=STORE_BYTES,
        log_to_driver=False,  # what plugins print lies in Ray's own log
        configure_logging=False,
    )
    return True


def is_up() -> bool:
    """Return whether any node of the cluster is alive, as its head sees it."""
    import ray

    return any(node["Alive"] for node in ray.nodes())
