"""The method template; importing this imports neither torch nor onnxruntime."""

from dataclasses import dataclass

import benchbench


@dataclass
class Template(benchbench.Method):
    """An ONNX file with inputs `x`, `[N, 3, h, w]` in [-1, 1], and `z`, `[N, D]`, normal.

    Its first output is `[N, 3, H, W]` in [-1, 1]. The file is the checkpoint, so its hash is part of a run's identity.
    """

    name = "template"
    version = 1
    summary = "an ONNX file with inputs x and z"

    def prepare(self, task, device, checkpoint):
        """Open the file and run it once; raise `Unsupported` where it cannot serve the task."""
        image = task.examples("test")[0].condition.get("image")
        if image is None or len(image) != 3 or task.space.kind != "images":
            raise benchbench.Unsupported("needs an RGB image as condition, and images as samples")
        if checkpoint is None:
            raise benchbench.Unsupported(f"needs an ONNX file: benchbench run -m {self.name} --checkpoint FILE.onnx")
        self._session = open_session(checkpoint, device)
        sizes = {each.name: each.shape for each in self._session.get_inputs()}
        if sorted(sizes) != ["x", "z"]:
            raise benchbench.BenchbenchError(f"{checkpoint} has the inputs {', '.join(sizes)}; x and z are expected")
        self._z_dim = sizes["z"][1]
        self._rows = sizes["x"][0] if isinstance(sizes["x"][0], int) else None  # N, where the file fixes it
        import torch

        rows = self._rows or 1
        made = self._run(image.float().expand(rows, -1, -1, -1) / 127.5 - 1, torch.zeros(rows, self._z_dim))
        if tuple(made.shape[1:]) != tuple(task.space.shape):
            raise benchbench.Unsupported(f"gives {list(made.shape[1:])}; {task.name} needs {list(task.space.shape)}")

    def sample(self, conditions, num_samples, noise):
        """Return `uint8[B, K, 3, H, W]`; one condition's K samples per call, so that the batch size changes nothing."""
        import torch

        rows = []
        for i in range(len(conditions)):
            x = (conditions["image"][i].float() / 127.5 - 1).expand(num_samples, -1, -1, -1)
            z = noise.condition(i).normal(self._z_dim)[0]  # [K, D], a stream of its own for each sample
            size = self._rows or num_samples
            made = [self._run(*part) for part in zip(x.split(size), z.split(size), strict=True)]
            rows.append(((torch.cat(made) + 1) * 127.5).round().clamp(0, 255).byte())
        return torch.stack(rows)

    def _run(self, x, z):
        import torch

        (made, *_) = self._session.run(None, {"x": x.cpu().numpy(), "z": z.cpu().numpy()})
        return torch.from_numpy(made)


def open_session(path, device):
    """Return an onnxruntime session on the device, on one thread, so that sums keep their order."""
    try:
        import onnxruntime
    except ImportError:
        raise benchbench.Unsupported("needs onnxruntime: pip install 'benchbench-template[onnx]'") from None
    if not path.is_file():
        raise benchbench.MissingData(f"no ONNX file at {path}")
    if path.with_name(f"{path.name}.data").exists():
        raise benchbench.BenchbenchError(f"{path} keeps its weights in another file: export with external_data=False")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    wanted = ["CUDAExecutionProvider"] * device.startswith("cuda") + ["CPUExecutionProvider"]
    providers = [each for each in wanted if each in onnxruntime.get_available_providers()]
    return onnxruntime.InferenceSession(path, options, providers)


@benchbench.hookimpl
def benchbench_methods():
    """Register the method."""
    return [Template]
