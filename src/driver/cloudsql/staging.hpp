#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "holdfast/context.hpp"
#include "storage/gcs/gcs_options.hpp"

namespace holdfast {

/// The place in Google Cloud Storage through which an instance and this program exchange SQL text.
class Staging {
 public:
  static constexpr std::string_view kPrefix = "holdfast-";  ///< of all names of objects here

  /// `uri` is "gs://BUCKET/PREFIX", `access` the options of that storage.
  Staging(const std::string& uri, const Options& access, const Context& context);

  Storage& storage() const noexcept { return *storage_; }
  const std::shared_ptr<Storage>& shared() const noexcept { return storage_; }
  std::string new_name() const;
  std::string uri_of(const std::string& name) const { return storage_->uri() + "/" + name; }

  /// Removes an object, even after a stop request. Warns if it can't.
  void remove(const std::string& name) const noexcept;
  /// Removes the objects of processes that were killed: those older than any operation. An event names the others.
  void remove_leftovers(std::chrono::seconds oldest_operation) const;

 private:
  const Context& context_;
  std::shared_ptr<Storage> storage_;
  std::shared_ptr<Storage> cleaner_;  // whose calls no stop request ends
};

}  // namespace holdfast
