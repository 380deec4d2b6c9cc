#include "storage/s3/s3_xml.hpp"

#include <charconv>
#include <pugixml.hpp>
#include <sstream>

#include "base/uri.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

namespace {

[[noreturn]] void wrong_xml(const std::string& why) {
  throw Error(ErrorCode::network, "the S3 server's answer can't be used: " + why, true);
}

std::string_view child(const pugi::xml_node& node, const char* name) { return node.child_value(name); }

/// Returns the document's root; an empty node if this is not XML. Strips the namespace prefix of element names.
pugi::xml_node root_of(pugi::xml_document& document, ByteView body) {
  if (!document.load_buffer(body.data(), body.size(), pugi::parse_default, pugi::encoding_utf8)) return {};
  return document.document_element();
}

pugi::xml_node need_root(pugi::xml_document& document, ByteView body, const char* name) {
  const pugi::xml_node root = root_of(document, body);
  if (std::string_view(root.name()) == name) return root;
  const S3Fault fault = parse_fault(body);
  wrong_xml(fault.code.empty() ? std::string("there is no complete <") + name + "> in it" : fault.code + ": " + fault.message);
}

std::uint64_t list_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size())
    wrong_xml("a number in the listing is '" + std::string(text.substr(0, 40)) + "'");
  return value;
}

pugi::xml_node new_document(pugi::xml_document& document, const char* name) {
  pugi::xml_node root = document.append_child(name);
  root.append_attribute("xmlns") = "http://s3.amazonaws.com/doc/2006-03-01/";
  return root;
}

std::string written(const pugi::xml_document& document) {
  std::ostringstream out;
  document.save(out, "", pugi::format_raw | pugi::format_no_declaration);
  return out.str();
}

std::string list_key(std::string_view text, bool encoded) {
  if (!encoded) return std::string(text);
  std::string spaced(text);
  std::ranges::replace(spaced, '+', ' ');  // form encoding, as some servers write it; a real '+' comes as %2B
  auto decoded = percent_decode(spaced);
  if (!decoded) wrong_xml("a key in the listing is badly encoded");
  return *std::move(decoded);
}

}  // namespace

TimePoint parse_amz_time(std::string_view text) {
  try {
    return parse_time(std::string(text.substr(0, 19)) + "Z");
  } catch (const Error&) {
    wrong_xml("a time in it is '" + std::string(text.substr(0, 40)) + "'");
  }
}

S3Fault parse_fault(ByteView body) {
  pugi::xml_document document;
  pugi::xml_node root = root_of(document, body);
  if (std::string_view(root.name()) == "ErrorResponse") root = root.child("Error");  // the form of STS
  if (std::string_view(root.name()) != "Error") return {};
  const auto text = [&](const char* name) {
    std::string value(child(root, name).substr(0, 300));
    std::ranges::replace_if(
        value, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
    return value;
  };
  return {text("Code"), text("Message"), text("Region")};
}

ObjectPage parse_page(ByteView body) {
  pugi::xml_document document;
  const pugi::xml_node root = need_root(document, body, "ListBucketResult");
  const bool encoded = child(root, "EncodingType") == "url";
  ObjectPage page;
  std::uint64_t count = 0;
  for (const pugi::xml_node item : root.children("Contents")) {
    ++count;
    page.objects.push_back(
        {list_key(child(item, "Key"), encoded), list_number(child(item, "Size")), parse_amz_time(child(item, "LastModified"))});
  }
  const std::string_view said = child(root, "KeyCount");
  if (!said.empty() && list_number(said) != count)
    wrong_xml("it announces " + std::string(said) + " keys and lists " + std::to_string(count));
  const std::string_view truncated = child(root, "IsTruncated");
  if (truncated != "true" && truncated != "false") wrong_xml("the listing does not say whether it is complete");
  page.next = child(root, "NextContinuationToken");
  if ((truncated == "true") == page.next.empty()) wrong_xml("the listing contradicts itself on whether more follows");
  return page;
}

S3VersionsPage parse_versions(ByteView body) {
  pugi::xml_document document;
  const pugi::xml_node root = need_root(document, body, "ListVersionsResult");
  const bool encoded = child(root, "EncodingType") == "url";
  S3VersionsPage page;
  const auto add = [&](const pugi::xml_node& item, bool deleted) {
    S3Version version{.info = {.name = list_key(child(item, "Key"), encoded), .modified = parse_amz_time(child(item, "LastModified"))},
                      .id = std::string(child(item, "VersionId")),
                      .newest = child(item, "IsLatest") == "true",
                      .deleted = deleted};
    if (!deleted) version.info.size = list_number(child(item, "Size"));
    if (version.id.empty()) wrong_xml("it lists a version without an id");
    page.versions.push_back(std::move(version));
  };
  for (const pugi::xml_node item : root.children("Version")) add(item, false);
  for (const pugi::xml_node item : root.children("DeleteMarker")) add(item, true);
  std::ranges::stable_sort(page.versions, {}, [](const S3Version& version) -> const std::string& { return version.info.name; });
  const std::string_view truncated = child(root, "IsTruncated");
  if (truncated != "true" && truncated != "false") wrong_xml("the listing does not say whether it is complete");
  if (truncated == "false") return page;
  page.next_key = list_key(child(root, "NextKeyMarker"), encoded);
  page.next_version = child(root, "NextVersionIdMarker");
  if (page.next_key.empty()) wrong_xml("the listing does not say where it goes on");
  return page;
}

S3BucketLock parse_bucket_lock(ByteView body) {
  pugi::xml_document document;
  const pugi::xml_node root = need_root(document, body, "ObjectLockConfiguration");
  return {.enabled = child(root, "ObjectLockEnabled") == "Enabled",
          .default_mode = std::string(child(root.child("Rule").child("DefaultRetention"), "Mode"))};
}

std::string parse_versioning(ByteView body) {
  pugi::xml_document document;
  return std::string(child(need_root(document, body, "VersioningConfiguration"), "Status"));
}

std::string parse_upload_id(ByteView body) {
  pugi::xml_document document;
  std::string id(child(need_root(document, body, "InitiateMultipartUploadResult"), "UploadId"));
  if (id.empty()) wrong_xml("it names no upload");
  return id;
}

std::optional<S3Fault> parse_completion(ByteView body) {
  pugi::xml_document document;
  const std::string_view name = root_of(document, body).name();
  if (name == "CompleteMultipartUploadResult") return std::nullopt;
  S3Fault fault = parse_fault(body);
  if (fault.code.empty()) wrong_xml("it does not say that the upload was completed");
  return fault;
}

AwsCredentials parse_assumed_role(ByteView body) {
  pugi::xml_document document;
  const pugi::xml_node root = root_of(document, body);
  const bool by_web_identity = std::string_view(root.name()) == "AssumeRoleWithWebIdentityResponse";
  const pugi::xml_node found = by_web_identity
                                   ? root.child("AssumeRoleWithWebIdentityResult").child("Credentials")
                                   : need_root(document, body, "AssumeRoleResponse").child("AssumeRoleResult").child("Credentials");
  AwsCredentials credentials;
  credentials.value.access_key_id = child(found, "AccessKeyId");
  credentials.value.secret_access_key = Secret(child(found, "SecretAccessKey"));
  credentials.value.session_token = Secret(child(found, "SessionToken"));
  credentials.expires = parse_amz_time(child(found, "Expiration"));
  if (credentials.value.access_key_id.empty() || credentials.value.secret_access_key.empty()) wrong_xml("it holds no credentials");
  return credentials;
}

std::string completion_document(const std::vector<UploadedPart>& parts) {
  pugi::xml_document document;
  pugi::xml_node root = new_document(document, "CompleteMultipartUpload");
  for (const UploadedPart& part : parts) {
    pugi::xml_node node = root.append_child("Part");
    node.append_child("PartNumber").text() = part.number;
    node.append_child("ETag").text() = part.etag.c_str();
  }
  return written(document);
}

std::string retention_document(const std::string& mode, TimePoint until) {
  pugi::xml_document document;
  pugi::xml_node root = new_document(document, "Retention");
  root.append_child("Mode").text() = mode.c_str();
  root.append_child("RetainUntilDate").text() = format_time(until).c_str();
  return written(document);
}

}  // namespace holdfast
