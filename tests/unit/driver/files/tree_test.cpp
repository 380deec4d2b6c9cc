#include "driver/files/tree.hpp"

#include <doctest/doctest.h>

#include "driver/files/place.hpp"
#include "driver/files/previous_tree.hpp"
#include "holdfast/error.hpp"

namespace hf = holdfast;
using namespace hf::files;

namespace {

TreeRecord record(FileKind kind, std::string name) {
  TreeRecord made;
  made.kind = kind;
  made.name = std::move(name);
  return made;
}

// "a/" opens a folder, "/" closes one, anything else is an empty file.
hf::Bytes stream_of(const std::vector<std::string>& steps) {
  hf::Bytes bytes;
  const auto out = hf::memory_writer(bytes);
  TreeWriter writer(*out);
  writer.write(record(FileKind::directory, ""));
  for (const std::string& step : steps) {
    if (step == "/") {
      writer.end_directory();
    } else if (step.ends_with('/')) {
      writer.write(record(FileKind::directory, step.substr(0, step.size() - 1)));
    } else {
      writer.write(record(FileKind::regular, step));
    }
  }
  writer.end_directory();
  writer.flush();
  return bytes;
}

std::string read_back(hf::Bytes bytes) {
  TreeReader reader(hf::memory_reader(std::move(bytes)));
  std::string text;
  try {
    for (TreeRecord one; reader.next(one);)
      text += one.kind == FileKind::end ? ")" : one.name + (one.kind == FileKind::directory ? "(" : ",");
  } catch (const hf::Error& error) {
    CHECK(error.code() == hf::ErrorCode::corrupt);
    return error.message();
  }
  return text;
}

}  // namespace

TEST_CASE("files: a record is read back with all its fields") {
  TreeRecord written = record(FileKind::regular, "\xff name");
  written.mode = 04751;
  written.uid = 7;
  written.gid = 0xfffffffe;
  written.mtime = {-5, 999'999'999};
  written.ctime = {1LL << 40, 1};
  written.inode = ~std::uint64_t{0};
  written.linked = written.changed = true;
  written.xattrs = {{"user.a", std::string("\0b", 2)}};
  written.content = {.size = 1ULL << 40,
                     .bundle = 9,
                     .offset = 1ULL << 33,
                     .hash = hf::Bytes(16, std::byte{3}),
                     .sparse = true,
                     .extents = {{5, 6}, {11, 1}}};
  hf::Bytes bytes;
  const auto out = hf::memory_writer(bytes);
  TreeWriter writer(*out);
  writer.write(record(FileKind::directory, ""));
  writer.write(written);
  writer.end_directory();
  writer.flush();
  TreeReader reader(hf::memory_reader(bytes));
  TreeRecord read;
  REQUIRE(reader.next(read));
  REQUIRE(reader.next(read));
  CHECK(read.name == written.name);
  CHECK(read.mode == written.mode);
  CHECK(read.uid == written.uid);
  CHECK(read.gid == written.gid);
  CHECK(read.mtime == written.mtime);
  CHECK(read.ctime == written.ctime);
  CHECK(read.inode == written.inode);
  CHECK(read.linked);
  CHECK(read.changed);
  CHECK(read.xattrs == written.xattrs);
  CHECK(read.content.hash == written.content.hash);
  CHECK(read.content.offset == written.content.offset);
  CHECK(read.content.extents == written.content.extents);
  CHECK(read.content.stored() == 7);
}

TEST_CASE("files: a list is refused if a name could lead out of the tree or is repeated") {
  CHECK(read_back(stream_of({"a", "b/", "a", "/", "c"})) == "(a,b(a,)c,)");
  for (const char* name : {"..", ".", "a/b", "/b"}) CHECK(read_back(stream_of({name})).find("no file can have") != std::string::npos);
  CHECK(read_back(stream_of({std::string("a\0b", 3)})).find("no file can have") != std::string::npos);
  CHECK(read_back(stream_of({"a", "a"})).find("not in order") != std::string::npos);
  CHECK(read_back(stream_of({"b", "a"})).find("not in order") != std::string::npos);
  CHECK(read_back(stream_of({"/"})).find("follows its end") != std::string::npos);
  CHECK(read_back(stream_of(std::vector<std::string>(kMaxDepth, "a/"))).find("too deep") != std::string::npos);
}

TEST_CASE("files: a list that is cut anywhere is refused") {
  const hf::Bytes whole = stream_of({"a", "b/", "c", "/"});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const hf::Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK(read_back(cut).find("damaged") != std::string::npos);
  }
}

TEST_CASE("files: a walk finds earlier records, and none where folders were added, removed or became files") {
  PreviousTree tree(hf::memory_reader(stream_of({"a", "b/", "x", "y/", "z", "/", "/", "c/", "i", "/", "d", "e/", "k", "/"})));
  tree.enter();
  CHECK(tree.find("a") != nullptr);
  CHECK(tree.find("aa") == nullptr);  // a new folder
  tree.enter();
  CHECK(tree.find("x") == nullptr);
  tree.leave();
  REQUIRE(tree.find("b") != nullptr);
  tree.enter();
  CHECK(tree.find("w") == nullptr);
  CHECK(tree.find("x") != nullptr);
  tree.leave();                        // y was not requested
  CHECK(tree.find("c") != nullptr);    // it is a file now: not entered
  REQUIRE(tree.find("d") != nullptr);  // it was a file, and is a folder now
  tree.enter();
  CHECK(tree.find("e") == nullptr);
  tree.leave();
  REQUIRE(tree.find("e") != nullptr);
  tree.enter();
  CHECK(tree.find("k") != nullptr);
  CHECK(tree.find("l") == nullptr);
  tree.leave();
  tree.leave();
  CHECK(tree.damage().empty());
}

TEST_CASE("files: a damaged earlier list counts as missing") {
  hf::Bytes bytes = stream_of({"a", "b"});
  bytes.erase(bytes.end() - 20, bytes.end());
  PreviousTree tree(hf::memory_reader(std::move(bytes)));
  tree.enter();
  CHECK(tree.find("a") != nullptr);
  CHECK(tree.find("b") == nullptr);
  CHECK(tree.find("c") == nullptr);
  CHECK_FALSE(tree.damage().empty());
}

TEST_CASE("files: a folder is named by an absolute path") {
  CHECK(path_of("dir:///srv/a%20b/../c/") == "/srv/c");
  CHECK(path_of("dir:///") == "/");
  CHECK(uri_of(path_of("dir:///a%20b/%FF")) == "dir:///a%20b/%FF");
  for (const char* uri : {"dir:srv", "dir://srv", "dir:/srv", "dir:///a%zz"}) CHECK_THROWS_AS(path_of(uri), hf::Error);
}
