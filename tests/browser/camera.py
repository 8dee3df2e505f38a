"""What a camera sees: a QR code or a barcode drawn as pixels, as a film for Chromium or as a photo."""

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import segno

WIDTH, HEIGHT = 640, 480
WHITE, BLACK = 235, 16
FRAMES = 3

Picture = list[bytes]  # rows of luminance

_LEFT = ("0001101", "0011001", "0010011", "0111101", "0100011", "0110001", "0101111", "0111011", "0110111",
         "0001011")  # fmt: skip
_PARITY = ("LLLLLL", "LLGLGG", "LLGGLG", "LLGGGL", "LGLLGG", "LGGLLG", "LGGGLL", "LGLGLG", "LGLGGL",
           "LGGLGL")  # fmt: skip


def fake_camera(film: Path, *, allowed: bool = True) -> list[str]:
    """Chromium's arguments: the film is what the camera sees; who is asked for it says yes, or no."""
    seen = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}"]
    return [*seen, "--use-fake-ui-for-media-stream"] if allowed else seen


def qr(text: str) -> Picture:
    return _centred([[bool(square) for square in row] for row in segno.make(text, error="m").matrix], 8, 8)


def ean13(gtin: str) -> Picture:
    parity = _PARITY[int(gtin[0])]
    left = "".join(_digit(int(d), kind) for d, kind in zip(gtin[1:7], parity, strict=True))
    right = "".join(_digit(int(d), "R") for d in gtin[7:])
    return _centred([[bar == "1" for bar in f"101{left}01010{right}101"]], 4, 200)


def nothing() -> Picture:
    return _centred([[False]], 1, 1)


def film(path: Path, picture: Picture) -> None:
    """Chromium plays it again and again from the moment a camera is opened."""
    frame = b"FRAME\n" + b"".join(picture) + bytes([128]) * (WIDTH * HEIGHT // 2)
    fresh = path.with_suffix(".new")
    fresh.write_bytes(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode() + frame * FRAMES)
    fresh.replace(path)


def photo(picture: Picture) -> bytes:
    """A PNG in shades of grey."""
    rows = zlib.compress(b"".join(b"\0" + row for row in picture))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def _digit(digit: int, kind: str) -> str:
    left = _LEFT[digit]
    right = "".join("10"[int(bar)] for bar in left)
    return {"L": left, "R": right, "G": right[::-1]}[kind]


def _centred(dark: Sequence[Sequence[bool]], wide: int, high: int) -> Picture:
    """Squares of so many pixels in the middle of a white wall."""
    top, left = (HEIGHT - high * len(dark)) // 2, (WIDTH - wide * len(dark[0])) // 2
    wall = [bytes([WHITE]) * WIDTH] * HEIGHT
    for number, row in enumerate(dark):
        drawn = b"".join(bytes([BLACK if is_dark else WHITE]) * wide for is_dark in row)
        line = bytes([WHITE]) * left + drawn
        wall[top + number * high : top + (number + 1) * high] = [line.ljust(WIDTH, bytes([WHITE]))] * high
    return wall


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum
