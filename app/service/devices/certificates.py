"""The broker's certificate, which is trusted as it is, by its fingerprint, and no authority besides."""

from __future__ import annotations

import asyncio
import hashlib
import ssl

from core.devices.link import LinkDown

HOST = "deskhand"  # the name in it; the certificate itself is what is trusted


def trusting(certificate: str) -> ssl.SSLContext:
    """Trusts this one certificate and no authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False  # that very certificate, whatever name stands in it
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=certificate)
    return context


async def certificate_at(address: str, seconds: float) -> str:
    """The certificate that a broker shows, in PEM; nothing is trusted yet. Raises :class:`LinkDown`."""
    host, _, port = address.rpartition(":")
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection(host.strip("[]"), int(port))
            try:
                line = await reader.readline()
                if not line.startswith(b"INFO"):
                    raise LinkDown(f"{address} is no Deskhand.")
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
                await writer.start_tls(context, server_hostname=HOST)
                shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
            finally:
                writer.close()
    except (OSError, TimeoutError, ValueError, ssl.SSLError) as error:
        raise LinkDown(f"{address} does not answer.") from error
    return ssl.DER_cert_to_PEM_cert(shown)


def fingerprint(certificate: str) -> bytes:
    """SHA-256 of a certificate (PEM)."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate)).digest()
