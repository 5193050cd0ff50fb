"""Forgeries of signed files, and updates that look alike but are allowed: real bytes each.

``python -m tests.signing.attacks`` prints what validation says of each.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from io import BytesIO

import pikepdf
from pikepdf import Array, Dictionary, Name, String
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import (
    FieldMDPAction,
    FieldMDPSpec,
    MDPPerm,
    SigFieldSpec,
    append_signature_field,
)

from tests.servers.certificates import Holder
from tests.signing.authority import Ca, day, plain, save, sign, stamp, with_material
from tests.signing.revisions import (
    append,
    append_compressed,
    append_streamed,
    last_xref,
    number_of,
    objects_of,
    root_of,
    updated,
)

ATTACKS: dict[str, Callable[[], bytes]] = {}
ALLOWED: dict[str, Callable[[], bytes]] = {}

# The reasons that speak against the file itself.
FAULTS = frozenset(
    {
        "ADDED_AMBIGUOUSLY",
        "APPENDED",
        "BYTE_RANGE",
        "CHANGED_AFTER",
        "CONTENTS_TAMPERED",
        "DIGEST_MISMATCH",
        "DUPLICATE_FIELD",
        "FORMAT_UNSUPPORTED",
        "FORM_CHANGED",
        "HYBRID_AFTER",
        "METADATA_CHANGED",
        "NOT_WHOLE_REVISION",
        "SIGNATURE_MISMATCH",
        "SIGNATURE_REMOVED",
        "SIGNATURE_UNREADABLE",
        "UNREADABLE",
    }
)

BOX = (300, 50, 500, 120)
FORGED = b"1 g 0 0 595 842 re f 0 g 100 100 300 300 re f"
PAGE = rb"/Type\s*/Page\b"
SIGNATURE = rb"/ByteRange"


def attack(make: Callable[[], bytes]) -> Callable[[], bytes]:
    ATTACKS[make.__name__] = make
    return make


def allowed(make: Callable[[], bytes]) -> Callable[[], bytes]:
    ALLOWED[make.__name__] = make
    return make


@cache
def authority() -> Ca:
    return Ca("CA")


@cache
def signer() -> Holder:
    return authority().holder("Người ký")


@cache
def second_signer() -> Holder:
    return authority().holder("Người ký thứ hai")


@cache
def tsa() -> Holder:
    return authority().tsa()


@cache
def signed() -> bytes:
    """An approval signature on one page."""
    return sign(plain(), signer(), day(2026))


@cache
def certified(permission: MDPPerm = MDPPerm.FILL_FORMS) -> bytes:
    return sign(form(), signer(), day(2026), certify=permission)


@cache
def form() -> bytes:
    """A page with a text field (``HoTen``) that has an appearance of its own."""
    out = BytesIO()
    with pikepdf.open(BytesIO(plain())) as pdf:
        page = pdf.pages[0]
        font = pdf.make_indirect(
            Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        )
        page.obj.Resources = Dictionary(Font=Dictionary(F1=font))
        appearance = pdf.make_stream(
            b"/Tx BMC BT /F1 12 Tf (An) Tj ET EMC",
            Type=Name.XObject,
            Subtype=Name.Form,
            BBox=Array([0, 0, 200, 20]),
            Resources=Dictionary(Font=Dictionary(F1=font)),
        )
        field = pdf.make_indirect(
            Dictionary(
                Type=Name.Annot,
                Subtype=Name.Widget,
                FT=Name.Tx,
                T=String("HoTen"),
                V=String("An"),
                DA=String("/F1 12 Tf 0 g"),
                Rect=Array([100, 500, 300, 520]),
                F=4,
                P=page.obj,
                AP=Dictionary(N=appearance),
            )
        )
        page.obj.Annots = pdf.make_indirect(Array([field]))
        pdf.Root.AcroForm = pdf.make_indirect(
            Dictionary(
                Fields=pdf.make_indirect(Array([field])),
                DR=Dictionary(Font=Dictionary(F1=font)),
            )
        )
        save(pdf, out)
    return out.getvalue()


def body(content: bytes, number: int) -> bytes:
    return objects_of(content)[number][1]


def fresh(content: bytes) -> int:
    return max(objects_of(content)) + 1


def stream(data: bytes) -> bytes:
    return b"<</Length %d>>stream\n%s\nendstream" % (len(data), data)


def page_with(content: bytes, entry: bytes) -> dict[int, bytes]:
    """The page with an entry more, or another value for it."""
    number = number_of(content, PAGE)
    old = re.sub(
        rb"%s\s*(\[[^\]]*\]|\d+ 0 R|[\d.]+)" % entry.split()[0], b"", body(content, number)
    )
    return {number: old[: old.rindex(b">>")] + b" " + entry + b" >>"}


# --- incremental saving ------------------------------------------------------------------------


@attack
def saving_other_content() -> bytes:
    content = signed()
    number = fresh(content)
    changed = page_with(content, b"/Contents %d 0 R" % number)
    return append(content, {**changed, number: stream(FORGED)})


@attack
def saving_content_stream_replaced() -> bytes:
    content = signed()
    page = body(content, number_of(content, PAGE))
    found = re.search(rb"/Contents (\d+) 0 R", page)
    assert found
    return append(content, {int(found[1]): stream(FORGED)})


@attack
def saving_bodies_without_a_table() -> bytes:
    content = signed()
    number = number_of(content, PAGE)
    return content + b"%d 0 obj\n%s\nendobj\n%%%%EOF\n" % (number, body(content, number))


@attack
def saving_bodies_with_the_old_table() -> bytes:
    content = signed()
    number = number_of(content, PAGE)
    tail = b"%d 0 obj\n<<>>\nendobj\nstartxref\n%d\n%%%%EOF\n"
    return content + tail % (number, last_xref(content))


@attack
def saving_junk_after_the_end() -> bytes:
    return signed() + b"junk\n"


@attack
def saving_turned_page() -> bytes:
    return append(signed(), page_with(signed(), b"/Rotate 180"))


@attack
def saving_cropped_page() -> bytes:
    return append(signed(), page_with(signed(), b"/CropBox [0 0 100 100]"))


@attack
def saving_in_an_object_stream() -> bytes:
    content = signed()
    return append_compressed(content, page_with(content, b"/CropBox [0 0 100 100]"))


@attack
def saving_page_removed() -> bytes:
    content = sign(plain(2), signer(), day(2026))
    pages = number_of(content, rb"/Type\s*/Pages\b")
    first = number_of(content, PAGE)
    return append(content, {pages: b"<</Type/Pages/Count 1/Kids[%d 0 R]>>" % first})


@attack
def saving_page_freed() -> bytes:
    return append(signed(), {}, free=(number_of(signed(), PAGE),))


@attack
def saving_new_catalogue() -> bytes:
    content = signed()
    page, pages, root, data = range(fresh(content), fresh(content) + 4)
    return append(
        content,
        {
            root: b"<</Type/Catalog/Pages %d 0 R>>" % pages,
            pages: b"<</Type/Pages/Count 1/Kids[%d 0 R]>>" % page,
            page: b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 595 842]/Contents %d 0 R>>"
            % (pages, data),
            data: stream(FORGED),
        },
        root=root,
    )


@attack
def saving_new_page_tree() -> bytes:
    content = signed()
    page, pages, data = range(fresh(content), fresh(content) + 3)
    root = root_of(content)
    other = re.sub(rb"/Pages \d+ 0 R", b"/Pages %d 0 R" % pages, body(content, root))
    return append(
        content,
        {
            root: other,
            pages: b"<</Type/Pages/Count 1/Kids[%d 0 R]>>" % page,
            page: b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 595 842]/Contents %d 0 R>>"
            % (pages, data),
            data: stream(FORGED),
        },
    )


def catalogue_with(content: bytes, entry: bytes) -> bytes:
    root = root_of(content)
    old = body(content, root)
    return append(content, {root: old[: old.rindex(b">>")] + entry + b">>"})


@attack
def saving_script_on_opening() -> bytes:
    return catalogue_with(signed(), b"/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>")


@attack
def saving_layers_that_hide() -> bytes:
    return catalogue_with(signed(), b"/OCProperties<</OCGs[]/D<</OFF[]>>>>")


@cache
def described() -> bytes:
    """Signed, with a title in /Info and in XMP."""
    out = BytesIO()
    with pikepdf.open(BytesIO(plain())) as pdf:
        pdf.docinfo["/Title"] = "Quyet dinh so 1"
        with pdf.open_metadata() as xmp:
            xmp["dc:title"] = "Quyet dinh so 1"
        save(pdf, out)
    return sign(out.getvalue(), signer(), day(2026))


@attack
def saving_other_title() -> bytes:
    content = described()
    number = number_of(content, rb"/Title")
    return append(
        content, {number: b"<</Title(Quyet dinh so 2)>>"}, trailer=b"/Info %d 0 R" % number
    )


@attack
def saving_other_title_in_xmp() -> bytes:
    content = described()
    number = number_of(content, rb"xpacket")
    old = body(content, number)
    return append(content, {number: old.replace(b"Quyet dinh so 1", b"Quyet dinh so 2")})


@attack
def saving_other_appearance_of_the_signature() -> bytes:
    content = sign(plain(), signer(), day(2026), box=BOX)
    number = number_of(content, rb"/Subtype\s*/Form.*stream")
    head = b"<</Type/XObject/Subtype/Form/BBox[0 0 200 70]/Length 14>>"
    other = head + b"stream\n0 0 99 9 re f \nendstream"
    return append(content, {number: other})


@attack
def saving_attachment_added() -> bytes:
    content = signed()
    spec, data = fresh(content), fresh(content) + 1
    root = root_of(content)
    names = b"/Names<</EmbeddedFiles<</Names[(a) %d 0 R]>>>>" % spec
    old = body(content, root)
    return append(
        content,
        {
            root: old[: old.rindex(b">>")] + names + b">>",
            spec: b"<</Type/Filespec/F(a)/UF(a)/EF<</F %d 0 R>>>>" % data,
            data: stream(b"x"),
        },
    )


@attack
def saving_inherited_box_of_the_page_tree() -> bytes:
    content = signed()
    pages = number_of(content, rb"/Type\s*/Pages\b")
    old = body(content, pages)
    return append(content, {pages: old[: old.rindex(b">>")] + b"/CropBox[0 0 99 99]>>"})


@attack
def saving_under_the_cover_of_a_security_store() -> bytes:
    content = with_material(signed(), [authority().issuing], [])
    return append(content, page_with(content, b"/CropBox [0 0 100 100]"))


@attack
def saving_before_a_second_signature() -> bytes:
    content = append(signed(), page_with(signed(), b"/Rotate 180"))
    return sign(content, second_signer(), day(2026, 2), field_name="Hai")


@attack
def saving_before_a_time_stamp() -> bytes:
    return stamp(append(signed(), page_with(signed(), b"/Rotate 180")), tsa(), day(2026, 2))


@attack
def byte_changed_inside() -> bytes:
    return signed().replace(b"100 700 200 20 re", b"100 700 200 99 re")


# --- shadow attacks: prepared before signing, sprung after ---------------------------------------


@cache
def shadowed() -> bytes:
    """Signed with a cover over the text and, unreferenced, other content for the page."""
    out = BytesIO()
    with pikepdf.open(BytesIO(plain())) as pdf:
        page = pdf.pages[0]
        cover = pdf.make_stream(
            b"1 g 0 0 595 842 re f", Type=Name.XObject, Subtype=Name.Form,
            BBox=Array([0, 0, 595, 842]),
        )  # fmt: skip
        page.obj.Resources = Dictionary(XObject=Dictionary(Cover=pdf.make_indirect(cover)))
        page.obj.Contents = pdf.make_stream(FORGED + b" /Cover Do")
        # Kept in the file by a private key that nobody shows.
        pdf.Root.Rieng = pdf.make_indirect(Dictionary(Kho=pdf.make_stream(FORGED)))
        save(pdf, out)
    return sign(out.getvalue(), signer(), day(2026))


@attack
def shadow_hide_cover_freed() -> bytes:
    return append(shadowed(), {}, free=(number_of(shadowed(), rb"/BBox \[ 0 0 595 842"),))


@attack
def shadow_hide_cover_emptied() -> bytes:
    number = number_of(shadowed(), rb"/BBox \[ 0 0 595 842")
    return append(shadowed(), {number: stream(b"")})


@attack
def shadow_replace_font() -> bytes:
    content = sign(form(), signer(), day(2026))
    number = number_of(content, rb"/BaseFont /Helvetica")
    return append(content, {number: b"<</Type/Font/Subtype/Type1/BaseFont/Symbol>>"})


@attack
def shadow_replace_form_appearance() -> bytes:
    content = sign(form(), signer(), day(2026))
    number = number_of(content, rb"/BBox \[ 0 0 200 20")
    old = objects_of(content)[number][1]
    return append(content, {number: re.sub(rb"\(An\)", b"(Bo)", old)})


@attack
def shadow_hide_and_replace_by_the_table_alone() -> bytes:
    """No new object at all: the table points at the content that lay hidden since before signing."""
    content = shadowed()
    found = objects_of(content)
    shown = re.search(rb"/Contents (\d+) 0 R", body(content, number_of(content, PAGE)))
    hidden = re.search(rb"/Kho (\d+) 0 R", body(content, number_of(content, rb"/Kho \d")))
    assert shown
    assert hidden
    return append(content, {}, offsets={int(shown[1]): found[int(hidden[1])][0]})


@attack
def shadow_private_key_brought_to_the_page() -> bytes:
    content = shadowed()
    hidden = re.search(rb"/Kho (\d+) 0 R", body(content, number_of(content, rb"/Kho \d")))
    assert hidden
    return append(content, page_with(content, b"/Contents %s 0 R" % hidden[1]))


# --- certification attacks -----------------------------------------------------------------------


def annotated(content: bytes) -> bytes:
    number = fresh(content)
    note = b"<</Type/Annot/Subtype/FreeText/Rect[0 0 595 842]/Contents(gia mao)/DA(/F1 9 Tf)>>"
    page = number_of(content, PAGE)
    annots = re.search(rb"/Annots (\d+) 0 R", body(content, page))
    if annots:
        listed = body(content, int(annots[1]))
        return append(
            content,
            {number: note, int(annots[1]): listed.replace(b"]", b" %d 0 R ]" % number)},
        )
    return append(content, {number: note, **page_with(content, b"/Annots [%d 0 R]" % number)})


@attack
def certification_evil_annotation_where_forms_are_allowed() -> bytes:
    return annotated(certified(MDPPerm.FILL_FORMS))


@attack
def certification_evil_annotation_where_annotations_are_allowed() -> bytes:
    return annotated(certified(MDPPerm.ANNOTATE))


@attack
def certification_evil_annotation_on_an_approved_file() -> bytes:
    return annotated(signed())


@attack
def certification_sneaky_signature_of_a_stranger() -> bytes:
    stranger = Ca("Lạ").holder("Kẻ lạ")
    content = certified(MDPPerm.FILL_FORMS)
    return sign(content, stranger, day(2026, 2), field_name="Len", box=(0, 0, 595, 842))


@attack
def certification_sneaky_signature_of_a_colleague() -> bytes:
    content = certified(MDPPerm.FILL_FORMS)
    return sign(content, second_signer(), day(2026, 2), field_name="Len", box=(0, 0, 595, 842))


@attack
def certification_signature_where_nothing_is_allowed() -> bytes:
    content = certified(MDPPerm.NO_CHANGES)
    return sign(content, second_signer(), day(2026, 2), field_name="Hai")


def filled(content: bytes, value: str = "Bo") -> bytes:
    def change(writer: IncrementalPdfFileWriter) -> None:
        field = next(
            f.get_object()
            for f in writer.root["/AcroForm"]["/Fields"]
            if f.get_object()["/T"] == "HoTen"
        )
        field["/V"] = generic.pdf_string(value)
        appearance = field["/AP"]["/N"]
        appearance._data = b"/Tx BMC BT /F1 12 Tf (%s) Tj ET EMC" % value.encode()
        appearance._encoded_data = None
        writer.update_container(field)
        writer.update_container(appearance)

    return updated(content, change)


@attack
def form_filled_where_nothing_is_allowed() -> bytes:
    return filled(certified(MDPPerm.NO_CHANGES))


@attack
def form_filled_after_a_signature_that_allows_nothing() -> bytes:
    return filled(sign(form(), signer(), day(2026)))


@attack
def form_filled_though_the_field_is_locked() -> bytes:
    lock = FieldMDPSpec(FieldMDPAction.INCLUDE, fields=["HoTen"])

    def change(writer: IncrementalPdfFileWriter) -> None:
        append_signature_field(writer, SigFieldSpec("Khoa", on_page=0, field_mdp_spec=lock))

    content = certified_twice(updated(form(), change))
    return filled(content)


def certified_twice(content: bytes) -> bytes:
    """A certifying signature that allows forms, then one in the prepared field that locks one."""
    first = sign(content, signer(), day(2026), certify=MDPPerm.FILL_FORMS)
    return sign(first, second_signer(), day(2026, 2), field_name="Khoa")


# --- signature wrapping --------------------------------------------------------------------------


def byte_range(content: bytes) -> list[int]:
    found = re.search(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+)", content)
    assert found
    return [int(number) for number in found.groups()]


@attack
def wrapping_second_part_moved_to_the_end() -> bytes:
    """The signed bytes all stay, moved apart; between them a table and another page (SWA)."""
    content = signed()
    _, first, second, rest = byte_range(content)
    start = last_xref(content)
    part1, gap, part2 = content[:first], content[first:second], content[second : second + rest]
    number, page = number_of(content, SIGNATURE), number_of(content, PAGE)
    moved = 40_000
    filler = BytesIO()
    filler.write(part1 + gap)
    offsets = {n: at for n, (at, _) in objects_of(content).items()}
    for n, at in offsets.items():
        if at >= second:
            offsets[n] = at - second + moved
    out = bytearray(filler.getvalue())
    out += b"\n" * (start - len(out))
    forged = {
        number: re.sub(
            rb"/ByteRange \[[^\]]*\]",
            b"/ByteRange [0 %d %d %d]" % (first, moved, rest),
            body(content, number),
        ),
        page: next(iter(page_with(content, b"/CropBox [0 0 100 100]").values())),
    }
    # The pointer to the table is among the signed bytes: the table stands where it points to.
    table_length = 20 * (len(offsets) + 1) + 400
    bodies = bytearray()
    for n, text in forged.items():
        offsets[n] = start + table_length + len(bodies)
        bodies += b"%d 0 obj\n%s\nendobj\n" % (n, text)
    table = b"xref\n0 1\n0000000000 65535 f \n"
    for n in sorted(offsets):
        table += b"%d 1\n%010d 00000 n \n" % (n, offsets[n])
    table += b"trailer\n<</Size %d/Root %d 0 R>>\n" % (max(offsets) + 1, root_of(content))
    out += table.ljust(table_length, b"\n") + bodies
    out += b"\n" * (moved - len(out))
    return bytes(out + part2)


@attack
def wrapping_signature_of_another_document() -> bytes:
    other = sign(plain(text=FORGED), signer(), day(2026))
    _, first, second, _ = byte_range(signed())
    _, one, two, _ = byte_range(other)
    value = other[one + 1 : two - 1].rstrip(b"0").ljust(second - first - 2, b"0")
    return signed()[:first] + b"<" + value[: second - first - 2] + b">" + signed()[second:]


@attack
def wrapping_junk_after_the_signature_value() -> bytes:
    _, first, second, _ = byte_range(signed())
    content = bytearray(signed())
    content[second - 9 : second - 1] = b"deadbeef"
    del first
    return bytes(content)


# --- universal forgery: entries that a careless validator passes over ----------------------------


def signature_with(old: bytes, new: bytes) -> bytes:
    """Page turned, and the signature dictionary rewritten in the same update."""
    content = signed()
    number = number_of(content, SIGNATURE)
    value, count = re.subn(old, new, body(content, number), count=1, flags=re.DOTALL)
    assert count == 1
    return append(content, {number: value, **page_with(content, b"/Rotate 180")})


_CONTENTS = rb"/Contents\s*<[0-9a-fA-F]*>"
_RANGE = rb"/ByteRange\s*\[[^\]]*\]"
_FORGERIES = {
    "contents_missing": (_CONTENTS, b""),
    "contents_null": (_CONTENTS, b"/Contents null"),
    "contents_empty": (_CONTENTS, b"/Contents <>"),
    "contents_zero": (_CONTENTS, b"/Contents <00>"),
    "contents_number": (_CONTENTS, b"/Contents 0"),
    "byterange_missing": (_RANGE, b""),
    "byterange_null": (_RANGE, b"/ByteRange null"),
    "byterange_empty": (_RANGE, b"/ByteRange []"),
    "byterange_zeros": (_RANGE, b"/ByteRange [0 0 0 0]"),
    "byterange_negative": (_RANGE, b"/ByteRange [0 -1 -1 0]"),
    "byterange_text": (_RANGE, b"/ByteRange [(a) (b) (c) (d)]"),
    "byterange_huge": (_RANGE, b"/ByteRange [0 99999999999999999999 1 1]"),
    "byterange_one_pair": (_RANGE, b"/ByteRange [0 100]"),
    "type_missing_value_kept": (rb"/SubFilter\s*/[\w.]+", b""),
    "subfilter_unknown": (rb"/SubFilter\s*/[\w.]+", b"/SubFilter/adbe.none"),
    "subfilter_sha1_of_old": (rb"/SubFilter\s*/[\w.]+", b"/SubFilter/adbe.pkcs7.sha1"),
}


def _universal(name: str) -> None:
    def make() -> bytes:
        return signature_with(*_FORGERIES[name])

    make.__name__ = f"universal_{name}"
    attack(make)


for _name in _FORGERIES:
    _universal(_name)


def _ranged(name: str, numbers: Callable[[int, int, int], str]) -> None:
    def make() -> bytes:
        _, first, second, rest = byte_range(signed())
        return signature_with(_RANGE, f"/ByteRange [{numbers(first, second, rest)}]".encode())

    make.__name__ = f"byterange_{name}"
    attack(make)


_ranged("overlapping", lambda _, b, c: f"0 {b + 10} {b} {c}")
_ranged("backward", lambda a, b, c: f"{b} {c} 0 {a}")
_ranged("three_pairs", lambda a, b, c: f"0 {a} {b} {c // 2} {b + c // 2} {c - c // 2}")
_ranged("not_from_the_start", lambda a, b, c: f"10 {a - 10} {b} {c}")
_ranged("wider_gap", lambda a, b, c: f"0 {a - 50} {b + 50} {c - 50}")
_ranged("beyond_the_end", lambda a, b, c: f"0 {a} {b} {c + 100_000}")


@attack
def byterange_narrowed_in_place() -> bytes:
    """Without any update: the array itself is rewritten over its own bytes."""
    content = signed()
    found = re.search(_RANGE, content)
    assert found
    _, first, second, rest = byte_range(content)
    other = b"/ByteRange [0 %d %d %d]" % (first, second, rest - 100)
    return content.replace(found[0], other.ljust(len(found[0])))


@attack
def universal_value_null() -> bytes:
    content = append(signed(), page_with(signed(), b"/Rotate 180"))
    number = number_of(content, rb"/FT\s*/Sig")
    return append(content, {number: re.sub(rb"/V \d+ 0 R", b"/V null", body(content, number))})


# --- cross-reference tricks ----------------------------------------------------------------------


@attack
def xref_hybrid_stream_hides_a_page() -> bytes:
    """Old readers follow the table, new ones the stream that it names (ISO 32000-1, 7.5.8.4)."""
    content = signed()
    inner = append_compressed(content, page_with(content, b"/CropBox [0 0 100 100]"))
    table = last_xref(inner)
    cut = inner[: inner.rindex(b"startxref")]
    start = len(cut)
    return cut + (
        b"xref\n0 1\n0000000000 65535 f \ntrailer\n"
        b"<</Size %d/Root %d 0 R/Prev %d/XRefStm %d>>\nstartxref\n%d\n%%%%EOF\n"
        % (fresh(content) + 2, root_of(content), last_xref(content), table, start)
    )


@attack
def xref_higher_generation() -> bytes:
    return append(signed(), page_with(signed(), b"/Rotate 180"), generation=1)


@attack
def xref_without_the_earlier_revisions() -> bytes:
    """A table of its own for all objects: the signed revision is no longer a revision."""
    content = append(signed(), page_with(signed(), b"/Rotate 180"))
    offsets = {n: at for n, (at, _) in objects_of(content).items()}
    start = len(content)
    table = b"xref\n0 1\n0000000000 65535 f \n"
    for n in sorted(offsets):
        table += b"%d 1\n%010d 00000 n \n" % (n, offsets[n])
    return (
        content
        + table
        + (
            b"trailer\n<</Size %d/Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n"
            % (max(offsets) + 1, root_of(content), start)
        )
    )


@attack
def xref_loop() -> bytes:
    content = append(signed(), page_with(signed(), b"/Rotate 180"))
    return re.sub(rb"/Prev %d" % last_xref(signed()), b"/Prev %d" % last_xref(content), content)


@attack
def xref_pointing_nowhere() -> bytes:
    return append(signed(), {}, offsets={number_of(signed(), PAGE): 99_999_999})


@attack
def prefix_before_the_header() -> bytes:
    return b"junk\n" + signed()


# --- additions that programs read differently ----------------------------------------------------


def other_content() -> dict[int, bytes]:
    """The page with another content stream: what a viewer shows that takes it for the newest."""
    number = fresh(signed())
    return {**page_with(signed(), b"/Contents %d 0 R" % number), number: stream(FORGED)}


@attack
def ambiguous_entries_of_an_unknown_type() -> bytes:
    """One parser ignores them; poppler finds the table broken, and searches for bodies."""
    return append_streamed(signed(), other_content(), kind=7)


@attack
def ambiguous_table_with_a_misspelt_filter() -> bytes:
    return append_streamed(signed(), other_content(), dictionary=b"/Gilter/FlateDecode")


@attack
def ambiguous_entries_of_an_impossible_generation() -> bytes:
    return append_streamed(signed(), other_content(), generation=70_000)


@attack
def ambiguous_table_with_unknown_marks() -> bytes:
    return append(signed(), other_content(), mark=b"m")


@attack
def ambiguous_table_with_an_impossible_generation() -> bytes:
    return append(signed(), other_content(), listed_as=99_999)


@attack
def ambiguous_table_that_lists_nothing() -> bytes:
    return append(signed(), other_content(), listing=False)


@attack
def ambiguous_table_that_is_not_where_it_should_be() -> bytes:
    return append(signed(), other_content(), listing=False, pointer=-6)


@attack
def ambiguous_table_that_lists_an_object_twice() -> bytes:
    content = append(signed(), other_content())
    page = number_of(signed(), PAGE)
    again = b"%d 1\n%010d 00000 n \ntrailer" % (page, objects_of(signed())[page][0])
    return again.join(content.rsplit(b"trailer", 1))


@attack
def ambiguous_revision_passed_over() -> bytes:
    passed = append(signed(), other_content())
    return append(passed, {}, listing=False, prev=last_xref(signed()))


@attack
def ambiguous_entries_beside_their_objects() -> bytes:
    content = append(signed(), other_content())
    page = number_of(signed(), PAGE)
    place = objects_of(content)[page][0]
    return content.replace(
        b"%010d 00000 n" % place, b"%010d 00000 n" % objects_of(signed())[page][0]
    )


def page_reading(old: bytes, new: bytes, key: bytes = b"/Contents") -> bytes:
    """The page rewritten so that it says two things, and the content that one of them names."""
    number, page = fresh(signed()), number_of(signed(), PAGE)
    contents = re.search(rb"/Contents \d+ 0 R", body(signed(), page))
    assert contents
    both = body(signed(), page).replace(
        contents[0], old % contents[0] + b" " + new % b"%s %d 0 R" % (key, number)
    )
    return append(signed(), {page: both, number: stream(FORGED)})


@attack
def ambiguous_key_twice() -> bytes:
    """One parser keeps the first value, viewers the last."""
    return page_reading(b"%s", b"%s")


@attack
def ambiguous_key_twice_in_other_letters() -> bytes:
    return page_reading(b"%s", b"%s", b"/Con#74ents")


@attack
def ambiguous_key_after_a_comment() -> bytes:
    return page_reading(b"%s%%\x00\r", b"%s\n")


@attack
def ambiguous_two_dictionaries_in_one_object() -> bytes:
    number, page = fresh(signed()), number_of(signed(), PAGE)
    both = body(signed(), page) + page_with(signed(), b"/Contents %d 0 R" % number)[page]
    return append(signed(), {page: both, number: stream(FORGED)})


@attack
def ambiguous_object_stream_listed_as_object_zero() -> bytes:
    """One parser passes over object 0; pdfium takes all objects of the stream."""
    page = page_with(signed(), b"/CropBox [0 0 100 100]")
    return append_compressed(signed(), page, listed_as={next(iter(page)): 0})


@attack
def ambiguous_object_stream_with_more_than_is_listed() -> bytes:
    page = page_with(signed(), b"/CropBox [0 0 100 100]")
    harmless = {fresh(signed()) + 5: b"<</Harmless true>>"}
    return append_compressed(signed(), {**harmless, **page}, listed_as={next(iter(page)): -1})


@attack
def ambiguous_object_stream_that_nothing_lists() -> bytes:
    page = page_with(signed(), b"/CropBox [0 0 100 100]")
    return append_compressed(signed(), page, listed_as={next(iter(page)): -1})


@attack
def ambiguous_catalogue_in_the_trailer() -> bytes:
    content = saving_new_catalogue()
    root = b"/Root %d 0 R" % root_of(content)
    return (b"/Root %d 0 R%s" % (root_of(signed()), root)).join(content.rsplit(root, 1))


@attack
def ambiguous_body_in_a_comment() -> bytes:
    """Listed nowhere, and between the revisions; a comment stands between its numbers."""
    page = number_of(signed(), PAGE)
    hidden = b"%d %%a\n0 %%b\nobj\n<<>>\nendobj\n" % page
    return append(signed() + hidden, {fresh(signed()): b"<<>>"})


# --- signature fields that are none, and defaults of the form -------------------------------------


def painted_field(
    content: bytes,
    entry: bytes = b"",
    *,
    name: bytes = b"X",
    box: bytes = b"0 0 595 842",
    apart: bool = False,
) -> bytes:
    """A signature field without a signature, with an appearance of its own over the page."""
    widget, picture, parent = range(fresh(content), fresh(content) + 3)
    page, form = number_of(content, PAGE), number_of(content, rb"/Fields")
    own = b"/FT/Sig/T(%s)" % name
    bodies = {
        widget: b"<</Type/Annot/Subtype/Widget/Rect[%s]/F 4/P %d 0 R/AP<</N %d 0 R>>%s%s>>"
        % (box, page, picture, entry, b"/Parent %d 0 R" % parent if apart else own),
        picture: b"<</Type/XObject/Subtype/Form/BBox[0 0 595 842]" + stream(FORGED)[2:],
    }
    if apart:
        bodies[parent] = b"<<%s/Kids[%d 0 R]>>" % (own, widget)
    for holder, key, number in (
        (form, rb"/Fields", parent if apart else widget),
        (page, rb"/Annots", widget),
    ):
        old = body(content, holder)
        bodies[holder] = re.sub(rb"(%s \[[^\]]*)\]" % key, rb"\1 %d 0 R]" % number, old)
        assert bodies[holder] != old
    return append(content, bodies)


@attack
def field_empty_and_painted_over_the_page() -> bytes:
    return painted_field(signed())


@attack
def field_empty_and_painted_where_forms_may_be_filled_in() -> bytes:
    content = sign(plain(), signer(), day(2026), certify=MDPPerm.FILL_FORMS)
    return painted_field(content, box=b"0 0 0 0")


@attack
def field_empty_with_its_widget_apart() -> bytes:
    return painted_field(signed(), apart=True)


@attack
def field_empty_with_a_script() -> bytes:
    return painted_field(signed(), b"/AA<</PO<</S/JavaScript/JS(app.alert(1))>>>>", box=b"0 0 0 0")


@attack
def field_signed_with_a_script() -> bytes:
    content = painted_field(signed(), b"/A<</S/URI/URI(http://x)>>", name=b"Hai", box=b"0 0 0 0")
    return sign(content, second_signer(), day(2026, 2), field_name="Hai")


@attack
def field_of_anybodys_time_stamp_over_the_page() -> bytes:
    return stamp(painted_field(signed()), Ca("Người lạ").tsa(), day(2026, 2), "X")


@attack
def field_of_a_trusted_time_stamp_over_the_page() -> bytes:
    return stamp(painted_field(signed()), tsa(), day(2026, 2), "X")


@attack
def field_prepared_for_a_signer_holds_a_time_stamp() -> bytes:
    def change(writer: IncrementalPdfFileWriter) -> None:
        append_signature_field(writer, SigFieldSpec("Hai", on_page=0, box=BOX))

    first = sign(updated(plain(), change), signer(), day(2026), certify=MDPPerm.FILL_FORMS)
    return stamp(first, Ca("Người lạ").tsa(), day(2026, 2), "Hai")


def _defaulted(name: str, entry: bytes) -> None:
    def make() -> bytes:
        content = certified(MDPPerm.NO_CHANGES)
        form = number_of(content, rb"/Fields")
        holder = body(content, form)
        return append(content, {form: holder[: holder.rindex(b">>")] + entry + b">>"})

    make.__name__ = f"form_default_{name}"
    attack(make)


_defaulted("appearances_made_anew", b"/NeedAppearances true")
_defaulted("white_letters", b"/DA(/F1 12 Tf 1 g)")
_defaulted("set_to_the_right", b"/Q 2")


# --- field names ---------------------------------------------------------------------------------


@attack
def duplicate_field_takes_the_name_of_the_signature() -> bytes:
    content = signed()
    number = fresh(content)
    found = number_of(content, rb"/FT\s*/Sig")
    twin = re.sub(rb"/V \d+ 0 R", b"", body(content, found))
    acroform = number_of(content, rb"/Fields")
    holder = body(content, acroform)
    return append(
        content,
        {number: twin, acroform: re.sub(rb"\]", b" %d 0 R]" % number, holder, count=1)},
    )


# --- and what is allowed -------------------------------------------------------------------------


@allowed
def nothing() -> bytes:
    return signed()


@allowed
def certified_alone() -> bytes:
    return certified(MDPPerm.NO_CHANGES)


@allowed
def line_end_after_the_end_mark() -> bytes:
    return signed() + b"\r\n"


@allowed
def defaults_of_a_form_without_other_fields() -> bytes:
    """As signing programs set them with the second signature."""
    form = number_of(signed(), rb"/Fields")
    holder = body(signed(), form)
    return append(signed(), {form: holder[: holder.rindex(b">>")] + b"/DA(/Helv 0 Tf 0 g)>>"})


@allowed
def security_store() -> bytes:
    return with_material(signed(), [authority().issuing, authority().root], crls())


@allowed
def security_store_where_nothing_else_is_allowed() -> bytes:
    return with_material(certified(MDPPerm.NO_CHANGES), [authority().issuing], crls())


def crls() -> list[object]:
    return authority().crls(day(2026), day(2027))  # type: ignore[return-value]


@allowed
def second_signature_of_a_described_file() -> bytes:
    return sign(described(), second_signer(), day(2026, 2), field_name="Hai")


@allowed
def document_time_stamp() -> bytes:
    return stamp(signed(), tsa(), day(2026, 2))


@allowed
def store_and_two_time_stamps() -> bytes:
    content = stamp(security_store(), tsa(), day(2026, 2))
    return stamp(content, tsa(), day(2026, 3), "DauThoiGian2")


@allowed
def page_listed_again_where_it_is() -> bytes:
    page = number_of(signed(), PAGE)
    return append(signed(), {}, offsets={page: objects_of(signed())[page][0]})


@allowed
def page_written_again_as_it_is() -> bytes:
    page = number_of(signed(), PAGE)
    return append(signed(), {page: body(signed(), page)})


@allowed
def page_written_again_in_a_streamed_revision() -> bytes:
    page = number_of(signed(), PAGE)
    return append_streamed(
        signed(), {page: body(signed(), page)}, dictionary=b"/Filter/FlateDecode"
    )


@allowed
def page_written_again_in_an_object_stream() -> bytes:
    page = number_of(signed(), PAGE)
    return append_compressed(signed(), {page: body(signed(), page)})


@allowed
def second_signature() -> bytes:
    return sign(signed(), second_signer(), day(2026, 2), field_name="Hai")


@allowed
def second_signature_to_be_seen() -> bytes:
    return sign(signed(), second_signer(), day(2026, 2), field_name="Hai", box=BOX)


@allowed
def second_signature_in_a_prepared_field_of_a_certified_file() -> bytes:
    def change(writer: IncrementalPdfFileWriter) -> None:
        append_signature_field(writer, SigFieldSpec("Hai", on_page=0, box=BOX))

    first = sign(updated(plain(), change), signer(), day(2026), certify=MDPPerm.FILL_FORMS)
    return sign(first, second_signer(), day(2026, 2), field_name="Hai")


@allowed
def form_filled_as_the_certifying_signature_allows() -> bytes:
    return filled(certified(MDPPerm.FILL_FORMS))


@allowed
def form_filled_then_signed_then_stamped() -> bytes:
    content = filled(certified(MDPPerm.FILL_FORMS))
    content = sign(content, second_signer(), day(2026, 2), field_name="Hai")
    return stamp(content, tsa(), day(2026, 3))


def _table() -> None:
    import tempfile
    import time
    from pathlib import Path

    from signing.validation import verify

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.pdf"
        for title, group in (("attack", ATTACKS), ("allowed", ALLOWED)):
            for name, make in group.items():
                path.write_bytes(make())
                start = time.perf_counter()
                report = verify(path, authority().trust, day(2026, 11))
                spent = (time.perf_counter() - start) * 1000
                reasons = {r.code for v in report.signatures for r in v.reasons} | {
                    r.code for r in report.reasons
                }
                told = " ".join(sorted(reasons & FAULTS)) or "–"
                print(f"{title:8} {name:62} {report.outcome:24} {spent:5.0f} ms  {told}")  # noqa: T201


if __name__ == "__main__":
    _table()
