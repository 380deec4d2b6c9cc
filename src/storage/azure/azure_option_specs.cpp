#include "storage/azure/azure_options.hpp"
#include "storage/http/http_options.hpp"

namespace holdfast {

namespace {

constexpr std::int64_t kMiB = 1 << 20;

}  // namespace

const std::vector<OptionSpec>& azure_option_specs() {
  using enum OptionType;
  static const std::vector<OptionSpec> kAll = with_http_options({
      {.name = "endpoint",
       .help = "https://HOST[:PORT] in another cloud, or http://HOST:PORT/ACCOUNT of an emulator; default: "
               "https://ACCOUNT.blob.core.windows.net"},
      {.name = "account_name", .help = "name of the storage account"},
      {.name = "access_tier", .type = choice, .help = "tier of new blobs; default: the account's", .choices = {"hot", "cool", "cold"}},
      {.name = "part_size",
       .type = size,
       .default_value = "8M",
       .help = "size of the first blocks of a blob",
       .minimum = kMiB / 16,
       .maximum = kLargestBlock},
      {.name = "max_parts",
       .type = integer,
       .default_value = "50000",
       .help = "most blocks per blob that the server accepts",
       .minimum = 9,
       .maximum = 50'000},
      {.name = "parallel_parts",
       .type = integer,
       .default_value = "4",
       .help = "blocks of one blob that are sent in parallel",
       .minimum = 1,
       .maximum = 64},
      {.name = "memory",
       .type = size,
       .default_value = "128M",
       .help = "memory for blocks being sent, over all blobs",
       .maximum = std::int64_t{1} << 40},
      {.name = "credentials",
       .type = choice,
       .default_value = "auto",
       .help = "source of the credentials; auto uses the first that is configured",
       .choices = {"auto", "static", "workload_identity", "managed_identity", "anonymous"}},
      {.name = "account_key", .help = "the account's key, in base64", .secret = true},
      {.name = "sas_token", .help = "a shared access signature", .secret = true},
      {.name = "connection_string", .help = "replaces account_name, account_key or sas_token, and endpoint", .secret = true},
      {.name = "token", .help = "an OAuth 2.0 access token", .secret = true},
      {.name = "client_id", .help = "id of a workload, or of a user-assigned managed identity"},
      {.name = "tenant_id", .help = "tenant of a workload"},
      {.name = "federated_token_file", .help = "file with a workload's token, read at each refresh"},
      {.name = "authority_host", .default_value = "https://login.microsoftonline.com", .help = "server that issues a workload's tokens"},
      {.name = "imds_endpoint", .default_value = "http://169.254.169.254", .help = "server that issues a machine's tokens"},
  });
  return kAll;
}

}  // namespace holdfast
