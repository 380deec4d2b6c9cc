#include "storage/s3/profile_keys.hpp"

#include <algorithm>

#include "base/digest.hpp"
#include "base/executor.hpp"
#include "base/uri.hpp"
#include "base/words.hpp"
#include "holdfast/error.hpp"
#include "storage/http/url.hpp"
#include "storage/s3/profile_files.hpp"
#include "storage/s3/remote_keys.hpp"
#include "storage/s3/s3_xml.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kMostOutput = 64U << 10;
constexpr std::size_t kMostErrors = 300;
constexpr std::size_t kLongestChain = 10;  // of profiles whose roles are assumed with one another

/// What a credential_process may need to find its own keys: no secrets, which it would not be needed for.
constexpr const char* kPassed[] = {"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE",
                                   "AWS_REGION",  "AWS_DEFAULT_REGION",  "AWS_CA_BUNDLE",   "AWS_SDK_LOAD_CONFIG",
                                   "XDG_*",       "GNUPGHOME",           "SSH_AUTH_SOCK",   "DBUS_SESSION_BUS_ADDRESS",
                                   "HTTPS_PROXY", "https_proxy",         "NO_PROXY",        "no_proxy"};

class ProfileKeys final : public RemoteKeys {
 public:
  ProfileKeys(const S3Options& options, const HttpWorld& world, CredentialSource sources)
      : RemoteKeys(options.http, options.retry, world), options_(options), world_(world), sources_(std::move(sources)) {}

  std::string name() const override {
    return files().any() ? "profile " + options_.keys.profile + " of " + files().shown() : "no profile file";
  }
  std::optional<AwsCredentials> fetch() override {
    if (!files().any()) return std::nullopt;
    const auto profile = files().find(options_.keys.profile);
    if (profile) return keys_of(options_.keys.profile, *profile, {});
    if (options_.keys.profile_given) refuse("there is no such profile");
    return std::nullopt;
  }

 private:
  using Chain = std::vector<std::string>;  // of profiles, from the one that was asked for

  AwsProfileFiles files() const { return {options_.keys.credentials_file, options_.keys.config_file}; }
  /// Returns null if the profile has no keys and names no source of any.
  std::optional<AwsCredentials> keys_of(const std::string& name, const AwsProfile& profile, Chain chain);
  std::optional<AwsCredentials> own_keys(const std::string& name, const AwsProfile& profile) const;
  AwsCredentials keys_for_role(const std::string& name, const AwsProfile& profile, Chain chain);
  AwsCredentials keys_of_source(const std::string& name, const std::string& source, Chain chain);
  AwsCredentials web_identity(const AwsProfile& profile);
  AwsCredentials assume_role(const AwsProfile& profile, const AwsKeys& with);
  AwsCredentials ask_sts(const HttpRequest& request);
  AwsCredentials run(const std::string& name, const std::string& line) const;

  std::string session_name(const AwsProfile& profile) const {
    const std::string name = profile.setting("role_session_name");
    return name.empty() ? options_.keys.role_session_name : name;
  }

  const S3Options options_;
  const HttpWorld world_;
  const CredentialSource sources_;
};

std::optional<AwsCredentials> ProfileKeys::keys_of(const std::string& name, const AwsProfile& profile, Chain chain) {
  if (!profile.setting("role_arn").empty()) return keys_for_role(name, profile, std::move(chain));
  return own_keys(name, profile);
}

std::optional<AwsCredentials> ProfileKeys::own_keys(const std::string& name, const AwsProfile& profile) const {
  if (is_complete(profile.credentials_keys)) return AwsCredentials{profile.credentials_keys, {}};
  for (const char* setting : {"sso_session", "sso_start_url", "login_session"})
    if (!profile.setting(setting).empty())
      refuse("profile " + name + " signs in by " + setting + ", which Holdfast does not support; use a second profile with " +
             "credential_process = aws configure export-credentials --profile " + name);
  if (const std::string line = profile.setting("credential_process"); !line.empty()) return run(name, line);
  if (is_complete(profile.config_keys)) return AwsCredentials{profile.config_keys, {}};
  return std::nullopt;
}

AwsCredentials ProfileKeys::keys_for_role(const std::string& name, const AwsProfile& profile, Chain chain) {
  const std::string source = profile.setting("source_profile"), other = profile.setting("credential_source");
  if (source.empty() && other.empty() && !profile.setting("web_identity_token_file").empty()) return web_identity(profile);
  if (!profile.setting("mfa_serial").empty())
    refuse("the role of profile " + name + " needs a code of an MFA device (mfa_serial), which Holdfast can't ask for");
  if (source.empty() == other.empty())
    refuse("profile " + name + " has a role_arn, which takes either a source_profile or a credential_source");
  chain.push_back(name);
  const AwsCredentials with = other.empty() ? keys_of_source(name, source, std::move(chain)) : sources_(other);
  return assume_role(profile, with.value);
}

/// Returns the keys of `source`, the source_profile of `name`.
AwsCredentials ProfileKeys::keys_of_source(const std::string& name, const std::string& source, Chain chain) {
  const auto profile = files().find(source);
  if (!profile) refuse("there is no profile " + source + ", the source_profile of " + name);
  // A profile that is its own source means its own keys.
  const bool own = source == name;
  if (!own && (std::ranges::find(chain, source) != chain.end() || chain.size() >= kLongestChain))
    refuse("the source_profile of " + name + " leads back to " + source);
  auto keys = own ? own_keys(source, *profile) : keys_of(source, *profile, std::move(chain));
  if (!keys) refuse("profile " + source + ", the source_profile of " + name + ", has no keys");
  return *std::move(keys);
}

AwsCredentials ProfileKeys::web_identity(const AwsProfile& profile) {
  const Secret token = read_secret_file(profile.setting("web_identity_token_file"));
  const std::string form = web_identity_form(profile.setting("role_arn"), session_name(profile), token);
  return ask_sts({.method = "POST",
                  .url = sts_endpoint(options_) + "/",
                  .headers = {{"content-type", "application/x-www-form-urlencoded"}},
                  .body = as_bytes(form)});
}

AwsCredentials ProfileKeys::assume_role(const AwsProfile& profile, const AwsKeys& with) {
  std::map<std::string, std::string> fields = {{"Action", "AssumeRole"},
                                               {"Version", "2011-06-15"},
                                               {"RoleArn", profile.setting("role_arn")},
                                               {"RoleSessionName", session_name(profile)}};
  for (const auto& [setting, field] : {std::pair("external_id", "ExternalId"), std::pair("duration_seconds", "DurationSeconds")})
    if (const std::string value = profile.setting(setting); !value.empty()) fields[field] = value;
  const std::string form = canonical_query(fields);
  const std::string hash = sha256_hex(as_bytes(form));
  const TimePoint time = world_.clock->now();
  const Url url = parse_url(sts_endpoint(options_));
  SignedRequest to_sign{.method = "POST", .path = "/", .query = "", .headers = {}, .payload_hash = hash};
  to_sign.headers = {{"content-type", "application/x-www-form-urlencoded"}, {"x-amz-date", amz_date(time)}};
  if (!with.session_token.empty()) to_sign.headers["x-amz-security-token"] = as_text(with.session_token.bytes());
  HttpRequest request{
      .method = "POST", .url = url.origin() + "/", .headers = {to_sign.headers.begin(), to_sign.headers.end()}, .body = as_bytes(form)};
  to_sign.headers["host"] = url.host_and_port();
  request.headers.emplace_back("authorization", authorization_v4(to_sign, with, time, options_.region, "sts"));
  return ask_sts(request);
}

AwsCredentials ProfileKeys::ask_sts(const HttpRequest& request) {
  const HttpResponse response = ask(request);
  if (response.status != 200) refuse("STS answers " + std::to_string(response.status) + " " + parse_fault(response.body).code);
  return parse_assumed_role(response.body);
}

/// Runs a profile's program, without a shell.
AwsCredentials ProfileKeys::run(const std::string& name, const std::string& line) const {
  const std::string what = "the credential_process of profile " + name;
  Context context;
  context.host.program_path = world_.program_path;
  context.host.executor = world_.executor;
  context.limits.stall_timeout = std::chrono::ceil<std::chrono::seconds>(options_.http.stall_timeout);
  context.stop = world_.stop;
  Command command{.argv = split_words(line)};
  const std::string program = find_program(command.argv.front(), context);
  if (program.empty()) refuse("there is no program " + command.argv.front() + ", " + what);
  command.argv.front() = program;
  command.pass.insert(command.pass.end(), std::begin(kPassed), std::end(kPassed));
  CommandResult result = run_command(command, context, {}, kMostOutput);
  std::string said = result.errors.substr(0, kMostErrors);
  std::ranges::replace_if(
      said, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  if (result.status != 0) refuse(what + " ended with exit status " + std::to_string(result.status) + (said.empty() ? "" : ": " + said));
  auto keys = parse_key_json(as_bytes(result.output), "SessionToken");
  std::ranges::fill(result.output, '\0');
  if (!keys) refuse(what + " printed no keys: it must print JSON with AccessKeyId and SecretAccessKey");
  return *std::move(keys);
}

}  // namespace

std::unique_ptr<CredentialProvider<AwsKeys>> profile_keys(const S3Options& options, const HttpWorld& world, CredentialSource sources) {
  return std::make_unique<ProfileKeys>(options, world, std::move(sources));
}

std::string profile_region(const S3KeyOptions& keys) {
  try {
    const auto profile = AwsProfileFiles{keys.credentials_file, keys.config_file}.find(keys.profile);
    return profile ? profile->setting("region") : "";
  } catch (const Error&) {
    return "";  // an error where its keys are needed
  }
}

}  // namespace holdfast
