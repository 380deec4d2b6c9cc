#include "driver/cloudsql/staging.hpp"

#include "base/hex.hpp"
#include "holdfast/error.hpp"
#include "storage/gcs/gcs_storage.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kRandomBytes = 16;

}  // namespace

Staging::Staging(const std::string& uri, const Options& access, const Context& context)
    : context_(context),
      storage_(
          gcs_storage(uri, access, IfMissing::fail, {.clock = context.host.clock, .random = context.host.random, .stop = context.stop})),
      cleaner_(gcs_storage(uri, access, IfMissing::fail, {.clock = context.host.clock, .random = context.host.random})) {}

std::string Staging::new_name() const {
  std::string time = format_time(context_.now());
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  return std::string(kPrefix) + time + "-" + to_hex(context_.random_bytes(kRandomBytes)) + ".sql.gz";
}

void Staging::remove(const std::string& name) const noexcept {
  try {
    if (cleaner_->stat(name)) cleaner_->remove(name);
  } catch (const std::exception& error) {
    context_.warn(std::string("the copy of the data in the staging area could not be removed: ") + error.what(), uri_of(name));
  }
}

void Staging::remove_leftovers(std::chrono::seconds oldest_operation) const {
  std::vector<std::string> old;
  storage_->list(kPrefix, [&](const ObjectInfo& object) {
    const bool is_old = object.modified + oldest_operation < context_.now();
    if (is_old) old.push_back(object.name);
    if (!is_old)
      context_.log(uri_of(object.name) + " is of another process, or of one that was killed: it is removed once it is older than " +
                   std::to_string(oldest_operation.count()) + " s");
    return true;
  });
  for (const std::string& name : old) remove(name);
}

}  // namespace holdfast
