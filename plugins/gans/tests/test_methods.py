"""The methods: their options, and the tasks that they serve and refuse."""

import pytest
from benchbench import BenchbenchError, Unsupported
from benchbench.training import Engine

from benchbench_gans import AcGan, Began, Cgan, Dcgan, Ebgan, FGan, Gan, Wgan, WganGp
from benchbench_gans.losses.divergences import DIVERGENCES
from benchbench_gans.methods import METHODS
from benchbench_gans.objectives import Objective

ALL = {"points", "unconditional", "class-conditional"}


def test_thirteen_methods_of_their_own_names():
    names = [method.name for method in METHODS]
    expected = ["gan", "dcgan", "lsgan", "wgan", "wgan-gp", "sngan", "f-gan", "mmd-gan", "ebgan", "ebgan-pt"]
    expected += ["began", "cgan", "ac-gan"]
    assert names == expected


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_kinds(method, few):
    own = {"gan": {"points", "unconditional"}, "dcgan": {"unconditional"}, "cgan": {"class-conditional"}}
    served = {**own, "ac-gan": {"class-conditional"}}.get(method.name, ALL)
    for kind in ALL:
        task = few(kind, (2,) if kind == "points" else (3, 16, 16))
        if kind in served:
            method().require(task)
        else:
            with pytest.raises(Unsupported, match=f"is of kind {kind}"):
                method().require(task)


@pytest.mark.parametrize("shape", [(3, 24, 24), (3, 8, 8), (1, 32, 32), (3, 32, 64)])
def test_images_of_other_sides_are_refused(shape, few):
    with pytest.raises(Unsupported, match="square images of 16, 32, 64, 128 px"):
        Dcgan().require(few("unconditional", shape))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Gan(packing=0), "packing is 0; write 1 or more"),
        (lambda: Gan(unrolling=-1), "unrolling is -1; write 0 or more"),
        (lambda: Gan(mode_seeking=-1.0), "mode_seeking is -1.0"),
        (lambda: WganGp(penalty_weight=float("inf")), "penalty_weight is inf"),
        (lambda: Began(gamma=0.0), "gamma is 0.0; write a number above 0"),
        (lambda: Began(gamma=1.5), "gamma is 1.5"),
    ],
)
def test_wrong_options_are_told(make, said):
    with pytest.raises(BenchbenchError, match=said):
        make()


def test_the_options_that_a_setting_decides(few):
    points, images = few("points", (2,)), few("unconditional")
    assert Wgan().make_objective(points, Engine()).clip == 0.03
    assert Wgan(size="paper").make_objective(images, Engine()).clip == 0.01
    assert Wgan(clip=0.3).make_objective(images, Engine()).clip == 0.3
    assert Ebgan().recipe(points).norm == "none"
    assert Gan(unrolling=2).recipe(points).discriminator_rate == Gan().recipe(points).discriminator_rate / 4
    assert Dcgan(unrolling=2).recipe(images) == Dcgan().recipe(images)
    assert (Dcgan().recipe(images).width, Dcgan(size="paper").recipe(images).width) == (16, 64)
    assert WganGp(size="paper").recipe(images).critic_updates == 5


def test_every_divergence_of_the_table_is_an_option(few):
    for name in DIVERGENCES:
        assert isinstance(FGan(divergence=name).make_objective(few("points", (2,)), Engine()), Objective), name


@pytest.mark.parametrize("method", [Cgan, AcGan])
def test_the_label_is_needed(method, few):
    task = few("unconditional")
    task.kind = "class-conditional"
    with pytest.raises(Unsupported, match="needs a label"):
        method().require(task)
