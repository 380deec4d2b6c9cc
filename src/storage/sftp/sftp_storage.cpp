#include "storage/sftp/sftp_storage.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/uri.hpp"
#include "storage/object_name.hpp"
#include "storage/sftp/sftp_streams.hpp"

namespace holdfast {

namespace {

template <class Work>
std::invoke_result_t<Work, SftpConnection&> with_connection(SftpLease lease, Work&& work) {
  try {
    if constexpr (std::is_void_v<std::invoke_result_t<Work, SftpConnection&>>) {
      work(*lease);
      lease.done();
    } else {
      auto result = work(*lease);
      lease.done();
      return result;
    }
  } catch (const Error& error) {
    // The server refused; the connection still works.
    if (!error.retryable() && error.code() != ErrorCode::network && error.code() != ErrorCode::timeout) lease.done();
    throw;
  }
}

/// A storage whose calls have one limit.
class SftpStorage final : public Storage {
 public:
  SftpStorage(SftpPlace place, std::shared_ptr<const CallLimit> limit) : place_(std::move(place)), limit_(std::move(limit)) {}

  /// Checks that the server answers and the folder exists. Returns the place with the facts that this shows.
  SftpPlace reach(IfMissing if_missing) const {
    return with_connection(lease(), [&](SftpConnection& connection) {
      if (if_missing == IfMissing::create) make_sftp_root(connection, place_.root);
      SftpPlace reached = place_;
      reached.access = std::make_shared<SftpAccess>(check_root(connection));
      reached.durable = connection.offers_fsync();
      return reached;
    });
  }

  std::string uri() const override { return place_.pool->target().uri; }
  StorageCaps caps() const override { return {.atomic_create = true, .durable = place_.durable, .fills = true}; }

  PutResult put_new(std::string_view name, ByteView bytes) override {
    check_object_name(name);
    SftpWriter writer(place_, limit_, name);
    writer.write(bytes);
    return writer.publish();
  }
  std::unique_ptr<Writer> open_writer(std::string_view name) override {
    check_object_name(name);
    return std::make_unique<SftpWriter>(place_, limit_, name);
  }
  std::unique_ptr<Reader> open_reader(std::string_view name, std::uint64_t offset, std::uint64_t length) override {
    check_object_name(name);
    return std::make_unique<SftpReader>(lease(), path_of(name), name, offset, length);
  }
  std::optional<ObjectInfo> stat(std::string_view name) override {
    check_object_name(name);
    return with_connection(lease(), [&](SftpConnection& connection) -> std::optional<ObjectInfo> {
      const auto found = connection.lstat(path_of(name));
      if (!found) check_root(connection);
      if (!found || !S_ISREG(found->mode)) return std::nullopt;
      return info_of(std::string(name), *found);
    });
  }
  void list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) override {
    std::vector<ObjectInfo> found;
    with_connection(lease(), [&](SftpConnection& connection) {
      const std::size_t slash = prefix.rfind('/');
      const std::string folder(slash == std::string_view::npos ? "" : prefix.substr(0, slash + 1));
      if (folder.empty() || object_name_fault(folder.substr(0, slash)) == nullptr) collect(connection, folder, prefix, found);
      if (found.empty()) check_root(connection);
    });
    std::ranges::sort(found, {}, &ObjectInfo::name);
    for (const ObjectInfo& info : found)
      if (!visit(info)) return;
  }
  void remove(std::string_view name) override;

 private:
  SftpLease lease() const { return {place_.pool, limit_}; }
  std::string path_of(std::string_view name) const { return place_.root + "/" + std::string(name); }
  static ObjectInfo info_of(std::string name, const SftpAttributes& attributes) {
    return {std::move(name), attributes.size, TimePoint(std::chrono::seconds(attributes.modified))};
  }
  /// Returns the folder's attributes. Throws if it is missing: "no such object" would then be wrong.
  SftpAttributes check_root(SftpConnection& connection) const {
    const SftpReply reply = connection.request(SftpType::stat, SftpBody().text(place_.root));
    const SftpStatus status = SftpConnection::status_in(reply);
    if (status != SftpStatus::ok) throw connection.error("open storage", place_.root, status);
    const SftpAttributes found = SftpParser(reply.body).attributes();
    if (!S_ISDIR(found.mode)) throw Error(ErrorCode::invalid_argument, "can't open storage " + uri() + ": it is not a directory");
    return found;
  }
  void collect(SftpConnection& connection, const std::string& folder, std::string_view prefix, std::vector<ObjectInfo>& found) const;

  const SftpPlace place_;
  const std::shared_ptr<const CallLimit> limit_;
};

/// `folder` is "" or ends with '/'.
void SftpStorage::collect(SftpConnection& connection, const std::string& folder, std::string_view prefix,
                          std::vector<ObjectInfo>& found) const {
  std::string path = path_of(folder);
  path.pop_back();
  const SftpReply opened = connection.request(SftpType::opendir, SftpBody().text(path));
  const SftpStatus can = SftpConnection::status_in(opened);
  if (can == SftpStatus::no_such_file) return;  // removed meanwhile, or never there
  if (can != SftpStatus::ok) {
    const auto there = connection.lstat(path);
    if (there && !S_ISDIR(there->mode)) return;
    throw connection.error("list directory", path, can);
  }
  const std::string handle = SftpParser(opened.body).text();
  std::vector<std::string> folders;
  for (;;) {
    const SftpReply reply = connection.request(SftpType::readdir, SftpBody().text(handle));
    const SftpStatus status = SftpConnection::status_in(reply);
    if (status == SftpStatus::end) break;
    connection.require(status, "list directory", path);
    SftpParser parser(reply.body);
    for (std::uint32_t left = parser.number(); left > 0; --left) {
      const std::string leaf = parser.text();
      parser.data();  // the line that `ls -l` would print
      const SftpAttributes attributes = parser.attributes();
      const std::string name = folder + leaf;
      if (leaf == "." || leaf == ".." || object_name_fault(name) != nullptr) continue;
      const bool below = S_ISDIR(attributes.mode);
      if (below && (name + "/").starts_with(prefix.substr(0, name.size() + 1))) folders.push_back(name + "/");
      if (S_ISREG(attributes.mode) && name.starts_with(prefix)) found.push_back(info_of(name, attributes));
    }
  }
  connection.close(handle);
  for (const std::string& next : folders) collect(connection, next, prefix, found);
}

void SftpStorage::remove(std::string_view name) {
  check_object_name(name);
  with_connection(lease(), [&](SftpConnection& connection) {
    const auto found = connection.lstat(path_of(name));
    if (!found) check_root(connection);
    if (!found || !S_ISREG(found->mode)) throw connection.error("remove", name, SftpStatus::no_such_file, "there is no such object");
    connection.require(connection.status_of(SftpType::remove, SftpBody().text(path_of(name))), "remove", name);
    std::string folder = path_of(name);
    folder.resize(folder.rfind('/'));
    sync_sftp_directory(connection, folder);
    // Removes the folders that are now empty. The server refuses to remove any other.
    while (folder.size() > place_.root.size() && connection.status_of(SftpType::rmdir, SftpBody().text(folder)) == SftpStatus::ok)
      folder.resize(folder.rfind('/'));
  });
}

struct Address {
  std::string user, host, port, path;
  Options options;
};

[[noreturn]] void refuse(std::string_view uri, const std::string& why) {
  throw Error(ErrorCode::invalid_argument, "can't open storage '" + redact_uri(uri.substr(0, uri.find('?'))) + "': " + why);
}

std::string decoded(std::string_view uri, std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      result += text[at];
      continue;
    }
    unsigned byte = 0;
    const std::string_view digits = text.substr(at + 1, 2);
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (digits.size() != 2 || parsed.ptr != digits.data() + 2 || byte == 0) refuse(uri, "'%' must be followed by two hex digits");
    result += static_cast<char>(byte);
    at += 2;
  }
  return result;
}

Address parse(std::string_view uri) {
  Address address;
  std::string_view rest = uri.substr(std::string_view("sftp:").size());
  if (!rest.starts_with("//")) refuse(uri, "write sftp://user@host/path");
  rest.remove_prefix(2);
  std::string_view query;
  if (const std::size_t mark = rest.find('?'); mark != std::string_view::npos) {
    query = rest.substr(mark + 1);
    rest = rest.substr(0, mark);
  }
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos) refuse(uri, "it names no path: write sftp://user@host/path");
  address.path = decoded(uri, rest.substr(slash));
  std::string_view authority = rest.substr(0, slash);
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    address.user = decoded(uri, authority.substr(0, at));
    authority.remove_prefix(at + 1);
  }
  if (address.user.find(':') != std::string::npos) refuse(uri, "passwords are not supported: use a key file or an agent");
  const std::size_t bracket = authority.find(']');
  const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos) address.port = authority.substr(colon + 1);
  address.host = authority.substr(0, colon);
  if (address.host.starts_with('[') && address.host.ends_with(']')) address.host = address.host.substr(1, address.host.size() - 2);
  // ssh would read a host that begins with '-' as an option.
  if (address.host.empty() || address.host.starts_with('-') || address.user.starts_with('-')) refuse(uri, "it names no host");
  if (address.port.find_first_not_of("0123456789") != std::string::npos || address.port.size() > 5) refuse(uri, "the port is not a number");
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) refuse(uri, "write options after '?' as key=value");
    address.options[std::string(pair.substr(0, equals))] = decoded(uri, pair.substr(equals + 1));
  }
  return address;
}

OptionSpec seconds(const char* name, const char* default_value, const char* help) {
  return {.name = name, .type = OptionType::integer, .default_value = default_value, .help = help, .minimum = 1, .maximum = 24 * 3600};
}

}  // namespace

const std::vector<OptionSpec>& sftp_option_specs() {
  static const std::vector<OptionSpec> kAll = {
      {.name = "identity_file", .help = "file with the private key to log in with"},
      {.name = "known_hosts", .help = "file with the servers' keys"},
      {.name = "config", .help = "another ssh_config, or none"},
      {.name = "program", .default_value = "ssh", .help = "program that makes the connection"},
      seconds("connect_timeout", "30", "seconds to reach the server"),
      seconds("stall_timeout", "60", "longest silence of the server, in seconds"),
      seconds("timeout", "120", "a call begins no further attempt after this many seconds"),
  };
  return kAll;
}

std::shared_ptr<Storage> sftp_storage(std::string_view uri, const Options& options, IfMissing if_missing, const StorageHost& host) {
  Address address = parse(uri);
  Options all = options;
  all.merge(address.options);
  const ParsedOptions settings = parse_options("sftp", sftp_option_specs(), all);
  const std::string& program = settings.text("program");
  SftpTarget target{.uri = "sftp://" + (address.user.empty() ? "" : address.user + "@") + address.host +
                           (address.port.empty() ? "" : ":" + address.port) + address.path,
                    .argv = {host.executor->find(program, host.program_path)},
                    .executor = host.executor,
                    .stop = host.stop};
  if (target.argv.front().empty())
    throw Error(ErrorCode::not_found,
                "can't open storage " + target.uri + ": there is no program " + program + " (install openssh-client)");
  const auto option = [&target](const std::string& text) { target.argv.insert(target.argv.end(), {"-o", text}); };
  const auto file = [&](const char* key, const char* ssh_option) {
    const std::string& path = settings.text(key);
    if (!path.empty()) option(std::string(ssh_option) + "=\"" + path + "\"");
  };
  if (const std::string& config = settings.text("config"); !config.empty()) target.argv.insert(target.argv.end(), {"-F", config});
  // ssh asks nothing on a terminal, trusts no unknown host and notices a dead server.
  for (const char* fixed : {"BatchMode=yes", "StrictHostKeyChecking=yes", "ServerAliveInterval=15", "ServerAliveCountMax=3",
                            "ForwardAgent=no", "ForwardX11=no", "PermitLocalCommand=no", "ClearAllForwardings=yes"})
    option(fixed);
  option("ConnectTimeout=" + std::to_string(settings.integer("connect_timeout")));
  file("identity_file", "IdentityFile");
  file("known_hosts", "UserKnownHostsFile");
  if (!address.user.empty()) target.argv.insert(target.argv.end(), {"-l", address.user});
  if (!address.port.empty()) target.argv.insert(target.argv.end(), {"-p", address.port});
  target.argv.insert(target.argv.end(), {"-s", "--", address.host, "sftp"});
  target.stall_timeout = std::chrono::seconds(settings.integer("stall_timeout"));
  target.timeout = std::chrono::seconds(settings.integer("timeout"));
  std::string root = address.path;
  if (root.starts_with("/~/")) root.replace(0, 2, ".");
  while (root.size() > 1 && root.ends_with('/')) root.pop_back();
  if (root == "/" || root == "." || root == "./") refuse(uri, "it names no path: write sftp://user@host/path");
  const RetryPolicy policy{.deadline = target.timeout, .stop = host.stop, .wait = {}};
  SftpPlace place{.pool = std::make_shared<SftpPool>(std::move(target)), .root = std::move(root)};
  const auto limit = std::make_shared<CallLimit>();
  limit->until = std::chrono::steady_clock::now() + policy.deadline;
  place = SftpStorage(place, limit).reach(if_missing);
  return retrying_storage([place](std::shared_ptr<const CallLimit> call) { return std::make_shared<SftpStorage>(place, std::move(call)); },
                          policy);
}

}  // namespace holdfast
