"""The objective of the adversarial autoencoder (Makhzani et al., 2016): a classifier holds the codes to the prior."""

from __future__ import annotations

from benchbench_gans.losses import logistic
from benchbench_gans.objectives import Terms

from benchbench_vaes.objectives.objective import Error, Given, Networks, Objective, Update, decoded, encoded, shown


class AdversarialCodes(Objective):
    """Reconstruct; tell the prior's samples (class 1) from codes; make codes that pass for the prior's."""

    def __init__(self, error: Error, adversarial_weight: float) -> None:
        super().__init__()
        self._error, self._adversarial_weight = error, adversarial_weight

    def updates(self, phase: str) -> tuple[Update, ...]:
        """Return the three updates."""
        del phase
        return (
            Update(("encoder", "decoder"), self.reconstructing),
            Update(("code_judge",), judging_codes),
            Update(("encoder",), self.regularising, apart="regularising"),
        )

    def reconstructing(self, networks: Networks, given: Given) -> Terms:
        """Return the mean error of the reconstructions."""
        _, codes = encoded(networks, given)
        error = self._error(given["real"], decoded(networks, codes)).mean()
        return Terms(error, shown(error=error))

    def regularising(self, networks: Networks, given: Given) -> Terms:
        """Return the weight × -E log D(z) of codes z."""
        _, codes = encoded(networks, given)
        loss = logistic.non_saturating_loss(networks["code_judge"](codes))
        return Terms(self._adversarial_weight * loss, shown(encoder=loss))


def judging_codes(networks: Networks, given: Given) -> Terms:
    """Return the logistic loss of the prior's samples (class 1) against codes, which take no gradient."""
    _, codes = encoded(networks, given)
    judge = networks["code_judge"]
    loss = logistic.discriminator_loss(judge(given["prior"]), judge(codes.detach()))
    return Terms(loss, shown(code_judge=loss))
