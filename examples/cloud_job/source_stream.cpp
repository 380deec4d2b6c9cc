#include "source_stream.hpp"

#include <holdfast/driver.hpp>
#include <holdfast/error.hpp>

namespace cloud_job {

namespace hf = holdfast;

namespace {

class StreamEntry final : public hf::EntryWriter {
 public:
  explicit StreamEntry(hf::Writer& to) : to_(to) {}
  void write(hf::ByteView data) override { to_.write(data); }
  void commit() override {}  // the pipeline's
  void note(const std::string&, std::string) override {}

 private:
  hf::Writer& to_;
};

class StreamBackup final : public hf::BackupWriter {
 public:
  explicit StreamBackup(hf::Writer& to) : to_(to) {}
  std::unique_ptr<hf::EntryWriter> open(hf::EntryInfo) override { return std::make_unique<StreamEntry>(to_); }
  void note(const std::string&, std::string) override {}
  void set_instant(hf::TimePoint) override {}
  bool encrypted() const override { return false; }

 private:
  hf::Writer& to_;
};

}  // namespace

hf::Producer stream_of_source(const std::string& uri, const hf::Options& options) {
  const std::shared_ptr<hf::Source> source = hf::builtin_drivers().for_uri(uri).open_source(uri, {}, options);
  return [source](hf::Writer& out, hf::Context& context) {
    if (!source->describe(context).single_stream) throw hf::Error(hf::ErrorCode::unsupported, "the source has more than one stream");
    StreamBackup backup(out);
    source->backup(backup, context);
  };
}

}  // namespace cloud_job
