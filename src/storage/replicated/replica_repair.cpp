#include "storage/replicated/replica_repair.hpp"

#include <algorithm>
#include <utility>

#include "base/digest.hpp"
#include "base/hex.hpp"
#include "holdfast/context.hpp"

namespace holdfast {

namespace {

using Index = ReplicaSet::Index;
using Objects = std::map<std::string, ObjectInfo>;

constexpr int kRounds = 20;
constexpr std::size_t kBuffer = 1U << 20;
/// The assumed limit of the difference between the storages' clocks.
constexpr std::chrono::hours kClocks{24};

/// Returns the SHA-256 of the bytes if the name ends in it, else "". Such a name tells whether the bytes are right.
std::string hash_in_name(const std::string& name) {
  const std::string last = name.substr(name.rfind('/') + 1);
  const bool hex = last.size() == 64 && last.find_first_not_of("0123456789abcdef") == std::string::npos;
  return hex ? last : "";
}

/// Oldest first: at any moment, a storage that is being filled looks as if a writer had died.
void sort_by_age(std::vector<ObjectInfo>& objects) {
  std::ranges::sort(objects,
                    [](const ObjectInfo& a, const ObjectInfo& b) { return std::tie(a.modified, a.name) < std::tie(b.modified, b.name); });
}

class Repair {
 public:
  Repair(ReplicaSet& set, const ReplicaRepairOptions& options, Context& context) : set_(set), options_(options), context_(context) {}

  ReplicaRepairReport run() {
    for (const std::string& id : options_.forget) set_.forget(id);
    set_.refresh();
    begin_all();
    bool work = true;
    for (int round = 0; work && round < kRounds; ++round) work = heal(round == 0 && options_.every_byte);
    if (work) problem("the storages change faster than the repair can follow: run it again", set_.usable());
    finish();
    return std::move(report_);
  }

 private:
  struct Target {
    std::string mark;
    TimePoint since{};  ///< from then on, its objects may differ from those of the others
    bool whole = true;
  };

  // R1, R2
  void begin_all() {
    sources_ = set_.usable();
    const std::vector<Index> all = set_.reachable();
    if (sources_.empty() && all.size() < set_.members())
      throw Error(ErrorCode::conflict,
                  "every storage that can be reached is behind: bring back the others first; together they have everything");
    nobody_whole_ = sources_.empty();
    for (const Index index : all)
      if (std::ranges::find(sources_, index) == sources_.end()) begin(index);
    if (nobody_whole_) sources_ = all;
  }
  void begin(Index index) {
    if (targets_.contains(index)) return;
    const std::set<std::string> old = set_.marks_of(set_.id(index));
    Target target;
    target.since = set_.marked_since(old).value_or(context_.now()) - kClocks;
    target.mark = set_.mark(set_.id(index), target.since + kClocks);
    set_.remove_marks(old);
    set_.exclude_behind(index, "is being repaired");
    set_.teach(index);
    targets_.emplace(index, std::move(target));
  }

  // R3: makes one comparison and its changes. Returns true if it changed anything.
  bool heal(bool every_byte) {
    done_ = false;
    objects_.clear();
    // Sources first: an object that is put meanwhile then appears missing nowhere.
    for (const Index index : sources_) read(index);
    for (const auto& [index, target] : targets_)
      if (!objects_.contains(index)) read(index);
    Objects wanted;
    for (const Index index : sources_) wanted.insert(objects_[index].begin(), objects_[index].end());
    for (const auto& [name, info] : wanted) compare(info, every_byte);
    for (auto& [index, objects] : objects_) fill(index, wanted);
    if (!nobody_whole_)
      for (const auto& [index, target] : targets_) clear(index, wanted);
    return done_;
  }
  void read(Index index) {
    Objects& found = objects_[index];
    set_.storage(index).list("", [&found](const ObjectInfo& info) {
      if (!info.name.starts_with(kReplicaFolder)) found.emplace(info.name, info);
      return true;
    });
  }

  void compare(const ObjectInfo& wanted, bool every_byte) {
    context_.check();
    bool differs = every_byte;
    std::vector<Index> holders;
    for (const auto& [index, objects] : objects_) {
      const auto found = objects.find(wanted.name);
      if (found == objects.end()) continue;
      holders.push_back(index);
      differs = differs || found->second.size != wanted.size || may_be_anothers(index, found->second);
    }
    if (differs && !undecided_.contains(wanted.name)) decide(wanted.name, holders);
  }

  /// Two writers may have put one name on storages that the other one could not reach; only one of them won.
  bool may_be_anothers(Index index, const ObjectInfo& object) const {
    const auto target = targets_.find(index);
    return target != targets_.end() && object.modified >= target->second.since && hash_in_name(object.name).empty() &&
           !compared_.contains(object.name);
  }

  /// Decides which of the stored bytes are right, and replaces the others.
  void decide(const std::string& name, const std::vector<Index>& holders) {
    compared_.insert(name);
    std::map<std::string, std::vector<Index>> by_hash;
    for (const Index index : holders) by_hash[hash_of(index, name)].push_back(index);
    const std::string told = hash_in_name(name);
    std::string right;
    for (const auto& [hash, indices] : by_hash) {
      const bool majority = indices.size() * 2 > holders.size();
      if (!hash.empty() && (told.empty() ? majority : hash == told)) right = hash;
    }
    if (right.empty()) {
      undecided_.insert(name);
      problem(name + (by_hash.size() == 1 ? ": no storage has its right bytes"
                                          : ": the storages hold different bytes, and none is known to be right"),
              holders);
      return;
    }
    for (const auto& [hash, indices] : by_hash)
      for (const Index index : indices)
        if (hash != right) replace(index, name, by_hash[right]);
  }
  std::string hash_of(Index index, const std::string& name) {
    try {
      const auto reader = set_.storage(index).open_reader(name);
      Sha256 hash;
      Bytes buffer(kBuffer);
      while (const std::size_t got = reader->read(buffer)) {
        context_.check();
        hash.update(ByteView(buffer).first(got));
      }
      return to_hex(hash.finish());
    } catch (const Error& error) {
      if (error.code() == ErrorCode::cancelled) throw;
      return "";  // an object that can't be read is not right
    }
  }
  void replace(Index index, const std::string& name, const std::vector<Index>& from) {
    begin(index);  // marked, because it will lack the object for a moment
    if (!remove_or_tell(index, name, "it differs from that of the others, and can't be replaced yet")) return;
    say(index, "replaced " + name);
    ++report_.replaced_objects;
    copy(index, name, from);
    done_ = true;
  }

  void fill(Index index, const Objects& wanted) {
    const Objects& there = objects_[index];
    std::vector<ObjectInfo> missing;
    for (const auto& [name, info] : wanted)
      if (!there.contains(name)) missing.push_back(info);
    sort_by_age(missing);
    for (const ObjectInfo& info : missing) {
      std::vector<Index> from;
      for (const Index source : sources_)
        if (objects_[source].contains(info.name)) from.push_back(source);
      if (copy(index, info.name, from)) {
        done_ = true;
        say(index, "copied " + info.name);
      }
    }
  }

  /// Returns false if the object is gone everywhere, or can't be read.
  bool copy(Index to, const std::string& name, const std::vector<Index>& from) {
    context_.check();
    std::string why;
    for (const Index source : from) {
      try {
        copy_from(source, to, name);
        return true;
      } catch (const Error& error) {
        if (error.code() == ErrorCode::cancelled) throw;
        if (error.code() == ErrorCode::already_exists) return false;  // a writer was faster
        if (error.code() != ErrorCode::not_found) why = error.message();
      }
    }
    if (!why.empty()) problem(name + ": " + why, {to});
    return false;
  }
  void copy_from(Index source, Index to, const std::string& name) {
    const auto reader = set_.storage(source).open_reader(name);
    const auto writer = set_.storage(to).open_writer(name);
    Sha256 hash;
    Bytes buffer(kBuffer);
    std::uint64_t bytes = 0;
    while (const std::size_t got = reader->read(buffer)) {
      context_.check();
      const ByteView part = ByteView(buffer).first(got);
      hash.update(part);
      writer->write(part);
      bytes += got;
    }
    const std::string told = hash_in_name(name);
    if (!told.empty() && to_hex(hash.finish()) != told) throw Error(ErrorCode::corrupt, set_.storage(source).uri() + " holds it damaged");
    writer->commit();
    ++report_.copied_objects;
    report_.copied_bytes += bytes;
  }

  /// Removes objects that a target kept although they were removed elsewhere. Newest first, so that no object refers to
  /// a removed one.
  void clear(Index index, const Objects& wanted) {
    std::vector<ObjectInfo> extra;
    for (const auto& [name, info] : objects_[index])
      if (!wanted.contains(name)) extra.push_back(info);
    sort_by_age(extra);
    std::ranges::reverse(extra);
    for (const ObjectInfo& info : extra) {
      context_.check();
      if (!remove_or_tell(index, info.name, "it was removed elsewhere, and can't be removed here yet")) continue;
      ++report_.removed_objects;
      done_ = true;
      say(index, "removed " + info.name);
    }
  }

  /// Returns false if the storage refuses, for example for a locked object. Then it stays behind, and a later repair
  /// tries again.
  bool remove_or_tell(Index index, const std::string& name, const char* what) {
    try {
      set_.storage(index).remove(name);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::not_found) return true;
      if (error.code() != ErrorCode::permission_denied) throw;
      problem(name + ": " + what + ": " + error.message(), {index});
      return false;
    }
    return true;
  }

  // R4, R5
  void finish() {
    for (const auto& [index, target] : targets_) {
      if (!target.whole) {
        set_.exclude_behind(index, "could not be repaired completely");
        continue;
      }
      set_.note_repair(set_.id(index));
      set_.remove_marks({target.mark});
      set_.admit(index);
    }
    set_.refresh();
    report_.copies = set_.status();
  }

  void problem(const std::string& what, const std::vector<Index>& at) {
    std::string where;
    for (const Index index : at) {
      where += (where.empty() ? "" : ", ") + set_.storage(index).uri();
      if (const auto target = targets_.find(index); target != targets_.end()) target->second.whole = false;
    }
    const std::string line = where + ": " + what;
    if (std::ranges::find(report_.problems, line) == report_.problems.end()) report_.problems.push_back(line);
  }
  void say(Index index, const std::string& what) const {
    if (options_.report) options_.report(set_.storage(index).uri() + ": " + what);
  }

  ReplicaSet& set_;
  const ReplicaRepairOptions& options_;
  Context& context_;
  ReplicaRepairReport report_;
  std::vector<Index> sources_;
  bool nobody_whole_ = false;
  std::map<Index, Target> targets_;
  std::map<Index, Objects> objects_;
  std::set<std::string> undecided_, compared_;
  bool done_ = false;
};

}  // namespace

ReplicaRepairReport repair_replicas(ReplicaSet& set, const ReplicaRepairOptions& options, Context& context) {
  return Repair(set, options, context).run();
}

}  // namespace holdfast
