"""A few steps of SGD, alone or as one of the processes that `torchrun` started: `together.py FOLDER`."""

import sys
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import nn

from benchbench.core import BenchbenchError, Busy
from benchbench.core.engine import Engine
from benchbench.training import distributed


@contextmanager
def refused():
    """Be a lock that another process holds."""
    raise Busy("the lock is held")
    yield


def make_network():
    """Return a network of two layers."""
    return nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1))


def main(folder):
    """Train on this process's share of every batch; write the weights, a mean, and what the lock said."""
    torch.set_num_threads(1)
    with distributed.together("cpu") as rank:
        engine = Engine(seed=5, rank=rank, world_size=distributed.world_size())
        network = engine.build(make_network)
        wrapped = engine.parallel(network)
        optimizer = torch.optim.SGD(network.parameters(), 0.1)
        for batch in torch.linspace(-1, 1, 3 * 8 * 4).reshape(3, 8, 4):
            optimizer.zero_grad()
            share = engine.share(len(batch))
            wrapped(batch[rank * share : (rank + 1) * share]).square().mean().backward()
            optimizer.step()
        joined = distributed.mean(torch.tensor([float(rank), 2.0]))
        said = ""
        try:
            with distributed.first_holds(refused):
                said = "held"
        except BenchbenchError as error:
            said = str(error)
        distributed.wait()
    weights = torch.cat([parameter.detach().flatten() for parameter in network.parameters()])
    torch.save({"weights": weights, "mean": joined, "said": said}, folder / f"{rank}.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
