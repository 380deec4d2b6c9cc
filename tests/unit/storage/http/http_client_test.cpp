#include "storage/http/http_client.hpp"

#include <thread>

#include "conformance/storage_suite.hpp"
#include "storage/http/url.hpp"
#include "support/http_double.hpp"
#include "support/toxic_proxy.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;
using Response = HttpDouble::Response;
using std::chrono::milliseconds;

TEST_CASE("a request and its answer arrive unchanged") {
  HttpDouble server([](const HttpDouble::Request& request) {
    return Response{207, {{"X-Said", "  yes "}, {"Empty", ""}}, request.method + " " + request.target + " " + request.body};
  });
  hf::HttpClient client({});
  const std::string body = "with\0zero";
  const auto response = client.send({.method = "PUT",
                                     .url = server.url() + "/a/../b%20c?x=1%2F",
                                     .headers = {{"x-one", "1"}, {"x-empty", ""}},
                                     .body = hf::as_bytes(body)});
  CHECK(response.status == 207);
  CHECK(response.header("x-said") == "yes");
  CHECK(response.header("none").empty());
  CHECK(hf::as_text(response.body) == "PUT /a/../b%20c?x=1%2F " + body);
  const auto request = server.requests().at(0);
  CHECK(request.header("x-one") == "1");
  CHECK(request.headers.contains("x-empty"));
  CHECK_FALSE(request.headers.contains("expect"));
  CHECK_FALSE(request.headers.contains("content-type"));
  CHECK(request.header("accept-encoding") == "identity");
}

TEST_CASE("one connection serves many requests, of every method") {
  HttpDouble server([](const HttpDouble::Request& request) { return Response{request.method == "DELETE" ? 204 : 200, {}, "body"}; });
  hf::HttpClient client({});
  for (int round = 0; round < 5; ++round)
    for (const char* method : {"GET", "HEAD", "PUT", "POST", "DELETE"}) client.send({.method = method, .url = server.url() + "/"});
  CHECK(server.requests().size() == 25);
  CHECK(server.connections() == 1);
}

TEST_CASE("a response is read in pieces of any size while it arrives") {
  std::string body;
  for (int line = 0; line < 300'000; ++line) body += std::to_string(line) + "\n";
  HttpDouble server([&](const HttpDouble::Request&) { return Response{200, {}, body}; });
  hf::HttpClient client({});
  for (const std::size_t size : {std::size_t{997}, std::size_t{65'536}, body.size() + 1}) {
    CAPTURE(size);
    const auto stream = client.open({.url = server.url()});
    std::string back;
    hf::Bytes buffer(size);
    while (const std::size_t got = stream->read(buffer)) back += hf::as_text(hf::ByteView(buffer).first(got));
    CHECK(back == body);
  }
  { const auto dropped = client.open({.url = server.url()}); }
  CHECK(client.send({.url = server.url()}).body.size() == body.size());
}

TEST_CASE("a body that is cut short is an error, never a short body") {
  HttpDouble server([](const HttpDouble::Request&) { return Response{.status = 200, .body = "0123456789", .body_shown = 4}; });
  hf::HttpClient client({});
  const hf::Error error = error_of([&] { client.send({.url = server.url()}); });
  CHECK(error.code() == hf::ErrorCode::network);
  CHECK(error.retryable());
}

TEST_CASE("a response larger than the caller's limit is refused") {
  HttpDouble server([](const HttpDouble::Request&) { return Response{200, {}, std::string(1000, 'x')}; });
  hf::HttpClient client({});
  CHECK(error_of([&] { client.send({.url = server.url()}, 999); }).code() == hf::ErrorCode::limit);
}

TEST_CASE("a redirect is an answer, not followed") {
  HttpDouble server([](const HttpDouble::Request&) { return Response{307, {{"Location", "http://127.0.0.1:1/"}}, ""}; });
  hf::HttpClient client({});
  CHECK(client.send({.url = server.url()}).status == 307);
  CHECK(server.requests().size() == 1);
}

TEST_CASE("a server that never answers is given up at the stall timeout, or when the caller gives up") {
  HttpDouble server([](const HttpDouble::Request&) { return Response{}; });
  ToxicProxy proxy(server.port());
  proxy.set({.black_hole = true});
  const std::string url = "http://127.0.0.1:" + std::to_string(proxy.port()) + "/secret-path?secret-query";
  const auto check = [&](const hf::HttpOptions& options, std::chrono::steady_clock::time_point give_up) {
    hf::HttpClient client(options);
    const hf::Error error = error_of([&] { client.open({.url = url, .give_up = give_up}); });
    CHECK(error.code() == hf::ErrorCode::timeout);
    CHECK(error.retryable());
    CHECK_MESSAGE(error.message().find("secret") == std::string::npos, error.message());
  };
  check({.stall_timeout = milliseconds(200)}, std::chrono::steady_clock::time_point::max());
  check({}, std::chrono::steady_clock::now() + milliseconds(200));
}

TEST_CASE("a stop ends a request that waits") {
  HttpDouble server([](const HttpDouble::Request&) { return Response{}; });
  ToxicProxy proxy(server.port());
  proxy.set({.black_hole = true});
  hf::HttpClient client({});
  std::stop_source stop;
  std::thread other([&] {
    std::this_thread::sleep_for(milliseconds(100));
    stop.request_stop();
  });
  const hf::Error error =
      error_of([&] { client.open({.url = "http://127.0.0.1:" + std::to_string(proxy.port()), .stop = stop.get_token()}); });
  other.join();
  CHECK(error.code() == hf::ErrorCode::cancelled);
}

TEST_CASE("a missing server is a retryable network error") {
  hf::HttpClient client({});
  const hf::Error error = error_of([&] { client.send({.url = "http://127.0.0.1:1/"}); });
  CHECK(error.code() == hf::ErrorCode::network);
  CHECK(error.retryable());
  CHECK(error.message().find("127.0.0.1:1") != std::string::npos);
}

TEST_CASE("the environment's proxies are not used") {
  HttpDouble server([](const HttpDouble::Request&) { return Response{}; });
  const char* before = std::getenv("http_proxy");
  const std::string kept = before == nullptr ? "" : before;
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  hf::HttpClient client({});
  CHECK(client.send({.url = server.url()}).status == 200);
  before == nullptr ? ::unsetenv("http_proxy") : ::setenv("http_proxy", kept.c_str(), 1);
}

TEST_CASE("a URL is split into parts; one with a password is refused without showing it") {
  const hf::Url url = hf::parse_url("HTTPS://Host.Example:8443/a%2Fb/../c?d=e");
  CHECK(url.origin() == "https://host.example:8443");
  CHECK(url.path == "/a%2Fb/../c");
  CHECK(url.query == "d=e");
  CHECK(hf::parse_url("http://host:80").host_and_port() == "host");
  for (const char* bad : {"", "host", "ftp://host/", "http://", "https://user:canary@host/"})
    CHECK(error_of([&] { hf::parse_url(bad); }).message().find("canary") == std::string::npos);
}
