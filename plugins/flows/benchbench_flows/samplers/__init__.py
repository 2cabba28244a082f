"""Samplers of the posterior of an image given a linear measurement, from a denoiser of an unconditional prior.

Each is one function of a denoiser, an operator, a measurement and fresh noise. All is in float tensors `[N, …]`, in the
units of the prior, and noise levels are those of `x + sigma z` ("variance exploding"). Nothing is taken over a batch:
no sample depends on those beside it.
"""

from benchbench_flows.samplers.daps import daps
from benchbench_flows.samplers.ddnm import ddnm
from benchbench_flows.samplers.ddrm import ddrm
from benchbench_flows.samplers.dps import dps

__all__ = ["daps", "ddnm", "ddrm", "dps"]
