#include "python_transform.hpp"

#include <algorithm>

#include "entry_reader.hpp"
#include "holdfast/bytes.hpp"
#include "object_writer.hpp"
#include "python_stream.hpp"

namespace holdfast::python {

namespace {

constexpr std::size_t kMostAtOnce = std::size_t{1} << 20;
constexpr ErrorCode kCode = ErrorCode::internal;  // the code for an exception of no known kind

/// A transform for Python: one of the library's own.
struct NativeTransform {
  TransformPtr transform;
};

/// One stream through a Python object with process(bytes) and finish(), which both return bytes.
class Codec {
 public:
  Codec(PyRef object, std::shared_ptr<FailureLog> failures) : object_(std::move(object)), failures_(std::move(failures)) {}
  Bytes process(ByteView data) {
    return call([&] { return object_.get().attr("process")(py::bytes(reinterpret_cast<const char*>(data.data()), data.size())); });
  }
  Bytes finish() {
    return call([&] { return object_.get().attr("finish")(); });
  }

 private:
  template <class Call>
  Bytes call(const Call& step) {
    return call_python(*failures_, kCode, [&] {
      const py::object given = step();
      if (!PyBytes_Check(given.ptr())) throw Error(kCode, "process() and finish() of a codec return bytes");
      const std::string_view made = py::reinterpret_borrow<py::bytes>(given);
      const ByteView view = as_bytes(made);
      return Bytes(view.begin(), view.end());
    });
  }

  PyRef object_;
  std::shared_ptr<FailureLog> failures_;
};

class Encoder final : public Writer {
 public:
  Encoder(Codec codec, std::unique_ptr<Writer> next) : codec_(std::move(codec)), next_(std::move(next)) {}

  void write(ByteView data) override {
    while (!data.empty()) {
      const ByteView part = data.first(std::min(data.size(), kMostAtOnce));
      pass_on(codec_.process(part));
      data = data.subspan(part.size());
    }
  }
  void commit() override {
    pass_on(codec_.finish());
    next_->commit();
  }

 private:
  void pass_on(const Bytes& made) {
    if (!made.empty()) next_->write(made);
  }
  Codec codec_;
  std::unique_ptr<Writer> next_;
};

class Decoder final : public Reader {
 public:
  Decoder(Codec codec, std::unique_ptr<Reader> from) : codec_(std::move(codec)), from_(std::move(from)) {}

  std::size_t read(std::span<std::byte> out) override {
    if (out.empty()) return 0;
    while (at_ == ready_.size() && !ended_) {
      const std::size_t got = from_->read(buffer_);
      ended_ = got == 0;
      ready_ = ended_ ? codec_.finish() : codec_.process(ByteView(buffer_).first(got));
      at_ = 0;
    }
    const std::size_t length = std::min(out.size(), ready_.size() - at_);
    std::copy_n(ready_.begin() + static_cast<std::ptrdiff_t>(at_), length, out.begin());
    at_ += length;
    return length;
  }

 private:
  Codec codec_;
  std::unique_ptr<Reader> from_;
  Bytes buffer_ = Bytes(kMostAtOnce);
  Bytes ready_;
  std::size_t at_ = 0;
  bool ended_ = false;
};

class PythonTransform final : public Transform {
 public:
  explicit PythonTransform(py::object object)
      : name_(object.attr("name").cast<std::string>()),
        suffix_(object.attr("suffix").cast<std::string>()),
        version_(object.attr("version").cast<std::uint32_t>()),
        object_(std::move(object)) {}

  const std::shared_ptr<FailureLog>& failures() const noexcept { return failures_; }
  std::string_view name() const noexcept override { return name_; }
  std::string_view suffix() const noexcept override { return suffix_; }
  std::uint32_t version() const noexcept override { return version_; }
  std::unique_ptr<Writer> encode(std::unique_ptr<Writer> next) const override {
    return std::make_unique<Encoder>(codec("encoder"), std::move(next));
  }
  std::unique_ptr<Reader> decode(std::unique_ptr<Reader> from) const override {
    return std::make_unique<Decoder>(codec("decoder"), std::move(from));
  }

 private:
  Codec codec(const char* method) const {
    return {call_python(*failures_, kCode, [&] { return PyRef(object_.get().attr(method)()); }), failures_};
  }

  std::string name_, suffix_;
  std::uint32_t version_;
  PyRef object_;
  std::shared_ptr<FailureLog> failures_ = std::make_shared<FailureLog>();
};

/// The stages of a pipeline, and the logs of all its parts written in Python.
struct Stages {
  std::vector<TransformPtr> transforms;
  FailureLogs failures;
  std::shared_ptr<FailureLog> ends = std::make_shared<FailureLog>();  ///< of the file-like object at its end

  explicit Stages(const py::iterable& given) {
    transforms = transforms_from(given, failures);
    failures.push_back(ends);
  }
};

std::shared_ptr<ObjectWriter> encode(const py::iterable& transforms, py::object out) {
  const Stages stages(transforms);
  auto writer = python_writer(PyRef(std::move(out)), stages.ends, ErrorCode::io);
  const FailureScope scope(stages.failures);
  return make_unlocked<ObjectWriter>(scope.run_unlocked([&] {
    for (auto stage = stages.transforms.rbegin(); stage != stages.transforms.rend(); ++stage) writer = (*stage)->encode(std::move(writer));
    return std::move(writer);
  }),
                                     stages.failures);
}

std::shared_ptr<StreamReader> decode(const py::iterable& transforms, py::object from) {
  const Stages stages(transforms);
  auto reader = python_reader(PyRef(std::move(from)), stages.ends, ErrorCode::io);
  const FailureScope scope(stages.failures);
  return make_unlocked<StreamReader>(scope.run_unlocked([&] {
    for (auto stage = stages.transforms.rbegin(); stage != stages.transforms.rend(); ++stage) reader = (*stage)->decode(std::move(reader));
    return std::move(reader);
  }),
                                     stages.failures);
}

NativeTransform compression(const std::string& text) {
  TransformPtr transform = parse_compression(text);
  if (!transform) throw Error(ErrorCode::invalid_argument, "no compression is not a transform: leave it out");
  return {std::move(transform)};
}

NativeTransform sealed(const py::bytes& key, const std::string& associated) {
  return {aes256gcm(Secret(std::string_view(key)), associated)};
}

}  // namespace

AnyTransform transform_from(const py::object& object) {
  if (py::isinstance<NativeTransform>(object)) return {object.cast<NativeTransform&>().transform, {}};
  for (const char* member : {"name", "suffix", "version", "encoder", "decoder"}) {
    if (!py::hasattr(object, member)) {
      throw Error(ErrorCode::invalid_argument, std::string("a transform needs '") + member + "': derive yours from holdfast.Transform");
    }
  }
  auto transform = std::make_shared<const PythonTransform>(object);
  return {transform, {transform->failures()}};
}

std::vector<TransformPtr> transforms_from(const py::iterable& objects, FailureLogs& failures) {
  std::vector<TransformPtr> transforms;
  for (const py::handle& each : objects) {
    AnyTransform any = transform_from(py::reinterpret_borrow<py::object>(each));
    transforms.push_back(std::move(any.transform));
    failures.insert(failures.end(), any.failures.begin(), any.failures.end());
  }
  return transforms;
}

void bind_transform(py::module_& module) {
  py::class_<NativeTransform>(module, "NativeTransform")
      .def_property_readonly("name", [](const NativeTransform& self) { return std::string(self.transform->name()); })
      .def_property_readonly("suffix", [](const NativeTransform& self) { return std::string(self.transform->suffix()); });
  module.def("compression", &compression, py::arg("text"));
  module.def(
      "throttle", [](std::uint64_t bytes_per_second) { return NativeTransform{throttle(bytes_per_second)}; }, py::arg("bytes_per_second"));
  module.def("aes256gcm", &sealed, py::arg("key"), py::arg("associated"));
  module.def("encode", &encode, py::arg("transforms"), py::arg("out"));
  module.def("decode", &decode, py::arg("transforms"), py::arg("source"));
}

}  // namespace holdfast::python
