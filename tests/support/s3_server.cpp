#include "support/s3_server.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

namespace holdfast::testing {

namespace {

Command serve_command(const std::string& kind) {
  const char* support = std::getenv("HOLDFAST_TEST_SUPPORT");  // set by ctest
  const std::string folder = support == nullptr ? "tests/support" : support;
  return {.argv = {find_program("python3", Context()), folder + "/s3.py", "serve", kind},
          .environment = {{"PYTHONDONTWRITEBYTECODE", "1"}}};
}

}  // namespace

S3Server::S3Server(const std::string& kind) : process_(serve_command(kind)) {
  context_.limits.stall_timeout = std::chrono::seconds(1000);  // it may have to be built first
  std::string line;
  Bytes buffer(4096);
  while (!line.ends_with('\n')) {
    const std::size_t got = process_.read(buffer, context_);
    if (got == 0) break;
    line += as_text(ByteView(buffer).first(got));
  }
  if (line.empty()) {
    skipped_ = process_.wait(context_) == 77 ? process_.error_tail() : "tests/support/s3.py failed: " + process_.error_tail();
    return;
  }
  const auto said = nlohmann::json::parse(line);
  port_ = said["port"];
  access_key_id_ = said["access_key_id"];
  secret_access_key_ = said["secret_access_key"];
}

std::unique_ptr<S3Server> S3Server::start(const std::string& kind) {
  std::unique_ptr<S3Server> server(new S3Server(kind));
  if (server->skipped_.empty()) return server;
  REQUIRE_MESSAGE(server->skipped_.find("SKIP") != std::string::npos, server->skipped_);
  MESSAGE(server->skipped_);
  return nullptr;
}

Options S3Server::options(int port) const {
  return {{"endpoint", "http://127.0.0.1:" + std::to_string(port == 0 ? port_ : port)},
          {"access_key_id", access_key_id_},
          {"secret_access_key", secret_access_key_}};
}

std::string S3Server::new_bucket() { return "bucket-" + std::to_string(++buckets_); }

std::shared_ptr<Storage> S3Server::fresh(const Options& more, const std::string& prefix, int port) {
  Options all = more;
  all.merge(options(port));
  return open_storage("s3://" + new_bucket() + prefix, all, IfMissing::create);
}

}  // namespace holdfast::testing
