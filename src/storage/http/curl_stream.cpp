#include "storage/http/curl_stream.hpp"

#include <charconv>
#include <cstring>

#include "base/uri.hpp"
#include "holdfast/error.hpp"
#include "storage/http/url.hpp"

namespace holdfast {

namespace {

constexpr std::uint64_t kLeastProgress = 4096;  // bytes within the stall timeout
constexpr std::size_t kMostHeld = 256U << 10;
constexpr long kBufferSize = 256L << 10;

template <typename Value>
void set(CURL* easy, CURLoption option, Value value) {
  const CURLcode code = curl_easy_setopt(easy, option, value);
  if (code != CURLE_OK) throw Error(ErrorCode::internal, std::string("libcurl refuses an option: ") + curl_easy_strerror(code));
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return result;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r' || text.back() == '\n')) text.remove_suffix(1);
  return text;
}

// Where a request goes: to the server of its URL, or through the socket that "http+unix://%2Frun%2Fserver.sock/path"
// names.
struct RequestPlace {
  std::string url;
  std::string socket;  // empty: none
  std::string shown;   // for messages
};

RequestPlace request_place(const std::string& url) {
  constexpr std::string_view kUnix = "http+unix://";
  if (!url.starts_with(kUnix)) return {url, {}, parse_url(url).host_and_port()};
  const std::size_t slash = std::min(url.find('/', kUnix.size()), url.size());
  const auto socket = percent_decode(std::string_view(url).substr(kUnix.size(), slash - kUnix.size()));
  if (!socket || !socket->starts_with('/')) throw Error(ErrorCode::invalid_argument, "an http+unix:// URL without the path of a socket");
  return {"http://localhost" + url.substr(slash), *socket, *socket};
}

bool may_pass(CURLcode code) {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_OUT_OF_MEMORY: return false;
    default: return true;
  }
}

}  // namespace

CurlStream::CurlStream(std::unique_ptr<Connection> connection, GiveBack give_back, const HttpRequest& request, const HttpOptions& options)
    : connection_(std::move(connection)),
      give_back_(std::move(give_back)),
      host_(request_place(request.url).shown),
      stop_(request.stop),
      stall_(options.stall_timeout) {
  if (request.give_up != Steady::time_point::max()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(request.give_up - Steady::now());
    stall_ = std::clamp(left, std::chrono::milliseconds(1), stall_);
  }
  set_up(request, options);
  if (curl_multi_add_handle(connection_->multi.get(), connection_->easy.get()) != CURLM_OK)
    throw Error(ErrorCode::internal, "libcurl can't start a request to " + host_);
  try {
    drive([this] { return head_done_; });
    if (!head_done_) check_result();  // else it is reported after the bytes that came before it are read
    if (!head_done_) throw Error(ErrorCode::network, host_ + " ended the connection without an answer", true);
  } catch (...) {
    detach();
    throw;
  }
}

CurlStream::~CurlStream() {
  detach();
  give_back_(std::move(connection_));
}

/// Closes the connection in the middle of a response; keeps it at the end of one.
void CurlStream::detach() noexcept {
  curl_multi_remove_handle(connection_->multi.get(), connection_->easy.get());
  curl_easy_reset(connection_->easy.get());  // it refers to this object
}

void CurlStream::set_up(const HttpRequest& request, const HttpOptions& options) {
  CURL* easy = connection_->easy.get();
  curl_easy_reset(easy);
  const RequestPlace place = request_place(request.url);
  set(easy, CURLOPT_URL, place.url.c_str());
  if (!place.socket.empty()) set(easy, CURLOPT_UNIX_SOCKET_PATH, place.socket.c_str());
  set(easy, CURLOPT_PATH_AS_IS, 1L);
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  set(easy, CURLOPT_BUFFERSIZE, kBufferSize);
  set(easy, CURLOPT_UPLOAD_BUFFERSIZE, kBufferSize);
  set(easy, CURLOPT_PROXY, options.proxy.c_str());  // "" also stops libcurl from reading the environment
  set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!options.ca_file.empty()) set(easy, CURLOPT_CAINFO, options.ca_file.c_str());
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::min(options.connect_timeout, stall_).count()));
  set(easy, CURLOPT_ERRORBUFFER, said_.data());
  set(easy, CURLOPT_HEADERFUNCTION, &CurlStream::on_header);
  set(easy, CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(easy, CURLOPT_WRITEFUNCTION, &CurlStream::on_body);
  set(easy, CURLOPT_WRITEDATA, static_cast<void*>(this));

  if (request.method == "HEAD") {
    set(easy, CURLOPT_NOBODY, 1L);
  } else if (request.method != "GET" || !request.body.empty()) {
    set(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
  const bool sends = request.method == "PUT" || request.method == "POST" || !request.body.empty();
  if (sends) {
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(easy, CURLOPT_POSTFIELDS, request.body.empty() ? "" : reinterpret_cast<const char*>(request.body.data()));
  }
  // A field without a value is not sent. Waiting for "100 Continue" would cost a second per request on servers that
  // don't know it.
  std::vector<std::string> lines = {"Expect:", "Accept-Encoding: identity"};
  if (sends && std::ranges::none_of(request.headers, [](const auto& field) { return field.first == "content-type"; }))
    lines.emplace_back("Content-Type:");
  for (const auto& [name, value] : request.headers) lines.push_back(value.empty() ? name + ";" : name + ": " + value);
  for (const std::string& line : lines) {
    curl_slist* longer = curl_slist_append(headers_.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(headers_.release());
    headers_.reset(longer);
  }
  set(easy, CURLOPT_HTTPHEADER, headers_.get());
}

std::size_t CurlStream::on_header(char* data, std::size_t, std::size_t size, void* self) noexcept {
  try {
    static_cast<CurlStream*>(self)->take_header({data, size});
    return size;
  } catch (...) {
    return size + 1;  // out of memory: libcurl gives up with a write error
  }
}

std::size_t CurlStream::on_body(char* data, std::size_t, std::size_t size, void* self) noexcept {
  try {
    return static_cast<CurlStream*>(self)->take_body(as_bytes({data, size}));
  } catch (...) {
    return CURL_WRITEFUNC_ERROR;
  }
}

void CurlStream::take_header(std::string_view line) {
  if (head_done_) return;  // a trailer
  line = trim(line);
  if (line.starts_with("HTTP/")) {
    head_ = {};
    const std::string_view code = line.substr(std::min(line.find(' '), line.size() - 1) + 1, 3);
    std::from_chars(code.data(), code.data() + code.size(), head_.status);
    return;
  }
  if (line.empty()) {
    head_done_ = head_.status >= 200;
    return;
  }
  const std::size_t colon = line.find(':');
  if (colon != std::string_view::npos) head_.headers.emplace_back(lower(trim(line.substr(0, colon))), trim(line.substr(colon + 1)));
}

std::size_t CurlStream::take_body(ByteView data) {
  const std::size_t now = std::min(data.size(), target_.size() - filled_);
  if (now == 0 && held_.size() - held_from_ > kMostHeld) {
    paused_ = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  if (now != 0) std::memcpy(target_.data() + filled_, data.data(), now);
  filled_ += now;
  held_.insert(held_.end(), data.begin() + static_cast<std::ptrdiff_t>(now), data.end());
  return data.size();
}

std::size_t CurlStream::take_held(std::span<std::byte> out) {
  const std::size_t count = std::min(out.size(), held_.size() - held_from_);
  std::memcpy(out.data(), held_.data() + held_from_, count);
  held_from_ += count;
  if (held_from_ == held_.size()) {
    held_.clear();
    held_from_ = 0;
  }
  return count;
}

std::size_t CurlStream::read(std::span<std::byte> out) {
  if (out.empty()) return 0;
  if (!held_.empty()) return take_held(out);
  if (!result_) {
    target_ = out;
    filled_ = 0;
    if (std::exchange(paused_, false)) curl_easy_pause(connection_->easy.get(), CURLPAUSE_CONT);
    drive([this] { return filled_ > 0; });
    target_ = {};
    if (const std::size_t filled = std::exchange(filled_, 0)) return filled;
  }
  check_result();
  return 0;
}

void CurlStream::drive(const std::function<bool()>& enough) {
  CURLM* multi = connection_->multi.get();
  const std::stop_callback wake(stop_, [multi] { curl_multi_wakeup(multi); });
  while (!enough()) {
    if (stop_.stop_requested()) throw Error(ErrorCode::cancelled, "the request to " + host_ + " was cancelled");
    int running = 0;
    if (curl_multi_perform(multi, &running) != CURLM_OK) throw Error(ErrorCode::internal, "libcurl failed on a request to " + host_);
    collect_result();
    if (result_ || enough()) return;
    note_progress();
    const auto began = Steady::now();
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(stall_ - waited_);
    curl_multi_poll(multi, nullptr, 0, static_cast<int>(std::clamp<std::int64_t>(left.count(), 1, 1000)), nullptr);
    waited_ += Steady::now() - began;
  }
}

void CurlStream::collect_result() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(connection_->multi.get(), &left))
    if (message->msg == CURLMSG_DONE) result_ = message->data.result;
}

/// Counts only the time spent waiting: a consumer may pause between reads. Called before each wait, so that bytes that
/// moved before it don't extend it.
void CurlStream::note_progress() {
  const std::uint64_t now = moved();
  if (now >= mark_ + kLeastProgress) {
    mark_ = now;
    waited_ = {};
  }
  if (waited_ < stall_) return;
  throw Error(ErrorCode::timeout, host_ + " moved next to nothing for " + std::to_string(stall_.count()) + " ms", true);
}

std::uint64_t CurlStream::moved() const {
  curl_off_t up = 0, down = 0;
  curl_easy_getinfo(connection_->easy.get(), CURLINFO_SIZE_UPLOAD_T, &up);
  curl_easy_getinfo(connection_->easy.get(), CURLINFO_SIZE_DOWNLOAD_T, &down);
  return static_cast<std::uint64_t>(up) + static_cast<std::uint64_t>(down);
}

void CurlStream::check_result() const {
  if (result_ && *result_ != CURLE_OK) fail(*result_);
}

void CurlStream::fail(CURLcode code) const {
  const std::string why = said_[0] != '\0' ? said_.data() : curl_easy_strerror(code);
  const bool late = code == CURLE_OPERATION_TIMEDOUT;
  throw Error(late ? ErrorCode::timeout : ErrorCode::network, "the request to " + host_ + " failed: " + why, may_pass(code));
}

}  // namespace holdfast
