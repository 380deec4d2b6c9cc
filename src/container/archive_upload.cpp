#include "container/archive_upload.hpp"

#include <fmt/format.h>

#include "base/uri.hpp"

namespace holdfast::container {

ArchiveUpload::ArchiveUpload(const Engine& engine, const std::string& container, const std::string& folder)
    : socket_(engine, "unpack files in the container " + container) {
  send(as_bytes("PUT /containers/" + percent_encode(container) + "/archive?path=" + percent_encode(folder) +
                " HTTP/1.1\r\nHost: engine\r\nContent-Type: application/x-tar\r\nTransfer-Encoding: chunked\r\n\r\n"));
}

void ArchiveUpload::write(ByteView data) {
  if (data.empty()) return;  // an empty chunk is the end
  send(as_bytes(fmt::format("{:x}\r\n", data.size())));
  send(data);
  send(as_bytes("\r\n"));
}

void ArchiveUpload::commit() {
  send(as_bytes("0\r\n\r\n"));
  const int status = socket_.read_head();
  if (status == 200) return;
  socket_.fill();
  throw socket_.refused(status);
}

// An engine that reads no more has answered: its words tell why.
void ArchiveUpload::send(ByteView bytes) {
  if (socket_.put_all(bytes)) return;
  const int status = socket_.read_head();
  socket_.fill();
  throw socket_.refused(status);
}

}  // namespace holdfast::container
