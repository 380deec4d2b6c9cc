#include "storage/s3/s3_xml.hpp"

#include "conformance/storage_suite.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;

namespace {

std::string listing(const std::string& inside) {
  return "<?xml version=\"1.0\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">" + inside + "</ListBucketResult>";
}
std::string item(const std::string& key) {
  return "<Contents><Key>" + key + "</Key><LastModified>2026-11-20T18:04:11.500Z</LastModified><Size>7</Size></Contents>";
}
void check_unusable(const std::string& body) {
  CAPTURE(body);
  const hf::Error error = error_of([&] { hf::parse_page(hf::as_bytes(body)); });
  CHECK(error.code() == hf::ErrorCode::network);
  CHECK(error.retryable());
}

}  // namespace

TEST_CASE("a page of a listing is parsed, and its keys are decoded") {
  const std::string body = listing(item("a%2Fb%20c%25") + item("d+e") +
                                   "<EncodingType>url</EncodingType><KeyCount>2</KeyCount>"
                                   "<IsTruncated>true</IsTruncated><NextContinuationToken>more</NextContinuationToken>");
  const hf::ObjectPage page = hf::parse_page(hf::as_bytes(body));
  REQUIRE(page.objects.size() == 2);
  CHECK(page.objects[0].name == "a/b c%");
  CHECK(page.objects[0].size == 7);
  CHECK(hf::format_time_micros(page.objects[0].modified) == "2026-11-20T18:04:11.000000Z");
  CHECK(page.objects[1].name == "d e");
  CHECK(page.next == "more");
}

TEST_CASE("keys are decoded only if the server says that they are encoded") {
  const std::string body = listing(item("a%2F+&amp;") + "<IsTruncated>false</IsTruncated>");
  CHECK(hf::parse_page(hf::as_bytes(body)).objects[0].name == "a%2F+&");
}

TEST_CASE("a listing that may be incomplete is an error") {
  const std::string good = listing(item("a") + "<KeyCount>1</KeyCount><IsTruncated>false</IsTruncated>");
  CHECK(hf::parse_page(hf::as_bytes(good)).objects.size() == 1);
  for (std::size_t length = 0; length < good.size(); ++length) check_unusable(good.substr(0, length));
  check_unusable(listing(item("a")));
  check_unusable(listing(item("a") + "<IsTruncated>true</IsTruncated>"));
  check_unusable(listing(item("a") + "<IsTruncated>false</IsTruncated><NextContinuationToken>x</NextContinuationToken>"));
  check_unusable(listing(item("a") + "<IsTruncated>maybe</IsTruncated>"));
  check_unusable(listing(item("a") + "<KeyCount>2</KeyCount><IsTruncated>false</IsTruncated>"));
  check_unusable(listing("<Contents><Key>a</Key><Size>-1</Size></Contents><IsTruncated>false</IsTruncated>"));
  check_unusable("<html><body>Welcome to the portal</body></html>");
  check_unusable("<Error><Code>InternalError</Code></Error>");
}

TEST_CASE("a success with an error in its body is an error") {
  CHECK_FALSE(hf::parse_completion(hf::as_bytes("<CompleteMultipartUploadResult/>")).has_value());
  CHECK(hf::parse_completion(hf::as_bytes("<Error><Code>InternalError</Code></Error>")).value().code == "InternalError");
  CHECK_THROWS_AS(hf::parse_completion({}), hf::Error);
  CHECK_THROWS_AS(hf::parse_completion(hf::as_bytes("<CompleteMultipartUploadRes")), hf::Error);
}

TEST_CASE("the parts of a completion are in order, with escaped tags") {
  CHECK(
      hf::completion_document({{1, "\"a\""}, {2, "<b>"}}) ==
      "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Part><PartNumber>1</PartNumber><ETag>\"a\"</ETag></Part>"
      "<Part><PartNumber>2</PartNumber><ETag>&lt;b&gt;</ETag></Part></CompleteMultipartUpload>");
}
