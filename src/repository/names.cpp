#include "repository/names.hpp"

#include <algorithm>
#include <cstdio>
#include <vector>

#include "base/ascii.hpp"
#include "base/digest.hpp"
#include "base/hex.hpp"

namespace holdfast {

namespace {

constexpr std::string_view kPrefix = "backup_";
constexpr std::size_t kIdSize = 22;  // without the sequence number
constexpr std::size_t kMaxPart = 160, kKeptOfPart = 140, kMaxName = 600;

bool digits_only(std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos; }

bool is_lower_hex(std::string_view text) { return text.find_first_not_of("0123456789abcdef") == std::string_view::npos; }

int number_at(std::string_view text, std::size_t from, std::size_t count) { return std::stoi(std::string(text.substr(from, count))); }

std::chrono::year_month_day date_in(std::string_view id) {
  using namespace std::chrono;
  return {year(number_at(id, 7, 4)), month(static_cast<unsigned>(number_at(id, 11, 2))), day(static_cast<unsigned>(number_at(id, 13, 2)))};
}

bool is_plain(char c) { return is_ascii_alnum(c) || std::string_view("._-+=@,").find(c) != std::string_view::npos; }

void append_escaped(std::string& out, char c) {
  char code[4];
  std::snprintf(code, sizeof code, "%%%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
  out += code;
}

std::string escape_part(std::string_view part) {
  const bool only_dots = part == "." || part == "..";
  std::string out;
  for (const char c : part) {
    if (is_plain(c) && !only_dots) {
      out += c;
    } else {
      append_escaped(out, c);
    }
  }
  return out;
}

// Keeps a '/' only between two parts that are not empty: no storage accepts an empty part.
std::vector<std::string> split_name(std::string_view name) {
  std::vector<std::string> parts(1);
  for (std::size_t at = 0; at < name.size(); ++at) {
    const bool separates = name[at] == '/' && !parts.back().empty() && at + 1 < name.size() && name[at + 1] != '/';
    if (separates) {
      parts.emplace_back();
    } else {
      parts.back() += name[at];
    }
  }
  return parts;
}

std::string bounded(const std::string& part, std::string_view whole_name) {
  if (part.size() <= kMaxPart) return part;
  return part.substr(0, kKeptOfPart) + "~" + sha256_hex(as_bytes(whole_name)).substr(0, 16);
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

}  // namespace

BackupId backup_id(TimePoint time, int sequence) {
  std::string id(kPrefix);
  for (const char c : format_time(time)) {
    if (is_ascii_digit(c)) id += c;
    if (c == 'T') id += '_';
  }
  return sequence > 1 ? id + "_" + std::to_string(sequence) : id;
}

bool is_backup_id(std::string_view text) {
  if (text.size() < kIdSize || text.substr(0, kPrefix.size()) != kPrefix || text[15] != '_') return false;
  if (!digits_only(text.substr(7, 8)) || !digits_only(text.substr(16, 6))) return false;
  const bool real_time = date_in(text).ok() && number_at(text, 16, 2) < 24 && number_at(text, 18, 2) < 60 && number_at(text, 20, 2) < 60;
  if (!real_time || text.size() == kIdSize) return real_time;
  const std::string_view sequence = text.substr(kIdSize);
  return sequence.size() >= 2 && sequence.size() <= 4 && sequence[0] == '_' && sequence[1] != '0' && sequence != "_1" &&
         digits_only(sequence.substr(1));
}

BackupId packed_id(TimePoint time, ByteView random) { return backup_id(time, 1) + "_" + to_hex(random); }

bool is_packed_id(std::string_view text) {
  return text.size() == kPackedIdSize && is_backup_id(text.substr(0, kIdSize)) && text[kIdSize] == '_' &&
         is_lower_hex(text.substr(kIdSize + 1));
}

std::string name_time(TimePoint time) {
  std::string text = format_time_micros(time);
  std::erase_if(text, [](char c) { return c != 'T' && !is_ascii_digit(c); });
  return text;
}

bool is_hex16(std::string_view text) { return text.size() == 16 && is_lower_hex(text); }

std::pair<TimePoint, int> age_of(const BackupId& id) {
  const TimePoint time = std::chrono::sys_days(date_in(id)) + std::chrono::hours(number_at(id, 16, 2)) +
                         std::chrono::minutes(number_at(id, 18, 2)) + std::chrono::seconds(number_at(id, 20, 2));
  const bool numbered = id.size() > kIdSize && !is_packed_id(id);
  return {time, numbered ? std::stoi(id.substr(kIdSize + 1)) : 1};
}

bool belongs_to(std::string_view object, const BackupId& id) {
  return object.size() > id.size() + 1 && object.substr(0, id.size()) == id && (object[id.size()] == '/' || object[id.size()] == '.');
}

BackupId id_in(std::string_view object) {
  const std::string_view head = object.substr(0, object.find_first_of("/."));
  return is_backup_id(head) && belongs_to(object, BackupId(head)) ? BackupId(head) : BackupId();
}

std::string escape_name(std::string_view name) {
  std::string joined;
  std::string last;
  for (const std::string& part : split_name(name)) {
    last = bounded(escape_part(part), name);
    joined += (joined.empty() ? "" : "/") + last;
  }
  if (joined.size() <= kMaxName) return joined;
  return last.substr(0, kKeptOfPart) + "~" + sha256_hex(as_bytes(name)).substr(0, 16);
}

bool NameTable::claim(const std::string& name) {
  const std::string folded = lower(name);
  std::vector<std::string> above;
  for (std::size_t at = folded.find('/'); at != std::string::npos; at = folded.find('/', at + 1)) above.push_back(folded.substr(0, at));
  const bool in_the_way = std::any_of(above.begin(), above.end(), [this](const auto& folder) { return objects_.contains(folder); });
  if (in_the_way || objects_.contains(folded) || folders_.contains(folded)) return false;
  objects_.insert(folded);
  folders_.insert(above.begin(), above.end());
  return true;
}

std::string NameTable::take(const std::string& base, const std::string& suffix, std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  if (claim(base + suffix)) return base + suffix;
  // One of the folders above may already be an object: then only a name without folders is possible.
  std::string flat = base;
  std::replace(flat.begin() + static_cast<std::ptrdiff_t>(std::min(flat.find('/'), flat.size() - 1)) + 1, flat.end(), '/', '~');
  const std::string mark = "~" + std::to_string(number);
  for (std::string candidate : {base, flat}) {
    candidate += mark + suffix;
    if (claim(candidate)) return candidate;
  }
  for (;;) {
    flat += mark;
    if (claim(flat + suffix)) return flat + suffix;
  }
}

}  // namespace holdfast
