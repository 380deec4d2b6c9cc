#include "storage/azure/azure_xml.hpp"

#include <algorithm>
#include <charconv>
#include <pugixml.hpp>
#include <sstream>

#include "base/uri.hpp"
#include "holdfast/error.hpp"
#include "storage/http/http_date.hpp"

namespace holdfast {

namespace {

[[noreturn]] void wrong_xml(const std::string& why) {
  throw Error(ErrorCode::network, "the Azure server's answer can't be used: " + why, true);
}

std::string blob_name(const pugi::xml_node& node) {
  const std::string_view text = node.child_value();
  if (!node.attribute("Encoded").as_bool()) return std::string(text);  // else it has characters that XML does not allow
  auto decoded = percent_decode(text);
  if (!decoded) wrong_xml("a name in the listing is badly encoded");
  return *std::move(decoded);
}

ObjectInfo blob_info(const pugi::xml_node& blob) {
  const pugi::xml_node properties = blob.child("Properties");
  ObjectInfo info{.name = blob_name(blob.child("Name"))};
  const std::string_view size = properties.child_value("Content-Length");
  const auto [end, code] = std::from_chars(size.data(), size.data() + size.size(), info.size);
  const auto modified = parse_http_date(properties.child_value("Last-Modified"));
  if (size.empty() || code != std::errc() || end != size.data() + size.size() || !modified)
    wrong_xml("the listing does not say the size and time of '" + info.name + "'");
  info.modified = *modified;
  return info;
}

}  // namespace

AzureFault parse_azure_fault(ByteView body) {
  pugi::xml_document document;
  if (!document.load_buffer(body.data(), body.size(), pugi::parse_default, pugi::encoding_utf8)) return {};
  const pugi::xml_node root = document.document_element();
  if (std::string_view(root.name()) != "Error") return {};
  std::string message = root.child_value("Message");
  message.resize(std::min({message.find_first_of("\r\n"), message.find("sig="), message.size(), std::size_t{300}}));
  std::ranges::replace_if(
      message, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return {std::string(root.child_value("Code")).substr(0, 100), message};
}

ObjectPage parse_azure_page(ByteView body) {
  pugi::xml_document document;
  const bool whole = document.load_buffer(body.data(), body.size(), pugi::parse_default, pugi::encoding_utf8);
  const pugi::xml_node root = document.document_element();
  if (!whole || std::string_view(root.name()) != "EnumerationResults") wrong_xml("there is no complete <EnumerationResults> in it");
  const pugi::xml_node blobs = root.child("Blobs");
  const pugi::xml_node next = root.child("NextMarker");
  if (!blobs || !next) wrong_xml("the listing does not say whether it is complete");
  ObjectPage page;
  for (const pugi::xml_node blob : blobs.children("Blob")) page.objects.push_back(blob_info(blob));
  page.next = next.child_value();
  return page;
}

std::string block_list_document(const std::vector<std::string>& ids) {
  pugi::xml_document document;
  pugi::xml_node root = document.append_child("BlockList");
  for (const std::string& id : ids) root.append_child("Uncommitted").text() = id.c_str();
  std::ostringstream out;
  document.save(out, "", pugi::format_raw | pugi::format_no_declaration);
  return out.str();
}

}  // namespace holdfast
