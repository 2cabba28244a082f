"""Methods that ship with the suite: baselines, a dial of faults, and a folder of images made elsewhere."""
