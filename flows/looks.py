"""How papers that we set ourselves look when signed, by the agency's profile."""

from __future__ import annotations

import datetime as dt

from flows.services import Services
from signing.appearance import BlockAppearance, Look, ResultAppearance
from signing.pictures import Picture, PictureKind, load_picture
from signing.sign_off import SignOff


def agency_pictures(services: Services) -> tuple[Picture, Picture] | None:
    """The agency's signature and seal; ``None`` where it has not set both.

    Raises:
        UnfitPicture: a picture may not stand on a document.
    """
    profile = services.settings.pictures
    if profile.signature is None or profile.seal is None:
        return None
    return (
        load_picture(profile.signature, PictureKind.SIGNATURE),
        load_picture(profile.seal, PictureKind.SEAL),
    )


def block_look(
    services: Services,
    pictures: tuple[Picture, Picture] | None,
    place: SignOff,
    now: dt.datetime,
) -> Look:
    """How a paper of our own is signed, whose sign-off block we have set ourselves."""
    if pictures is None:
        return BlockAppearance(services.agency.name, now, place)
    return ResultAppearance(*pictures, now, place, services.settings.pictures.seal_diameter_mm)
