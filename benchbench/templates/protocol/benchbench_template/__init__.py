"""The protocol template: how many conditions, samples and pairs a published number is made of."""

import benchbench

PROTOCOL = benchbench.Protocol(
    name="template",
    version=1,  # raise it when a number changes
    num_conditions=100,  # None: every test condition
    samples_per_condition=10,
    pairs_per_condition=9,
    pairing="consecutive",  # or disjoint, random, all
    scores=("diversity[mini]",),
    side=None,  # of the images that its authors measured, in pixels
    source="authors, venue and year; the address of their code",
    departures=("The paper's network is not available: we take mini.",),
)


@benchbench.hookimpl
def benchbench_protocols():
    """Register the protocol: a value, not a class."""
    return [PROTOCOL]
