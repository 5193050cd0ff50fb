"""What a remote signing service wants for a consent, and how a person at a keyboard is asked for it.

CSC API 1.0.4.0, 11.5 and 11.6 (PIN, OTP); 2.0.0.2, 8.3.1 (authentication objects).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import SecretStr


class FactorKind(StrEnum):
    """Where a factor comes from.

    ``PIN``: from the settings. ``TYPED``: a one-time password that the person has, from an app or a
    device. ``SENT``: one that the service sends, or a challenge that it sets, when it is told to.
    ``PHONE``: given elsewhere; the service only wants to be told that it is meant.
    """

    PIN = "pin"
    TYPED = "typed"
    SENT = "sent"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor; ``label`` is what the service calls it."""

    id: str
    kind: FactorKind
    label: str

    @property
    def at_keyboard(self) -> bool:
        """Whether a person must type it, each time anew."""
        return self.kind in (FactorKind.TYPED, FactorKind.SENT)


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked to type: for whose signature, on how many documents, which factor.

    ``challenge`` is what the service asks them in turn, if it does.
    """

    service: str
    signer: str
    count: int
    label: str
    description: str
    challenge: str = ""


# ``None``: the person would not.
Ask = Callable[[Question], SecretStr | None]


def factors_v1(info: Mapping[str, Any]) -> tuple[Factor, ...]:
    """PIN and OTP of ``credentials/info`` (11.5); an optional one is left out."""
    found = []
    for id_, usual in (("PIN", FactorKind.PIN), ("OTP", FactorKind.TYPED)):
        wanted = info.get(id_) or {}
        if str(wanted.get("presence", "false")).lower() == "true":
            kind = FactorKind.SENT if wanted.get("type") == "online" else usual
            found.append(Factor(id_, kind, str(wanted.get("label") or id_)))
    return tuple(found)


def factors_v2(info: Mapping[str, Any]) -> tuple[Factor, ...]:
    """The authentication objects of ``credentials/info`` (11.5, 8.3.1).

    Raises:
        ValueError: one is of a kind that is not known.
    """
    objects = (info.get("auth") or {}).get("objects") or []
    found = []
    for item in objects:
        id_, type_ = str(item["id"]), str(item.get("type", "Password"))
        kind = {
            "Password": FactorKind.PIN if id_.upper() == "PIN" else FactorKind.TYPED,
            "PasswordOOB": FactorKind.PHONE,
            "ChallengeResponse": FactorKind.SENT,
            "ChallengeResponseOOB": FactorKind.PHONE,
        }.get(type_)
        if kind is None:
            raise ValueError(f"{id_}: {type_}")
        found.append(Factor(id_, kind, str(item.get("label") or id_)))
    return tuple(found)


def given_v1(pin: SecretStr | None, typed: Mapping[str, SecretStr]) -> dict[str, Any]:
    """Parameters of ``credentials/authorize`` (11.6)."""
    given = {} if pin is None else {"PIN": pin.get_secret_value()}
    return given | {id_: value.get_secret_value() for id_, value in typed.items()}


def given_v2(
    factors: Sequence[Factor], pin: SecretStr | None, typed: Mapping[str, SecretStr]
) -> dict[str, Any]:
    """Parameters of ``credentials/authorize`` (11.6); factors given elsewhere come without a value."""
    pins = [factor.id for factor in factors if factor.kind is FactorKind.PIN]
    data: list[dict[str, str]] = []
    if pin is not None:
        data += [{"id": id_, "value": pin.get_secret_value()} for id_ in pins or ["PIN"]]
    data += [{"id": id_, "value": value.get_secret_value()} for id_, value in typed.items()]
    data += [{"id": factor.id} for factor in factors if factor.kind is FactorKind.PHONE]
    return {"authData": data} if data else {}
