#include <fmt/format.h>

#include <cstdlib>
#include <memory>

#include "format.hpp"
#include "holdfast/duration.hpp"
#include "session.hpp"

namespace holdfast::cli {

namespace {

/// Counts the objects that a collection could not remove because of the storage's locks, from its events, which it
/// passes on.
class Locks final : public EventSink {
 public:
  explicit Locks(Context& context) : context_(context), next_(context.events) { context.events = this; }
  ~Locks() override { context_.events = next_; }
  Locks(const Locks&) = delete;
  Locks& operator=(const Locks&) = delete;

  void on_event(const Event& event) noexcept override {
    for (const auto& [key, value] : event.fields) {
      if (key == "locked_objects") objects = std::strtoull(value.c_str(), nullptr, 10);
      if (key == "locked_bytes") bytes = std::strtoull(value.c_str(), nullptr, 10);
      if (key == "locked_until") until = value;
    }
    if (next_ != nullptr) next_->on_event(event);
  }

  std::uint64_t objects = 0, bytes = 0;
  std::string until;

 private:
  Context& context_;
  EventSink* next_;
};

std::string text(const GarbageReport& report, bool dry_run) {
  std::string lines = fmt::format("{} {}, {}\n", dry_run ? "would remove" : "removed", count_of(report.removed_packs, "pack"),
                                  format_size(report.removed_bytes));
  lines += fmt::format("{} {}, {}, for the next run after the grace period\n", dry_run ? "would mark" : "marked",
                       count_of(report.marked_packs, "pack"), format_size(report.marked_bytes));
  if (report.backups != 0) lines += count_of(report.backups, "removed backup") + " can't be brought back any more\n";
  if (report.copied_chunks != 0) lines += count_of(report.copied_chunks, "chunk") + " moved into new packs\n";
  if (report.leftovers != 0) lines += count_of(report.leftovers, "object") + " that dead writers left removed\n";
  if (report.waiting != 0) lines += count_of(report.waiting, "mark") + " waiting for a running backup or the grace period\n";
  return lines;
}

int gc(Session& session, GarbageOptions options, const std::string& grace) {
  if (!grace.empty()) options.grace = parse_duration(grace);
  Repository repository = session.open_repository();
  const Locks locks(session.context());
  const GarbageReport report = repository.collect_garbage(options, session.context());
  Json json{{"dry_run", options.dry_run}};
  json.update(document(report));
  json.update({{"locked_objects", locks.objects}, {"locked_bytes", locks.bytes}, {"locked_until", locks.until}});
  std::string lines = text(report, options.dry_run);
  if (locks.objects != 0)
    lines += fmt::format("{}, {}, locked: a later run frees them, the last after {}\n", count_of(locks.objects, "object"),
                         format_size(locks.bytes), locks.until);
  return session.confirm(std::move(json), lines);
}

}  // namespace

void add_gc(CLI::App& app, Session& session) {
  CLI::App& command = *app.add_subcommand("gc", "Free data that no backup needs; safe during running backups");
  const auto options = std::make_shared<GarbageOptions>();
  const auto grace = std::make_shared<std::string>();
  command.add_option("--grace", *grace, "How long removed data stays, as in 24h (the default) or 7d")->type_name("TIME");
  command.add_flag("-n,--dry-run", options->dry_run, "Only say what would go");
  session.add_repository_options(command);
  session.add_output_options(command);
  session.on(command, [&session, options, grace] { return gc(session, *options, *grace); });
}

}  // namespace holdfast::cli
