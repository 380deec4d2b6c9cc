#pragma once

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>

#include "base/json_tree.hpp"
#include "holdfast/context.hpp"
#include "holdfast/error.hpp"
#include "storage/http/http_client.hpp"

namespace holdfast::container {

/// Returns the socket of an engine's API: `given` if there is one, else the usual one of the engine that the scheme
/// names: "docker-volume", "podman-exec". Throws Error{invalid_argument} for a path that is not absolute.
std::string socket_of(const std::string& given, std::string_view scheme);

/// Returns a part of a query, "filters=…", that narrows a list to what has this value.
std::string filter_of(const char* key, const std::string& value);

/// The answer of an engine. `body` is null if there is none, or no JSON.
struct Answer {
  int status = 0;
  JsonTree body;
  bool ok() const noexcept { return status >= 200 && status < 300; }
};

/// Asks a container engine through the unix socket of its API, which Docker and Podman share. Safe from any thread.
class Engine {
 public:
  struct Bounds {
    std::chrono::milliseconds connect{30'000};
    std::chrono::milliseconds silence{300'000};  ///< longest time for one answer
    std::stop_token stop;
  };
  /// Those of what must be done after a call was cancelled or has failed: it is not cancelled itself.
  static Bounds bounds_of_ending(std::chrono::milliseconds silence) {
    return {.connect = std::chrono::seconds(5), .silence = silence, .stop = {}};
  }

  /// With the limits and the cancellation of a call.
  Engine(std::string socket, const Context& context);
  /// For what must be done even if the call was cancelled, such as to end a pause.
  Engine(std::string socket, const Bounds& bounds);

  const std::string& socket() const noexcept { return socket_; }
  const Bounds& bounds() const noexcept { return bounds_; }

  /// Sends a request and returns the answer, with any status. `path` is percent-encoded.
  /// Throws Error{network | timeout | cancelled} if there is none.
  Answer ask(const std::string& method, const std::string& path, std::string_view body = {}, std::string_view type = kJson);
  /// The same, but throws the engine's refusal of `what`, as in "can't pause the container db", as an Error.
  Answer must(const std::string& what, const std::string& method, const std::string& path, std::string_view body = {},
              std::string_view type = kJson);
  /// Asks for something long, and returns the body of the answer, to read while it arrives. Throws as must().
  std::unique_ptr<Reader> open(const std::string& what, const std::string& path);

  /// Returns the engine's name and version: "Podman Engine 4.3.1".
  std::string version();

 private:
  static constexpr std::string_view kJson = "application/json";
  Error unreachable(const Error& error) const;

  std::string socket_;
  Bounds bounds_;
  std::string base_;  // of all URLs
  HttpClient client_;
};

/// Returns an engine's refusal as an Error: "what: the engine's words". `body` is the JSON of the answer.
Error refusal(const std::string& what, int status, const nlohmann::json& body);

}  // namespace holdfast::container
