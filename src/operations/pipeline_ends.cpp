#include "holdfast/pipeline_ends.hpp"

#include <atomic>
#include <mutex>

#include "holdfast/error.hpp"
#include "io/producer_context.hpp"
#include "io/pulled.hpp"
#include "transform/meter.hpp"

namespace holdfast {

namespace {

class SharedWriter final : public Writer {
 public:
  explicit SharedWriter(std::shared_ptr<Writer> writer) : writer_(std::move(writer)) {}
  void write(ByteView data) override { writer_->write(data); }
  void commit() override { writer_->commit(); }

 private:
  std::shared_ptr<Writer> writer_;
};

class CallingWriter final : public Writer {
 public:
  explicit CallingWriter(std::function<void(ByteView)> take) : take_(std::move(take)) {}
  void write(ByteView data) override { take_(data); }
  void commit() override {}

 private:
  std::function<void(ByteView)> take_;
};

/// One entry of a source that is read without a repository. Keeps no attributes.
class SplitEntry final : public EntryWriter {
 public:
  explicit SplitEntry(std::unique_ptr<Writer> out) : out_(std::move(out)) {}
  void write(ByteView data) override {
    if (out_) out_->write(data);
  }
  void note(const std::string&, std::string) override {}
  void commit() override {
    if (out_) out_->commit();
  }
  void abort() override { out_.reset(); }

 private:
  std::unique_ptr<Writer> out_;  // null: discarded
};

/// Gives each entry of a source a writer; `open` may return null to discard the entry's bytes. Called by the source's
/// threads.
class SplitWriter final : public BackupWriter {
 public:
  using Open = std::function<std::unique_ptr<Writer>(const EntryInfo&)>;
  explicit SplitWriter(Open open) : open_(std::move(open)) {}
  std::unique_ptr<EntryWriter> open(EntryInfo info) override { return std::make_unique<SplitEntry>(open_(info)); }
  void note(const std::string&, std::string) override {}
  void set_instant(TimePoint) override {}
  bool encrypted() const override { return false; }

 private:
  Open open_;
};

/// The writer of the wanted entry: tells whether it was committed.
class WantedWriter final : public Writer {
 public:
  WantedWriter(Writer& out, std::atomic<bool>& complete) : out_(out), complete_(complete) {}
  void write(ByteView data) override { out_.write(data); }
  void commit() override { complete_ = true; }

 private:
  Writer& out_;
  std::atomic<bool>& complete_;
};

void read_entry(Source& source, const std::string& name, Writer& out, Context& context) {
  std::mutex mutex;
  std::atomic<bool> complete{false};
  std::string names, taken;
  SplitWriter split([&](const EntryInfo& info) -> std::unique_ptr<Writer> {
    const std::lock_guard lock(mutex);
    if (names.size() < 500) names += (names.empty() ? "" : ", ") + info.name;
    if (!name.empty() && info.name != name) return nullptr;
    if (!taken.empty()) throw Error(ErrorCode::invalid_argument, "the source has several entries, so name one: " + names);
    taken = info.name;
    return std::make_unique<WantedWriter>(out, complete);
  });
  const SourceInfo info = source.describe(context);
  if (info.size_estimate != 0 && info.single_stream) context.expect_bytes(info.size_estimate);
  source.backup(split, context);
  if (complete) return;
  const std::string what = name.empty() ? "the source has no entry" : "the source has no entry '" + name + "'";
  throw Error(ErrorCode::not_found, info.record.name + ": " + what + (names.empty() ? "" : "; there are " + names));
}

RestoreReport restore_stream(Target& target, const BackupView& view, Context& context) {
  const RestoreReport report = target.restore(view, {}, context);
  for (const LeftOut& item : report.left_out) context.warn("left out: " + item.reason, item.object);
  return report;
}

/// A backup that has one entry, whose bytes are those of `from`, once.
BackupView view_of_stream(Reader& from) {
  auto manifest = std::make_shared<Manifest>();
  manifest->id = "stream";
  manifest->sources.push_back({.uri = "stream:", .driver = "exec", .name = "stream"});
  manifest->entries.push_back({.name = "stream", .kind = "stream"});
  class Lent final : public Reader {
   public:
    explicit Lent(Reader& from) : from_(from) {}
    std::size_t read(std::span<std::byte> out) override { return from_.read(out); }

   private:
    Reader& from_;
  };
  return {std::move(manifest), 0, [&from, opened = std::make_shared<std::atomic<bool>>(false)](const EntryRecord&) {
            if (opened->exchange(true)) throw Error(ErrorCode::unsupported, "the stream can be read once only");
            return std::make_unique<Lent>(from);
          }};
}

class OwningReader final : public Reader {
 public:
  OwningReader(Producer producer, Context& context) : inner_(context) {
    reader_ =
        pulled_reader([this, producer = std::move(producer)](Writer& out) { producer(out, inner_.context()); }, [this] { inner_.stop(); });
  }
  std::size_t read(std::span<std::byte> out) override { return reader_->read(out); }

 private:
  ProducerContext inner_;  // before the reader, whose thread uses it
  std::unique_ptr<Reader> reader_;
};

}  // namespace

Producer from(std::shared_ptr<Reader> reader) {
  return [reader = std::move(reader)](Writer& out, Context&) { copy(*reader, out); };
}

Producer object(std::shared_ptr<Storage> storage, std::string name) {
  return [storage = std::move(storage), name = std::move(name)](Writer& out, Context&) { copy(*storage->open_reader(name), out); };
}

Producer source_entry(std::shared_ptr<Source> source, std::string name) {
  return [source = std::move(source), name = std::move(name)](Writer& out, Context& context) { read_entry(*source, name, out, context); };
}

Sink to(std::shared_ptr<Writer> writer) {
  return {[writer = std::move(writer)](Context&) { return std::make_unique<SharedWriter>(writer); }};
}

Sink to(std::function<void(ByteView)> take) {
  return {[take = std::move(take)](Context&) { return std::make_unique<CallingWriter>(take); }};
}

Sink target_sink(std::shared_ptr<Target> target) {
  return {[target = std::move(target)](Context& context) {
    const std::unique_ptr<Reader> nothing = memory_reader(Bytes{});
    target->preflight(view_of_stream(*nothing), {}, context);
    const auto quiet = std::make_shared<ProducerContext>(context);
    return pushed_writer([target, quiet](Reader& from) { restore_stream(*target, view_of_stream(from), quiet->context()); }, "the target");
  }};
}

std::unique_ptr<Reader> reader_of(Producer producer, Context& context) {
  return std::make_unique<OwningReader>(std::move(producer), context);
}

PipelineReport split_source(Source& source, const Pipeline& stages, const std::shared_ptr<Storage>& storage, const std::string& prefix,
                            Context& context) {
  std::atomic<std::uint64_t> bytes_in{0}, bytes_out{0};
  SplitWriter split([&](const EntryInfo& info) -> std::unique_ptr<Writer> {
    auto object = storage->open_writer(prefix + info.name + stages.suffix());
    auto end = std::make_unique<Meter>(std::move(object), context, Meter::Side::stored, bytes_out);
    return std::make_unique<Meter>(stages.encode(std::move(end)), context, Meter::Side::plain, bytes_in);
  });
  ProducerContext inner(context);
  source.describe(inner.context());
  source.backup(split, inner.context());
  return {.bytes_in = bytes_in, .bytes_out = bytes_out};
}

}  // namespace holdfast
