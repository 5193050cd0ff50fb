"""Image files as PDF images: the compressed stream as it is, wherever PDF knows the encoding.

What PDF or PDF/A-3 does not know is encoded again without loss, and the reason is told.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import img2pdf
import pikepdf
from pikepdf import Dictionary, Name
from PIL import ExifTags, Image, ImageFile, TiffTags
from PIL.TiffImagePlugin import ImageFileDirectory_v2 as Tags

from dossiers.errors import DamagedFile

_TAGS = {info.name: number for number, info in TiffTags.TAGS_V2.items()}
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _YCBCR = 0, 1, 2, 6


@dataclass(frozen=True, slots=True)
class EmbeddedImage:
    """One page of an image file as an image of a PDF.

    ``orientation`` is the Exif one (1 to 8); ``reason`` says why the stream is not the original's,
    ``None`` when it is, byte for byte.
    """

    xobject: pikepdf.Object
    orientation: int
    reason: str | None


def embed_file(
    pdf: pikepdf.Pdf, path: Path, wanted: Sequence[int] | None = None
) -> Iterator[EmbeddedImage]:
    """Every page of a TIFF, or those ``wanted`` (from 1); the one picture of a JPEG or PNG.

    Raises:
        DamagedFile: it cannot be decoded.
    """
    try:
        with warnings.catch_warnings(), Image.open(path) as image:
            warnings.simplefilter("ignore")
            if image.format == "TIFF":
                frames = range(1, getattr(image, "n_frames", 1) + 1)
                for number in frames if wanted is None else wanted:
                    image.seek(number - 1)
                    yield _tiff_frame(pdf, path, image)
            else:
                yield _single(pdf, path.read_bytes(), image)
    except (SyntaxError, ValueError, EOFError, Image.DecompressionBombError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise DamagedFile(file=path.name, detail=str(error)) from error


def stored(image: Image.Image) -> str:
    """In words for the record, what :func:`embed_pixels` does to a picture."""
    if image.has_transparency_data:
        return "laid on white paper, stored as RGB"
    if image.mode in {"1", "L", "RGB", "P", "I", "I;16", "I;16B"}:
        return "stored without loss"
    return f"converted from {image.mode} to {'grey' if image.mode == 'F' else 'RGB'}"


def embed_pixels(pdf: pikepdf.Pdf, image: Image.Image) -> pikepdf.Object:
    """Pixels without loss: CCITT G4 for black and white, else Flate."""
    image = _reduced(image)
    if image.mode == "1":
        return _bilevel(pdf, img2pdf.transcode_monochrome(image), image.size, black_is_1=True)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return _through_img2pdf(pdf, buffer.getvalue())


def _single(pdf: pikepdf.Pdf, data: bytes, image: Image.Image) -> EmbeddedImage:
    orientation = _orientation(image)
    reason = _why_not_as_it_is(data, image)
    if reason is None:
        # A multi-picture JPEG counts as its first picture; the rest of the file does no harm.
        return EmbeddedImage(_through_img2pdf(pdf, data), orientation, None)
    return EmbeddedImage(embed_pixels(pdf, image), orientation, reason)


def _why_not_as_it_is(data: bytes, image: Image.Image) -> str | None:
    if image.mode == "CMYK" and not _profile(image, b"CMYK"):
        return "CMYK without a colour profile is not allowed in PDF/A; stored as RGB"
    if image.format != "PNG":
        return None
    if data[28]:
        return "interlaced PNG has no counterpart in PDF; stored without loss"
    if image.has_transparency_data:
        deep = " and 16 bits a channel reduced to 8" if data[24] == 16 else ""
        return f"PNG with transparency: laid on white paper{deep}"
    if image.mode == "P" and "icc_profile" in image.info:
        return "palette with a colour profile is not allowed in PDF; stored without loss as RGB"
    return None


def _profile(image: Image.Image, space: bytes) -> bool:
    """Whether the embedded ICC profile is of the colour space and of a class PDF/A allows."""
    icc: bytes = image.info.get("icc_profile") or b""
    sound = len(icc) > 128 and icc[36:40] == b"acsp" and icc[8] < 5
    return sound and icc[16:20] == space and icc[12:16] in {b"scnr", b"mntr", b"prtr", b"spac"}


_SPACES = {"L": b"GRAY", "RGB": b"RGB ", "CMYK": b"CMYK"}


def _through_img2pdf(pdf: pikepdf.Pdf, data: bytes) -> pikepdf.Object:
    layout = img2pdf.get_layout_fun((100, 100))
    made = img2pdf.convert(
        data, layout_fun=layout, rotation=img2pdf.Rotation.none, engine=img2pdf.Engine.internal
    )
    with pikepdf.open(io.BytesIO(made)) as source:
        (image,) = source.pages[0].resources.XObject.values()
        xobject = pdf.copy_foreign(image)
        xobject = pdf.get_object(xobject.objgen)
    with Image.open(io.BytesIO(data)) as opened:
        space = xobject.ColorSpace
        if isinstance(space, pikepdf.Array) and space[0] == Name.ICCBased:
            mode = opened.mode if opened.mode in _SPACES else "L"
            if not _profile(opened, _SPACES[mode]):
                device = {"L": Name.DeviceGray, "RGB": Name.DeviceRGB, "CMYK": Name.DeviceCMYK}
                xobject.ColorSpace = device[mode]
    return xobject


def _orientation(image: Image.Image) -> int:
    value = image.getexif().get(ExifTags.Base.Orientation, 1)
    return value if value in range(1, 9) else 1


# --- TIFF -------------------------------------------------------------------------------------


def _tiff_frame(pdf: pikepdf.Pdf, path: Path, image: ImageFile.ImageFile) -> EmbeddedImage:
    tags: Tags = image.tag_v2  # type: ignore[attr-defined]
    orientation = tags.get(_TAGS["Orientation"], 1)
    orientation = orientation if orientation in range(1, 9) else 1
    compression = image.info.get("compression")
    strip = _only_strip(path, tags)
    photometric = tags.get(_TAGS["PhotometricInterpretation"])
    if compression == "group4" and strip is not None and photometric in (0, 1):
        if tags.get(_TAGS["FillOrder"], 1) == 2:
            strip = strip.translate(_REVERSED)
        kept = _bilevel(pdf, strip, _stored_size(tags), black_is_1=photometric == _BLACK_IS_ZERO)
        return EmbeddedImage(kept, orientation, None)
    if compression == "jpeg" and strip is not None:
        jpeg = _strip_as_jpeg(pdf, strip, tags, photometric)
        if jpeg is not None:
            return EmbeddedImage(jpeg, orientation, None)
    deep = max(tags.get(_TAGS["BitsPerSample"], (1,))) > 8
    image.load()  # Pillow turns the pixels of a TIFF by its orientation
    parts = "" if strip is not None else " in several strips or tiles"
    how = "16 bits a channel reduced to 8" if deep and image.mode in _EIGHT_BIT else stored(image)
    reason = f"TIFF with {compression} compression{parts} is not carried over; {how}"
    return EmbeddedImage(embed_pixels(pdf, image), 1, reason)


_EIGHT_BIT = frozenset({"RGB", "RGBA", "CMYK"})
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def _stored_size(tags: Tags) -> tuple[int, int]:
    # Pillow's own size is of the turned picture.
    return tags[_TAGS["ImageWidth"]], tags[_TAGS["ImageLength"]]


def _only_strip(path: Path, tags: Tags) -> bytes | None:
    """The compressed bytes of a frame that is one strip, else ``None``."""
    offsets = tags.get(_TAGS["StripOffsets"], ())
    counts = tags.get(_TAGS["StripByteCounts"], ())
    if len(offsets) != 1 or len(counts) != 1:
        return None
    with path.open("rb") as file:
        file.seek(offsets[0])
        return file.read(counts[0])


def _bilevel(
    pdf: pikepdf.Pdf, data: bytes, size: tuple[int, int], *, black_is_1: bool
) -> pikepdf.Object:
    return pdf.make_stream(
        data,
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=size[0],
        Height=size[1],
        ColorSpace=Name.DeviceGray,
        BitsPerComponent=1,
        Filter=Name.CCITTFaxDecode,
        DecodeParms=Dictionary(K=-1, Columns=size[0], Rows=size[1], BlackIs1=black_is_1),
    )


def _strip_as_jpeg(
    pdf: pikepdf.Pdf, strip: bytes, tags: Tags, photometric: int | None
) -> pikepdf.Object | None:
    """A JPEG strip and the frame's tables as one JPEG (TIFF Technical Note 2), not decoded."""
    colour = {_BLACK_IS_ZERO: Name.DeviceGray, _RGB: Name.DeviceRGB, _YCBCR: Name.DeviceRGB}
    if photometric not in colour or not strip.startswith(b"\xff\xd8"):
        return None
    tables: bytes = tags.get(_TAGS["JPEGTables"], b"")
    if tables:
        strip = b"\xff\xd8" + tables[2:-2] + strip[2:]
    width, height = _stored_size(tags)
    xobject = pdf.make_stream(
        strip,
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=width,
        Height=height,
        ColorSpace=colour[photometric],
        BitsPerComponent=8,
        Filter=Name.DCTDecode,
    )
    if photometric == _RGB:
        xobject.DecodeParms = Dictionary(ColorTransform=0)
    return xobject


def _reduced(image: Image.Image) -> Image.Image:
    """A mode that PDF/A has, without losing more than is told."""
    if image.mode in {"1", "L", "RGB", "I;16"}:
        return image
    if image.has_transparency_data:
        paper = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(paper, image.convert("RGBA")).convert("RGB")
    if image.mode.startswith("I"):
        return (
            image.convert("I;16") if image.mode != "I;16B" else image.convert("I").convert("I;16")
        )
    return image.convert("L" if image.mode == "F" else "RGB")
