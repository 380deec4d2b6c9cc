"""A pipeline without a repository: the output of a program, compressed, encrypted, on a storage, and back. pipeline.py EMPTY-DIRECTORY."""

import pathlib
import shutil
import subprocess
import sys

import holdfast


def main(place):
    pipeline = holdfast.Pipeline(holdfast.compression("zstd:3"), holdfast.aes256gcm(bytes(range(32)), associated="numbers.zst.enc"))
    storage = holdfast.open_storage(place / "objects", create=True)
    with (
        subprocess.Popen(["seq", "1", "200000"], stdout=subprocess.PIPE) as program,
        pipeline.encode(storage.open_writer("numbers.zst.enc")) as out,
    ):
        shutil.copyfileobj(program.stdout, out, 1 << 18)
        if program.wait() != 0:
            raise SystemExit("the program failed")  # leaves the block: the object never exists
    with pipeline.decode(storage.open_reader("numbers.zst.enc")) as back:
        lines = sum(1 for _ in back)
    print(f"{lines} lines came back")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
