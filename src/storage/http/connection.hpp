#pragma once

#include <curl/curl.h>

#include <memory>

namespace holdfast {

struct FreeMulti {
  void operator()(CURLM* multi) const noexcept { curl_multi_cleanup(multi); }
};
struct FreeEasy {
  void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
};
struct FreeList {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
using CurlMulti = std::unique_ptr<CURLM, FreeMulti>;
using CurlEasy = std::unique_ptr<CURL, FreeEasy>;
using CurlList = std::unique_ptr<curl_slist, FreeList>;

/// The handles for one request at a time: an easy handle, and a multi handle, which keeps the connection open for the
/// next request and lets a thread wait for the network with its own deadline.
struct Connection {
  CurlMulti multi;  // declared first: destroyed last
  CurlEasy easy;
};

/// One count of libcurl's process-wide state. HttpClient explains the threads.
class CurlGlobal {
 public:
  CurlGlobal();
  ~CurlGlobal() { curl_global_cleanup(); }
  CurlGlobal(const CurlGlobal&) = delete;
  CurlGlobal& operator=(const CurlGlobal&) = delete;
};

}  // namespace holdfast
