#include "driver/files/tar_acl.hpp"

#include <grp.h>
#include <pwd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace holdfast::files {

namespace {

constexpr std::uint32_t kVersion = 2;
constexpr std::uint32_t kNoId = 0xffffffff;
constexpr std::size_t kHeader = 4, kEntry = 8;

// The kernel's tag of an entry, and libarchive's.
struct AclTag {
  std::uint16_t kernel;
  int tar;
};
constexpr std::array<AclTag, 6> kTags = {{{0x01, ARCHIVE_ENTRY_ACL_USER_OBJ},
                                          {0x02, ARCHIVE_ENTRY_ACL_USER},
                                          {0x04, ARCHIVE_ENTRY_ACL_GROUP_OBJ},
                                          {0x08, ARCHIVE_ENTRY_ACL_GROUP},
                                          {0x10, ARCHIVE_ENTRY_ACL_MASK},
                                          {0x20, ARCHIVE_ENTRY_ACL_OTHER}}};

struct AclEntry {
  std::uint16_t tag = 0, permissions = 0;
  std::uint32_t id = kNoId;
  auto operator<=>(const AclEntry&) const = default;
};

std::uint32_t little_endian(const std::string& bytes, std::size_t at, std::size_t size) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < size; ++i) number |= std::uint32_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  return number;
}

void add_little_endian(std::string& bytes, std::uint32_t number, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(number >> (8 * i) & 0xffU);
}

// The number of the user or group that an entry has by name only.
std::optional<std::uint32_t> id_of(const std::string& name, bool group) {
  std::vector<char> buffer(64U << 10);
  if (group) {
    struct group found {
    }, *result = nullptr;
    if (::getgrnam_r(name.c_str(), &found, buffer.data(), buffer.size(), &result) != 0 || result == nullptr) return std::nullopt;
    return result->gr_gid;
  }
  struct passwd found {
  }, *result = nullptr;
  if (::getpwnam_r(name.c_str(), &found, buffer.data(), buffer.size(), &result) != 0 || result == nullptr) return std::nullopt;
  return result->pw_uid;
}

std::string kernel_bytes(std::vector<AclEntry> entries) {
  std::ranges::sort(entries, {}, [](const AclEntry& entry) { return std::pair(entry.tag, entry.id); });
  std::string bytes;
  add_little_endian(bytes, kVersion, 4);
  for (const AclEntry& entry : entries) {
    add_little_endian(bytes, entry.tag, 2);
    add_little_endian(bytes, entry.permissions, 2);
    add_little_endian(bytes, entry.id, 4);
  }
  return bytes;
}

// Reads the ACL of one type. Returns false if it names somebody unknown.
bool read_acl(struct archive_entry* entry, int type, std::vector<AclEntry>& entries, std::string& unknown) {
  archive_entry_acl_reset(entry, type);
  int found_type = 0, permissions = 0, tag = 0, id = 0;
  const char* name = nullptr;
  while (archive_entry_acl_next(entry, type, &found_type, &permissions, &tag, &id, &name) == ARCHIVE_OK) {
    const auto known = std::ranges::find(kTags, tag, &AclTag::tar);
    if (known == kTags.end()) continue;
    AclEntry one{.tag = known->kernel, .permissions = static_cast<std::uint16_t>(permissions & 7)};
    if (tag == ARCHIVE_ENTRY_ACL_USER || tag == ARCHIVE_ENTRY_ACL_GROUP) {
      const bool group = tag == ARCHIVE_ENTRY_ACL_GROUP;
      const auto number = id >= 0 ? std::optional(static_cast<std::uint32_t>(id)) : id_of(name == nullptr ? "" : name, group);
      if (!number) {
        unknown = std::string(group ? "group " : "user ") + (name == nullptr ? "" : name);
        return false;
      }
      one.id = *number;
    }
    entries.push_back(one);
  }
  return true;
}

}  // namespace

bool is_acl(const std::string& attribute) { return attribute == kAccessAcl || attribute == kDefaultAcl; }

void add_acl(struct archive_entry* entry, const std::string& attribute, const std::string& bytes) {
  const int type = attribute == kAccessAcl ? ARCHIVE_ENTRY_ACL_TYPE_ACCESS : ARCHIVE_ENTRY_ACL_TYPE_DEFAULT;
  bool good = bytes.size() >= kHeader && (bytes.size() - kHeader) % kEntry == 0 && little_endian(bytes, 0, 4) == kVersion;
  for (std::size_t at = kHeader; good && at < bytes.size(); at += kEntry) {
    const auto known = std::ranges::find(kTags, little_endian(bytes, at, 2), &AclTag::kernel);
    good = known != kTags.end();
    if (!good) break;
    const std::uint32_t id = little_endian(bytes, at + 4, 4);
    archive_entry_acl_add_entry(entry, type, static_cast<int>(little_endian(bytes, at + 2, 2)), known->tar,
                                id == kNoId ? -1 : static_cast<int>(id), "");
  }
  if (!good) throw Error(ErrorCode::corrupt, "the attribute " + attribute + " holds no ACL");
}

TarAcls acls_of(struct archive_entry* entry) {
  TarAcls acls;
  for (const auto& [type, attribute] :
       {std::pair(ARCHIVE_ENTRY_ACL_TYPE_ACCESS, kAccessAcl), std::pair(ARCHIVE_ENTRY_ACL_TYPE_DEFAULT, kDefaultAcl)}) {
    std::vector<AclEntry> entries;
    if (archive_entry_acl_count(entry, type) == 0 || !read_acl(entry, type, entries, acls.unknown)) continue;
    const auto mask = std::ranges::find(entries, 0x10, &AclEntry::tag);
    if (type == ARCHIVE_ENTRY_ACL_TYPE_ACCESS && mask != entries.end()) acls.group_class = mask->permissions;
    acls.attributes.emplace_back(attribute, kernel_bytes(std::move(entries)));
  }
  return acls;
}

}  // namespace holdfast::files
