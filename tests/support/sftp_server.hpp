#pragma once

#include <doctest/doctest.h>

#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "base/subprocess.hpp"
#include "base/uri.hpp"

namespace holdfast::testing {

/// An OpenSSH server (tests/support/sshd.py) that lives as long as this object. `arguments` go to its sftp-server.
class SftpServer {
 public:
  explicit SftpServer(const std::vector<std::string>& arguments = {}) {
    Command command{.argv = {find_program("python3", context_), HOLDFAST_SOURCE_DIR "/tests/support/sshd.py"},
                    .environment = {},
                    .user = {},
                    .inherit = {},
                    .directory = {}};
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    process_.emplace(command);
    std::byte byte{};
    while (process_->read({&byte, 1}, context_) == 1 && byte != std::byte{'\n'}) uri_ += static_cast<char>(byte);
    if (uri_.empty()) MESSAGE("SKIP: ", process_->error_tail());
  }
  bool runs() const { return !uri_.empty(); }
  std::string uri(const std::string& path) const {
    const std::size_t mark = uri_.find('?');
    return uri_.substr(0, mark - 1) + path + uri_.substr(mark);
  }
  /// Its kind and key, as in a known_hosts file after the host.
  std::string host_key() const {
    const std::string option = "known_hosts=";
    const std::size_t at = uri_.find(option) + option.size();
    std::ifstream file(percent_decode(uri_.substr(at, uri_.find('&', at) - at)).value());
    std::string host, key;
    std::getline(file >> host >> std::ws, key);
    return key;
  }

 private:
  Context context_;
  std::optional<Subprocess> process_;
  std::string uri_;
};

}  // namespace holdfast::testing
