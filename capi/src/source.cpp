#include "backup_writer.hpp"
#include "foreign.hpp"

using namespace holdfast;
using namespace holdfast::capi;

namespace {

class ForeignSource final : public Source {
 public:
  ForeignSource(Owned<holdfast_source_driver> driver, std::string restored_by)
      : driver_(std::move(driver)), restored_by_(std::move(restored_by)) {
    driver_.require(driver_->describe, "describe");
    driver_.require(driver_->backup, "backup");
  }

  SourceInfo describe(Context& context) override {
    holdfast_source_info said{};
    said.struct_size = sizeof said;
    call_host("describe", {}, [&](holdfast_error** err) { return driver_->describe(driver_.data(), &said, as_handle(context), err); });
    SourceInfo info;
    info.record = {.uri = required_text(said.uri, "source_info.uri"),
                   .driver = said.driver == nullptr ? restored_by_ : required_text(said.driver, "source_info.driver"),
                   .name = required_text(said.name, "source_info.name")};
    info.size_estimate = said.size_estimate;
    info.single_stream = said.single_stream != 0;
    if (said.compression != nullptr) info.compression = required_text(said.compression, "source_info.compression");
    return info;
  }

  void backup(BackupWriter& out, Context& context) override {
    out.set_instant(context.now());
    holdfast_backup_writer lent{std::make_shared<BackupWriterCore>(out), {}};
    struct TakeBack {
      BackupWriterCore& core;
      ~TakeBack() { core.take_back(); }
    } const end{*lent.core};
    call_host("backup", {}, [&](holdfast_error** err) { return driver_->backup(driver_.data(), &lent, 0, as_handle(context), err); });
  }

 private:
  Owned<holdfast_source_driver> driver_;
  std::string restored_by_;
};

const Context& context_of(const holdfast_context* context) { return *reinterpret_cast<const Context*>(context); }

}  // namespace

std::unique_ptr<Source> holdfast::capi::foreign_source(Owned<holdfast_source_driver> driver, std::string restored_by) {
  return std::make_unique<ForeignSource>(std::move(driver), std::move(restored_by));
}

holdfast_status holdfast_source_open(holdfast_source** out, const char* uri, const holdfast_options* options, holdfast_error** err) {
  clear(out);
  return guard("source", err, [&] {
    Out result(out);
    const OptionSet set = options_of(options);
    const std::string place = required_text(uri, "uri");
    const DriverRegistry drivers = drivers_of(set);
    result.make(drivers.for_uri(place).open_source(place, selection(set, "backup"), set.family("driver.")), true);
  });
}

holdfast_status holdfast_source_new(holdfast_source** out, holdfast_source_driver* driver, holdfast_error** err) {
  clear(out);
  return guard("source", err, [&] {
    Owned<holdfast_source_driver> table(driver, "driver");
    Out result(out);
    result.make(foreign_source(std::move(table), "host"));
  });
}

void holdfast_source_free(holdfast_source* source) { delete source; }

int32_t holdfast_context_is_cancelled(const holdfast_context* context) {
  return context != nullptr && context_of(context).cancelled() ? 1 : 0;
}
int64_t holdfast_context_now(const holdfast_context* context) { return context == nullptr ? 0 : micros(context_of(context).now()); }

void holdfast_context_phase(const holdfast_context* context, const char* message) {
  if (context == nullptr || message == nullptr) return;
  guard("context", nullptr, [&] { context_of(context).phase(message); });
}

void holdfast_context_warn(const holdfast_context* context, const char* message, const char* object) {
  if (context == nullptr || message == nullptr) return;
  guard("context", nullptr, [&] { context_of(context).warn(message, object == nullptr ? "" : object); });
}

void holdfast_context_log(const holdfast_context* context, const char* message) {
  if (context == nullptr || message == nullptr) return;
  guard("context", nullptr, [&] { context_of(context).log(message); });
}

void holdfast_context_progress(const holdfast_context* context, uint64_t plain_bytes) {
  if (context != nullptr) context_of(context).add_progress(plain_bytes, 0);
}
