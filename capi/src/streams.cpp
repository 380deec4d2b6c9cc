#include "foreign.hpp"
#include "handles.hpp"

using namespace holdfast;
using namespace holdfast::capi;

namespace {

[[noreturn]] void used_up(const char* name) {
  refuse_state(std::string(name) + " is used up: it was given to another call, or its backup ended");
}

void require_open(const WriterCore& core) {
  if (!core.writer) used_up("writer");
  if (core.over) refuse_state("writer is over: it was committed or failed before");
}

// Runs one call on a writer; if it fails, it is the last one.
template <class Body>
void push(WriterCore& core, Body&& body) {
  const Busy::Hold hold(core.busy, "writer");
  require_open(core);
  try {
    body(*core.writer);
  } catch (...) {
    core.over = true;
    throw;
  }
}

}  // namespace

namespace holdfast::capi {

std::unique_ptr<Reader> take_reader(holdfast_reader* handle, const char* name) {
  ReaderCore& core = *required(handle, name).core;
  const Busy::Hold hold(core.busy, name);
  if (!core.reader || core.over) used_up(name);
  return std::move(core.reader);
}

std::unique_ptr<Writer> take_writer(holdfast_writer* handle, const char* name) {
  WriterCore& core = *required(handle, name).core;
  const Busy::Hold hold(core.busy, name);
  if (!core.writer || core.over) used_up(name);
  core.entry = nullptr;
  return std::move(core.writer);
}

}  // namespace holdfast::capi

holdfast_status holdfast_writer_write(holdfast_writer* writer, const void* data, size_t length, holdfast_error** err) {
  return guard("writer", err, [&] {
    const auto core = required(writer, "writer").core;
    if (length > 0) required(static_cast<const char*>(data), "data");
    push(*core, [&](Writer& stream) { stream.write({static_cast<const std::byte*>(data), length}); });
  });
}

holdfast_status holdfast_writer_note(holdfast_writer* writer, const char* key, const char* value, holdfast_error** err) {
  return guard("writer", err, [&] {
    const auto core = required(writer, "writer").core;
    const std::string name = required_text(key, "key"), text = required_text(value, "value");
    const Busy::Hold hold(core->busy, "writer");
    require_open(*core);
    if (core->entry == nullptr || core->piped)
      throw Error(ErrorCode::unsupported, "this writer is no entry of a backup: it has no attributes");
    core->entry->note(name, text);
  });
}

holdfast_status holdfast_writer_commit(holdfast_writer* writer, holdfast_error** err) {
  return guard("writer", err, [&] {
    const auto core = required(writer, "writer").core;
    push(*core, [&](Writer& stream) {
      stream.commit();
      core->over = core->committed = true;
    });
  });
}

holdfast_status holdfast_writer_abort(holdfast_writer* writer, holdfast_error** err) {
  return guard("writer", err, [&] {
    const auto core = required(writer, "writer").core;
    const Busy::Hold hold(core->busy, "writer");
    if (!core->writer) used_up("writer");
    if (core->committed) refuse_state("writer is over: it was committed");
    if (core->entry != nullptr) core->entry->abort();
    core->entry = nullptr;
    core->writer = nullptr;
  });
}

void holdfast_writer_free(holdfast_writer* writer) { delete writer; }

holdfast_status holdfast_reader_read(size_t* length_out, holdfast_reader* reader, void* buffer, size_t capacity, holdfast_error** err) {
  return guard("reader", err, [&] {
    required(length_out, "length_out") = 0;
    const auto core = required(reader, "reader").core;
    if (capacity == 0) refuse("capacity is 0: a read of no bytes would look like the end");
    required(static_cast<char*>(buffer), "buffer");
    const Busy::Hold hold(core->busy, "reader");
    if (!core->reader) used_up("reader");
    if (core->over) return;  // calls after the end return the end again
    try {
      *length_out = core->reader->read({static_cast<std::byte*>(buffer), capacity});
      core->over = *length_out == 0;
    } catch (...) {
      core->reader = nullptr;
      throw;
    }
  });
}

void holdfast_reader_free(holdfast_reader* reader) { delete reader; }

holdfast_status holdfast_reader_new(holdfast_reader** out, holdfast_reader_driver* driver, holdfast_error** err) {
  clear(out);
  return guard("reader", err, [&] {
    Owned<holdfast_reader_driver> table(driver, "driver");
    Out result(out);
    auto core = std::make_shared<ReaderCore>();
    core->reader = foreign_reader(std::move(table), "");
    result.make(std::move(core));
  });
}

holdfast_status holdfast_writer_new(holdfast_writer** out, holdfast_writer_driver* driver, holdfast_error** err) {
  clear(out);
  return guard("writer", err, [&] {
    Owned<holdfast_writer_driver> table(driver, "driver");
    Out result(out);
    auto core = std::make_shared<WriterCore>();
    core->writer = foreign_writer(std::move(table), "");
    result.make(std::move(core));
  });
}
