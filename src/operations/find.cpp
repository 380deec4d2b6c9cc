#include <algorithm>
#include <set>
#include <tuple>

#include "base/parallel.hpp"
#include "holdfast/error.hpp"
#include "holdfast/repository.hpp"
#include "holdfast/retention.hpp"
#include "repository/layout.hpp"
#include "repository/names.hpp"

namespace holdfast {

namespace {

constexpr std::string_view kLatest = "latest", kLatestOf = "latest:";

bool asks_for_latest(std::string_view name) { return name == kLatest || name.starts_with(kLatestOf); }

/// Returns the name of "latest:NAME"; "" for "latest", of any series.
std::string_view series_in(std::string_view name) { return name == kLatest ? std::string_view() : name.substr(kLatestOf.size()); }

Error no_such_backup_as(const Layout& layout, std::string_view name) {
  return {ErrorCode::not_found, "there is no backup " + std::string(name) + " in " + layout.info().uri};
}

/// Searches for the newest backup, starting with the newest id. No backup is newer than its id: the id of a copy has
/// the time of the copy.
class Latest {
 public:
  /// `series` names one; empty = any.
  Latest(const Layout& layout, std::string_view series, const Context& context)
      : layout_(layout), series_(series), context_(context), now_(context.now()) {}

  BackupInfo find() {
    const std::vector<BackupId> ids = layout_.ids(context_);
    std::size_t at_a_time = 1;  // almost always the first
    for (std::size_t next = 0; next < ids.size() && !(series_.empty() && latest_ && older(ids[next]));) {
      const std::size_t count = std::min(at_a_time, ids.size() - next);
      look_at({ids.begin() + static_cast<std::ptrdiff_t>(next), count});
      next += count;
      at_a_time = std::max(context_.jobs(), 1U);
    }
    for (BackupInfo& backup : of_series()) consider(std::move(backup));
    if (!ahead_.empty()) tell_ahead();
    if (!latest_)
      throw Error(ErrorCode::not_found, "there is no backup" + std::string(ids.empty() ? "" : " that can be read") +
                                            (series_.empty() ? "" : " of series '" + series_ + "'") + " in " + layout_.info().uri);
    return *std::move(latest_);
  }

 private:
  static bool newer(const BackupInfo& a, const BackupInfo& b) {
    return std::tuple(a.time, age_of(a.id), a.id) > std::tuple(b.time, age_of(b.id), b.id);
  }
  bool older(const BackupId& id) const { return age_of(id).first < std::chrono::floor<std::chrono::seconds>(latest_->time); }

  void look_at(std::span<const BackupId> ids) {
    std::vector<std::optional<BackupInfo>> found(ids.size());
    parallel_for(ids.size(), context_.jobs(), [&](std::size_t number) {
      context_.check();
      found[number] = layout_.find(ids[number], context_);
    });
    for (std::optional<BackupInfo>& backup : found) {
      if (!backup) continue;  // removed meanwhile
      if (!backup->damage.empty()) {
        context_.warn("is skipped, because it can't be read: " + backup->damage, backup->id);
      } else if (series_.empty()) {
        consider(*std::move(backup));
      } else if (series_of(*backup) == series_) {
        named_.push_back(*std::move(backup));
      } else if (backup->sources.size() == 1 && backup->sources.front().name == series_) {
        of_source_.push_back(*std::move(backup));
      }
    }
  }

  void consider(BackupInfo backup) {
    if (is_in_future(backup.time, now_)) {
      ahead_.push_back(std::move(backup));
    } else if (!latest_ || newer(backup, *latest_)) {
      latest_ = std::move(backup);
    }
  }

  // Sources of one name may be of several servers or hosts: which one is meant must be said.
  std::vector<BackupInfo> of_series() {
    if (!named_.empty()) return std::move(named_);
    std::set<std::string> series;
    for (const BackupInfo& backup : of_source_) series.insert(series_of(backup));
    if (series.size() > 1) {
      throw Error(ErrorCode::invalid_argument, "several series have a source '" + series_ + "', '" + *series.begin() + "' and '" +
                                                   *series.rbegin() + "' among them: name one");
    }
    return std::move(of_source_);
  }

  void tell_ahead() {
    const BackupInfo& newest = *std::ranges::max_element(ahead_, [](const auto& a, const auto& b) { return newer(b, a); });
    const std::string dated = "backup " + newest.id + " is dated " + format_time(newest.time) + ", in the future";
    if (latest_) {
      const std::string more = ahead_.size() == 1 ? "" : " (as are " + std::to_string(ahead_.size() - 1) + " more)";
      context_.warn(dated + more + ": skipped; name it by its id", newest.id);
      return;
    }
    context_.warn(dated + ", as are all that can be read: it is used as the latest; check the clock of this machine", newest.id);
    latest_ = newest;
  }

  const Layout& layout_;
  const std::string series_;
  const Context& context_;
  const TimePoint now_;
  std::optional<BackupInfo> latest_;
  std::vector<BackupInfo> ahead_;              // dated in the future
  std::vector<BackupInfo> named_, of_source_;  // those of the series, and those whose only source has its name
};

/// Returns the id that begins with `name`. Returns `name` if it is the id of a missing backup.
BackupId unique_id(const Layout& layout, std::string_view name, const Context& context) {
  std::vector<BackupId> ids = layout.ids(context);
  std::erase_if(ids, [name](const BackupId& id) { return !id.starts_with(name); });
  if (ids.size() > 1 && !name.empty()) {
    throw Error(ErrorCode::invalid_argument,
                "several backups begin with " + std::string(name) + ", " + ids[0] + " and " + ids[1] + " among them");
  }
  if (ids.size() == 1 && !name.empty()) return ids.front();
  if (is_backup_id(name)) return BackupId(name);
  throw no_such_backup_as(layout, name);
}

}  // namespace

BackupId Repository::resolve(std::string_view name, Context& context) const {
  if (layout_->is_exact(name)) return BackupId(name);
  return asks_for_latest(name) ? Latest(*layout_, series_in(name), context).find().id : unique_id(*layout_, name, context);
}

BackupInfo Repository::find(std::string_view name, Context& context) const {
  if (asks_for_latest(name)) return Latest(*layout_, series_in(name), context).find();
  const BackupId id = layout_->is_exact(name) ? BackupId(name) : unique_id(*layout_, name, context);
  std::optional<BackupInfo> found = layout_->find(id, context);
  if (!found) throw no_such_backup_as(*layout_, id);
  if (!found->damage.empty()) throw Error(ErrorCode::corrupt, "backup " + id + " is damaged: " + found->damage);
  return *std::move(found);
}

}  // namespace holdfast
