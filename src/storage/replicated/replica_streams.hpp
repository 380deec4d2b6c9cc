#pragma once

#include <memory>
#include <string_view>

#include "storage/replicated/replica_set.hpp"

namespace holdfast {

/// Reads an object of a set. Continues with another storage if one fails. Throws the first error if none can continue.
std::unique_ptr<Reader> open_replicated_reader(std::shared_ptr<ReplicaSet> set, std::string_view name, std::uint64_t offset,
                                               std::uint64_t length);

/// Writes an object to all usable storages of a set. commit() throws unless a quorum has it.
std::unique_ptr<Writer> open_replicated_writer(std::shared_ptr<ReplicaSet> set, std::string_view name);

}  // namespace holdfast
