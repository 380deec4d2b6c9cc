#include "retention/series.hpp"

#include "holdfast/retention.hpp"

namespace holdfast {

namespace {

constexpr const char* kSeriesTag = "series";

std::string identity_of(const SourceRecord& source) {
  if (const auto own = source.notes.find("identity"); own != source.notes.end()) return own->second;
  const auto host = source.notes.find("host");
  return host == source.notes.end() || host->second.empty() ? source.uri : host->second + " " + source.uri;
}

}  // namespace

SeriesKey series_key(const BackupInfo& backup) {
  if (const auto named = backup.tags.find(kSeriesTag); named != backup.tags.end()) return {named->second, {}};
  SeriesKey key;
  for (const SourceRecord& source : backup.sources) key.second.insert(identity_of(source));
  return key;
}

std::string series_of(const BackupInfo& backup) {
  const SeriesKey key = series_key(backup);
  if (!key.first.empty()) return key.first;
  std::string series;
  for (const std::string& identity : key.second) series += (series.empty() ? "" : ", ") + identity;
  return series;
}

}  // namespace holdfast
