#include "storage/azure/azure_options.hpp"

#include <algorithm>
#include <array>

#include "base/base64.hpp"
#include "holdfast/error.hpp"
#include "storage/http/bucket_uri.hpp"
#include "storage/http/http_options.hpp"
#include "storage/http/option_values.hpp"
#include "storage/http/url.hpp"

namespace holdfast {

namespace {

Secret account_key(const std::string& text) {
  try {
    return Secret(ByteView(from_base64(text)));
  } catch (const Error&) {
    throw Error(ErrorCode::invalid_argument, "option account_key takes the account's key as Azure shows it, in base64");
  }
}

Secret sas_token(const std::string& text) {
  const std::string_view query = std::string_view(text).substr(text.starts_with('?') ? 1 : 0);
  if (query.find("sig=") == std::string_view::npos || !std::ranges::all_of(query, [](char c) { return c > ' ' && c <= '~' && c != '#'; }))
    throw Error(ErrorCode::invalid_argument, "option sas_token takes a shared access signature as Azure shows it: sv=…&sig=…");
  return Secret(query);
}

/// Returns the URL of the account. The path names the account if the host's name does not.
std::string account_endpoint(const std::string& text) {
  const Url url = parse_url(text);
  std::string path = url.path;
  while (path.ends_with('/')) path.pop_back();
  if (!url.query.empty())
    throw Error(ErrorCode::invalid_argument, "option endpoint takes https://HOST[:PORT] or http://HOST[:PORT]/ACCOUNT");
  return url.origin() + path;
}

std::string tier(const std::string& text) {
  constexpr std::array<std::pair<std::string_view, const char*>, 4> kTiers = {
      {{"", ""}, {"hot", "Hot"}, {"cool", "Cool"}, {"cold", "Cold"}}};
  return std::ranges::find(kTiers, std::string_view(text), &std::pair<std::string_view, const char*>::first)->second;
}

AzureKeyOptions keys_of(const ParsedOptions& given) {
  AzureKeyOptions keys;
  keys.source = given.text("credentials");
  keys.account_name = header_value(given, "account_name");
  if (given.given("account_key")) keys.account_key = account_key(given.text("account_key"));
  if (given.given("sas_token")) keys.sas_token = sas_token(given.text("sas_token"));
  keys.token = Secret(header_value(given, "token"));
  keys.client_id = header_value(given, "client_id");
  keys.tenant_id = header_value(given, "tenant_id");
  keys.federated_token_file = given.text("federated_token_file");
  keys.authority_host = origin_value(given, "authority_host");
  keys.imds_endpoint = origin_value(given, "imds_endpoint");
  return keys;
}

AzureOptions read_azure(const ParsedOptions& given) {
  AzureOptions options;
  read_http_options(given, options.http, options.retry);
  options.keys = keys_of(given);
  if (given.given("endpoint")) options.endpoint = account_endpoint(given.text("endpoint"));
  options.access_tier = tier(given.text("access_tier"));
  options.part_size = given.size("part_size");
  options.max_parts = static_cast<std::uint32_t>(given.integer("max_parts"));
  options.parallel_parts = static_cast<unsigned>(given.integer("parallel_parts"));
  options.memory = given.size("memory");
  return options;
}

void refuse_archive(const Options& said) {
  const auto found = said.find("access_tier");
  if (found != said.end() && found->second == "archive")
    throw Error(ErrorCode::invalid_argument, "option access_tier does not take archive: archived blobs can't be read for hours");
}

/// Returns the options that a connection string "AccountName=…;AccountKey=…;…" sets, except those that are also given
/// by themselves.
Options connection_options(const Options& said) {
  const auto given = said.find("connection_string");
  if (given == said.end()) return {};
  std::map<std::string, std::string, std::less<>> parts;
  for (std::string_view rest = given->second; !rest.empty();) {
    const std::string_view part = rest.substr(0, rest.find(';'));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    const std::size_t equals = part.find('=');
    if (equals != std::string_view::npos) parts.emplace(part.substr(0, equals), part.substr(equals + 1));
  }
  if (!parts.contains("AccountName") && !parts.contains("BlobEndpoint"))
    throw Error(ErrorCode::invalid_argument,
                "option connection_string takes AccountName=…;AccountKey=…, or BlobEndpoint=…;SharedAccessSignature=…");
  if (!parts.contains("BlobEndpoint") && parts.contains("EndpointSuffix")) {
    const auto scheme = parts.try_emplace("DefaultEndpointsProtocol", "https").first->second;
    parts["BlobEndpoint"] = scheme + "://" + parts["AccountName"] + ".blob." + parts["EndpointSuffix"];
  }
  constexpr std::array<std::pair<const char*, const char*>, 4> kOptionOf = {{{"AccountName", "account_name"},
                                                                             {"AccountKey", "account_key"},
                                                                             {"SharedAccessSignature", "sas_token"},
                                                                             {"BlobEndpoint", "endpoint"}}};
  const bool other_secret = said.contains("account_key") || said.contains("sas_token") || said.contains("token");
  Options options;
  for (const auto& [part, option] : kOptionOf) {
    const auto found = parts.find(part);
    const bool secret = std::string_view(option) == "account_key" || std::string_view(option) == "sas_token";
    if (found != parts.end() && !said.contains(option) && !(secret && other_secret)) options.emplace(option, found->second);
  }
  return options;
}

bool good_container(std::string_view name) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return name == "$root" || (name.size() >= 3 && name.size() <= 63 && std::ranges::all_of(name, plain) && name.front() != '-' &&
                             name.back() != '-' && name.find("--") == name.npos);
}

bool is_this_machine(const Url& url) { return url.host == "localhost" || url.host.starts_with("127.") || url.host == "[::1]"; }

}  // namespace

AzureOptions parse_azure_options(std::string_view uri, const Options& options) {
  BucketUri place = parse_bucket_uri(uri, "azblob://CONTAINER/PREFIX", options, azure_option_specs());
  refuse_archive(place.options);
  place.options.merge(connection_options(place.options));
  AzureOptions parsed = read_azure(parse_options("azblob", azure_option_specs(), place.options));
  parsed.container = std::move(place.bucket);
  parsed.prefix = std::move(place.prefix);
  if (!good_container(parsed.container)) refuse_uri(uri, "a container's name has 3 to 63 lower-case letters, digits and single '-'");

  const AzureKeyOptions& keys = parsed.keys;
  const int secrets = int{!keys.account_key.empty()} + int{!keys.sas_token.empty()} + int{!keys.token.empty()};
  if (secrets > 1) refuse_uri(uri, "give one of account_key, sas_token and token");
  if (!keys.account_key.empty() && keys.account_name.empty()) refuse_uri(uri, "account_key needs account_name");
  parsed.endpoint_given = !parsed.endpoint.empty();
  if (!parsed.endpoint_given) {
    if (keys.account_name.empty()) refuse_uri(uri, "give the option account_name, or endpoint");
    parsed.endpoint = account_endpoint("https://" + keys.account_name + ".blob.core.windows.net");
  }
  const Url url = parse_url(parsed.endpoint);
  // A signature does not reveal its key.
  if (url.scheme == "http" && !is_this_machine(url) && keys.account_key.empty() && keys.source != "anonymous")
    refuse_uri(uri, "over http:// anyone on the network could read the token or shared access signature: use https://");
  return parsed;
}

}  // namespace holdfast
