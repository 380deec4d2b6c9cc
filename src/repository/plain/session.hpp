#pragma once

#include <memory>

#include "holdfast/repository.hpp"
#include "repository/host_transforms.hpp"
#include "repository/plain/place.hpp"

namespace holdfast {

/// Claims an id and begins a backup under it. Borrows `context` for the session's life.
std::unique_ptr<BackupSession> begin_session(std::shared_ptr<const PlainPlace> place, const HostTransforms& transforms,
                                             const BackupOptions& options, Context& context);

}  // namespace holdfast
