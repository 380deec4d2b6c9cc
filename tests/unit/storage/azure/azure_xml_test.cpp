#include "storage/azure/azure_xml.hpp"

#include "conformance/storage_suite.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;

namespace {

std::string listing(const std::string& blobs, const std::string& next = "<NextMarker />") {
  return "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults ContainerName=\"c\"><Prefix>a</Prefix><Blobs>" + blobs +
         "</Blobs>" + next + "</EnumerationResults>";
}
std::string blob(const std::string& name, const std::string& size = "7") {
  return "<Blob>" + name + "<Properties><Last-Modified>Fri, 20 Nov 2026 18:04:11 GMT</Last-Modified><Content-Length>" + size +
         "</Content-Length><BlobType>BlockBlob</BlobType></Properties></Blob>";
}
void check_unusable(const std::string& body) {
  CAPTURE(body);
  const hf::Error error = error_of([&] { hf::parse_azure_page(hf::as_bytes(body)); });
  CHECK(error.code() == hf::ErrorCode::network);
  CHECK(error.retryable());
}

}  // namespace

TEST_CASE("a page of a listing is parsed, with the byte order mark at its beginning") {
  const std::string body =
      listing(blob("<Name>a/b%20&amp;</Name>") + blob("<Name Encoded=\"true\">a%EF%BF%BEc</Name>", "0"), "<NextMarker>2!76!x</NextMarker>");
  const hf::ObjectPage page = hf::parse_azure_page(hf::as_bytes(body));
  REQUIRE(page.objects.size() == 2);
  CHECK(page.objects[0].name == "a/b%20&");
  CHECK(page.objects[0].size == 7);
  CHECK(hf::format_time_micros(page.objects[0].modified) == "2026-11-20T18:04:11.000000Z");
  CHECK(page.objects[1].name ==
        "a\xef\xbf\xbe"
        "c");
  CHECK(page.next == "2!76!x");
}

TEST_CASE("an Azure listing that may be incomplete is an error") {
  const std::string good = listing(blob("<Name>a</Name>"));
  CHECK(hf::parse_azure_page(hf::as_bytes(good)).next.empty());
  for (std::size_t length = 0; length < good.size(); ++length) check_unusable(good.substr(0, length));
  check_unusable(listing(blob("<Name>a</Name>"), ""));
  check_unusable(listing(blob("<Name>a</Name>", "-1")));
  check_unusable(listing(blob("<Name>a</Name>", "")));
  check_unusable("<EnumerationResults><NextMarker/></EnumerationResults>");
  check_unusable("<Error><Code>InternalError</Code></Error>");
}

TEST_CASE("an error's message is one line, and ends where a signature begins") {
  const std::string body =
      "\xef\xbb\xbf<?xml version=\"1.0\"?><Error><Code>AuthenticationFailed</Code><Message>Server failed.\nRequestId:1</Message></Error>";
  CHECK(hf::parse_azure_fault(hf::as_bytes(body)).code == "AuthenticationFailed");
  CHECK(hf::parse_azure_fault(hf::as_bytes(body)).message == "Server failed.");
  const std::string quoting = "<Error><Code>C</Code><Message>at http://h/c?sv=1&amp;sig=canary</Message></Error>";
  CHECK(hf::parse_azure_fault(hf::as_bytes(quoting)).message == "at http://h/c?sv=1&");
  CHECK(hf::parse_azure_fault(hf::as_bytes("<html/>")).code.empty());
}

TEST_CASE("a block list names uncommitted blocks only, in order") {
  CHECK(hf::block_list_document({"YQ==", "Yg=="}) ==
        "<BlockList><Uncommitted>YQ==</Uncommitted><Uncommitted>Yg==</Uncommitted></BlockList>");
}
