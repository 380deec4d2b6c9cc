// The library's suites, run on a storage and a transform written in Python.

#include <pybind11/stl.h>

#include <sstream>

#define DOCTEST_CONFIG_IMPLEMENT
#define DOCTEST_CONFIG_NO_POSIX_SIGNALS
#include "conformance/storage_suite.hpp"
#include "conformance/transform_suite.hpp"
#include "python_storage.hpp"
#include "python_transform.hpp"

namespace {

namespace py = pybind11;

std::function<std::shared_ptr<holdfast::Storage>()> make_storage;
holdfast::TransformPtr transform;

// Returns whether anything failed, and doctest's output.
py::tuple run_case(const char* name) {
  std::ostringstream said;
  doctest::Context context;
  context.setOption("test-case", name);
  context.setOption("no-version", true);
  context.setOption("no-colors", true);
  context.setCout(&said);
  int failed = 0;
  {
    const py::gil_scoped_release release;
    failed = context.run();
  }
  return py::make_tuple(failed, said.str());
}

py::tuple run(const py::object& factory) {
  make_storage = [&] {
    const py::gil_scoped_acquire gil;
    return holdfast::python::storage_from(factory()).storage;
  };
  py::tuple outcome = run_case("a storage written in Python passes the shared suite");
  make_storage = nullptr;
  return outcome;
}

py::tuple run_transform(const py::object& object) {
  transform = holdfast::python::transform_from(object).transform;
  py::tuple outcome = run_case("a transform written in Python passes the shared suite");
  transform = nullptr;
  return outcome;
}

}  // namespace

TEST_CASE("a storage written in Python passes the shared suite") { holdfast::testing::run_storage_suite(make_storage); }

TEST_CASE("a transform written in Python passes the shared suite") { holdfast::test::run_transform_suite({"python", transform, true}); }

PYBIND11_MODULE(holdfast_conformance, module) {
  module.def("run", &run, py::arg("factory"));
  module.def("run_transform", &run_transform, py::arg("transform"));
}
