#include "convert.hpp"
#include "repository_handle.hpp"

namespace holdfast::python {

BackupSession& Session::session() const {
  if (!session_) throw Error(ErrorCode::invalid_state, "backup " + id_ + " is committed or was given up");
  return *session_;
}

std::shared_ptr<SourceWriter> Session::add_source(const SourceInfo& info) {
  return operation_->run([&] {
    const std::lock_guard lock(mutex_);
    auto source = std::make_shared<SourceWriter>(operation_, session().add_source(info));
    sources_.push_back(source);
    return source;
  });
}

BackupInfo Session::commit() {
  return operation_->run([&] {
    const std::lock_guard lock(mutex_);
    BackupInfo info = session().commit();
    for (const auto& source : sources_) source->end();
    session_.reset();
    return info;
  });
}

void Session::close() {
  {
    const Released released;
    if (!session_.get_deleter().is_elsewhere()) operation_->request_stop();
    end();
  }
  operation_->forget();
}

void Session::end() {
  const std::lock_guard lock(mutex_);
  for (const auto& source : sources_) source->end();
  session_.reset();
}

bool Session::closed() {
  const Released released;
  const std::lock_guard lock(mutex_);
  return session_ == nullptr;
}

void bind_session(py::module_& module) {
  py::class_<Session, std::shared_ptr<Session>>(module, "Session")
      .def_property_readonly("id", &Session::id)
      .def(
          "add_source", [](Session& session, const py::handle& info) { return session.add_source(source_from(info)); }, py::arg("info"))
      .def("commit", [](Session& session) { return to_python(session.commit()); })
      .def("close", &Session::close)
      .def_property_readonly("closed", &Session::closed);
}

}  // namespace holdfast::python
