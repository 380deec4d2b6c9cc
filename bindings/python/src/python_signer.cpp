#include "python_signer.hpp"

#include "holdfast/bytes.hpp"

namespace holdfast::python {

namespace {

constexpr ErrorCode kSignerCode = ErrorCode::internal;  // the code for an exception of no known kind

class PythonSigner final : public AuditSigner {
 public:
  PythonSigner(py::object object, std::shared_ptr<FailureLog> failures) : object_(std::move(object)), failures_(std::move(failures)) {}

  Bytes public_key() const override {
    return call("public_key", [&] { return object_.get().attr("public_key"); });
  }
  Bytes sign(ByteView message) override {
    return call("sign()",
                [&] { return object_.get().attr("sign")(py::bytes(reinterpret_cast<const char*>(message.data()), message.size())); });
  }

 private:
  template <class Call>
  Bytes call(const std::string& member, const Call& call) const {
    return call_python(*failures_, kSignerCode, [&] {
      const py::object given = call();
      if (!PyBytes_Check(given.ptr())) throw Error(ErrorCode::invalid_argument, member + " of an audit signer must give bytes");
      const ByteView view = as_bytes(py::reinterpret_borrow<py::bytes>(given).cast<std::string_view>());
      return Bytes(view.begin(), view.end());
    });
  }

  PyRef object_;
  std::shared_ptr<FailureLog> failures_;
};

}  // namespace

std::shared_ptr<AuditSigner> signer_from(py::object object, std::shared_ptr<FailureLog> failures) {
  return std::make_shared<PythonSigner>(std::move(object), std::move(failures));
}

}  // namespace holdfast::python
