#include "holdfast/pipeline.hpp"

#include <doctest/doctest.h>

#include "support/streams.hpp"

namespace hf = holdfast;
using namespace holdfast::test;
using holdfast::Bytes;
using holdfast::ByteView;
using holdfast::ErrorCode;

namespace {

// A minimal storage that shows which objects a pipeline leaves.
class MapStorage final : public hf::Storage {
 public:
  std::map<std::string, Bytes, std::less<>> objects;
  bool full = false;

  std::string uri() const override { return "map:"; }
  hf::StorageCaps caps() const override { return {}; }
  hf::PutResult put_new(std::string_view name, ByteView bytes) override {
    objects.emplace(name, Bytes(bytes.begin(), bytes.end()));
    return hf::PutResult::created;
  }
  std::unique_ptr<hf::Writer> open_writer(std::string_view name) override {
    auto buffer = std::make_shared<Bytes>();
    return hf::memory_writer(*buffer, [this, buffer, object = std::string(name)] {
      if (full) throw hf::Error(ErrorCode::no_space, "full");
      objects.emplace(object, *buffer);
    });
  }
  std::unique_ptr<hf::Reader> open_reader(std::string_view name, std::uint64_t, std::uint64_t) override {
    return hf::memory_reader(ByteView(objects.find(name)->second));
  }
  std::optional<hf::ObjectInfo> stat(std::string_view) override { return std::nullopt; }
  void list(std::string_view, const std::function<bool(const hf::ObjectInfo&)>&) override {}
  void remove(std::string_view name) override { objects.erase(objects.find(name)); }
};

hf::Producer produce(Bytes data) {
  return [data = std::move(data)](hf::Writer& out, hf::Context&) {
    Rng rng(1);
    write_in_pieces(out, data, rng, 5000);
  };
}

const hf::Secret kKey(std::string_view("0123456789abcdef0123456789abcdef"));

}  // namespace

TEST_CASE("a pipeline moves everything from its producer through its stages to its sink") {
  const auto storage = std::make_shared<MapStorage>();
  hf::Context context;
  const Bytes plain = rows(100000, 1);
  const std::uint64_t bytes =
      (hf::Pipeline{produce(plain)} | hf::gzip(6) | hf::aes256gcm(kKey) | hf::sink(storage, "shop.sql.gz.enc")).run(context).bytes_in;
  CHECK(bytes == plain.size());
  CHECK(context.bytes_done() == plain.size());
  REQUIRE(storage->objects.size() == 1);
  const Bytes& stored = storage->objects.at("shop.sql.gz.enc");
  CHECK(stored.size() < plain.size() / 2);  // compressed before it was encrypted
  CHECK(decode(*hf::gzip(), decode(*hf::aes256gcm(kKey), stored)) == plain);
}

TEST_CASE("a pipeline decodes with the stages that encoded, last one first") {
  const hf::Pipeline stages{hf::zstd(), hf::aes256gcm(kKey), hf::hash(hf::HashKind::xxh3, {})};
  CHECK(stages.suffix() == ".zst.enc");
  const Bytes plain = rows(3000000, 1);
  Bytes stored;
  const auto writer = stages.encode(hf::memory_writer(stored));
  writer->write(plain);
  writer->commit();
  CHECK(hf::read_all(*stages.decode(hf::memory_reader(ByteView(stored))), plain.size()) == plain);
}

TEST_CASE("an empty stage is left out") {
  const auto none = hf::parse_compression("none");
  CHECK(hf::Pipeline{none, hf::lz4()}.suffix() == ".lz4");
  CHECK((hf::Pipeline{produce({})} | none | hf::lz4()).stages().size() == 1);
  Bytes stored;
  const auto writer = hf::Pipeline{none}.encode(hf::memory_writer(stored));
  writer->write(hf::as_bytes("as it is"));
  CHECK(hf::as_text(stored) == "as it is");
}

TEST_CASE("a pipeline without an end does not run") {
  hf::Context context;
  const auto storage = std::make_shared<MapStorage>();
  CHECK(code_thrown([&] { (hf::Pipeline{} | hf::zstd() | hf::sink(storage, "x")).run(context); }) == ErrorCode::invalid_state);
  CHECK(code_thrown([&] { (hf::Pipeline{produce({})} | hf::zstd()).run(context); }) == ErrorCode::invalid_state);
  CHECK(storage->objects.empty());
}

TEST_CASE("a producer that fails leaves no object") {
  hf::Context context;
  const auto storage = std::make_shared<MapStorage>();
  const hf::Producer failing = [](hf::Writer& out, hf::Context&) {
    out.write(rows(3000000, 1));
    throw hf::Error(ErrorCode::source, "the command failed");
  };
  CHECK(code_thrown([&] { (hf::Pipeline{failing} | hf::zstd() | hf::sink(storage, "x")).run(context); }) == ErrorCode::source);
  CHECK(storage->objects.empty());
}

TEST_CASE("a storage that fails at commit fails the run") {
  hf::Context context;
  const auto storage = std::make_shared<MapStorage>();
  storage->full = true;
  CHECK(code_thrown([&] { (hf::Pipeline{produce(rows(100, 1))} | hf::sink(storage, "x")).run(context); }) == ErrorCode::no_space);
  CHECK(storage->objects.empty());
}

TEST_CASE("a cancelled run leaves no object, even when the producer is done") {
  const auto storage = std::make_shared<MapStorage>();
  std::stop_source stop;
  hf::Context context;
  context.stop = stop.get_token();
  const hf::Producer stopped_at_the_end = [&](hf::Writer& out, hf::Context&) {
    out.write(hf::as_bytes("all there is"));
    stop.request_stop();
  };
  CHECK(code_thrown([&] { (hf::Pipeline{stopped_at_the_end} | hf::sink(storage, "x")).run(context); }) == ErrorCode::cancelled);
  CHECK(code_thrown([&] { (hf::Pipeline{produce(rows(100, 1))} | hf::sink(storage, "y")).run(context); }) == ErrorCode::cancelled);
  CHECK(storage->objects.empty());
}
