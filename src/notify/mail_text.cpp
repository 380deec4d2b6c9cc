#include "notify/mail_text.hpp"

#include <algorithm>
#include <array>

#include "base/base64.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kLine = 76;
constexpr std::size_t kPlainSubject = 60;
constexpr std::size_t kWordBytes = 42;  // of an encoded word, whose base64 is 56 of 75 characters

/// "Sun, 29 Nov 2026 12:36:22 +0000", whatever the host's locale.
std::string mail_date(TimePoint time) {
  constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::string iso = format_time(time);  // 2026-11-29T12:36:22Z
  return std::string(kDays[std::chrono::weekday(day).c_encoding()]) + ", " + iso.substr(8, 2) + " " +
         kMonths[static_cast<unsigned>(date.month()) - 1] + " " + iso.substr(0, 4) + " " + iso.substr(11, 8) + " +0000";
}

/// Encodes a subject as RFC 2047 describes it, unless it is short and means only itself.
std::string mail_subject(std::string_view text) {
  const bool ascii = std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
  if (ascii && text.size() <= kPlainSubject && text.find("=?") == std::string_view::npos) return std::string(text);
  std::string encoded;
  while (!text.empty()) {
    std::size_t length = std::min(kWordBytes, text.size());
    while (length < text.size() && length > 1 && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80) --length;
    encoded += (encoded.empty() ? "=?utf-8?B?" : "\r\n =?utf-8?B?") + to_base64(as_bytes(text.substr(0, length))) + "?=";
    text.remove_prefix(length);
  }
  return encoded;
}

std::string with_crlf(std::string_view text) {
  std::string lines;
  for (const char c : text) lines += c == '\n' ? "\r\n" : std::string(1, c);
  return lines;
}

std::string address_list(const std::vector<std::string>& addresses) {
  std::string list;
  for (const std::string& address : addresses) list += (list.empty() ? "<" : ",\r\n <") + address + ">";
  return list;
}

}  // namespace

std::string mail_text(const MailRoute& route, const Message& message, TimePoint now) {
  std::string mail = "From: <" + route.from + ">\r\n";
  mail += "To: " + address_list(route.to) + "\r\n";
  mail += "Subject: " + mail_subject(message.title) + "\r\n";
  mail += "Date: " + mail_date(now) + "\r\n";
  mail += "Message-ID: <" + message.id + route.from.substr(route.from.find('@')) + ">\r\n";
  mail += "Auto-Submitted: auto-generated\r\n";
  mail += "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n";
  const std::string body = to_base64(as_bytes(with_crlf(message.text) + "\r\n"));
  for (std::size_t at = 0; at < body.size(); at += kLine) mail += body.substr(at, kLine) + "\r\n";
  return mail;
}

bool is_plain_address(std::string_view text) {
  const auto plain = [](char c) { return c > ' ' && c <= '~' && std::string_view("<>()[]\\,;:\"").find(c) == std::string_view::npos; };
  const std::size_t at = text.find('@');
  return std::ranges::all_of(text, plain) && at != std::string_view::npos && at != 0 && at + 1 < text.size() && at == text.rfind('@');
}

}  // namespace holdfast
