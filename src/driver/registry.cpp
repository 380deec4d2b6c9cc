#include <algorithm>
#include <charconv>

#include "holdfast/driver.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "none" : text;
}

bool takes(const Driver& driver, std::string_view scheme) {
  const auto schemes = driver.schemes();
  return std::find(schemes.begin(), schemes.end(), scheme) != schemes.end();
}

}  // namespace

std::string export_format(const Driver& driver, const std::string& wanted) {
  const std::vector<ExportFormat> formats = driver.export_formats();
  const std::string owner = "driver " + std::string(driver.name());
  if (formats.empty()) throw Error(ErrorCode::unsupported, owner + " has no export: restore the backup, and use the restored data");
  if (wanted.empty()) return formats.front().name;
  std::vector<std::string> names;
  for (const ExportFormat& format : formats) {
    if (format.name == wanted) return wanted;
    names.push_back(format.name);
  }
  throw Error(ErrorCode::unsupported, owner + " does not export as '" + wanted + "' (known: " + joined(names) + ")");
}

void require_masking(const Driver& driver) {
  if (driver.abilities().masking) return;
  throw Error(ErrorCode::unsupported, "driver " + std::string(driver.name()) + " can't mask values");
}

MaskCheck Driver::check_mask(const BackupView&, const MaskOptions&, Context&) const {
  throw Error(ErrorCode::unsupported, "driver " + std::string(name()) + " can't mask values");
}

std::string Driver::suggest_mask(const BackupView&, Context&) const {
  throw Error(ErrorCode::unsupported, "driver " + std::string(name()) + " can't mask values");
}

void check_selection(const Driver& driver, const Selection& selection) {
  if (selection.empty() || driver.abilities().selection) return;
  throw Error(ErrorCode::unsupported,
              "driver " + std::string(driver.name()) + " takes only whole sources: leave out what includes or excludes parts");
}

void DriverRegistry::add(std::shared_ptr<const Driver> driver) { drivers_.push_back(std::move(driver)); }

const Driver& DriverRegistry::for_uri(std::string_view uri) const {
  if (uri.find('\0') != std::string_view::npos)
    throw Error(ErrorCode::invalid_argument, "a URI has a NUL: the text after it would be ignored");
  const std::size_t colon = uri.find(':');
  std::vector<std::string> known;
  for (const auto& driver : drivers_) {
    if (colon != std::string_view::npos && takes(*driver, uri.substr(0, colon))) return *driver;
    for (std::string& scheme : driver->schemes()) known.push_back(std::move(scheme));
  }
  // Names only the scheme: the rest of a URI may contain a password.
  const std::string scheme = colon == std::string_view::npos ? "without a scheme" : "'" + std::string(uri.substr(0, colon)) + ":'";
  throw Error(ErrorCode::invalid_argument, "no driver for a URI " + scheme + "; known: " + joined(known));
}

const Driver& DriverRegistry::named(std::string_view name) const {
  std::vector<std::string> known;
  for (const auto& driver : drivers_) {
    if (driver->name() == name) return *driver;
    known.emplace_back(driver->name());
  }
  throw Error(ErrorCode::invalid_argument, "no driver '" + std::string(name) + "'; known: " + joined(known));
}

Counts DriverRegistry::counts_of(const std::vector<SourceRecord>& sources) const {
  Counts counts;
  for (const SourceRecord& source : sources) {
    const auto driver = std::ranges::find(drivers_, std::string_view(source.driver), [](const auto& known) { return known->name(); });
    if (driver == drivers_.end()) continue;
    for (const std::string& name : (*driver)->counts()) {
      const auto note = source.notes.find(name);
      if (note == source.notes.end()) continue;
      std::uint64_t number = 0;
      const char* end = note->second.data() + note->second.size();
      if (std::from_chars(note->second.data(), end, number).ptr == end) counts[name] += number;
    }
  }
  return counts;
}

}  // namespace holdfast
