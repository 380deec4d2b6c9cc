#include "storage/http/credential_client.hpp"

#include <algorithm>
#include <fstream>

#include "holdfast/error.hpp"

namespace holdfast {

namespace {

constexpr std::uint64_t kMostText = 64U << 10;

}  // namespace

HttpResponse CredentialClient::ask(HttpRequest request) {
  Retry retry(policy_, *world_.random, world_.stop);
  for (;;) {
    request.give_up = retry.give_up();
    request.stop = retry.stop();
    try {
      HttpResponse response = client_.send(request, kMostText);
      if ((response.status < 500 && response.status != 429) || !retry.again()) return response;
    } catch (const Error& error) {
      if (!error.retryable() || !retry.again()) throw;
    }
  }
}

Secret read_secret_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kMostText, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  const std::size_t end = text.find_last_not_of("\n\r ") + 1;
  Secret secret{std::string_view(text).substr(0, end)};
  std::ranges::fill(text, '\0');
  if (secret.empty()) throw Error(ErrorCode::unauthenticated, "can't read a credential from the file " + path);
  return secret;
}

}  // namespace holdfast
