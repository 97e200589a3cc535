"""Files that people send us: known by their own bytes, never by their name or by what their sender says they are.

Sources of the signatures: RFC 2083 (PNG), ITU-T T.81 (JPEG), RFC 9649 (WebP), ISO 32000 (PDF), RFC 3533 (Ogg), ISO/IEC
11172-3 and ID3v2 (MP3), ISO/IEC 14496-12 (MPEG-4), RFC 4867 (AMR).
"""

import hashlib
from dataclasses import dataclass

from django.core.files.base import File

from contracts.errors import EvidenceTooLarge, EvidenceTypeRefused

LARGEST = 10 * 1024 * 1024
TOO_LARGE = "A file may hold 10 MB at most."
EXTENSIONS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "application/pdf": ".pdf",
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
    "audio/mp4": ".m4a",
    "audio/amr": ".amr",
    "text/plain": ".txt",
}
BEGINNINGS = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"%PDF-": "application/pdf",
    b"ID3": "audio/mpeg",
    b"OggS": "audio/ogg",
    b"#!AMR": "audio/amr",
}
MPEG_4_AUDIO = {b"M4A ", b"M4B ", b"mp42", b"isom"}  # as voice recorders write it
WHITE_SPACE = "\t\n\r\f"


@dataclass(frozen=True, slots=True)
class Examined:
    """What a file is: its type, how many bytes, and their SHA-256 in hex."""

    content_type: str
    size: int
    sha256: str


def examine(file: "File[bytes]") -> Examined:
    """What the file is. Raises EvidenceTooLarge, EvidenceTypeRefused."""
    if file.size > LARGEST:
        raise EvidenceTooLarge(TOO_LARGE)
    file.seek(0)
    content = file.read()
    file.seek(0)
    found = content_type(content)
    if found is None:
        raise EvidenceTypeRefused("Send a picture (JPEG, PNG, WebP), a PDF, a voice note (MP3, OGG, M4A, AMR) or text.")
    return Examined(found, len(content), hashlib.sha256(content).hexdigest())


def content_type(content: bytes) -> str | None:
    """The type that the bytes themselves show, of those in EXTENSIONS; None if they show none."""
    for beginning, found in BEGINNINGS.items():
        if content.startswith(beginning):
            return found
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[4:8] == b"ftyp" and content[8:12] in MPEG_4_AUDIO:
        return "audio/mp4"
    if _is_mp3_frame(content[:4]):
        return "audio/mpeg"
    return "text/plain" if _is_text(content) else None


def _is_mp3_frame(head: bytes) -> bool:
    """The header of an MPEG audio frame of layer III, with no reserved value in it."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return False
    version, bitrate, rate = head[1] & 0x18, head[2] & 0xF0, head[2] & 0x0C
    return version != 0x08 and bitrate != 0xF0 and rate != 0x0C


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return bool(text.strip()) and all(letter >= " " or letter in WHITE_SPACE for letter in text)
