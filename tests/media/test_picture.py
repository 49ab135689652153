"""Pictures are decoded once, within bounds, and whatever is wrong with one has a reason."""

import errno
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hashsweep.errors import REASONS, ItemError
from hashsweep.media import MAX_PIXELS
from hashsweep.media.picture import Picture, open_picture
from hashsweep.media.sniff import HEAD, Kind, sniff
from support import drawings
from support.bombs import CLAIMS

HOSTILE = Path(__file__).parents[2] / "../shared/corpora/hostile"


def opened(data: bytes, *, exact: bool = False, max_pixels: int = MAX_PIXELS) -> Picture:
    kind = sniff(data[:HEAD], data[-32:])
    return open_picture(io.BytesIO(data), kind, exact=exact, max_pixels=max_pixels)


def refusal(data: bytes, *, exact: bool = False, max_pixels: int = MAX_PIXELS) -> str:
    """The reason for which it is not decoded."""
    with pytest.raises(ItemError) as caught:
        opened(data, exact=exact, max_pixels=max_pixels)
    assert caught.value.stage == "decode"
    return caught.value.reason


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image).astype(int)


@pytest.mark.parametrize("form", [f for f, how in drawings.FORMATS.items() if how.lossless])
def test_lossless_formats(form: str) -> None:
    """A format that loses nothing gives back every RGB value."""
    for name in ("hills", "circles", "tiny", "dot"):
        picture = opened(drawings.encode(name, form))
        assert np.array_equal(picture.samples, np.asarray(drawings.draw(name)))


@pytest.mark.parametrize("form", drawings.FORMATS)
def test_every_format(form: str) -> None:
    """Every format opens as 8-bit RGB at full size that looks like what was drawn."""
    drawing = drawings.draw("circles")
    picture = opened(drawings.encode("circles", form), exact=form.startswith("jpeg"))
    assert (picture.image.mode, picture.decode_mode, picture.scale) == ("RGB", "exact", 1)
    assert (picture.samples.dtype, picture.samples.shape[2]) == (np.uint8, 3)
    assert (picture.width, picture.height) == picture.image.size
    if form != "ico":  # at most 256 x 256
        assert picture.image.size == drawing.size
    small = (20, 15)
    expected = pixels(drawing.convert("L").resize(small, Image.Resampling.BOX))
    actual = pixels(picture.luminance.resize(small, Image.Resampling.BOX))
    assert np.abs(actual - expected).mean() < 12  # 1-bit forms are dithered


@pytest.mark.parametrize(
    ("form", "animated"),
    [("gif", False), ("gif-animated", True), ("webp", False), ("webp-animated", True)],
)
def test_first_frame(form: str, animated: bool) -> None:
    """Of an animation the first frame is taken, and it is said that there are more."""
    picture = opened(drawings.encode("hills", form))
    assert picture.animated is animated
    assert np.abs(pixels(picture.image) - pixels(drawings.draw("hills"))).mean() < 15


@pytest.mark.parametrize("form", ["png-16bit", "tiff-16bit", "tiff-float"])
def test_deep_grey_is_scaled(form: str) -> None:
    """Grey of 16 or 32 bits keeps its light and shade; nothing is clipped to white."""
    expected = pixels(drawings.draw("hills").convert("L"))
    picture = opened(drawings.encode("hills", form))
    assert np.abs(pixels(picture.image)[:, :, 0] - expected).max() <= 1


def test_deep_grey_pgm_is_scaled() -> None:
    """A 16-bit PGM is stretched over all greys, so it has as much contrast as an 8-bit one."""
    grey = np.asarray(drawings.draw("hills").convert("L"))
    data = b"P5 640 480 65535\n" + (grey.astype(int) * 100).astype(">u2").tobytes()
    actual = pixels(opened(data).image)[:, :, 0]
    assert (actual.min(), actual.max()) == (0, 255)
    assert np.corrcoef(actual.ravel(), grey.ravel())[0, 1] > 0.999


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.0, 0.5, 1.0], [0, 127, 255]),
        ([-1.0, 0.0, 1.0], [0, 127, 255]),
        ([0.0, 100.0, 255.0], [0, 100, 255]),
        ([0.0, 500.0, 1000.0], [0, 127, 255]),
        ([7.0, 7.0, 7.0], [7, 7, 7]),
        ([0.0, 0.0, 0.0], [0, 0, 0]),
        ([-5.0, -5.0, -5.0], [0, 0, 0]),
        ([float("nan"), float("inf"), 1.0], [0, 0, 255]),
    ],
)
def test_floating_point_grey(values: list[float], expected: list[int]) -> None:
    """Floating point grey is brought to 0..255 from whatever range it has, NaN included."""
    stream = io.BytesIO()
    Image.fromarray(np.array([values], np.float32)).save(stream, "TIFF")
    assert opened(stream.getvalue()).samples[0, :, 0].tolist() == expected


def test_cmyk() -> None:
    """Adobe's inverted CMYK JPEG shows what was drawn, not its negative; it is never scaled."""
    drawing = drawings.scene(5, 700, 600)
    picture = opened(drawings.jpeg(drawing.convert("CMYK"), 95))
    assert picture.decode_mode == "exact"
    assert np.abs(pixels(picture.image) - pixels(drawing)).mean() < 6


@pytest.mark.parametrize(
    ("size", "scale"),
    [
        ((383, 2000), 0),
        ((384, 384), 2),
        ((767, 5000), 2),
        ((5000, 768), 4),
        ((1535, 2100), 4),
        ((1536, 1536), 8),
        ((2051, 4099), 8),
    ],
    ids=str,
)
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_scale_of_jpegs(size: tuple[int, int], scale: int, mode: str) -> None:
    """A JPEG is decoded at the smallest scale that leaves its shorter side 192 samples."""
    data = drawings.jpeg(Image.new(mode, size, "#808080"), 50)
    picture = opened(data)
    assert (picture.width, picture.height, picture.scale) == (*size, scale or 1)
    assert picture.decode_mode == (f"fast/{scale}" if scale else "exact")
    if scale:
        assert picture.image.mode == "L"
        assert picture.image.size == (-(-size[0] // scale), -(-size[1] // scale))
        assert picture.samples.shape == picture.image.size[::-1]


def test_exact_when_asked_for() -> None:
    """The exact mode decodes every picture in full, large JPEGs too."""
    picture = opened(drawings.jpeg(drawings.scene(1, 1100, 1030)), exact=True)
    assert (picture.decode_mode, picture.image.size) == ("exact", (1100, 1030))


@pytest.mark.parametrize("form", ["png", "webp", "tiff", "bmp", "tiff-jpeg"])
def test_only_jpegs_are_scaled(form: str) -> None:
    """Large pictures in other formats are always decoded in full."""
    data = drawings.FORMATS[form].write(Image.new("RGB", (1100, 1030), "#334455"))
    assert opened(data).decode_mode == "exact"


@pytest.mark.parametrize("options", [{"progressive": True}, {"keep_rgb": True}, {"subsampling": 0}])
def test_scaled_samples_are_means(options: dict[str, object]) -> None:
    """Each sample of a scaled JPEG is about the mean luminance of its block of pixels."""
    data = drawings.jpeg(drawings.scene(4, 1024, 1024), 90, **options)
    fast, full = opened(data), opened(data, exact=True)
    means = pixels(full.luminance).reshape(256, 4, 256, 4).mean(axis=(1, 3))
    assert fast.decode_mode == "fast/4"
    assert np.abs(fast.samples - means).max() < 4


def test_pair_of_pictures_in_one_jpeg() -> None:
    """A camera's JPEG with a second picture behind the first (MPO) is its first picture."""
    stream = io.BytesIO()
    first, second = drawings.scene(3, 600, 600), drawings.scene(4, 600, 600)
    first.save(stream, "MPO", save_all=True, append_images=[second], quality=90)
    data = stream.getvalue()
    assert np.abs(pixels(opened(data, exact=True).image) - pixels(first)).mean() < 4
    assert opened(data).decode_mode == "fast/2"


def test_shrunk_keeps_the_place_of_things() -> None:
    """A last block that lies past the edge of a scaled JPEG does not squeeze the picture."""
    ramp = np.tile(np.linspace(0, 255, 99).astype(np.uint8), (99, 1))
    padded = np.pad(ramp, ((0, 1), (0, 1)), "edge")
    picture = Picture(Image.fromarray(padded), 792, 792, 8, animated=False)
    expected = pixels(Image.fromarray(ramp).resize((9, 8), Image.Resampling.LANCZOS))
    squeezed = pixels(Image.fromarray(padded).resize((9, 8), Image.Resampling.LANCZOS))
    assert np.abs(pixels(picture.shrink(9, 8)) - expected).max() <= 1
    assert np.abs(squeezed - expected).max() > 1


def test_shrunk_is_pillows_resize() -> None:
    """A picture at full size is shrunk as Pillow's Lanczos filter does it."""
    drawing = drawings.draw("hills")
    expected = drawing.convert("L").resize((9, 8), Image.Resampling.LANCZOS)
    actual = opened(drawings.png(drawing)).shrink(9, 8)
    assert np.array_equal(np.asarray(actual), np.asarray(expected))


@pytest.mark.parametrize(("bound", "fits"), [(15, True), (16, True), (14, False), (1, False)])
def test_bound_is_inclusive(bound: int, fits: bool) -> None:
    """A picture of exactly the allowed number of pixels is decoded, one of more is not."""
    data = drawings.png(drawings.scene(1, 5, 3))
    if fits:
        assert opened(data, max_pixels=bound).image.size == (5, 3)
    else:
        assert refusal(data, max_pixels=bound) == "too-many-pixels"


def test_default_bound() -> None:
    """The bound allows photographs of 200 megapixels and no more than 300."""
    assert MAX_PIXELS == 300_000_000


@pytest.mark.parametrize("name", CLAIMS)
@pytest.mark.parametrize("exact", [True, False])
def test_claims_of_the_header(name: str, exact: bool) -> None:
    """A header that claims thousands of megapixels is believed, and nothing is decoded."""
    expected = "corrupt" if name == "avif" else "too-many-pixels"  # libavif has its own bound
    assert refusal(CLAIMS[name], exact=exact) == expected


def test_no_size_at_all() -> None:
    """A picture without a single pixel is corrupt."""
    data = b"P6 0 5 255\n"
    assert refusal(data) == "corrupt"


@pytest.mark.parametrize("form", [f for f in drawings.FORMATS if "animated" not in f])
@pytest.mark.parametrize("percent", [0, 1, 10, 50, 95])
def test_cut_off(form: str, percent: int) -> None:
    """A file that ends early is refused or says that it is damaged; it never looks whole."""
    data = drawings.encode("hills", form)
    kind = sniff(data[:HEAD], data[-32:])
    part = data[: max(len(data) * percent // 100, 12)]
    try:
        picture = open_picture(io.BytesIO(part), kind, exact=False, max_pixels=MAX_PIXELS)
    except ItemError as error:
        damage = error
    else:
        assert picture.damage
        damage = picture.damage
        assert percent > 1
    assert damage.reason in ("truncated", "corrupt")


@pytest.mark.parametrize("form", ["jpeg", "jpeg-progressive", "png", "gif", "bmp", "tiff", "ppm"])
def test_cut_in_half_is_truncated(form: str) -> None:
    """Where the decoder can tell, the reason is that the file ends before the picture."""
    data = drawings.encode("hills", form)
    damage = opened(data[: len(data) // 2]).damage
    assert damage
    assert (damage.stage, damage.reason) == ("decode", "truncated")


def test_large_jpeg_cut_in_half_is_truncated() -> None:
    """The fast mode does not pass over a missing half either, and decodes the other."""
    data = drawings.jpeg(drawings.scene(1, 700, 600))
    assert opened(data).decode_mode == "fast/2"
    half = opened(data[: len(data) // 2])
    assert half.damage
    assert (half.damage.reason, half.decode_mode) == ("truncated", "fast/2")
    assert half.rows
    assert 100 < half.rows[1] < 200


@pytest.mark.parametrize(
    "form", ["jpeg", "jpeg-progressive", "png", "png-16bit", "gif", "tiff-lzw", "tiff-jpeg", "avif"]
)
def test_garbage_inside_is_corrupt(form: str) -> None:
    """A file with garbage in its middle is not whole for the formats that can notice."""
    data = bytearray(drawings.encode("hills", form))
    middle = len(data) // 2
    data[middle : middle + 2000] = drawings.noise(3, 2000).tobytes()
    try:
        damage = opened(bytes(data)).damage
    except ItemError as error:
        damage = error
    assert damage
    assert damage.reason == "corrupt"


@pytest.mark.parametrize("form", drawings.FORMATS)
def test_flipped_bytes(form: str) -> None:
    """Whatever byte is wrong, the picture decodes or has a reason; nothing else is raised."""
    original = drawings.encode("tiny", form)
    kind = sniff(original[:HEAD], original[-32:])
    places = drawings.noise(31, 40, 2).astype(int)
    for near, value in places:
        data = bytearray(original)
        data[min(near * len(data) // 700, len(data) - 1)] = value
        try:
            open_picture(io.BytesIO(bytes(data)), kind, exact=False, max_pixels=10_000_000)
        except ItemError as error:
            assert error.reason in REASONS  # noqa: PT017 - both outcomes are fine


DECODERS = {sniff(drawings.encode("dot", form)).decoder or "" for form in drawings.FORMATS}


@pytest.mark.parametrize("decoder", sorted(DECODERS - {""}))
def test_wrong_decoder(decoder: str) -> None:
    """A decoder that is handed something else refuses; no other one steps in."""
    content = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n" * 20
    with pytest.raises(ItemError) as caught:
        open_picture(
            io.BytesIO(content), Kind("image/any", decoder), exact=True, max_pixels=MAX_PIXELS
        )
    assert caught.value.reason in ("corrupt", "truncated")


@pytest.mark.parametrize(
    "data", [b"%!PS-Adobe-3.0 EPSF-3.0\n", b"\xff\x0a" + b"\0" * 30, b"<svg/>", b"8BPS\0\x01"]
)
def test_without_decoder(data: bytes) -> None:
    """A format that is not on the allow-list is unsupported, and no decoder sees it."""
    assert refusal(data) == "unsupported-format"


class FailingStream(io.BytesIO):
    """Stands for a file on a failing disk, or a machine without memory left."""

    def __init__(self, error: Exception) -> None:
        super().__init__(drawings.encode("hills", "jpeg"))
        self.error = error

    def read(self, size: int | None = -1) -> bytes:
        if size is None or not 0 <= size < 10_000:  # no header is that long
            raise self.error
        return super().read(size)


@pytest.mark.parametrize(
    ("error", "stage", "reason"),
    [
        (OSError(errno.EIO, "Input/output error"), "read", "io-error"),
        (MemoryError(), "decode", "out-of-memory"),
        (OSError("insufficient memory in decoder"), "decode", "out-of-memory"),
        (EOFError(), "decode", "truncated"),
        (OSError("strange stream contents"), "decode", "corrupt"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_errors_while_decoding(error: Exception, stage: str, reason: str) -> None:
    """A failing disk or a lack of memory is not taken for a damaged picture."""
    stream = FailingStream(error)
    with pytest.raises(ItemError) as caught:
        open_picture(stream, Kind("image/jpeg", "JPEG"), exact=True, max_pixels=MAX_PIXELS)
    assert (caught.value.stage, caught.value.reason) == (stage, reason)


def test_detail_is_one_line() -> None:
    """What a decoder says of a damaged file is one printable line."""
    data = bytearray(drawings.encode("hills", "jpeg"))
    with pytest.raises(ItemError) as caught:
        opened(bytes(data[:500]))
    assert caught.value.detail
    assert caught.value.detail.isprintable()


@pytest.mark.skipif(not HOSTILE.is_dir(), reason="the hostile files are not part of the project")
@pytest.mark.parametrize("exact", [True, False])
def test_hostile_files(exact: bool, capfd: pytest.CaptureFixture[str]) -> None:
    """Every file that once crashed a decoder decodes or has a reason, and nothing else happens."""
    paths = sorted(path for path in HOSTILE.rglob("*") if path.is_file())
    outcomes = dict.fromkeys(["decoded", *REASONS], 0)
    for path in paths:
        data = path.read_bytes()
        try:
            picture = opened(data, exact=exact, max_pixels=50_000_000)
        except ItemError as error:
            outcomes[error.reason] += 1
        else:
            assert picture.samples.size
            outcomes["decoded"] += 1
    assert sum(outcomes.values()) == len(paths)
    assert outcomes["decoded"] > 100
    assert outcomes["corrupt"] > 10
    assert outcomes["internal"] == 0
    capfd.readouterr()  # libtiff writes about damaged files to stderr
