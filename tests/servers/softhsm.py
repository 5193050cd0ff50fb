"""Tokens in software (SoftHSM 2), plugged in directly or through a p11-kit server that can be pulled.

The p11-kit server stands for a USB token: killing it is pulling the token out, with the device
errors that real modules give; starting it again is plugging the token in.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pkcs11
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pkcs11 import Attribute, CertificateType, KeyType, ObjectClass
from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters

from tests.servers.certificates import make_key
from tests.signing.issuing import Authority

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN = "246810"
LABEL = "kho-khoa"
PIN_LABEL = "thu-pin"
ASKING = "hoi-pin"
KINDS = ("rsa2048", "rsa3072", "p256", "p384", "ed25519")


@dataclass
class SoftHsm:
    """Token :data:`LABEL` holds a key and certificate for each kind; :data:`PIN_LABEL` one."""

    folder: Path
    client: Path
    _server: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def socket(self) -> Path:
        return self.folder / "p11.sock"

    def plug_in(self) -> None:
        """Start the server that stands for the token."""
        assert self._server is None
        self.socket.unlink(missing_ok=True)
        self._server = subprocess.Popen(
            ["p11-kit", "server", "-f", "--provider", MODULE, "-n", self.socket, "pkcs11:"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # The server forks a process a connection: all of them are the token.
            start_new_session=True,
        )
        assert self._server.stdout is not None
        assert self._server.stdout.readline(), "p11-kit server did not start"

    def pull_out(self) -> None:
        """Kill it, with all its connections."""
        if self._server is not None:
            # Our own: it was started as the leader of its session.
            os.killpg(self._server.pid, signal.SIGKILL)
            self._server.communicate()
            self._server = None


@contextmanager
def softhsm(authority: Authority) -> Iterator[SoftHsm]:
    """Tokens filled with keys; gone afterwards."""
    for program in ("softhsm2-util", "p11-kit"):
        if shutil.which(program) is None:
            raise AssertionError(f"{program} is missing: apt-get install softhsm2 p11-kit")
    [client, *_] = [*Path("/usr/lib").glob("*/pkcs11/p11-kit-client.so")] or [Path("missing")]
    assert client.exists(), "apt-get install p11-kit-modules"
    folder = Path(tempfile.mkdtemp(prefix="sohoa-hsm-"))
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\n")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    os.environ["P11_KIT_SERVER_ADDRESS"] = f"unix:path={folder}/p11.sock"
    hsm = SoftHsm(folder, client)
    try:
        _fill(folder, LABEL, KINDS, authority)
        _fill(folder, PIN_LABEL, ("p256",), authority)
        yield hsm
    finally:
        hsm.pull_out()
        shutil.rmtree(folder, ignore_errors=True)


def change_pin(old: str, new: str) -> None:
    """Of token :data:`PIN_LABEL`, in another session of this process, which is logged in."""
    with pkcs11.lib(str(MODULE)).get_token(token_label=PIN_LABEL).open(rw=True) as session:
        session.set_pin(old, new)


def _fill(folder: Path, label: str, kinds: tuple[str, ...], authority: Authority) -> None:
    _util("--init-token", "--free", "--label", label, "--so-pin", "87654321", "--pin", PIN)
    certificates: list[tuple[str, bytes, x509.Certificate]] = [
        ("issuing", b"\xff", authority.issuing),
        ("root", b"\xfe", authority.root),
    ]
    for number, kind in enumerate(kinds, start=1):
        key, file = make_key(kind), folder / "key.pem"
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        file.write_bytes(pem)
        _util(
            "--import", str(file), "--token", label, "--label", kind, "--id", f"{number:02x}",
            "--pin", PIN,
        )  # fmt: skip
        file.unlink()
        certificates.append((kind, bytes([number]), authority.issue(key, f"Khóa {kind}")))
    library = pkcs11.lib(str(MODULE))
    library.reinitialize()
    with library.get_token(token_label=label).open(rw=True, user_pin=PIN) as session:
        asking = _make_asking_key(session)
        certificates.append((ASKING, b"\x99", authority.issue(asking, f"Khóa {ASKING}")))
        for name, number_, certificate in certificates:
            session.create_object(
                {
                    Attribute.CLASS: ObjectClass.CERTIFICATE,
                    Attribute.CERTIFICATE_TYPE: CertificateType.X_509,
                    Attribute.TOKEN: True,
                    Attribute.LABEL: name,
                    Attribute.ID: number_,
                    Attribute.SUBJECT: certificate.subject.public_bytes(),
                    Attribute.VALUE: certificate.public_bytes(serialization.Encoding.DER),
                }
            )
    library.reinitialize()


def _make_asking_key(session: pkcs11.Session) -> ec.EllipticCurvePublicKey:
    """A key that asks for the PIN with every signature."""
    curve = {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
    parameters = session.create_domain_parameters(KeyType.EC, curve, local=True)
    public, _ = parameters.generate_keypair(
        id=b"\x99",
        label=ASKING,
        store=True,
        private_template={Attribute.ALWAYS_AUTHENTICATE: True, Attribute.PRIVATE: True},
    )
    made = serialization.load_der_public_key(encode_ec_public_key(public))
    assert isinstance(made, ec.EllipticCurvePublicKey)
    return made


def _util(*arguments: str) -> None:
    done = subprocess.run(
        ["softhsm2-util", *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
