"""DINOv2, CLIP and what is measured on them: small networks in the published layouts, and closed forms."""

import hashlib

import numpy as np
import pytest
import torch

from benchbench.core import WeightFile
from benchbench.core.noise import stream
from benchbench.features import clip, dinov2
from benchbench.metrics.cmmd import cmmd, without_blocks
from benchbench.metrics.frechet_infinity import extrapolated, subset_sizes
from benchbench.plugins import registry
from benchbench.system.weights import WrongWeights


@pytest.fixture
def supplied(tmp_path, monkeypatch):
    """Return a function that puts a file into the user's folder of weights and declares it."""
    monkeypatch.setenv("BENCHBENCH_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("BENCHBENCH_OFFLINE", "1")

    def declare(name, sha256=None):
        found = hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()
        return WeightFile(name, "https://example.org/" + name, sha256 or found)

    return tmp_path, declare


def images(number=3, side=40):
    return torch.from_numpy(stream("eyes").integers(256, size=(number, 3, side, side)).astype("uint8"))


# DINOv2


def transformer_state(width=128, depth=2, side=5):
    law = torch.Generator().manual_seed(3)

    def random(*shape):
        return 0.3 * torch.randn(*shape, generator=law)

    state = {
        "cls_token": random(1, 1, width),
        "mask_token": random(1, width),
        "pos_embed": random(1, 1 + side * side, width),
        "patch_embed.proj.weight": random(width, 3, 14, 14),
        "patch_embed.proj.bias": random(width),
        "norm.weight": 1 + random(width),
        "norm.bias": random(width),
    }
    for i in range(depth):
        shapes = {
            "norm1.weight": (width,),
            "norm1.bias": (width,),
            "attn.qkv.weight": (3 * width, width),
            "attn.qkv.bias": (3 * width,),
            "attn.proj.weight": (width, width),
            "attn.proj.bias": (width,),
            "ls1.gamma": (width,),
            "norm2.weight": (width,),
            "norm2.bias": (width,),
            "mlp.fc1.weight": (4 * width, width),
            "mlp.fc1.bias": (4 * width,),
            "mlp.fc2.weight": (width, 4 * width),
            "mlp.fc2.bias": (width,),
            "ls2.gamma": (width,),
        }
        state |= {f"blocks.{i}.{name}": random(*shape) for name, shape in shapes.items()}
    return state


def of_torch(state, tokens, depth=2, width=128):
    """Return the tokens after torch's own encoder layers, with the scales of the branches folded into them."""
    for i in range(depth):
        layer = torch.nn.TransformerEncoderLayer(
            width, width // 64, 4 * width, 0.0, "gelu", 1e-6, batch_first=True, norm_first=True
        )
        get = {name: state[f"blocks.{i}.{name}"] for name in (k.split(".", 2)[2] for k in state if f"blocks.{i}." in k)}
        layer.load_state_dict(
            {
                "self_attn.in_proj_weight": get["attn.qkv.weight"],
                "self_attn.in_proj_bias": get["attn.qkv.bias"],
                "self_attn.out_proj.weight": get["ls1.gamma"][:, None] * get["attn.proj.weight"],
                "self_attn.out_proj.bias": get["ls1.gamma"] * get["attn.proj.bias"],
                "linear1.weight": get["mlp.fc1.weight"],
                "linear1.bias": get["mlp.fc1.bias"],
                "linear2.weight": get["ls2.gamma"][:, None] * get["mlp.fc2.weight"],
                "linear2.bias": get["ls2.gamma"] * get["mlp.fc2.bias"],
                **{
                    f"{name}.{part}": get[f"{name}.{part}"]
                    for name in ("norm1", "norm2")
                    for part in ("weight", "bias")
                },
            }
        )
        tokens = layer.train()(tokens)
    return torch.nn.functional.layer_norm(tokens, (width,), state["norm.weight"], state["norm.bias"], 1e-6)


def test_the_transformer_is_torchs_own_at_its_own_size():
    from benchbench.features._dinov2 import Transformer

    state = transformer_state()
    normalised = torch.randn(2, 3, 70, 70, generator=torch.Generator().manual_seed(1))
    patches = torch.nn.functional.unfold(normalised, 14, stride=14).mT
    tokens = patches @ state["patch_embed.proj.weight"].flatten(1).T + state["patch_embed.proj.bias"]
    tokens = torch.cat([state["cls_token"].expand(2, -1, -1), tokens], 1) + state["pos_embed"]
    expected = of_torch(state, tokens)[:, 0]
    found = Transformer({name: value for name, value in state.items() if name != "mask_token"})(normalised)
    assert torch.allclose(found, expected.detach(), atol=2e-4, rtol=1e-3)


def test_positions_are_interpolated_to_another_size():
    from benchbench.features._dinov2 import Transformer

    state = transformer_state()
    state["pos_embed"] = torch.linspace(0, 1, 5)[None, None, :, None].expand(1, 5, 5, 128).reshape(1, 25, 128)
    state["pos_embed"] = torch.cat([torch.full((1, 1, 128), 7.0), state["pos_embed"]], 1)
    network = Transformer({name: value for name, value in state.items() if name != "mask_token"})
    found = network.positions(10, 10)
    assert found.shape == (1, 101, 128)
    assert (found[:, 0] == 7).all(), "the class stays"
    grid = found[0, 1:, 0].reshape(10, 10)
    assert torch.allclose(grid, grid[:1].expand(10, 10), atol=1e-5), "constant along columns"
    assert (grid[0, 1:-1].diff() > 0).all()


def test_dinov2_reads_the_users_file_by_its_hash(supplied):
    folder, declare = supplied
    torch.save(transformer_state(), folder / "small.pth")
    file = declare("small.pth")
    network, digest = dinov2._load(file, "cpu")
    views = dinov2._views(network, images())
    assert views["pooled"].shape == (3, 128)
    assert torch.allclose(dinov2._views(network, images()[1:2])["pooled"], views["pooled"][1:2], atol=1e-5)
    assert len(digest) == 64
    with pytest.raises(WrongWeights, match="its SHA-256 is"):
        dinov2._load(declare("small.pth", "d" * 64), "cpu")
    torch.save({"cls_token": torch.zeros(1, 1, 128)}, folder / "other.pth")
    with pytest.raises(WrongWeights, match="does not hold the tensors of a DINOv2 transformer"):
        dinov2._load(declare("other.pth"), "cpu")


# CLIP


class Published(torch.nn.Module):
    """CLIP's image encoder, small, with the tensors beside it that the published archives have."""

    def __init__(self):
        from torch_fidelity.feature_extractor_clip import CLIPVisual

        super().__init__()
        self.visual = CLIPVisual(16, 28, 2, 64, 14).visual
        self.text_projection = torch.nn.Parameter(torch.randn(8, 16))

    def forward(self, images):
        return self.visual(images) @ self.text_projection.T


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::torch.jit.TracerWarning")
def test_clip_reads_the_users_archive_and_gives_unit_vectors(supplied):
    folder, declare = supplied
    torch.manual_seed(0)
    model = Published().eval()
    torch.jit.trace(model, torch.zeros(1, 3, 28, 28)).save(str(folder / "small.pt"))
    network, digest = clip._load(declare("small.pt"), "cpu")
    views = clip._views(network, images())
    assert views["pooled"].shape == (3, 16)
    assert views["pooled"].norm(dim=1).tolist() == pytest.approx([1, 1, 1], abs=1e-6)
    assert torch.allclose(clip._views(network, images()[1:2])["pooled"], views["pooled"][1:2], atol=1e-5)
    assert len(digest) == 64
    assert not [name for name, value in network.named_parameters() if value.requires_grad]
    (folder / "broken.pt").write_bytes(b"not an archive")
    with pytest.raises(WrongWeights, match="does not hold the image encoder of CLIP"):
        clip._load(declare("broken.pt"), "cpu")


@pytest.mark.parametrize("name", ["dinov2", "clip"])
def test_weights_that_are_not_here_are_one_sentence(name, supplied):
    from benchbench.core import MissingData

    with pytest.raises(MissingData, match="SHA-256"):
        registry().get("features", name)().load("cpu")
    (file,) = registry().get("features", name).weights
    assert len(file.sha256) == 64, "the whole of it is known"


# CMMD


def test_cmmd_of_one_point_a_side_is_its_closed_form():
    one, other = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    assert cmmd(one, other) == pytest.approx(2000 * (1 - np.exp(-0.01)), abs=1e-9)
    assert cmmd(one, other) == pytest.approx(19.90033, abs=5e-6)
    assert cmmd(one, one) == 0


def test_cmmd_without_each_block_is_that_of_the_rest():
    law = stream("cmmd")
    samples, real = (torch.from_numpy(law.standard_normal((n, 5))) for n in (24, 31))
    block = np.repeat([0, 1, 2, 0], 6)
    expected = [cmmd(samples[torch.from_numpy(block != b)], real) for b in range(3)]
    assert without_blocks(samples, real, block) == pytest.approx(expected, abs=1e-9)


def test_cmmd_is_on_clip_alone():
    from benchbench.core import BenchbenchError
    from benchbench.specs import parse_score

    assert parse_score("cmmd", registry())[1] == "clip"
    with pytest.raises(BenchbenchError, match="cmmd always uses clip"):
        parse_score("cmmd[mini]", registry())


# the Fréchet distance at infinity


def test_the_intercept_of_a_line_over_one_over_n_is_found():
    counts = [100, 150, 200, 400, 1000]
    assert extrapolated(counts, [2.5 + 30 / n for n in counts]) == pytest.approx(2.5, abs=1e-10)
    assert extrapolated([40, 40], [1.0, 3.0]) == 3.0


def test_sizes_of_subsets():
    assert subset_sizes(300) == sorted({round(size) for size in np.linspace(30, 300, 15).tolist()})
    assert subset_sizes(300)[0] == 30
    assert subset_sizes(5) == [2, 3, 4, 5]


def test_it_takes_off_the_bias_that_few_samples_have():
    """Samples of the real law: the plain distance is biased upwards, the extrapolated one less than half as much."""
    from benchbench.metrics.frechet import Frechet
    from benchbench.metrics.frechet_infinity import FrechetInfinity

    plain, far = [], []
    for seed in range(4):
        data = feature_set(seed)
        plain.append(Frechet().compute(data).value)
        far.append(FrechetInfinity().compute(data).value)
    assert np.mean(plain) > 0.15
    assert abs(np.mean(far)) < 0.5 * np.mean(plain)


def feature_set(seed):
    """Return 100 conditions of 4 samples in 12 dimensions, of the law of a pool of 20,000."""
    import types

    from benchbench.core import Example, FeatureSet

    law = stream("infinity", seed)
    pool = torch.from_numpy(law.standard_normal((20000, 12))).float()
    samples = torch.from_numpy(law.standard_normal((100, 4, 12))).float()
    examples = [Example(f"{i:03d}", {}, samples[i]) for i in range(100)]
    groups = [example.id for example in examples]
    real = types.SimpleNamespace(pooled=pool)
    return FeatureSet(None, examples, groups, None, {"pooled": samples}, real)
