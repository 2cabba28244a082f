"""The one reader of images: what becomes of each mode, by one made file each, and what is refused by name."""

import io
import os
import re
import socket
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
import torch
from PIL import Image

from benchbench.data import BadImage, read_image
from benchbench.system.images import decode
from benchbench.system.signatures import is_lossy

RED, GREEN = (250, 5, 5), (5, 250, 5)
GREY, GREY_ALPHA, RGB, RGBA = 0, 4, 2, 6  # colour types of PNG


def png(values, colour, key=b""):
    """Return a PNG of `uint8` or `uint16[H, W, C]`, written by the specification: big-endian, filter 0."""
    height, width = values.shape[:2]
    rows = values.astype(values.dtype.newbyteorder(">")).reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8 * values.dtype.itemsize, colour, 0, 0, 0)

    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    body = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))
    transparent = chunk(b"tRNS", key) if key else b""
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + transparent + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def saved(image, kind="PNG", **options):
    content = io.BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()


def tiff(values, **options):
    content = io.BytesIO()
    tifffile.imwrite(content, values, **options)
    return content.getvalue()


def read(content, **options):
    """Return `int[H, W, 3]` and the notes."""
    notes = []
    return np.asarray(decode(content, "x", notes.append, **options)).astype(int), notes


def split(left, right, dtype=np.uint8):
    """Return `dtype[2, 4, C]`, the left half of one value and the right of another."""
    return np.array([[left, left, right, right]] * 2, dtype=dtype)


WIDE = split((200 * 256 + 255, 100 * 256, 7), (255, 0, 65535), np.uint16)
WIDE_RGB = split((200, 100, 0), (0, 0, 255))


@pytest.mark.parametrize(
    ("content", "expected", "notes"),
    [
        (png(split(RED, GREEN), RGB), split(RED, GREEN), []),
        (saved(Image.new("L", (4, 2), 77)), split((77,) * 3, (77,) * 3), ["greyscale"]),
        (saved(Image.new("1", (4, 2), 1)), split((255,) * 3, (255,) * 3), ["black and white"]),
        (saved(Image.new("RGB", (4, 2), RED).quantize(2)), split(RED, RED), ["palette"]),
        # 16 bits keep the upper eight
        (png(WIDE[..., :1], GREY), split((200,) * 3, (0,) * 3), ["16 bit"]),
        (png(WIDE, RGB), WIDE_RGB, ["16 bit"]),
        (png(np.dstack([WIDE, WIDE[..., :1] * 0]), RGBA), split((255,) * 3, (255,) * 3), ["16 bit", "transparent"]),
        (
            png(split((256 * 9, 65535), (9, 0), np.uint16), GREY_ALPHA),
            split((9,) * 3, (255,) * 3),
            ["16 bit", "transparent"],
        ),
        (tiff(WIDE[..., 0]), split((200,) * 3, (0,) * 3), ["16 bit"]),
        (tiff(WIDE[..., 0], byteorder=">"), split((200,) * 3, (0,) * 3), ["16 bit"]),
        (tiff(WIDE, photometric="rgb"), WIDE_RGB, ["16 bit"]),
        (b"P5 4 2 65535\n" + WIDE[..., 0].astype(">u2").tobytes(), split((200,) * 3, (0,) * 3), ["16 bit"]),
        # a transparent colour, one mode each; what is not of it stays
        (png(split(RED, GREEN), RGB, struct.pack(">HHH", *RED)), split((255,) * 3, GREEN), ["transparent"]),
        (png(split((9,), (8,)), GREY, struct.pack(">H", 9)), split((255,) * 3, (8,) * 3), ["transparent"]),
        (
            png(WIDE[..., :1], GREY, struct.pack(">H", 200 * 256 + 255)),
            split((255,) * 3, (0,) * 3),
            ["16 bit", "transparent"],
        ),
        (png(split((9, 255), (8, 0)), GREY_ALPHA), split((9,) * 3, (255,) * 3), ["transparent"]),
        (png(split((*RED, 255), (*GREEN, 255)), RGBA), split(RED, GREEN), ["opaque alpha channel"]),
        (saved(Image.new("1", (4, 2), 0), transparency=0), split((255,) * 3, (255,) * 3), ["transparent"]),
    ],
)
def test_each_mode_becomes_what_the_table_says(content, expected, notes):
    pixels, said = read(content)
    assert (pixels == expected).all(), pixels
    assert said == notes


def test_half_transparent_is_half_white():
    pixels, _ = read(png(split((0, 0, 0, 128), (*RED, 255)), RGBA))
    assert np.abs(pixels[:, :2] - 127).max() <= 1
    assert (pixels[:, 2:] == RED).all()


@pytest.mark.parametrize("transparency", [0, b"\x00\xff"])
def test_a_transparent_palette_is_put_on_white(transparency):
    picture = Image.new("P", (4, 2), 0)
    picture.putpalette([*RED, *GREEN])
    picture.paste(1, (2, 0, 4, 2))
    pixels, notes = read(saved(picture, transparency=transparency))
    assert (pixels == split((255,) * 3, GREEN)).all()
    assert notes == ["transparent"]


def test_a_transparent_grey_of_two_bits_is_scaled_like_its_pixels():
    """Grey 2 of 0..3 is 170 of 0..255; the key in the file is 2."""
    header = struct.pack(">IIBBBBB", 4, 1, 2, GREY, 0, 0, 0)

    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    body = chunk(b"IDAT", zlib.compress(b"\0" + bytes([0b10100111])))
    content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"tRNS", b"\0\2") + body + chunk(b"IEND", b"")
    pixels, notes = read(content)
    assert pixels[0, :, 0].tolist() == [255, 255, 85, 255]
    assert notes == ["transparent"]


def test_cmyk_becomes_rgb_with_its_note():
    pixels, notes = read(saved(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG", quality=95))
    assert np.abs(pixels - [255, 0, 0]).max() <= 4
    assert notes == ["CMYK"]
    pixels, notes = read(saved(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "TIFF"))
    assert (pixels == [255, 0, 0]).all()
    assert notes == ["CMYK"]


@pytest.mark.parametrize(("orientation", "corner"), [(1, (0, 0)), (3, (-1, -1)), (6, (0, -1)), (8, (-1, 0))])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_an_image_is_turned_upright(orientation, corner, kind):
    """By the EXIF specification: 3 is turned by a half, 6 wants a quarter clockwise, 8 a quarter the other way."""
    picture = Image.new("RGB", (32, 16), GREEN)
    picture.paste(RED, (0, 0, 8, 8))
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if kind == "WEBP" else {"quality": 95} if kind == "JPEG" else {}
    pixels, notes = read(saved(picture, kind, exif=exif, **options))
    assert pixels.shape == ((16, 32, 3) if orientation in (1, 3) else (32, 16, 3))
    assert np.abs(pixels[corner] - RED).max() < 40
    assert notes == ([] if orientation == 1 else ["turned upright (EXIF)"])


# What is refused, by name ---------------------------------------------------------------------------------------------

FLOATS = np.linspace(0, 1, 8, dtype=np.float32).reshape(2, 4)
INTEGERS = (FLOATS * 1000).astype(np.int32)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (tiff(FLOATS), "floating-point values from 0 to 1, and nothing declares which are black and white"),
        (tiff(INTEGERS), "signed 32-bit values from 0 to 1000"),
        (tiff(INTEGERS.astype(np.uint32)), "32-bit values from 0 to 1000"),
        (tiff(INTEGERS.astype(np.int16)), "signed 16-bit values from 0 to 1000"),
        (tiff(WIDE[..., 0], photometric="miniswhite"), "16-bit TIFF in which 0 is white"),
        (tiff(np.dstack([FLOATS] * 3), photometric="rgb"), "a TIFF of a kind that is not read"),
        (png(WIDE, RGB, struct.pack(">HHH", 1, 2, 3)), "16 bits and a transparent colour"),
        (saved(Image.new("LAB", (4, 2)), "TIFF"), "has the mode LAB, whose way to RGB is not agreed on"),
        (b"", "cannot be decoded (it is an empty file)"),
        (b"<html>404</html>", "cannot be decoded (it is an HTML page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n", "it is a Git LFS pointer"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n", "no PNG, JPEG, WebP, BMP, GIF, TIFF or PPM"),
        (saved(Image.new("RGB", (8, 8), RED))[:45], "cannot be decoded"),
        (saved(Image.new("RGB", (64, 64), RED), "JPEG")[:-40], "cannot be decoded"),
    ],
)
def test_what_leaves_the_pixels_open_is_refused_by_name(content, said):
    with pytest.raises(BadImage, match=r"^x: .*" + re.escape(said)):
        read(content)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_several_frames_are_refused_and_one_is_read(kind):
    frames = [Image.new("RGB", (8, 8), colour) for colour in (RED, GREEN)]
    with pytest.raises(BadImage, match="x: has 2 frames, and nothing says which one is meant"):
        read(saved(frames[0], kind, save_all=True, append_images=frames[1:]))
    assert read(saved(frames[0], kind))[0].shape == (8, 8, 3)


def test_the_photograph_of_a_jpeg_with_further_pictures_is_read():
    content = saved(
        Image.new("RGB", (8, 8), RED), "MPO", save_all=True, append_images=[Image.new("RGB", (8, 8), GREEN)]
    )
    assert np.abs(read(content)[0] - RED).max() < 10


@pytest.mark.parametrize(
    ("values", "scale"),
    [(FLOATS, (0, 1)), (FLOATS * 2 - 1, (-1, 1)), (INTEGERS / 1000 * 4095, (0, 4095)), (1 - FLOATS, (1, 0))],
)
def test_a_declared_range_scales_to_the_nearest_grey_level(values, scale):
    pixels, notes = read(tiff(values.astype(np.float32)), value_range=scale)
    assert pixels[..., 0].tolist() == [[0, 36, 73, 109], [146, 182, 219, 255]]
    assert notes == [f"scaled from {scale[0]} to {scale[1]}"]


@pytest.mark.parametrize("bad", [1.01, -0.01, np.nan, np.inf])
def test_values_outside_the_declared_range_are_refused(bad):
    values = FLOATS.copy()
    values[0, 0] = bad
    with pytest.raises(BadImage, match="outside the declared range 0 to 1"):
        read(tiff(values), value_range=(0, 1))


def test_no_other_code_opens_images():
    """What comes from memory, such as the calibration's JPEG, is not a file of somebody else."""
    root = Path(__file__).parent.parent
    allowed = {"benchbench/system/images.py": 1, "benchbench/evaluation/real.py": 1}
    found = {
        str(path.relative_to(root)): path.read_text().count("Image.open(")
        for folder in ("benchbench", "plugins")
        for path in (root / folder).rglob("*.py")
        if "Image.open(" in path.read_text() and "tests" not in path.parts
    }
    assert found == allowed


# Files ----------------------------------------------------------------------------------------------------------------


def test_the_public_reader_gives_planes_and_holds_to_a_size(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(png(split(RED, GREEN), RGB))
    image = read_image(path, size=(4, 2))
    assert (image.dtype, tuple(image.shape)) == (torch.uint8, (3, 2, 4))
    assert image[:, 0, 0].tolist() == list(RED)
    with pytest.raises(BadImage, match=r"a\.png: 4 x 2 px, expected 2 x 4 px"):
        read_image(path, size=(2, 4))
    with pytest.raises(BadImage, match=r"b\.png cannot be read: No such file"):
        read_image(tmp_path / "b.png")


def test_only_regular_files_are_opened(tmp_path):
    """A FIFO without a writer would wait for ever, `/dev/zero` has no end."""
    os.mkfifo(tmp_path / "fifo.png")
    (tmp_path / "device.png").symlink_to("/dev/zero")
    (tmp_path / "folder.png").mkdir()
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(tmp_path)  # a socket's path is short
        server.bind("socket.png")
        os.chdir(here)
        for kind in ("fifo", "device", "folder", "socket"):
            with pytest.raises(
                BadImage, match=rf"{kind}\.png is a {'FIFO' if kind == 'fifo' else kind}, not a regular"
            ):
                read_image(tmp_path / f"{kind}.png")


def test_loss_is_seen_in_the_first_bytes():
    picture = Image.new("RGB", (8, 8), RED)
    assert is_lossy(saved(picture, "JPEG")[:16])
    assert is_lossy(saved(picture, "WEBP")[:16])
    assert not is_lossy(saved(picture, "WEBP", lossless=True)[:16])
    assert not is_lossy(saved(picture)[:16])
