#include "foreign.hpp"
#include "holdfast/exec.hpp"
#include "holdfast/pipeline_ends.hpp"
#include "holdfast/sql_text.hpp"
#include "start.hpp"

using namespace holdfast;
using namespace holdfast::capi;

namespace {

// A stream that keeps the operation that it waits in.
class WaitingReader final : public Reader {
 public:
  WaitingReader(std::shared_ptr<Operation> operation, Producer producer)
      : operation_(std::move(operation)), reader_(reader_of(std::move(producer), operation_->context)) {}
  std::size_t read(std::span<std::byte> out) override { return reader_->read(out); }

 private:
  std::shared_ptr<Operation> operation_;
  std::unique_ptr<Reader> reader_;
};

class WaitingWriter final : public Writer {
 public:
  WaitingWriter(std::shared_ptr<Operation> operation, const Sink& sink)
      : operation_(std::move(operation)), writer_(sink.open(operation_->context)) {}
  void write(ByteView data) override { writer_->write(data); }
  void commit() override { writer_->commit(); }

 private:
  std::shared_ptr<Operation> operation_;
  std::unique_ptr<Writer> writer_;
};

// `make(options)` returns the producer.
template <class Make>
holdfast_status make_reader(holdfast_reader** out, const holdfast_options* options, holdfast_error** err, Make&& make) {
  clear(out);
  return guard("reader", err, [&] {
    Out result(out);
    const OptionSet set = options_of(options);
    auto core = std::make_shared<ReaderCore>();
    core->operation = std::make_shared<Operation>(set);
    core->reader = std::make_unique<WaitingReader>(core->operation, make(set));
    result.make(std::move(core));
  });
}

// `make(options)` returns the sink.
template <class Make>
holdfast_status make_writer(holdfast_writer** out, const holdfast_options* options, holdfast_error** err, Make&& make) {
  clear(out);
  return guard("writer", err, [&] {
    Out result(out);
    const OptionSet set = options_of(options);
    auto core = std::make_shared<WriterCore>();
    core->operation = std::make_shared<Operation>(set);
    core->writer = std::make_unique<WaitingWriter>(core->operation, make(set));
    result.make(std::move(core));
  });
}

std::vector<std::string> words(const char* const* argv, size_t count) {
  if (count == 0) refuse("argv has no program");
  required(argv, "argv");
  std::vector<std::string> found;
  for (size_t at = 0; at < count; ++at) found.push_back(required_text(argv[at], "a word of argv"));
  return found;
}

int checked_descriptor(int32_t fd) {
  if (fd < 0) refuse("there is no file descriptor " + std::to_string(fd));
  return fd;
}

std::shared_ptr<Source> take_source(holdfast_source* handle) {
  holdfast_source& source = required(handle, "source");
  const Busy::Hold hold(source.busy, "source");
  if (!source.source) refuse_state("source is used up: it is good for one call");
  return std::move(source.source);
}

// Cancels what a stream waits for, together with a job.
class Linked {
 public:
  Linked(const Context& context, const std::shared_ptr<Operation>& operation) {
    if (operation) callback_.emplace(context.stop, [operation] { operation->cancel(); });
  }

 private:
  std::optional<std::stop_callback<std::function<void()>>> callback_;
};

// The streams of one run; the handles may be freed meanwhile.
struct Streams {
  std::shared_ptr<Reader> reader;
  std::shared_ptr<Writer> writer;
  KeptAlive kept_by_reader, kept_by_writer;
  std::shared_ptr<Operation> reads_in, writes_in;
};

Pipeline with_ends(const Pipeline& stages, Producer producer, Sink sink) {
  Pipeline whole(std::move(producer));
  for (const TransformPtr& stage : stages.stages()) whole.add(stage);
  whole.to(std::move(sink));
  return whole;
}

}  // namespace

holdfast_status holdfast_reader_exec(holdfast_reader** out, const char* const* argv, size_t count, const holdfast_options* options,
                                     holdfast_error** err) {
  return make_reader(out, options, err, [&](const OptionSet&) { return exec(words(argv, count)); });
}

holdfast_status holdfast_reader_fd(holdfast_reader** out, int32_t fd, const holdfast_options* options, holdfast_error** err) {
  return make_reader(out, options, err, [&](const OptionSet&) { return descriptor(checked_descriptor(fd)); });
}

holdfast_status holdfast_reader_source(holdfast_reader** out, holdfast_source* source, const char* entry, const holdfast_options* options,
                                       holdfast_error** err) {
  return make_reader(out, options, err, [&](const OptionSet&) {
    const std::string name = text_or_empty(entry, "entry");
    return source_entry(take_source(source), name);
  });
}

holdfast_status holdfast_reader_sql(holdfast_reader** out, const char* uri, const holdfast_options* options, holdfast_error** err) {
  return make_reader(out, options, err, [&](const OptionSet&) { return dump_sql(required_text(uri, "uri")); });
}

holdfast_status holdfast_writer_exec(holdfast_writer** out, const char* const* argv, size_t count, const holdfast_options* options,
                                     holdfast_error** err) {
  return make_writer(out, options, err, [&](const OptionSet&) { return exec_sink(words(argv, count)); });
}

holdfast_status holdfast_writer_fd(holdfast_writer** out, int32_t fd, const holdfast_options* options, holdfast_error** err) {
  return make_writer(out, options, err, [&](const OptionSet&) { return descriptor_sink(checked_descriptor(fd)); });
}

holdfast_status holdfast_writer_target(holdfast_writer** out, holdfast_target* target, const holdfast_options* options,
                                       holdfast_error** err) {
  return make_writer(out, options, err, [&](const OptionSet&) {
    holdfast_target& handle = required(target, "target");
    const Busy::Hold hold(handle.busy, "target");
    if (!handle.target) refuse_state("target is used up: it is good for one restore");
    return target_sink(std::move(handle.target));
  });
}

holdfast_status holdfast_pipeline_run_start(holdfast_job** out, const holdfast_pipeline* pipeline, int32_t direction,
                                            holdfast_reader* reader, holdfast_writer* writer, const holdfast_options* options,
                                            holdfast_error** err) {
  clear(out);
  return start(out, options, err, [&](const OptionSet&) -> Job::Work {
    const Busy::Hold hold(required(pipeline, "pipeline").busy, "pipeline");
    if (direction != HOLDFAST_ENCODE && direction != HOLDFAST_DECODE) refuse("direction is HOLDFAST_ENCODE or HOLDFAST_DECODE");
    const auto& from_core = required(reader, "reader").core;
    const auto& to_core = required(writer, "writer").core;
    Streams streams{.kept_by_reader = from_core->kept,
                    .kept_by_writer = to_core->kept,
                    .reads_in = from_core->operation,
                    .writes_in = to_core->operation};
    streams.writer = take_writer(writer, "writer");
    streams.reader = take_reader(reader, "reader");
    return [stages = pipeline->pipeline, direction, streams](Context& context) -> JobResult {
      const Linked reads(context, streams.reads_in), writes(context, streams.writes_in);
      const Pipeline whole = with_ends(stages, from(streams.reader), to(streams.writer));
      return direction == HOLDFAST_ENCODE ? whole.run(context) : whole.run_backwards(context);
    };
  });
}

holdfast_status holdfast_pipeline_start(holdfast_job** out, const holdfast_pipeline* pipeline, holdfast_reader* reader,
                                        holdfast_storage* storage, const char* object, const holdfast_options* options,
                                        holdfast_error** err) {
  clear(out);
  return start(out, options, err, [&](const OptionSet&) -> Job::Work {
    const Busy::Hold hold(required(pipeline, "pipeline").busy, "pipeline");
    const Sink end = sink(required(storage, "storage").storage, required_text(object, "object"));
    const auto waits_in = required(reader, "reader").core->operation;
    const std::shared_ptr<Reader> taken = take_reader(reader, "reader");
    return [whole = with_ends(pipeline->pipeline, from(taken), end), waits_in](Context& context) -> JobResult {
      const Linked reads(context, waits_in);
      return whole.run(context);
    };
  });
}

holdfast_status holdfast_pipeline_split_start(holdfast_job** out, const holdfast_pipeline* pipeline, holdfast_source* source,
                                              holdfast_storage* storage, const char* prefix, const holdfast_options* options,
                                              holdfast_error** err) {
  clear(out);
  return start(out, options, err, [&](const OptionSet&) -> Job::Work {
    const Busy::Hold hold(required(pipeline, "pipeline").busy, "pipeline");
    const auto place = required(storage, "storage").storage;
    const std::string begin = text_or_empty(prefix, "prefix");
    return [stages = pipeline->pipeline, place, begin, taken = take_source(source)](Context& context) -> JobResult {
      return split_source(*taken, stages, place, begin, context);
    };
  });
}

holdfast_status holdfast_job_pipeline_report(const holdfast_job* job, holdfast_pipeline_report* out, holdfast_error** err) {
  return guard("job", err, [&] {
    const PipelineReport& report = required(job, "job").job->result<PipelineReport>();
    fill(out, "out", holdfast_pipeline_report{0, 0, report.bytes_in, report.bytes_out});
  });
}
