#include "holdfast/pipeline_ends.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <memory>

#include "holdfast/driver.hpp"
#include "holdfast/exec.hpp"
#include "holdfast/retention_times.hpp"
#include "support/streams.hpp"

namespace hf = holdfast;
using namespace holdfast::test;
using holdfast::Bytes;
using holdfast::ByteView;
using holdfast::ErrorCode;

namespace {

const hf::Secret kPipeKey(std::string_view("0123456789abcdef0123456789abcdef"));

hf::Sink into(Bytes& bytes) {
  return hf::to([&bytes](ByteView data) { bytes.insert(bytes.end(), data.begin(), data.end()); });
}

Bytes stored(hf::Storage& storage, const std::string& name) { return hf::read_all(*storage.open_reader(name), 100U << 20); }

/// A source of three entries, written by one thread.
class Three final : public hf::Source {
 public:
  hf::SourceInfo describe(hf::Context&) override { return {.record = {.uri = "three:", .driver = "host", .name = "three"}}; }
  void backup(hf::BackupWriter& out, hf::Context&) override {
    for (const char* name : {"a", "b", "c"}) {
      const auto entry = out.open({.name = name, .kind = "stream"});
      entry->write(rows(1000, static_cast<unsigned>(name[0])));
      entry->commit();
    }
  }
};

}  // namespace

TEST_CASE("a pipeline runs backwards with the stages that it ran forwards with") {
  const auto storage = hf::memory_storage();
  hf::Context context;
  const Bytes plain = rows(3'000'000, 1);
  const hf::Pipeline stages{hf::zstd(), hf::aes256gcm(kPipeKey)};
  const auto forwards =
      (hf::Pipeline{hf::from(hf::memory_reader(ByteView(plain)))} | hf::zstd() | hf::aes256gcm(kPipeKey) | hf::sink(storage, "x"))
          .run(context);
  CHECK(forwards.bytes_in == plain.size());
  CHECK(forwards.bytes_out == stored(*storage, "x").size());
  CHECK(context.bytes_done() == plain.size());
  Bytes back;
  const auto backwards =
      (hf::Pipeline{hf::object(storage, "x")} | hf::zstd() | hf::aes256gcm(kPipeKey) | into(back)).run_backwards(context);
  CHECK(back == plain);
  CHECK(backwards.bytes_in == forwards.bytes_out);
  CHECK(backwards.bytes_out == plain.size());
}

TEST_CASE("a pipeline that runs backwards over damaged bytes commits nothing") {
  const auto storage = hf::memory_storage();
  hf::Context context;
  (hf::Pipeline{hf::from(hf::memory_reader(rows(300'000, 1)))} | hf::aes256gcm(kPipeKey) | hf::sink(storage, "x")).run(context);
  Bytes damaged = stored(*storage, "x");
  damaged[damaged.size() / 2] ^= std::byte{1};
  const auto pipeline = hf::Pipeline{hf::from(hf::memory_reader(damaged))} | hf::aes256gcm(kPipeKey) | hf::sink(storage, "back");
  CHECK(code_thrown([&] { pipeline.run_backwards(context); }) == ErrorCode::corrupt);
  CHECK(!storage->stat("back"));
}

TEST_CASE("bytes of a producer that counts its own progress are counted once") {
  hf::Context context;
  Bytes out;
  const hf::Producer counting = [](hf::Writer& to, hf::Context& own) {
    to.write(rows(5000, 1));
    own.add_progress(5000, 0);
  };
  const auto report = (hf::Pipeline{counting} | into(out)).run(context);
  CHECK(context.bytes_done() == report.bytes_in);
}

TEST_CASE("a command is a beginning and an end") {
  hf::Context context;
  Bytes out;
  CHECK((hf::Pipeline{hf::exec({"seq", "1", "1000"})} | into(out)).run(context).bytes_in == 3893);
  CHECK((hf::Pipeline{hf::exec({"seq", "1", "1000"})} | hf::exec_sink({"sh", "-c", "test $(wc -c) -eq 3893"})).run(context).bytes_out ==
        3893);
  CHECK(code_thrown([&] { (hf::Pipeline{hf::exec({"seq", "1", "1000"})} | hf::exec_sink({"false"})).run(context); }) == ErrorCode::target);
  CHECK(code_thrown([&] {
          (hf::Pipeline{hf::exec({"seq", "1", "1000000"})} | hf::exec_sink({"true"})).run(context);
        }) == ErrorCode::target);
  CHECK(code_thrown([&] {
          (hf::Pipeline{hf::exec({"seq", "1"})} | hf::exec_sink({"no-such-program"})).run(context);
        }) == ErrorCode::not_found);
}

TEST_CASE("a producer's failure reaches the command that reads, and nothing is committed") {
  hf::Context context;
  const hf::Producer failing = [](hf::Writer& out, hf::Context&) {
    out.write(rows(100'000, 1));
    throw hf::Error(ErrorCode::source, "it failed");
  };
  CHECK(code_thrown([&] { (hf::Pipeline{failing} | hf::exec_sink({"cat"})).run(context); }) == ErrorCode::source);
  const auto storage = hf::memory_storage();
  CHECK(code_thrown([&] { (hf::Pipeline{failing} | hf::sink(storage, "x")).run_backwards(context); }) == ErrorCode::source);
  CHECK(!storage->stat("x"));
}

TEST_CASE("a file descriptor is a beginning and an end") {
  hf::Context context;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), &std::fclose);
  const Bytes plain = rows(700'000, 3);
  (hf::Pipeline{hf::from(hf::memory_reader(ByteView(plain)))} | hf::lz4() | hf::descriptor_sink(fileno(file.get()))).run(context);
  std::rewind(file.get());
  Bytes back;
  (hf::Pipeline{hf::descriptor(fileno(file.get()))} | hf::lz4() | into(back)).run_backwards(context);
  CHECK(back == plain);
}

TEST_CASE("one entry of a source is a beginning, and a target that takes one stream is an end") {
  hf::Context context;
  Bytes out;
  (hf::Pipeline{hf::source_entry(std::make_shared<Three>(), "b")} | into(out)).run(context);
  CHECK(out == rows(1000, 'b'));
  CHECK(code_thrown([&] { (hf::Pipeline{hf::source_entry(std::make_shared<Three>(), "d")} | into(out)).run(context); }) ==
        ErrorCode::not_found);
  CHECK(code_thrown([&] { (hf::Pipeline{hf::source_entry(std::make_shared<Three>())} | into(out)).run(context); }) ==
        ErrorCode::invalid_argument);
  const std::shared_ptr<hf::Target> target = hf::builtin_drivers().named("exec").open_target("exec:sh -c 'test $(wc -c) -eq 3893'", {});
  CHECK((hf::Pipeline{hf::exec({"seq", "1", "1000"})} | hf::target_sink(target)).run(context).bytes_out == 3893);
  const std::shared_ptr<hf::Target> failing = hf::builtin_drivers().named("exec").open_target("exec:false", {});
  CHECK(code_thrown([&] { (hf::Pipeline{hf::exec({"seq", "1", "1000"})} | hf::target_sink(failing)).run(context); }) == ErrorCode::target);
}

TEST_CASE("a source as a whole becomes one object for each entry") {
  hf::Context context;
  const auto storage = hf::memory_storage();
  Three source;
  const hf::Pipeline stages{hf::gzip()};
  const auto report = hf::split_source(source, stages, storage, "three/", context);
  CHECK(report.bytes_in == rows(1000, 'a').size() + rows(1000, 'b').size() + rows(1000, 'c').size());
  CHECK(decode(*hf::gzip(), stored(*storage, "three/c.gz")) == rows(1000, 'c'));
}

TEST_CASE("a reader of a producer that is given up ends its thread") {
  hf::Context context;
  auto reader = hf::reader_of(hf::exec({"sleep", "1000"}), context);
  reader.reset();
  reader = hf::reader_of([](hf::Writer& out, hf::Context&) { out.write(rows(3'000'000, 1)); }, context);
  Bytes some(10);
  CHECK(reader->read(some) == 10);
  reader.reset();
}

TEST_CASE("plain times are planned as backups of one series") {
  using std::chrono::hours;
  const hf::TimePoint now{std::chrono::duration_cast<hf::TimePoint::duration>(hours(24 * 365 * 50))};
  const std::vector<hf::TimePoint> times{now - hours(50), now - hours(2), now - hours(1)};
  const auto plan = hf::plan_retention(std::span<const hf::TimePoint>(times), {.keep_last = 1}, now);
  REQUIRE(plan.decisions.size() == 3);
  CHECK(plan.decisions[0].backup.id == "2");
  CHECK(plan.decisions[0].action == hf::RetentionAction::keep);
  CHECK(plan.removed() == 2);
  CHECK(code_thrown([&] { hf::plan_retention(std::span<const hf::TimePoint>(times), {.keep_tags = {"a"}}, now); }) ==
        ErrorCode::unsupported);
  CHECK(code_thrown([&] { hf::plan_retention(std::span<const hf::TimePoint>(times), {}, now); }) == ErrorCode::invalid_argument);
}
