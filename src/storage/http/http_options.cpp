#include "storage/http/http_options.hpp"

#include <iterator>

#include "storage/http/url.hpp"

namespace holdfast {

namespace {

OptionSpec seconds(const char* name, const char* default_value, const char* help) {
  return {.name = name, .type = OptionType::integer, .default_value = default_value, .help = help, .minimum = 1, .maximum = 24 * 3600};
}

}  // namespace

std::vector<OptionSpec> with_http_options(std::vector<OptionSpec> own) {
  const OptionSpec shared[] = {
      {.name = "ca_file", .help = "file with PEM certificates to trust instead of the system's"},
      {.name = "proxy", .help = "URL of a proxy; proxy variables of the environment are ignored"},
      seconds("connect_timeout", "10", "seconds for name look-up, TCP and TLS"),
      seconds("stall_timeout", "60", "an attempt ends after this many seconds with less than 4 KiB moved"),
      seconds("timeout", "300", "a call begins no further attempt after this many seconds"),
  };
  own.insert(own.end(), std::begin(shared), std::end(shared));
  return own;
}

void read_http_options(const ParsedOptions& given, HttpOptions& http, RetryTimes& retry) {
  http.ca_file = given.text("ca_file");
  if (given.given("proxy")) http.proxy = parse_url(given.text("proxy")).origin();
  http.connect_timeout = std::chrono::seconds(given.integer("connect_timeout"));
  http.stall_timeout = std::chrono::seconds(given.integer("stall_timeout"));
  retry.total = std::chrono::seconds(given.integer("timeout"));
  retry.counted = true;
}

}  // namespace holdfast
