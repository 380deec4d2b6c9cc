#include "support/storage_server.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

namespace holdfast::testing {

namespace {

Command serve_command(const std::string& script, const std::string& kind) {
  const char* support = std::getenv("HOLDFAST_TEST_SUPPORT");  // set by ctest
  const std::string folder = support == nullptr ? "tests/support" : support;
  return {.argv = {find_program("python3", Context()), folder + "/" + script + ".py", "serve", kind},
          .environment = {{"PYTHONDONTWRITEBYTECODE", "1"}}};
}

}  // namespace

StorageServer::StorageServer(const std::string& script, const std::string& kind) : process_(serve_command(script, kind)) {
  context_.limits.stall_timeout = std::chrono::seconds(1000);  // it may have to be installed first
  std::string line;
  Bytes buffer(4096);
  while (!line.ends_with('\n')) {
    const std::size_t got = process_.read(buffer, context_);
    if (got == 0) break;
    line += as_text(ByteView(buffer).first(got));
  }
  if (line.empty()) {
    const bool unavailable = process_.wait(context_) == 77;
    skipped_ = (unavailable ? "" : "tests/support/" + script + ".py failed: ") + process_.error_tail();
    return;
  }
  const auto said = nlohmann::json::parse(line);
  port_ = said["port"];
  scheme_ = said["scheme"];
  options_ = said["options"].get<Options>();
}

std::unique_ptr<StorageServer> StorageServer::start(const std::string& script, const std::string& kind) {
  std::unique_ptr<StorageServer> server(new StorageServer(script, kind));
  if (server->skipped_.empty()) return server;
  REQUIRE_MESSAGE(server->skipped_.find("SKIP") != std::string::npos, server->skipped_);
  MESSAGE(server->skipped_);
  return nullptr;
}

Options StorageServer::options(int port) const {
  Options options = options_;
  if (port != 0) {
    std::string& endpoint = options["endpoint"];
    const std::string own = ":" + std::to_string(port_);
    endpoint.replace(endpoint.find(own), own.size(), ":" + std::to_string(port));
  }
  return options;
}

std::string StorageServer::new_bucket() { return "bucket-" + std::to_string(++buckets_); }

std::shared_ptr<Storage> StorageServer::fresh(const Options& more, const std::string& prefix, int port) {
  Options all = more;
  all.merge(options(port));
  return open_storage(uri(new_bucket()) + prefix, all, IfMissing::create);
}

}  // namespace holdfast::testing
