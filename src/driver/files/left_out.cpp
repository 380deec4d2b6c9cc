#include "driver/files/left_out.hpp"

#include "driver/files/place.hpp"

namespace holdfast::files {

namespace {

constexpr const char* kNoteCount = "unreadable_left_out";
constexpr const char* kNoteNames = "unreadable";
constexpr std::size_t kMostNames = 4096;  // bytes: every reader of the manifest holds them
constexpr std::string_view kMore = " ...";

}  // namespace

void LeftOutFiles::add(const std::string& path) {
  ++count_;
  if (names_.ends_with(kMore)) return;
  const std::string name = uri_of(path).substr(kScheme.size());
  if (names_.size() + name.size() < kMostNames) {
    names_ += (names_.empty() ? "" : " ") + name;
  } else {
    names_ += kMore;
  }
}

void LeftOutFiles::note(BackupWriter& out) const {
  if (count_ == 0) return;
  out.note(kNoteCount, std::to_string(count_));
  out.note(kNoteNames, names_);
}

std::optional<std::string> missing_from(const SourceRecord& source) {
  const auto count = source.notes.find(kNoteCount), names = source.notes.find(kNoteNames);
  if (count == source.notes.end()) return std::nullopt;
  return "files and folders that could not be read are not in the backup: " + count->second +
         (names == source.notes.end() ? "" : ", " + names->second);
}

}  // namespace holdfast::files
