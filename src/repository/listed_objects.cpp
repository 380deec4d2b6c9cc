#include "repository/listed_objects.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kLargestCopy = 256U << 10;  // most objects have about a kilobyte

}  // namespace

ListedObjects::ListedObjects(Storage& storage, Copied copied)
    : storage_(storage),
      place_(copied == Copied::yes ? as<Copies>(storage) : nullptr),
      before_(place_ ? place_->copies() : Copies::ByObject()) {}

const Copies::Copy* ListedObjects::find(const ObjectInfo& listed) const {
  const auto found = before_.find(listed.name);
  const bool same = found != before_.end() && found->second.size == listed.size && found->second.modified == listed.modified;
  return same ? &found->second : nullptr;
}

void ListedObjects::keep(const ObjectInfo& listed, Bytes bytes) {
  if (place_ == nullptr || bytes.size() != listed.size || bytes.size() > kLargestCopy) return;
  const Copies::Copy* known = find(listed);
  const bool is_new = known == nullptr || known->bytes != bytes;
  const std::lock_guard lock(mutex_);
  is_new_ = is_new_ || is_new;
  read_.insert_or_assign(listed.name, Copies::Copy{listed.size, listed.modified, std::move(bytes)});
}

void ListedObjects::finish() {
  if (place_ != nullptr && (is_new_ || read_.size() != before_.size())) place_->keep(read_);
}

}  // namespace holdfast
