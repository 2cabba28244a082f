"""The contract of a feature extractor: its weights, its views, and distances that grow as images get worse."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from benchbench.contract import fresh, item, state
from benchbench.contract.findings import Check, Failed, Finding, Passed, Skipped, Warned, line_of
from benchbench.contract.reads import weights_read
from benchbench.contract.scenes import BLURS, NOISES, blurred, noisy, scenes
from benchbench.core import FeatureExtractor, MissingData, WeightFile
from benchbench.core.noise import stream
from benchbench.system import weights as files

if TYPE_CHECKING:
    from torch import Tensor

Views = Callable[["Tensor"], dict[str, "Tensor"]]
NUMBER = 6
"""The number of samples that are checked."""
ROUNDING = 1e-4
"""Relative difference up to which sums in another order agree."""
ELSEWHERE = 1e-2
"""The same between devices, whose kernels differ."""
DIGITS = re.compile(r"[0-9a-f]{8,64}")


class ExtractorItem(item.Item):
    """A feature extractor and the samples that it is checked on."""

    cls: type[FeatureExtractor]

    def __init__(self, name: str, seconds: float = 20) -> None:
        super().__init__("features", name, seconds=seconds)
        self.where = line_of(self.cls.load)

    @functools.cached_property
    def samples(self) -> Tensor:
        """Six images `uint8[6, 3, 64, 64]`; points `float32[6, 2]` where the extractor takes no images."""
        import torch

        if "images" in self.cls.kinds:
            return scenes(NUMBER)
        return torch.from_numpy(stream("points").standard_normal((NUMBER, 2), dtype="float32"))

    @functools.cached_property
    def ready(self) -> Views:
        """The function that most checks share."""
        return self.cls().load("cpu")


def declares(case: ExtractorItem) -> Finding:
    """It says its version, the sample spaces that it takes, and its weights, each with address and SHA-256."""
    cls, where = case.cls, line_of(case.cls)
    if not isinstance(getattr(cls, "version", None), (str, int)):
        return Failed("it has no version", "a number, to be raised when the same image gives another vector", where)
    if not cls.kinds or not set(cls.kinds) <= {"images", "points"}:
        return Failed(f"kinds is {cls.kinds!r}", "('images',), ('points',) or both", where)
    if not isinstance(cls.weights, tuple) or not all(isinstance(file, WeightFile) for file in cls.weights):
        return Failed("weights is no tuple of WeightFile", "(benchbench.WeightFile(name, url, sha256, …),)", where)
    for file in cls.weights:
        if not DIGITS.fullmatch(file.sha256):
            return Failed(f"{file.name} has the SHA-256 {file.sha256!r}", "8 to 64 hexadecimal digits", where)
        if not file.package and not file.url:
            return Failed(f"{file.name} has no address", "a url, or the package that it ships with", where)
        if file.features_only and file.known_answer is None:
            expected = "a known_answer, by which that file is known (benchbench.system.weights.known_images)"
            return Failed(f"{file.name} may be replaced by {file.features_only}", expected, where)
    names = ", ".join(file.name for file in cls.weights) or "none"
    return Passed(f"version {cls.version}, of {' and '.join(cls.kinds)}; weights: {names}")


def weights(case: ExtractorItem) -> Finding:
    """Its weights are here, are the right ones, and are all that `load` reads."""
    declared = []
    for file in case.cls.weights:
        try:
            declared.append(files.locate(file))
        except files.WrongWeights as error:
            return Failed(str(error), "the file that is declared", line_of(case.cls))
        if declared[-1] is None:
            return Skipped(f"weights {file.name} are missing: `benchbench weights fetch {file.name}`")
    try:
        with weights_read() as read:
            views = case.ready
    except files.WrongWeights as error:
        return Failed(str(error), "the weights that are declared", case.where)
    except MissingData as error:
        return Skipped(str(error))
    known = {path.absolute() for path in declared if path is not None}
    for other in read:
        if other not in known:
            return Failed(f"load() reads {other.name}, which it does not declare", "it among `weights`", case.where)
    for file, path in zip(case.cls.weights, declared, strict=True):
        if path is not None and "images" in case.cls.kinds:
            try:
                files.check_answer(file, path, views)
            except files.WrongWeights as error:
                return Failed(str(error), "the known answer that is declared", line_of(case.cls))
    return Passed(f"{len(known)} of {len(known)} are available" if known else "it has none")


def weight_hash(case: ExtractorItem) -> Finding:
    """`weight_hash` is a SHA-256 where there are weights, and the same in another process."""
    where = line_of(case.cls.weight_hash)
    own = case.cls().weight_hash()
    if own == "" and not case.cls.weights:
        return Passed("it has no weights")
    if not (isinstance(own, str) and re.fullmatch(r"[0-9a-f]{64}", own)):
        return Failed(f"weight_hash() is {own!r}", "64 hexadecimal digits, which records keep", where)
    if case.cls().weight_hash() != own:
        return Failed("weight_hash() is another each time", "the SHA-256 of the weights in use", where)
    there = fresh.weight_hash(case.name, case.seconds)
    if there.error:
        return Failed(f"a fresh process could not hash them: {there.error}", "the same hash", where)
    if there.fingerprint != own:
        return Failed("weight_hash() is another in a fresh process", "the SHA-256 of the weights in use", where)
    return Passed(f"{own[:12]}, also in a fresh process")


def views(case: ExtractorItem) -> Finding:
    """It returns `embedding` and `pooled`, `float32[N, d]` and finite, and leaves the samples as they were."""
    import torch

    given = case.samples.clone()
    found = case.ready(given)
    if not isinstance(found, dict) or not {"embedding", "pooled"} <= set(found):
        what = ", ".join(sorted(found)) if isinstance(found, dict) else type(found).__name__
        return Failed(f"it returned {what}", "a dict with embedding and pooled", case.where)
    for name in ("embedding", "pooled"):
        view = found[name]
        seen = f"{name} is {str(view.dtype).removeprefix('torch.')}{list(view.shape)}"
        if view.dtype != torch.float32 or view.ndim != 2 or len(view) != NUMBER:
            return Failed(f"{seen} for {NUMBER} samples", f"float32[{NUMBER}, d]", case.where)
        if view.device.type == "cpu" and not bool(torch.isfinite(view).all()):
            return Failed(f"{name} has NaN or infinite values", "finite values", case.where)
    if not given.equal(case.samples):
        return Failed("it changed the samples in place", "them as they were", case.where)
    shapes = (list(found[name].shape)[1:] for name in ("embedding", "pooled"))
    return Passed("embedding {}, pooled {}".format(*shapes))


def device(case: ExtractorItem) -> Finding:
    """Its views are on the device that was asked for, and agree between devices."""
    import torch

    on_cpu = case.ready(case.samples)
    for name, view in on_cpu.items():
        if view.device.type != "cpu":
            return Failed(f"{name} is on {view.device}", "cpu, the device that load() was given", case.where)
    if not torch.cuda.is_available():
        return Passed("cpu; there is no other device here")
    on_gpu = case.cls().load("cuda")(case.samples.to("cuda"))
    again = case.ready(case.samples)
    for name, view in on_gpu.items():
        if view.device.type != "cuda":
            return Failed(f"{name} is on {view.device}", "cuda, the device that load() was given", case.where)
        if not again[name].equal(on_cpu[name]):
            return Failed("after load('cuda') the views of load('cpu') are others", "a network per device", case.where)
        if _far(view.cpu(), on_cpu[name]) > ELSEWHERE:
            return Failed(f"{name} on cuda is not that on cpu", "the same but for rounding", case.where)
    return Passed("cpu and cuda agree")


def deterministic(case: ExtractorItem) -> Finding:
    """The same samples have the same views, also after loading again, whatever the global generators hold."""
    state.seed_generators(1)
    first = case.ready(case.samples)
    state.seed_generators(2)
    for what, other in (("a second call", case.ready), ("loading again", case.cls().load("cpu"))):
        for name, view in other(case.samples).items():
            if not view.equal(first[name]):
                expected = "the same: eval mode, and randomness from benchbench.core.noise.stream(…) alone"
                return Failed(f"{what} gives another {name}", expected, case.where)
    return Passed("the same samples have the same views")


def batch(case: ExtractorItem) -> Finding:
    """A sample's views do not depend on what else is in the batch."""
    import torch

    together = case.ready(case.samples)
    alone = [case.ready(sample[None]) for sample in case.samples]
    for name, view in together.items():
        off = _far(torch.cat([each[name] for each in alone]), view)
        if off > ROUNDING:
            seen = f"the {name} of a sample alone is not that in a batch (off by {off:.2g} of its size)"
            return Failed(seen, "the same: eval mode, and no statistics of the batch", case.where)
    return Passed("alone and in a batch: the same views")


def blur(case: ExtractorItem) -> Finding:
    """The more an image is blurred, the further it is from what it was."""
    return _grows(case, "blurred", blurred, BLURS, "px")


def noise(case: ExtractorItem) -> Finding:
    """The more noise an image has, the further it is from what it was."""
    return _grows(case, "noisy", noisy, NOISES, "grey levels")


def _grows(
    case: ExtractorItem, what: str, worse: Callable[[Tensor, float], Tensor], levels: tuple[float, ...], unit: str
) -> Finding:
    """Judge the mean distance of images to those made worse, level by level."""
    if "images" not in case.cls.kinds:
        return Passed("it takes points")
    clean = case.ready(case.samples)["embedding"].double()
    far = [
        float((case.ready(worse(case.samples, level))["embedding"].double() - clean).norm(dim=1).mean())
        for level in levels
    ]
    shown = ", ".join(f"{distance:.3g}" for distance in far)
    ladder = f"{', '.join(f'{level:g}' for level in levels)} {unit}"
    if far[0] <= 1e-6 * float(clean.norm(dim=1).mean()):
        return Failed(f"images {what} by {levels[0]:g} {unit} are where they were", "a distance above 0", case.where)
    if any(after <= before for before, after in zip(far, far[1:], strict=False)):
        return Warned(f"images {what} by {ladder} are {shown} away", "a distance that people trust grows with each")
    return Passed(f"{shown} away at {ladder}")


def _far(one: Tensor, other: Tensor) -> float:
    """Return the greatest difference over the greatest value."""
    return float((one - other).abs().max() / other.abs().max().clamp_min(1e-12))


READY = ("weights", "views")
CHECKS = (
    *item.CHECKS,
    Check(declares, guarded=False),
    Check(weights, needs=("declares",)),
    Check(weight_hash, needs=("weights",), guarded=False),
    Check(views, needs=("weights",)),
    Check(device, needs=READY),
    Check(deterministic, needs=(*READY, "device")),
    Check(batch, needs=(*READY, "device", "deterministic")),
    Check(blur, needs=(*READY, "device", "deterministic")),
    Check(noise, needs=(*READY, "device", "deterministic")),
)
