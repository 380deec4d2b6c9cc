#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/digest.hpp"
#include "holdfast/cached.hpp"
#include "holdfast/error.hpp"
#include "storage/decorators/faulty.hpp"

namespace hf = holdfast;

namespace {

// A storage with a cache; counts the reads from the storage.
struct CacheRig {
  CacheRig() {
    hf::FaultRule count{.operation = hf::StorageOperation::read, .effect = hf::FaultEffect::call};
    count.call = [this] { ++reads; };
    cached = hf::cached_storage(hf::faulty_storage(inner, {.rules = {count}}), cache, "index/");
  }
  std::string put(const std::string& text) const {
    const std::string name = "index/" + hf::sha256_hex(hf::as_bytes(text));
    inner->put_new(name, hf::as_bytes(text));
    return name;
  }
  std::string read(const std::string& name) const { return std::string(hf::as_text(hf::get(*cached, name, 1000))); }

  int reads = 0;
  std::shared_ptr<hf::Storage> inner = hf::memory_storage(), cache = hf::memory_storage(), cached;
};

}  // namespace

TEST_CASE("a cached object is fetched once, even by the client that put it") {
  CacheRig rig;
  const std::string name = rig.put("segment");
  CHECK(rig.read(name) == "segment");
  CHECK(rig.read(name) == "segment");
  CHECK(rig.reads == 1);
  const std::string own = "index/" + hf::sha256_hex(hf::as_bytes("own"));
  rig.cached->put_new(own, hf::as_bytes("own"));
  CHECK(rig.read(own) == "own");
  CHECK(rig.reads == 1);
}

TEST_CASE("other names and parts of objects bypass the cache") {
  CacheRig rig;
  rig.inner->put_new("packs/x", hf::as_bytes("pack"));
  CHECK(rig.read("packs/x") == "pack");
  CHECK(rig.read("packs/x") == "pack");
  CHECK(rig.reads == 2);
  const std::string name = rig.put("segment");
  const auto part = rig.cached->open_reader(name, 1, 2);
  CHECK(hf::as_text(hf::read_all(*part, 10)) == "eg");
  CHECK(!rig.cache->stat(name));
}

TEST_CASE("a damaged copy is replaced, and not used") {
  CacheRig rig;
  const std::string name = rig.put("segment");
  rig.cache->put_new(name, hf::as_bytes("sEgment"));
  CHECK(rig.read(name) == "segment");
  CHECK(hf::as_text(hf::get(*rig.cache, name, 100)) == "segment");
}

TEST_CASE("bytes that don't match their name are passed on unchanged and never cached") {
  CacheRig rig;
  rig.inner->put_new("index/0000", hf::as_bytes("damaged at the storage"));
  CHECK(rig.read("index/0000") == "damaged at the storage");
  CHECK(!rig.cache->stat("index/0000"));
}

TEST_CASE("a copy is dropped when the object is removed, or is missing in a complete listing") {
  CacheRig rig;
  const std::string first = rig.put("first"), second = rig.put("second");
  rig.read(first);
  rig.read(second);
  rig.cached->remove(first);
  CHECK(!rig.cache->stat(first));
  CHECK_THROWS_AS(rig.read(first), hf::Error);
  rig.inner->remove(second);
  rig.put("third");
  rig.cached->list("index/", [](const hf::ObjectInfo&) { return false; });
  CHECK(rig.cache->stat(second));
  rig.cached->list("index/", [](const hf::ObjectInfo&) { return true; });
  CHECK(!rig.cache->stat(second));
}

TEST_CASE("a cache that always fails costs only time") {
  CacheRig rig;
  std::vector<hf::FaultRule> all;
  for (const auto operation :
       {hf::StorageOperation::put, hf::StorageOperation::read, hf::StorageOperation::list, hf::StorageOperation::remove}) {
    all.push_back({.operation = operation, .code = hf::ErrorCode::no_space});
  }
  const auto storage = hf::cached_storage(rig.inner, hf::faulty_storage(rig.cache, {.rules = all}), "index/");
  const std::string name = rig.put("segment");
  CHECK(hf::as_text(hf::get(*storage, name, 100)) == "segment");
  storage->list("index/", [](const hf::ObjectInfo&) { return true; });
  storage->remove(name);
  CHECK(!rig.inner->stat(name));
}
