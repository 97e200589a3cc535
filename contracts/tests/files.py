"""Files as people send them: the first bytes of each kind, and names that lie."""

from django.core.files.uploadedfile import SimpleUploadedFile

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\x00" * 20
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
WEBP = b"RIFF\x24\x00\x00\x00WEBPVP8 "
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
MP3_TAGGED = b"ID3\x04\x00\x00\x00\x00\x00\x00"
MP3_BARE = b"\xff\xfb\x90\x64" + b"\x00" * 40
OGG = b"OggS\x00\x02" + b"\x00" * 20
M4A = b"\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00"
AMR = b"#!AMR\n\x3c\x91"
AMR_WIDE = b"#!AMR-WB\n\x04"
TEXT = "Magunia arobaini yalikuwa na maji.\r\nSahihi: Wanjikũ".encode()


def upload(content: bytes = JPEG, name: str = "photo.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="application/x-whatever-the-sender-says")
