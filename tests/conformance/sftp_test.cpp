#include "conformance/storage_suite.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "support/sftp_server.hpp"
#include "support/temp_directory.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;
using hf::Bytes;

namespace {

int folders_made = 0;
std::shared_ptr<hf::Storage> fresh(const SftpServer& server, const TempDirectory& directory) {
  return hf::open_storage(server.uri(directory.path().string() + "/ein%20B%C3%BCro/" + std::to_string(++folders_made)), {},
                          hf::IfMissing::create);
}

}  // namespace

TEST_CASE("an SFTP storage is a storage") {
  static const SftpServer server;
  if (!server.runs()) return;
  const TempDirectory directory(memory_directory());
  run_storage_suite([&] { return fresh(server, directory); });
}

TEST_CASE("an SFTP storage is a storage on a server without OpenSSH's extensions") {
  static const SftpServer server({"-P", "hardlink,fsync,posix-rename"});
  if (!server.runs()) return;
  const TempDirectory directory(memory_directory());
  SUBCASE("create-only, races and removal") {
    check_create_only(*fresh(server, directory));
    check_one_winner(*fresh(server, directory));
    check_removal_races_creation(*fresh(server, directory));
  }
}

TEST_CASE("what an SFTP storage creates has the modes of its folder, and if it logs in as root, its owner") {
  static const SftpServer server({"-u", "077"});
  if (!server.runs()) return;
  if (::geteuid() != 0) {
    MESSAGE("NOT TESTED: another user's files need root");
    return;
  }
  struct Case {
    unsigned root, owner, directory, file;
  };
  constexpr unsigned kOwner = 4712, kGroup = 4711;
  for (const Case& made : {Case{0700, 0, 0700, 0600},
                           {0755, kOwner, 0700, 0600},
                           {0770, kOwner, 0770, 0660},
                           {02770, kOwner, 02770, 0660},
                           {02750, 0, 02750, 0640}}) {
    CAPTURE(made.root);
    const TempDirectory directory(memory_directory());
    const auto root = directory.path() / "repository";
    std::filesystem::create_directory(root);
    REQUIRE(::chown(root.c_str(), made.owner, kGroup) == 0);
    REQUIRE(::chmod(root.c_str(), made.root) == 0);
    const auto storage = hf::open_storage(server.uri(root.string()));
    for (const char* name : {"a/b/first", "a/b/second", "c/third"})
      CHECK(storage->put_new(name, hf::as_bytes("x")) == hf::PutResult::created);
    CHECK(names(*storage).size() == 3);
    const auto check = [&](const char* path, unsigned mode) {
      CAPTURE(path);
      struct stat status {};
      REQUIRE(::lstat((root / path).c_str(), &status) == 0);
      CHECK((status.st_mode & 07777U) == mode);
      CHECK(status.st_uid == made.owner);
      if (made.owner != 0 || (made.root & 02000U) != 0) CHECK(status.st_gid == kGroup);
    };
    for (const char* path : {"a", "a/b", "c", ".tmp"}) check(path, made.directory);
    for (const char* path : {"a/b/first", "a/b/second", "c/third"}) check(path, made.file);
  }
  const TempDirectory directory(memory_directory());
  REQUIRE(::chown(directory.path().c_str(), 0, kGroup) == 0);
  REQUIRE(::chmod(directory.path().c_str(), 02775) == 0);
  hf::open_storage(server.uri(directory.path().string() + "/new"), {}, hf::IfMissing::create)->put_new("x", {});
  struct stat status {};
  REQUIRE(::lstat((directory.path() / "new").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777U) == 02700U);  // by the server's umask
  CHECK(status.st_gid == kGroup);
}

TEST_CASE("an SFTP storage reports why it does not work") {
  static const SftpServer server;
  if (!server.runs()) return;
  const TempDirectory directory;
  const std::string missing = directory.path().string() + "/missing";
  check_error(error_of([&] { hf::open_storage(server.uri(missing)); }), hf::ErrorCode::not_found, "missing");
  const std::string known = server.uri(directory.path().string());
  const auto with = [&known](const std::string& option, const std::string& value) {
    const std::size_t at = known.find(option + "=");
    const std::size_t end = known.find('&', at);
    return known.substr(0, at) + option + "=" + value + (end == std::string::npos ? "" : known.substr(end));
  };
  const auto code = [](const std::string& uri, hf::ErrorCode wanted, const char* why) {
    check_error(error_of([&] { hf::open_storage(uri); }), wanted, why);
  };
  code(with("known_hosts", "/dev/null"), hf::ErrorCode::unauthenticated, "host key");
  code(with("identity_file", "/dev/null"), hf::ErrorCode::unauthenticated, "none of our keys");
  code("sftp://127.0.0.1:1/x?timeout=1&config=none", hf::ErrorCode::network, "refused");
  code("sftp://user:secret@host/x", hf::ErrorCode::invalid_argument, "passwords are not supported");
  code("sftp://-oProxyCommand=x/y", hf::ErrorCode::invalid_argument, "names no host");
  code("sftp://host", hf::ErrorCode::invalid_argument, "names no path");
  code("sftp://host/x?speed=1", hf::ErrorCode::invalid_argument, "speed");
  CHECK(error_of([] { hf::open_storage("sftp://user:secret@host/x"); }).message().find("secret") == std::string::npos);
}

TEST_CASE("a large object is stored on an SFTP server and read back, and readers may stop anywhere") {
  static const SftpServer server;
  if (!server.runs()) return;
  const TempDirectory directory(memory_directory());
  const auto storage = fresh(server, directory);
  const Bytes all = random_bytes(20'000'001, 5);
  const auto writer = storage->open_writer("x");
  writer->write(hf::ByteView(all).first(7));
  writer->write(hf::ByteView(all).subspan(7));
  writer->commit();
  CHECK(hf::get(*storage, "x", all.size()) == all);
  for (int round = 0; round < 3; ++round) {
    Bytes some(100'000);
    CHECK(storage->open_reader("x", 1)->read(some) > 0);
    CHECK(storage->stat("x")->size == all.size());
  }
  CHECK(storage->caps().durable);
  CHECK(std::filesystem::is_empty(directory.path() / "ein B\u00fcro" / std::to_string(folders_made) / ".tmp"));
}
