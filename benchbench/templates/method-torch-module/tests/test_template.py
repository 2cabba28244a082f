"""The contract of benchbench, check by check, and tests of what this method does."""

import benchbench
import pytest
import torch
from benchbench.testing import *  # noqa: F403 (it brings the tests)
from safetensors.torch import save_file

from benchbench_template.network import Z_DIM, load_generator

METHODS = ["template"]


@pytest.mark.parametrize("file", ["G.pt", "G.safetensors"])
def test_trained_weights_are_loaded(file, tmp_path):
    network = load_generator((32, 32))
    with torch.no_grad():
        network.body[0].weight.mul_(2)
    save = save_file if file.endswith("safetensors") else torch.save
    save(network.state_dict(), tmp_path / file)
    x, z = torch.zeros(2, 3, 32, 32), torch.ones(2, Z_DIM)
    assert torch.equal(load_generator((32, 32), tmp_path / file)(x, z), network(x, z))
    assert not torch.equal(load_generator((32, 32))(x, z), network(x, z))


def test_weights_of_another_network_are_refused(tmp_path):
    torch.save({"weight": torch.zeros(2)}, tmp_path / "G.pt")
    with pytest.raises(benchbench.BenchbenchError, match="the weights of another network"):
        load_generator((32, 32), tmp_path / "G.pt")
    with pytest.raises(benchbench.MissingData, match="no checkpoint at"):
        load_generator((32, 32), tmp_path / "none.pt")
