"""Pipelines of the library's transforms and of transforms written in Python."""

import gzip
import hashlib
import io

import holdfast
import holdfast_conformance
import pytest
from conftest import KEY
from helpers import DictStorage, Texts


class XorCodec:
    """XORs every byte with 0x5a and appends a SHA-256 of the plain bytes, which decoding compares."""

    def __init__(self, decode):
        self.decode, self.seen, self.held = decode, hashlib.sha256(), b""

    def process(self, data):
        if not self.decode:
            self.seen.update(data)
            return bytes(byte ^ 0x5A for byte in data)
        whole = self.held + data
        cut = max(0, len(whole) - 32)
        plain, self.held = bytes(byte ^ 0x5A for byte in whole[:cut]), whole[cut:]
        self.seen.update(plain)
        return plain

    def finish(self):
        if not self.decode:
            return self.seen.digest()
        if self.held != self.seen.digest():
            raise holdfast.IntegrityError("the stream is damaged")
        return b""


class Xor(holdfast.Transform):
    name = "xor"

    def encoder(self):
        return XorCodec(False)

    def decoder(self):
        return XorCodec(True)


def test_it_passes_the_suite_that_every_transform_passes():
    failed, said = holdfast_conformance.run_transform(Xor())
    assert not failed, said
    assert " 1 passed" in said, said


def test_the_suite_can_fail():
    class Careless(Xor):
        def decoder(self):
            codec = XorCodec(True)
            codec.finish = lambda: b""
            return codec

    failed, _ = holdfast_conformance.run_transform(Careless())
    assert failed


def test_into_an_object_and_back():
    storage, data = DictStorage(), bytes(range(256)) * 5000
    pipeline = holdfast.Pipeline(holdfast.compression("zstd:1"), Xor(), holdfast.aes256gcm(KEY, associated="o"))
    with pipeline.encode(storage.open_writer("o")) as out:
        for at in range(0, len(data), 70_001):
            assert out.write(memoryview(data)[at:at + 70_001]) in (70_001, len(data) % 70_001)
    assert out.closed and data[:100] not in storage.objects["o"][0]
    with pipeline.decode(storage.open_reader("o")) as back:
        assert back.read() == data
    assert holdfast.Pipeline().decode(io.BytesIO(b"as it is")).read() == b"as it is"
    with pytest.raises(holdfast.IntegrityError):
        pipeline.decode(io.BytesIO(storage.objects["o"][0][:-1])).read()


def test_streams_are_stock_files():
    made = io.BytesIO()
    with holdfast.Pipeline(holdfast.compression("gzip:6")).encode(made) as out:
        out.write(b"1" * 1000)
    assert gzip.decompress(made.getvalue()) == b"1" * 1000


def test_what_is_left_by_an_exception_is_dropped():
    storage = DictStorage()
    with pytest.raises(ZeroDivisionError):
        with holdfast.Pipeline(Xor()).encode(storage.open_writer("o")) as out:
            out.write(b"1")
            raise ZeroDivisionError
    assert not storage.objects
    with pytest.raises(holdfast.InvalidStateError):
        out.write(b"2")
    out = holdfast.Pipeline(Xor()).encode(storage.open_writer("p"))
    with pytest.warns(ResourceWarning, match="neither committed"):
        del out
    assert not storage.objects


class Mine(Exception):
    """An exception that only this test knows."""


@pytest.mark.parametrize("method", ["process", "finish"])
def test_what_a_codec_raises_comes_back_unchanged(method):
    exception = Mine("mine")

    class Raising(Xor):
        def encoder(self):
            codec = XorCodec(False)
            setattr(codec, method, self.fail)
            return codec

        def fail(self, *_):
            raise exception

    with pytest.raises(Mine) as raised:
        with holdfast.Pipeline(Raising()).encode(io.BytesIO()) as out:
            out.write(b"1")
    assert raised.value is exception
    exception.__traceback__ = None


@pytest.mark.parametrize("answer", [None, "text", bytearray(b"1"), 5], ids=repr)
def test_a_wrong_answer_is_an_error(answer):
    class Wrong(Xor):
        def encoder(self):
            codec = XorCodec(False)
            codec.process = lambda data: answer
            return codec

    with pytest.raises(holdfast.InternalError, match="bytes"):
        with holdfast.Pipeline(Wrong()).encode(io.BytesIO()) as out:
            out.write(b"1")


@pytest.mark.parametrize("make", [
    lambda: holdfast.Pipeline(object()), lambda: holdfast.compression("none"), lambda: holdfast.compression("zstd:99"),
    lambda: holdfast.aes256gcm(b"short"), lambda: holdfast.compression("zstd").encoder(),
], ids=range(5))
def test_wrong_stages_are_refused(make):
    with pytest.raises(holdfast.InvalidArgumentError):
        make()


# --- inside the backups of a repository


class Second(Xor):
    version = 2


def only_entry(repo):
    return repo.manifest("latest").entries[0]


@pytest.mark.parametrize("layout", ["packed", "plain"])
def test_a_repository_that_is_lent_it_writes_and_reads_through_it(tmp_path, layout):
    lent = [Xor(), Second(), holdfast.compression("gzip")]
    with holdfast.create(tmp_path / "r", key=KEY, layout=layout, transforms=lent) as repo:
        repo.backup(Texts(a=b"remember" * 100_000), transforms=[Second(), "xor@1", "gzip@1"])
        assert only_entry(repo).transforms[:3] == ("xor@2", "xor@1", "gzip@1")
        assert repo.open_entry("latest", "a").read() == b"remember" * 100_000
        with repo.begin(transforms=["xor@1"]) as session, session.add_source("s").open("b") as out:
            out.write(b"pushed")
        assert only_entry(repo).transforms[0] == "xor@1" and repo.open_entry("latest", "b").read() == b"pushed"
    with holdfast.open(tmp_path / "r", key=KEY, transforms=[Second()]) as repo:
        assert repo.verify("latest", level="full").ok
        with pytest.raises(holdfast.UnsupportedError, match="xor@1"):
            repo.open_entry("latest", "b").read()


def test_what_a_lent_codec_raises_comes_back_unchanged(tmp_path):
    class Raising(Xor):
        def encoder(self):
            raise Mine("mine")

    with holdfast.create(tmp_path / "r", key=KEY, transforms=[Raising()]) as repo:
        with pytest.raises(Mine):
            repo.backup("exec:echo hello", transforms=["xor@1"])
        assert repo.backups() == []


@pytest.mark.parametrize("given", ["xor@1", [5], [object()], ["xor@2"], ["xor"]], ids=repr)
def test_transforms_that_were_not_lent_or_are_none_are_refused(tmp_path, given):
    with holdfast.create(tmp_path / "r", key=KEY, transforms=[Xor()]) as repo:
        with pytest.raises(holdfast.InvalidArgumentError):
            repo.backup("exec:true", transforms=given)
        with pytest.raises(holdfast.InvalidArgumentError):
            holdfast.open(tmp_path / "r", key=KEY, transforms=[5])
        assert repo.backups() == []
