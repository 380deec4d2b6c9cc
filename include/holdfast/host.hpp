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

/// As Repository::backup, from sources that the host brings: all of them in one commit. They live until it returns, and each is described
/// and read on the calling thread, in their order.
BackupInfo backup_sources(Repository& repository, const std::vector<Source*>& sources, const BackupOptions& options, Context& context);

}  // namespace holdfast
