// The storage suite of the library, run over a storage that is written in Python.

#include <pybind11/stl.h>

#include <sstream>

#define DOCTEST_CONFIG_IMPLEMENT
#define DOCTEST_CONFIG_NO_POSIX_SIGNALS
#include "conformance/storage_suite.hpp"
#include "python_storage.hpp"

namespace {

namespace py = pybind11;

std::function<std::shared_ptr<holdfast::Storage>()> make_storage;

// Returns whether anything failed, and what was said.
py::tuple run(const py::object& factory) {
  make_storage = [&] {
    const py::gil_scoped_acquire gil;
    return holdfast::python::storage_from(factory()).storage;
  };
  std::ostringstream said;
  doctest::Context context;
  context.setOption("no-version", true);
  context.setOption("no-colors", true);
  context.setCout(&said);
  int failed = 0;
  {
    const py::gil_scoped_release release;
    failed = context.run();
  }
  make_storage = nullptr;
  return py::make_tuple(failed, said.str());
}

}  // namespace

TEST_CASE("a storage written in Python is a storage") { holdfast::testing::run_storage_suite(make_storage); }

PYBIND11_MODULE(holdfast_conformance, module) { module.def("run", &run, py::arg("factory")); }
