#include "conformance/storage_suite.hpp"
#include "storage/decorators/faulty.hpp"
#include "support/s3_server.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;

TEST_CASE("an S3 bucket is a storage, on a server that checks signatures") {
  const auto server = S3Server::start("versitygw");
  if (!server) return;
  run_storage_suite([&] { return server->fresh(); });
}

TEST_CASE("a prefix of an S3 bucket is a storage, and what lies beside it is not seen") {
  const auto server = S3Server::start("versitygw");
  if (!server) return;
  const auto storage = server->fresh({}, "/some/where");
  CHECK(storage->uri() == "s3://bucket-1/some/where");
  const auto beside = hf::open_storage("s3://bucket-1/some/where-else", server->options());
  const auto above = hf::open_storage("s3://bucket-1", server->options());
  beside->put_new("x", hf::as_bytes("beside"));
  storage->put_new("x", hf::as_bytes("inside"));
  CHECK(text(*storage, "x") == "inside");
  CHECK(names(*storage) == std::vector<std::string>{"x"});
  CHECK(text(*above, "some/where/x") == "inside");
  storage->remove("x");
  CHECK(text(*beside, "x") == "beside");
}

TEST_CASE("an S3 bucket is a storage, on a server of another family") {
  const auto server = S3Server::start("gofakes3");
  if (!server) return;
  run_storage_suite([&] { return server->fresh(); });
}

TEST_CASE("an S3 bucket is a storage without create-only puts, but for races") {
  const auto server = S3Server::start("gofakes3");
  if (!server) return;
  CHECK_FALSE(server->fresh({{"create_only", "no"}})->caps().atomic_create);
  run_storage_suite([&] { return server->fresh({{"create_only", "no"}}); });
}

TEST_CASE("a faulty storage without faults is a storage, over S3") {
  const auto server = S3Server::start("versitygw");
  if (!server) return;
  run_storage_suite([&] { return hf::faulty_storage(server->fresh(), {}); });
}

TEST_CASE("objects that take many parts come back as they were, at every size around a part's") {
  const auto server = S3Server::start("versitygw");
  if (!server) return;
  constexpr std::size_t kPart = 5U << 20;
  const auto storage = server->fresh({{"part_size", "5M"}});
  const hf::Bytes all = random_bytes(3 * kPart + 1, 11);
  for (const std::size_t size : {kPart - 1, kPart, kPart + 1, 3 * kPart, all.size()}) {
    CAPTURE(size);
    const std::string name = "of/" + std::to_string(size);
    const auto writer = storage->open_writer(name);
    for (std::size_t at = 0; at < size; at += 999'983)
      writer->write(hf::ByteView(all).subspan(at, std::min<std::size_t>(999'983, size - at)));
    CHECK_FALSE(storage->stat(name).has_value());
    writer->commit();
    CHECK(storage->stat(name).value().size == size);
    const hf::Bytes back = get(*storage, name, size);
    CHECK(std::equal(back.begin(), back.end(), all.begin(), all.begin() + static_cast<std::ptrdiff_t>(size)));
  }
}

TEST_CASE("of multipart uploads that race for a name exactly one wins, and none of the others leaves a trace") {
  const auto server = S3Server::start("versitygw");
  if (!server) return;
  const auto storage = server->fresh({{"part_size", "5M"}});
  const hf::Bytes mine = random_bytes((5U << 20) + 1, 1), theirs = random_bytes((5U << 20) + 1, 2);
  const auto first = storage->open_writer("x");
  const auto second = storage->open_writer("x");
  first->write(mine);
  second->write(theirs);
  second->commit();
  check_error(error_of([&] { first->commit(); }), hf::ErrorCode::already_exists, "x");
  CHECK(get(*storage, "x", 1U << 30) == theirs);
  storage->open_writer("y")->write(mine);  // aborted
  CHECK(names(*storage) == std::vector<std::string>{"x"});
}

TEST_CASE("a listing of several pages is complete and in order") {
  const auto server = S3Server::start("versitygw");
  if (!server) return;
  const auto storage = server->fresh();
  std::vector<std::string> all;
  for (int number = 0; number < 2100; ++number) all.push_back("n/" + std::to_string(100'000 + number));
  std::atomic<std::size_t> next{0};
  std::vector<std::thread> threads;
  for (int id = 0; id < 4; ++id)
    threads.emplace_back([&] {
      for (std::size_t at = next++; at < all.size(); at = next++) storage->put_new(all[at], {});
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(names(*storage) == all);
  CHECK(names(*storage, "n/1020").size() == 100);
}

TEST_CASE("a bucket that is not there is said, never taken for an empty one") {
  const auto server = S3Server::start("versitygw");
  if (!server) return;
  check_error(error_of([&] { hf::open_storage("s3://not-there", server->options()); }), hf::ErrorCode::not_found, "s3://not-there");
}

TEST_CASE("wrong keys are said in one line that holds no secret") {
  const auto server = S3Server::start("versitygw");
  if (!server) return;
  hf::Options options = server->options();
  options["secret_access_key"] = "canary-in-the-mine";
  const hf::Error error = error_of([&] { hf::open_storage("s3://bucket-1", options, hf::IfMissing::create); });
  check_error(error, hf::ErrorCode::unauthenticated, "SignatureDoesNotMatch");
  CHECK(error.message().find("canary") == std::string::npos);
  CHECK(error.message().find('\n') == std::string::npos);
}
