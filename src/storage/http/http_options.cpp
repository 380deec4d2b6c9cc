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
      {.name = "ca_file", .help = "PEM certificates to trust instead of the system's"},
      {.name = "proxy", .help = "URL of a proxy; those of the environment are not looked at"},
      seconds("connect_timeout", "10", "seconds for name look-up, TCP and TLS"),
      seconds("stall_timeout", "60", "seconds in which less than 4 KiB move until an attempt is given up"),
      seconds("timeout", "300", "seconds after which a call begins no further attempt"),
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
}

}  // namespace holdfast
