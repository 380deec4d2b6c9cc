#pragma once

#include <memory>
#include <vector>

#include "holdfast/context.hpp"
#include "holdfast/repository.hpp"
#include "holdfast/source.hpp"
#include "holdfast/storage.hpp"

namespace holdfast {

/// Like Repository::create and Repository::open, on a storage that the host provides. Ignores `options.storage`.
/// `drivers` corresponds to OpenOptions::drivers.
Repository create_repository(std::shared_ptr<Storage> storage, const CreateOptions& options, Context& context,
                             DriverRegistry drivers = builtin_drivers());
Repository open_repository(std::shared_ptr<Storage> storage, const OpenOptions& options, Context& context);

/// A host's storage that locks its objects (`Lockable`) must call this first in each of its functions. The library
/// thereby detects another storage of the host's that forwards calls to it and hides its object locks. It refuses to
/// keep a repository in such a storage, because object locks would expire unnoticed.
void announce_locks(const Storage& locking) noexcept;

/// Like Repository::backup, from sources that the host provides: all in one commit. The sources must live until it
/// returns. Describes and reads each source on the calling thread, in their order. The host selects when it opens a
/// source: throws Error{unsupported} for `options.selection` and `options.driver`.
BackupInfo backup_sources(Repository& repository, const std::vector<Source*>& sources, const BackupOptions& options, Context& context);

/// Like Repository::restore, into a target that the host provides or opened itself. `source` is the index of the
/// backup's source. Throws Error{unsupported} for `options.driver`.
RestoreReport restore_into(Repository& repository, const BackupId& id, std::uint32_t source, Target& target, const RestoreOptions& options,
                           Context& context);

}  // namespace holdfast
