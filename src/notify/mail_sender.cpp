#include <curl/curl.h>

#include <algorithm>
#include <cstring>

#include "notify/channel_fault.hpp"
#include "notify/mail_text.hpp"
#include "notify/sender.hpp"
#include "storage/http/connection.hpp"

namespace holdfast {

namespace {

constexpr int kPollMs = 1000;

template <typename Value>
void set(CURL* easy, CURLoption option, Value value) {
  const CURLcode code = curl_easy_setopt(easy, option, value);
  if (code != CURLE_OK) throw Error(ErrorCode::internal, std::string("libcurl refuses an option: ") + curl_easy_strerror(code));
}

/// One dialogue with a mail server.
class MailTransfer {
 public:
  MailTransfer(const Channel& channel, std::string_view mail) : channel_(channel), left_(mail) {
    connection_.multi.reset(curl_multi_init());
    connection_.easy.reset(curl_easy_init());
    if (!connection_.multi || !connection_.easy) throw std::bad_alloc();
    set_up();
  }
  ~MailTransfer() { curl_multi_remove_handle(connection_.multi.get(), connection_.easy.get()); }
  MailTransfer(const MailTransfer&) = delete;
  MailTransfer& operator=(const MailTransfer&) = delete;

  void run(const std::stop_token& stop) {
    CURLM* multi = connection_.multi.get();
    const std::stop_callback wake(stop, [multi] { curl_multi_wakeup(multi); });
    if (curl_multi_add_handle(multi, connection_.easy.get()) != CURLM_OK) throw Error(ErrorCode::internal, "libcurl can't send a mail");
    for (int running = 1; running != 0;) {
      if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "sending a mail through " + channel_.mail.host + " was cancelled");
      if (curl_multi_perform(multi, &running) != CURLM_OK) throw Error(ErrorCode::internal, "libcurl failed to send a mail");
      if (running != 0) curl_multi_poll(multi, nullptr, 0, kPollMs, nullptr);
    }
    int left = 0;
    const CURLMsg* done = curl_multi_info_read(multi, &left);
    if (done == nullptr) throw Error(ErrorCode::internal, "libcurl lost a mail");
    if (done->data.result != CURLE_OK) fail(done->data.result);
  }

 private:
  void set_up() {
    CURL* easy = connection_.easy.get();
    const MailRoute& route = channel_.mail;
    set(easy, CURLOPT_URL, url_of(route).c_str());
    set(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    set(easy, CURLOPT_USE_SSL, static_cast<long>(route.tls == MailTls::none ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!channel_.ca_file.empty()) set(easy, CURLOPT_CAINFO, channel_.ca_file.c_str());
    if (!route.user.empty()) {
      set(easy, CURLOPT_USERNAME, route.user.c_str());
      set(easy, CURLOPT_PASSWORD, std::string(as_text(route.password.bytes())).c_str());
    }
    set(easy, CURLOPT_PROXY, "");  // also stops libcurl from reading the environment
    set(easy, CURLOPT_NOSIGNAL, 1L);
    set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(std::chrono::milliseconds(channel_.timeout).count()));
    set(easy, CURLOPT_ERRORBUFFER, said_);
    set(easy, CURLOPT_MAIL_FROM, ("<" + route.from + ">").c_str());
    for (const std::string& address : route.to) {
      curl_slist* longer = curl_slist_append(recipients_.get(), ("<" + address + ">").c_str());
      if (longer == nullptr) throw std::bad_alloc();
      static_cast<void>(recipients_.release());
      recipients_.reset(longer);
    }
    set(easy, CURLOPT_MAIL_RCPT, recipients_.get());
    set(easy, CURLOPT_UPLOAD, 1L);
    set(easy, CURLOPT_READFUNCTION, &MailTransfer::on_read);
    set(easy, CURLOPT_READDATA, static_cast<void*>(this));
  }

  static std::string url_of(const MailRoute& route) {
    const std::string scheme = route.tls == MailTls::tls ? "smtps://" : "smtp://";
    const char* usual = route.tls == MailTls::tls ? "465" : route.tls == MailTls::starttls ? "587" : "25";
    return scheme + route.host + ":" + (route.port == 0 ? usual : std::to_string(route.port));
  }

  static std::size_t on_read(char* out, std::size_t, std::size_t size, void* self) noexcept {
    std::string_view& left = static_cast<MailTransfer*>(self)->left_;
    const std::size_t count = std::min(size, left.size());
    std::memcpy(out, left.data(), count);
    left.remove_prefix(count);
    return count;
  }

  [[noreturn]] void fail(CURLcode code) const {
    long status = 0;
    curl_easy_getinfo(connection_.easy.get(), CURLINFO_RESPONSE_CODE, &status);
    const std::string why = channel_.mail.host + ": " + (said_[0] != '\0' ? said_ : curl_easy_strerror(code));
    if (code == CURLE_LOGIN_DENIED) throw Error(ErrorCode::unauthenticated, why + ": check the channel's user and password");
    if (code == CURLE_OPERATION_TIMEDOUT) throw Error(ErrorCode::timeout, why, true);
    // libcurl's own failures leave the status of an answer that was no failure.
    throw DeliveryError(ErrorCode::network, why, status >= 500 && status < 600);
  }

  const Channel& channel_;
  std::string_view left_;
  char said_[CURL_ERROR_SIZE] = {};
  CurlList recipients_;
  Connection connection_;  // last: it uses the others
};

class MailSender final : public Sender {
 public:
  explicit MailSender(const Channel& channel) : channel_(channel) {}

  void send(const Message& message, const Context& context) override {
    const std::string mail = mail_text(channel_.mail, message, context.now());
    MailTransfer(channel_, mail).run(context.stop);
  }

 private:
  CurlGlobal global_;
  const Channel& channel_;
};

bool is_plain_host(std::string_view host) {
  const auto plain = [](char c) { return c > ' ' && c <= '~' && std::string_view("/?#@\\\"<>%").find(c) == std::string_view::npos; };
  return !host.empty() && std::ranges::all_of(host, plain);
}

}  // namespace

void check_mail(const Channel& channel) {
  const MailRoute& route = channel.mail;
  if (!is_plain_host(route.host)) refuse_channel(channel, "needs the option host: the name of a mail server");
  if (!is_plain_address(route.from)) refuse_channel(channel, "needs the option from: a mail address, such as backup@example.org");
  if (route.to.empty()) refuse_channel(channel, "needs the option to: a mail address or several");
  for (const std::string& address : route.to) {
    if (!is_plain_address(address)) refuse_channel(channel, "can't send to '" + address + "': give an address such as ops@example.org");
  }
  if (!route.user.empty() && route.tls == MailTls::none)
    refuse_channel(channel, "would send its password unencrypted: use tls=starttls or tls=tls, or leave out user and password");
  if (route.user.empty() && !route.password.empty()) refuse_channel(channel, "has a password but no user");
}

std::unique_ptr<Sender> mail_sender(const Channel& channel) { return std::make_unique<MailSender>(channel); }

}  // namespace holdfast
