// A transform written in C, and built-in ones, with the C interface on both sides, pass the shared suite.
#include <doctest/doctest.h>

#include "c_transform.h"
#include "conformance/transform_suite.hpp"
#include "handle_streams.hpp"

namespace hf = holdfast;
using namespace holdfast::capi_test;
using namespace holdfast::test;

namespace {

// Turns an exception of a C++ stream into the status of a host's function.
template <class Body>
holdfast_status caught(holdfast_error** err, Body&& body) noexcept {
  try {
    body();
    return HOLDFAST_OK;
  } catch (const hf::Error& error) {
    return holdfast_error_set(err, static_cast<holdfast_status>(error.code()), error.what());
  }
}

holdfast_writer* give(std::unique_ptr<hf::Writer> writer) {
  holdfast_writer_driver driver{};
  driver.struct_size = sizeof driver;
  driver.user_data = writer.release();
  driver.release = [](void* self) { delete static_cast<hf::Writer*>(self); };
  driver.write = [](void* self, const void* data, size_t length, holdfast_error** err) {
    return caught(err, [&] { static_cast<hf::Writer*>(self)->write({static_cast<const std::byte*>(data), length}); });
  };
  driver.commit = [](void* self, holdfast_error** err) { return caught(err, [&] { static_cast<hf::Writer*>(self)->commit(); }); };
  holdfast_writer* handle = nullptr;
  call([&](holdfast_error** err) { return holdfast_writer_new(&handle, &driver, err); });
  return handle;
}

holdfast_reader* give(std::unique_ptr<hf::Reader> reader) {
  holdfast_reader_driver driver{};
  driver.struct_size = sizeof driver;
  driver.user_data = reader.release();
  driver.release = [](void* self) { delete static_cast<hf::Reader*>(self); };
  driver.read = [](void* self, void* buffer, size_t capacity, size_t* length_out, holdfast_error** err) {
    return caught(err, [&] { *length_out = static_cast<hf::Reader*>(self)->read({static_cast<std::byte*>(buffer), capacity}); });
  };
  holdfast_reader* handle = nullptr;
  call([&](holdfast_error** err) { return holdfast_reader_new(&handle, &driver, err); });
  return handle;
}

/// A pipeline of one stage.
class HandleTransform final : public hf::Transform {
 public:
  explicit HandleTransform(holdfast_transform* transform) {
    call([&](holdfast_error** err) { return holdfast_pipeline_new(&pipeline_, err); });
    call([&](holdfast_error** err) { return holdfast_pipeline_add(pipeline_, transform, err); });
    holdfast_transform_free(transform);
  }
  ~HandleTransform() override { holdfast_pipeline_free(pipeline_); }

  std::string_view name() const noexcept override { return "handle"; }
  std::string_view suffix() const noexcept override { return ""; }
  std::unique_ptr<hf::Writer> encode(std::unique_ptr<hf::Writer> next) const override {
    holdfast_writer* const inner = give(std::move(next));
    holdfast_writer* outer = nullptr;
    call([&](holdfast_error** err) { return holdfast_pipeline_encode(&outer, pipeline_, inner, err); });
    holdfast_writer_free(inner);
    return std::make_unique<HandleWriter>(outer);
  }
  std::unique_ptr<hf::Reader> decode(std::unique_ptr<hf::Reader> from) const override {
    holdfast_reader* const inner = give(std::move(from));
    holdfast_reader* outer = nullptr;
    call([&](holdfast_error** err) { return holdfast_pipeline_decode(&outer, pipeline_, inner, err); });
    holdfast_reader_free(inner);
    return std::make_unique<HandleReader>(outer);
  }

 private:
  holdfast_pipeline* pipeline_ = nullptr;
};

}  // namespace

TEST_CASE("a transform written in C passes the shared suite") {
  int open_streams = 0;
  holdfast_transform_driver driver = c_transform(&open_streams);
  holdfast_transform* transform = nullptr;
  call([&](holdfast_error** err) { return holdfast_transform_new(&transform, &driver, err); });
  run_transform_suite({"c-xor", std::make_shared<HandleTransform>(transform), true});
  CHECK(open_streams == 0);
}

TEST_CASE("gzip passes the shared suite through the C interface") {
  holdfast_transform* transform = nullptr;
  call([&](holdfast_error** err) { return holdfast_transform_compression(&transform, "gzip:1", err); });
  run_transform_suite({"gzip", std::make_shared<HandleTransform>(transform), true});
}
