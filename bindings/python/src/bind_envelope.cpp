#include "holdfast/envelope.hpp"

#include <pybind11/stl.h>

#include "convert.hpp"
#include "repository_handle.hpp"

namespace holdfast::python {

namespace {

Secret secret_of(const py::bytes& bytes) { return Secret(std::string_view(bytes)); }
py::bytes to_bytes(const Secret& secret) { return {as_text(secret.bytes()).data(), secret.size()}; }

std::shared_ptr<Envelope> make_envelope(const std::vector<std::pair<std::string, py::bytes>>& given) {
  std::vector<EnvelopeKey> keys;
  for (const auto& [id, key] : given) keys.push_back({id, secret_of(key)});
  return std::make_shared<Envelope>(std::move(keys));
}

std::shared_ptr<Fernet> make_fernet(const std::vector<py::bytes>& given) {
  std::vector<Secret> keys;
  for (const py::bytes& key : given) keys.push_back(secret_of(key));
  return std::make_shared<Fernet>(keys);
}

py::bytes open_token(const Fernet& self, const std::string& token, std::optional<std::int64_t> ttl, const py::object& now) {
  std::optional<Fernet::Age> age;
  if (ttl) age = {.ttl = std::chrono::seconds(*ttl), .now = time_from(now)};
  return to_bytes(self.open(token, age));
}

}  // namespace

void bind_envelope(py::module_& module) {
  py::class_<Envelope, std::shared_ptr<Envelope>>(module, "Envelope")
      .def(py::init(&make_envelope), py::arg("keys"))
      .def(
          "seal",
          [](const Envelope& self, const py::bytes& secret, const std::string& purpose) {
            return self.seal(secret_of(secret).bytes(), purpose);
          },
          py::arg("secret"), py::arg("purpose"))
      .def(
          "open",
          [](const Envelope& self, const std::string& sealed, const std::string& purpose) { return to_bytes(self.open(sealed, purpose)); },
          py::arg("sealed"), py::arg("purpose"))
      .def("is_current", &Envelope::is_current, py::arg("sealed"))
      .def(
          "rotate",
          [](const Envelope& self, const std::string& sealed, const std::string& purpose) { return self.rotate(sealed, purpose); },
          py::arg("sealed"), py::arg("purpose"));
  py::class_<Fernet, std::shared_ptr<Fernet>>(module, "Fernet")
      .def(py::init(&make_fernet), py::arg("keys"))
      .def(
          "seal",
          [](const Fernet& self, const py::bytes& secret, const py::handle& now) {
            return self.seal(secret_of(secret).bytes(), time_from(now));
          },
          py::arg("secret"), py::arg("now"))
      .def("open", &open_token, py::arg("token"), py::arg("ttl").none(true), py::arg("now").none(true));
}

}  // namespace holdfast::python
