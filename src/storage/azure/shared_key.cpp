#include "storage/azure/shared_key.hpp"

#include <algorithm>
#include <array>

#include "base/base64.hpp"
#include "base/digest.hpp"

namespace holdfast {

namespace {

// Each field has its line, even if it is not sent.
constexpr std::array<std::string_view, 11> kSignedFields = {
    "content-encoding",  "content-language", "content-length", "content-md5",         "content-type", "date",
    "if-modified-since", "if-match",         "if-none-match",  "if-unmodified-since", "range"};

std::string string_to_sign(const SharedKeyRequest& request, std::string_view account) {
  std::map<std::string_view, std::string_view> fields;
  std::map<std::string_view, std::string_view> extensions;
  for (const auto& [name, value] : request.headers) (name.starts_with("x-ms-") ? extensions : fields)[name] = value;
  const std::string length = request.content_length == 0 ? "" : std::to_string(request.content_length);
  fields["content-length"] = length;

  std::string text = std::string(request.method) + "\n";
  for (const std::string_view name : kSignedFields) text += std::string(fields[name]) + "\n";
  for (const auto& [name, value] : extensions) text += std::string(name) + ":" + std::string(value) + "\n";
  text += "/" + std::string(account) + std::string(request.path);
  for (const auto& [name, value] : request.query) text += "\n" + name + ":" + value;
  return text;
}

}  // namespace

std::string azure_date(TimePoint time) {
  constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::string iso = format_time(time);  // "2015-06-26T23:39:12Z"
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(time));
  const std::chrono::weekday weekday(std::chrono::floor<std::chrono::days>(time));
  return std::string(kDays[weekday.c_encoding()]) + ", " + iso.substr(8, 2) + " " + kMonths[static_cast<unsigned>(day.month()) - 1] + " " +
         iso.substr(0, 4) + " " + iso.substr(11, 8) + " GMT";
}

std::string authorization_shared_key(const SharedKeyRequest& request, std::string_view account, const Secret& key) {
  const std::string text = string_to_sign(request, account);
  return "SharedKey " + std::string(account) + ":" + to_base64(hmac_sha256(key.bytes(), as_bytes(text)));
}

}  // namespace holdfast
