#include "container/carrier.hpp"

#include <algorithm>
#include <array>

#include "container/executor.hpp"

namespace holdfast::container {

namespace {

// Both scripts take a path, or a host and a port. Neither direction may wait for the other: a server that has much to
// say stops reading.
constexpr const char* kPerl = R"(use Socket; use Fcntl;
my ($host, $port) = @ARGV;
my $address = defined $port ? inet_aton($host) : "";
die "there is no host $host\n" unless defined $address;
socket(my $server, defined $port ? PF_INET : PF_UNIX, SOCK_STREAM, 0) or die "socket: $!\n";
connect($server, defined $port ? pack_sockaddr_in($port, $address) : pack_sockaddr_un($host)) or die "can't connect to $host: $!\n";
fcntl($_, F_SETFL, fcntl($_, F_GETFL, 0) | O_NONBLOCK) for \*STDIN, \*STDOUT, $server;
$SIG{PIPE} = "IGNORE";
my @ways = ([\*STDIN, $server, ""], [$server, \*STDOUT, ""]);
for (;;) {
  my ($readable, $writable) = ("", "");
  for (@ways) {
    if (length $_->[2]) { vec($writable, fileno($_->[1]), 1) = 1 } else { vec($readable, fileno($_->[0]), 1) = 1 }
  }
  select($readable, $writable, undef, undef);
  for (@ways) {
    my $held = length $_->[2];
    my $count = $held ? syswrite($_->[1], $_->[2]) : sysread($_->[0], $_->[2], 65536);
    next if !defined $count && ($!{EAGAIN} || $!{EINTR});
    exit unless $count;
    substr($_->[2], 0, $count) = "" if $held;
  }
}
)";
constexpr const char* kPython = R"(import os, select, socket, sys
try:
    if len(sys.argv) > 2:
        server = socket.create_connection(sys.argv[1:3])
    else:
        server = socket.socket(socket.AF_UNIX)
        server.connect(sys.argv[1])
except OSError as error:
    sys.exit("can't connect to " + sys.argv[1] + ": " + str(error))
for fd in (0, 1, server.fileno()):
    os.set_blocking(fd, False)
ways = [[0, server.fileno(), b""], [server.fileno(), 1, b""]]
while True:
    select.select([way[0] for way in ways if not way[2]], [way[1] for way in ways if way[2]], [])
    for way in ways:
        try:
            if way[2]:
                way[2] = way[2][os.write(way[1], way[2]):]
            else:
                way[2] = os.read(way[0], 65536)
                if not way[2]:
                    sys.exit()
        except BlockingIOError:
            pass
        except OSError:
            sys.exit()
)";

// Without children. BusyBox's own "command -v" names programs that only the shell itself has.
constexpr const char* kProbe =
    "for path; do [ -S \"$path\" ] && echo \"$path\"; done; IFS=:; for tool in perl python3 nc; do "
    "for folder in $PATH; do [ -x \"$folder/$tool\" ] && echo \"$tool\"; done; done; true";

struct Tool {
  const char* name;
  const char *option = "", *script = "";  // its first arguments
  bool unix_sockets = false;
};
constexpr std::array kTools = {Tool{"perl", "-e", kPerl, true}, Tool{"python3", "-c", kPython, true}, Tool{"nc"}};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

Carrier carrier(const Tool& tool, const std::vector<std::string>& address) {
  Carrier made{{tool.name}, std::string(tool.name) + " and " + address.front()};
  if (*tool.script != '\0') made.argv.insert(made.argv.end(), {tool.option, tool.script});
  made.argv.insert(made.argv.end(), address.begin(), address.end());
  if (address.size() > 1) made.description += ":" + address.back();
  return made;
}

}  // namespace

Carrier find_carrier(const ExecPlace& place, const InnerServer& server, const Context& context) {
  std::vector<std::string> probe = {"sh", "-c", kProbe, "sh"};
  probe.insert(probe.end(), server.sockets.begin(), server.sockets.end());
  const CommandResult probed = run_in_container(place, std::move(probe), context);
  if (probed.status != 0)
    throw Error(ErrorCode::source, "can't run a shell in the container " + place.container + ": " + probed.errors + probed.output);
  const std::vector<std::string> found = lines_of(probed.output);
  const auto has = [&found](const std::string& name) { return std::ranges::find(found, name) != found.end(); };
  const auto socket = std::ranges::find_if(server.sockets, has);
  bool any = false;
  for (const Tool& tool : kTools) {
    if (!has(tool.name)) continue;
    any = true;
    if (tool.unix_sockets && socket != server.sockets.end()) return carrier(tool, {*socket});
  }
  for (const Tool& tool : kTools) {
    if (has(tool.name) && !server.host.empty()) return carrier(tool, {server.host, server.port});
  }
  const std::string where = "the container " + place.container;
  if (any && socket == server.sockets.end()) throw Error(ErrorCode::not_found, where + " has no socket " + server.sockets.front());
  throw Error(ErrorCode::unsupported, where + " has none of the programs that can carry a connection to its server: perl, python3" +
                                          (server.host.empty() ? "" : ", nc") + "; publish the server's port, or dump it with " +
                                          "docker-exec://" + place.container + " pg_dump …");
}

}  // namespace holdfast::container
