"""A transform of your own: xz, in a pipeline with the library's encryption. custom_transform.py EMPTY-DIRECTORY."""

import lzma
import pathlib
import sys

import holdfast


class Xz(holdfast.Transform):
    """Standard .xz files."""

    name, suffix = "xz", ".xz"

    def encoder(self):
        return XzEncoder()

    def decoder(self):
        return XzDecoder()


class XzEncoder:
    def __init__(self):
        self.lzma = lzma.LZMACompressor()

    def process(self, data):
        return self.lzma.compress(data)

    def finish(self):
        return self.lzma.flush()


class XzDecoder:
    def __init__(self):
        self.lzma = lzma.LZMADecompressor()

    def process(self, data):
        try:
            return self.lzma.decompress(data)
        except (lzma.LZMAError, EOFError) as error:
            raise holdfast.IntegrityError(f"this is no xz stream: {error}") from error

    def finish(self):
        if not self.lzma.eof:
            raise holdfast.IntegrityError("the xz stream is cut off")
        return b""


def main(place):
    text = b"remember the milk\n" * 10_000
    pipeline = holdfast.Pipeline(Xz(), holdfast.aes256gcm(bytes(32), associated="notes"))
    with open(place / "notes.xz.enc", "wb") as file, pipeline.encode(file) as out:
        out.write(text)
    with pipeline.decode(open(place / "notes.xz.enc", "rb")) as back:
        assert back.read() == text
    print(f"{len(text)} bytes came back from {(place / 'notes.xz.enc').stat().st_size}")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
