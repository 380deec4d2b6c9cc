// When the server is gone, every call ends within its deadline, and at once when it is cancelled.
#include <filesystem>
#include <fstream>
#include <thread>

#include "conformance/storage_suite.hpp"
#include "holdfast/storage_host.hpp"
#include "support/sftp_server.hpp"
#include "support/storage_server.hpp"
#include "support/temp_directory.hpp"
#include "support/toxic_proxy.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;
using std::chrono::steady_clock;

namespace {

constexpr int kDeadline = 4, kPatient = 120;
constexpr double kBusyMachine = 30;  // for a busy machine; far less than the stall timeouts

/// A storage whose server can be stopped.
struct Rig {
  std::string name;
  std::function<std::shared_ptr<hf::Storage>(int timeout, const hf::StorageHost&)> open;
  std::function<void()> vanish;
  bool cuts_reads = true;  ///< ends reads that are running
};

struct Started {
  std::shared_ptr<hf::Storage> storage;
  std::unique_ptr<hf::Writer> writer;
  std::unique_ptr<hf::Reader> reader;
};

/// Starts with an object that is larger than all buffers of sockets and pipes: one half read, one half written.
Started start(const Rig& rig, int timeout, const hf::StorageHost& host = {}) {
  rig.open(kPatient, {})->put_new("object", random_bytes(32U << 20, 3));
  Started started{.storage = rig.open(timeout, host), .writer = {}, .reader = {}};
  started.writer = started.storage->open_writer("late");
  started.writer->write(random_bytes(2U << 20, 4));  // more than is buffered for a retry
  started.reader = started.storage->open_reader("object");
  rig.vanish();
  return started;
}

double seconds_of(
    const std::function<void()>& call, const std::function<void(const hf::Error&)>& check = [](const hf::Error&) {}) {
  const auto began = steady_clock::now();
  const hf::Error error = error_of(call);
  const std::chrono::duration<double> took = steady_clock::now() - began;
  check(error);
  return took.count();
}

void check_calls_end(const Rig& rig) {
  CAPTURE(rig.name);
  Started started = start(rig, kDeadline);
  hf::Storage& storage = *started.storage;
  const auto check_ends = [&](const std::string& what, const std::function<void()>& call) {
    CAPTURE(what);
    const double took = seconds_of(call, [](const hf::Error& error) {
      CHECK_MESSAGE((error.code() == hf::ErrorCode::timeout || error.code() == hf::ErrorCode::network), error.message());
    });
    MESSAGE(rig.name << ": " << what << " ended after " << took << " s, " << 100 * took / kDeadline << " % of its deadline");
    CHECK(took < kBusyMachine);
  };
  check_ends("commit", [&] { started.writer->commit(); });
  const double drop = seconds_of([&] {
    started.writer.reset();
    throw hf::Error(hf::ErrorCode::internal, "a drop does not throw");
  });
  MESSAGE(rig.name << ": drop of a writer ended after " << drop << " s");
  CHECK(drop < kBusyMachine);
  check_ends("put_new", [&] { storage.put_new("new", hf::as_bytes("x")); });
  check_ends("stat", [&] { storage.stat("object"); });
  check_ends("list", [&] { names(storage); });
  check_ends("remove", [&] { storage.remove("object"); });
  check_ends("open_reader", [&] { storage.open_reader("object"); });
  if (rig.cuts_reads) check_ends("read", [&] { read_all(*started.reader, 1U << 30); });
  check_ends("open_storage", [&] { rig.open(kDeadline, {}); });
}

void check_cancel(const Rig& rig) {
  CAPTURE(rig.name);
  std::stop_source stop;
  Started started = start(rig, kPatient, {.stop = stop.get_token()});
  std::thread canceller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    stop.request_stop();
  });
  const double took = seconds_of([&] { started.storage->stat("object"); },
                                 [](const hf::Error& error) { CHECK(to_string(error.code()) == to_string(hf::ErrorCode::cancelled)); });
  canceller.join();
  MESSAGE(rig.name << ": cancelled after 0.2 s, ended after " << took << " s");
  CHECK(error_of([&] { names(*started.storage); }).code() == hf::ErrorCode::cancelled);
}

/// `timeout` in seconds; stalls alone would take a minute.
hf::Options limits(int timeout) { return {{"timeout", std::to_string(timeout)}, {"stall_timeout", "60"}}; }

/// `more` are additional options.
void with_bucket(const std::string& script, const std::string& kind, const std::function<void(const Rig&)>& check,
                 const hf::Options& more = {}) {
  const auto server = StorageServer::start(script, kind);
  if (!server) return;
  ToxicProxy proxy(server->port());
  const hf::Options address = server->options(proxy.port());
  const auto open = [&](int timeout, const hf::StorageHost& host) {
    hf::Options options = limits(timeout);
    options.insert(address.begin(), address.end());
    options.insert(more.begin(), more.end());
    return hf::open_storage(server->uri("gone"), options, hf::IfMissing::create, host);
  };
  check({kind, open, [&] { proxy.set({.black_hole = true}); }});
}

void with_sftp(const std::function<void(const Rig&)>& check) {
  static const SftpServer server;
  if (!server.runs()) return;
  const TempDirectory directory(memory_directory());
  // The same URI through the proxy; the server's key is also valid for the proxy's port.
  std::string uri = server.uri(directory.path().string());
  const std::string marker = "@127.0.0.1:";
  const std::size_t at = uri.find(marker) + marker.size();
  const std::string port = uri.substr(at, uri.find('/', at) - at);
  ToxicProxy proxy(std::stoi(port));
  uri.replace(at, port.size(), std::to_string(proxy.port()));
  const std::filesystem::path known = directory.path() / "known_hosts";
  std::ofstream(known) << "[127.0.0.1]:" << proxy.port() << ' ' << server.host_key() << '\n';
  const auto open = [&](int timeout, const hf::StorageHost& host) {
    hf::Options options = limits(timeout);
    options["known_hosts"] = known.string();
    return hf::open_storage(uri, options, hf::IfMissing::create, host);
  };
  check({"sftp", open, [&] { proxy.set({.black_hole = true}); }});
}

void with_command(const std::function<void(const Rig&)>& check) {
  const TempDirectory directory;
  const std::filesystem::path gone = directory.path() / "gone", program = directory.path() / "program.sh";
  std::ofstream(program) << "#!/bin/sh\n[ ! -e '" << gone.string() << "' ] || exec sleep 1000\nexec '"
                         << HOLDFAST_SOURCE_DIR "/examples/command_storage/folder.sh' '" << directory.path().string()
                         << "/objects' \"$@\"\n";
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  const auto open = [&](int timeout, const hf::StorageHost& host) {
    auto storage = hf::open_storage("command:" + program.string(), limits(timeout), hf::IfMissing::create, host);
    names(*storage);  // opening it runs nothing
    return storage;
  };
  check({"command", open, [&] { std::ofstream(gone) << ""; }, false});
}

constexpr std::size_t kPart = 5U << 20;

void check_cancel_of_parts(const Rig& rig) {
  CAPTURE(rig.name);
  std::stop_source stop;
  const auto storage = rig.open(kPatient, {.stop = stop.get_token()});
  auto writer = storage->open_writer("object");
  writer->write(random_bytes(kPart + 1, 5));
  rig.vanish();
  std::thread canceller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    stop.request_stop();
  });
  const auto go_on = [&] {
    writer->write(random_bytes(2 * kPart, 6));
    writer->commit();
  };
  const double took =
      seconds_of(go_on, [](const hf::Error& error) { CHECK(to_string(error.code()) == to_string(hf::ErrorCode::cancelled)); });
  canceller.join();
  MESSAGE(rig.name << ": cancelled after 0.2 s, ended after " << took << " s");
  CHECK(took < kBusyMachine);
}

}  // namespace

TEST_CASE("with the server gone every call on it ends within its deadline") {
  SUBCASE("s3") { with_bucket("s3", "versitygw", check_calls_end); }
  SUBCASE("gcs") { with_bucket("gcs", "fake-gcs-server", check_calls_end); }
  SUBCASE("azure") { with_bucket("azure", "azurite", check_calls_end); }
  SUBCASE("sftp") { with_sftp(check_calls_end); }
  SUBCASE("command") { with_command(check_calls_end); }
}

TEST_CASE("a call that waits for a server that is gone ends when it is cancelled") {
  SUBCASE("s3") { with_bucket("s3", "versitygw", check_cancel); }
  SUBCASE("sftp") { with_sftp(check_cancel); }
  SUBCASE("command") { with_command(check_cancel); }
}

TEST_CASE("parts on their way to a server that is gone are abandoned at once when the writer's host cancels") {
  const std::string size = std::to_string(kPart);
  SUBCASE("s3") { with_bucket("s3", "versitygw", check_cancel_of_parts, {{"part_size", size}}); }
  SUBCASE("gcs") { with_bucket("gcs", "resumable", check_cancel_of_parts, {{"chunk_size", size}}); }
  SUBCASE("azure") { with_bucket("azure", "azurite", check_cancel_of_parts, {{"part_size", size}}); }
}
