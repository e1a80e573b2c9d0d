"""How the commands make sure, over TLS, that they speak with the program they mean."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from frpg.cli.admin_api import AdminError
from frpg.net.failure import describe

if TYPE_CHECKING:
    from frpg.config.common import TlsFiles

_END = "-----END CERTIFICATE-----"


def wrapper(tls: TlsFiles, host: str) -> Callable[[Any], Any]:
    """What puts TLS over a connected socket of gevent.

    frp knows no options for this end, so two ways use what is there; none of them trusts blindly:

    - with `webServer.tls.trustedCaFile` the certificate must come from it, for `webServer.tls.serverName` or else for
      the address;
    - without it the certificate must be the very one in `webServer.tls.certFile`, which command and program share. It
      may be self-signed and for any name. Those behind it in the file do not count: what else they signed is not ours.

    Raises:
        AdminError: a file cannot be used.
    """
    from gevent.ssl import SSLContext

    context = SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        if tls.trusted_ca_file:
            context.load_verify_locations(cafile=tls.trusted_ca_file)
        else:
            context.check_hostname = False
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # a trusted one need not be an authority
            context.load_verify_locations(cadata=_first_certificate(tls.cert_file))
    except ssl.SSLError:
        raise AdminError(f"{tls.trusted_ca_file or tls.cert_file}: no certificate in PEM") from None
    except OSError as error:
        raise AdminError(_missing(error, tls)) from None
    return lambda raw: _shake(context, raw, tls.server_name or host)


def _shake(context: Any, raw: Any, name: str) -> Any:
    try:
        return context.wrap_socket(raw, server_hostname=name)
    except ssl.SSLCertVerificationError as error:
        raise AdminError(f"tls: failed to verify certificate: {error.verify_message}") from None
    except ssl.SSLError as error:
        raise AdminError(f"tls: {error.reason or error}") from None
    finally:
        if raw.fileno() >= 0:  # not taken over
            raw.close()


def _first_certificate(path: str) -> str:
    """Up to its end, for in front of it stand notes only."""
    text = Path(path).read_bytes().decode("ascii", "ignore")
    head, end, _ = text.partition(_END)
    return head + end + "\n"


def _missing(error: OSError, tls: TlsFiles) -> str:
    return f"open {tls.trusted_ca_file or tls.cert_file}: {describe(OSError(error.errno, error.strerror))}"
