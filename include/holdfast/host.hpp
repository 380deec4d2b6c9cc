#pragma once

#include <memory>
#include <vector>

#include "holdfast/context.hpp"
#include "holdfast/repository.hpp"
#include "holdfast/source.hpp"
#include "holdfast/storage.hpp"

namespace holdfast {

/// As Repository::create and Repository::open, on a storage that the host brings. `options.storage` is not looked at. `drivers` is what
/// OpenOptions has.
Repository create_repository(std::shared_ptr<Storage> storage, const CreateOptions& options, Context& context,
                             DriverRegistry drivers = builtin_drivers());
Repository open_repository(std::shared_ptr<Storage> storage, const OpenOptions& options, Context& context);

/// A storage of the host's that locks its objects (`Lockable`) calls this first in all that it does. So it is found out if another storage
/// of the host's passes calls on to it and hides its locks: no repository is kept in such a one, for locks would end unnoticed.
void announce_locks(const Storage& locking) noexcept;

/// As Repository::backup, from sources that the host brings: all of them in one commit. They live until it returns, and each is described
/// and read on the calling thread, in their order. Whoever opened them has selected already: Error{unsupported} for `options.selection`
/// and `options.driver`.
BackupInfo backup_sources(Repository& repository, const std::vector<Source*>& sources, const BackupOptions& options, Context& context);

/// As Repository::restore, into a target that the host brings or opened itself; which of the backup's sources is said by number. Error
/// {unsupported} for `options.driver`.
RestoreReport restore_into(Repository& repository, const BackupId& id, std::uint32_t source, Target& target, const RestoreOptions& options,
                           Context& context);

}  // namespace holdfast
