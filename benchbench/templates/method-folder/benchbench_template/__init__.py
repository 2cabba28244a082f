"""The method template: images that another program made, as their own row in the tables."""

from dataclasses import dataclass

import benchbench
from benchbench.methods.folder import Folder


@dataclass
class Template(Folder):
    """Reads `DIR/<example id>/0.png …`, in the order of their numbers.

    DIR is the checkpoint, so the hash of the images that are scored belongs to the identity of the run.
    """

    name = "template"
    version = 1
    summary = "images made elsewhere: one sub-folder per condition"

    select: str = "{k}.png"
    """The names of samples in a sub-folder: of more than K, the first K by number are taken."""

    def prepare(self, task, device, checkpoint):
        """Check that the folder is there, and that its images are of this task."""
        if checkpoint is None:
            raise benchbench.Unsupported(f"needs a folder of images: benchbench run -m {self.name} --checkpoint DIR")
        super().prepare(task, device, checkpoint)
        first = task.examples("test")[0].id
        if not (checkpoint / first).is_dir():
            raise benchbench.MissingData(f"{checkpoint} holds no images of {task.name}: it has no folder {first}")


@benchbench.hookimpl
def benchbench_methods():
    """Register the method."""
    return [Template]
