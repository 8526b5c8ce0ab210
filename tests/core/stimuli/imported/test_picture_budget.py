"""What one picture may take of memory (R58)."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import core
from core.base.errors import PictureError
from core.stimuli.imported import budget as picture_budget
from core.stimuli.imported.budget import MEMORY_BYTES, keep_within_budget
from core.stimuli.imported.pictures import decode_picture
from tests.core.picture_files import encoded, png, png_header

ROOT = Path(core.__file__).resolve().parents[1]
SIDE = 17_300

# Decodes a file and tells by how many bytes the most memory that the process ever held grew.
MEASURE = """
import io, sys
from pathlib import Path
from PIL import Image
from core.base.errors import PictureError
from core.stimuli.imported.pictures import decode_picture

def most():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

small = io.BytesIO()
Image.new("RGB", (8, 8)).save(small, sys.argv[2])
decode_picture(small.getvalue())  # imports its reader
before = most()
try:
    picture = decode_picture(Path(sys.argv[1]))
    print(most() - before, picture.pixels.shape[0] * picture.pixels.shape[1], picture.notes)
except PictureError as error:
    print(most() - before, 0, error)
"""

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="reads the most memory from /proc")


def peak(path: Path, kind: str) -> tuple[int, int, str]:
    """Bytes at the highest, pixels that came out, and the notes or the refusal."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path), kind],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    held, pixels, said = done.stdout.strip().split(" ", 2)
    return int(held), int(pixels), said


def flat_png(side: int, color_type: int, *extra: tuple[bytes, bytes]) -> bytes:
    """A picture of one value in a few hundred kilobytes: many times the same packed rows."""
    row = 1 + side * {0: 1, 2: 3, 3: 1, 6: 4}[color_type]
    rows = next(number for number in range(100, 0, -1) if side % number == 0)
    packer = zlib.compressobj(9, wbits=-15)
    piece = packer.compress(bytes(rows * row)) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = struct.pack(">HH", side * row % 65521, 1)  # Adler's, of zeros alone
    packed = b"\x78\xda" + side // rows * piece + b"\x03\x00" + checksum
    return png(png_header(side, side, 8, color_type), *extra, (b"IDAT", packed), (b"IEND", b""))


@LINUX
@pytest.mark.parametrize("color_type", [3, 6])
def test_r58_a_small_file_of_three_hundred_megapixels_is_refused_before_it_is_decoded(
    tmp_path: Path, color_type: int
) -> None:
    path = tmp_path / "large.png"
    palette = (b"PLTE", bytes(6)), (b"tRNS", b"\0")
    path.write_bytes(flat_png(SIDE, color_type, *(palette if color_type == 3 else ())))
    held, _pixels, said = peak(path, "PNG")
    assert held < 100 * 2**20
    assert said == (
        "large.png has 299 megapixels, which take 2.2 GiB of memory. "
        "At most 1.5 are used for a picture. Make it smaller first."
    )


@LINUX
@pytest.mark.parametrize(
    ("kind", "mode", "options"),
    [
        ("PNG", "RGBA", {}),
        ("PNG", "P", {"transparency": 0}),
        ("PNG", "LA", {}),
        ("PNG", "I;16", {}),
        ("JPEG", "RGB", {"subsampling": 0}),
        ("JPEG", "RGB", {"subsampling": 0, "progressive": True}),
        ("WEBP", "RGBA", {"lossless": True, "method": 0}),
        ("AVIF", "RGB", {"speed": 10}),
        ("JPEG2000", "RGB", {}),
        ("TIFF", "RGB", {"compression": "tiff_deflate", "exif": b"MM\0*\0\0\0\x08\0\0"}),
        ("GIF", "P", {}),
    ],
)
def test_r58_no_format_takes_more_than_what_is_reckoned_with(
    tmp_path: Path, kind: str, mode: str, options: dict[str, object]
) -> None:
    side = 2500
    values = np.add.outer(np.arange(side), np.arange(side)) // 16
    image = Image.fromarray((values % 256).astype(np.uint8))
    if mode == "I;16":
        image = Image.fromarray((values % 65536).astype(np.uint16))
    elif mode == "P":
        image.putpalette(bytes(range(256)) * 3)
    else:
        image = image.convert(mode)
    if mode in ("RGBA", "LA"):
        image.putalpha(Image.fromarray((values % 256).astype(np.uint8)))
    if "exif" in options:
        exif = Image.Exif()
        exif[0x0112] = 6
        options = {**options, "exif": exif}
    data = encoded(image, kind, **options)
    path = tmp_path / "picture"
    path.write_bytes(data)
    with Image.open(io.BytesIO(data)) as opened:
        pixels = opened.size[0] * opened.size[1]
        reader = picture_budget._READERS.get(kind, 6 if "progressive" in options else 0)
    granted = picture_budget._bytes(pixels, reader)
    held, decoded, said = peak(path, kind)
    assert decoded == side * side, said
    # Besides: the file, the strips, and what the readers keep of their own.
    assert held < granted + len(data) + 48 * 2**20


def test_r58_a_large_photograph_is_decoded_at_half_its_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = np.zeros((64, 48, 3), np.uint8)
    values[:32] = 200
    data = encoded(Image.fromarray(values), "JPEG", quality=100, subsampling=0)
    monkeypatch.setattr(picture_budget, "MEMORY_BYTES", 48 * 64 * 8 - 1)
    picture = decode_picture(data)
    assert picture.pixels.shape == (32, 24, 3)
    np.testing.assert_allclose(picture.pixels, values[::2, ::2], atol=2)
    assert picture.notes == ("decoded at 1/2 of its width and height, to save memory",)
    monkeypatch.setattr(picture_budget, "MEMORY_BYTES", 48)
    with pytest.raises(PictureError, match="megapixels, which take"):
        decode_picture(data)


def test_r58_coefficients_of_progressive_photographs_count() -> None:
    values = Image.new("RGB", (8, 8))
    pixels = MEMORY_BYTES // 6  # more than the coefficients alone have room for
    side = int(pixels**0.5) + 1
    for progressive in (True, False):
        data = bytearray(encoded(values, "JPEG", progressive=progressive, subsampling=0))
        frame = data.index(b"\xff\xc2" if progressive else b"\xff\xc0")
        data[frame + 5 : frame + 9] = struct.pack(">HH", side, side)
        with Image.open(io.BytesIO(bytes(data))) as image:
            if progressive:
                with pytest.raises(PictureError, match="megapixels, which take"):
                    keep_within_budget(image)
            else:
                assert keep_within_budget(image)
                assert image.size == ((side + 1) // 2, (side + 1) // 2)


def test_r58_what_is_nested_in_a_file_and_larger_than_it_says_is_refused() -> None:
    inner = png(png_header(16_000, 16_000, 8, 2), (b"IDAT", b""), (b"IEND", b""))
    icon = struct.pack("<HHHBBBBHHII", 0, 1, 1, 16, 16, 0, 0, 1, 32, len(inner), 22) + inner
    with pytest.raises(PictureError, match=r"256 megapixels, which take 1\.9 GiB"):
        decode_picture(icon, name="trap.ico")
    tags = [(256, 16), (257, 16), (258, 8), (259, 8), (262, 1), (277, 1)]
    tags += [(322, 60_000), (323, 60_000), (324, 8), (325, 8)]
    directory = struct.pack("<H", len(tags))
    directory += b"".join(struct.pack("<HHII", number, 4, 1, value) for number, value in tags)
    tiff = b"II*\0" + struct.pack("<I", 16) + bytes(8) + directory + bytes(4)
    with pytest.raises(PictureError, match="3,600 megapixels"):
        decode_picture(tiff, name="trap.tif")


def test_r58_frames_of_an_endless_animation_are_not_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = Image.new("RGB", (8, 8), (255, 0, 0)), Image.new("RGB", (8, 8), (0, 0, 255))
    data = encoded(first, "GIF", save_all=True, append_images=[second])
    assert decode_picture(data).notes == ("the first of 2 frames",)
    monkeypatch.setattr("core.stimuli.imported.pictures._COUNTED_BYTES", len(data) - 1)
    assert decode_picture(data).notes == ("the first of several frames",)
