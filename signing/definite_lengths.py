"""asn1crypto 1.5 takes a length that ends in 0x80 for an indefinite one; here it is taught to look.

Of the lengths 0x80, 0x180, 0x280 … (X.690, 8.1.3) it sees the last octet alone, and encodes anew what
is inside, twice at each level of nesting: seconds of computing for a signature, time stamp or
certificate of an unlucky size. What comes out is the same. Indefinite lengths (8.1.3.6)
go on as before.
"""

from __future__ import annotations

from asn1crypto.core import Asn1Value, Choice, Primitive, Sequence, SequenceOf

_INDEFINITE = 0x80


def teach() -> None:
    """Mend what encodes values; once, when signing is first entered."""
    for kind in (Asn1Value, Primitive, Choice, Sequence, SequenceOf):
        _mend(kind)


def _mend(kind: type[Asn1Value]) -> None:
    encode = kind.dump

    def dump(self: Asn1Value, force: bool = False) -> bytes:
        header = self._header
        if not force and header and header[-1] == _INDEFINITE and is_definite(header):
            # A header that is missing is made from the contents, which stay as they are.
            self._header = None
        encoded: bytes = encode(self, force)
        return encoded

    dump.__doc__ = encode.__doc__
    kind.dump = dump


def is_definite(header: bytes) -> bool:
    """Whether no length in a header, of explicit tags and of the value itself, is indefinite."""
    at = 0
    try:
        while at < len(header):
            number = header[at] & 0x1F
            at += 1
            if number == 0x1F:  # the tag goes on (8.1.2.4)
                while header[at] & 0x80:
                    at += 1
                at += 1
            form = header[at]
            at += 1
            if form == _INDEFINITE:
                return False
            if form > _INDEFINITE:
                at += form & 0x7F
    except IndexError:
        return False
    return at == len(header)
