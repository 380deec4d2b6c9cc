#pragma once

#include <memory>

#include "callback.hpp"
#include "holdfast/audit.hpp"
#include "holdfast/driver.hpp"
#include "holdfast/io.hpp"
#include "holdfast/storage.hpp"
#include "holdfast/transform.hpp"
#include "holdfast_audit.h"

/// The host's tables of functions behind the library's own interfaces: the code above cannot distinguish them from
/// built-in ones.
namespace holdfast::capi {

/// `object` is put in front of error messages; may be empty.
std::unique_ptr<Reader> foreign_reader(Owned<holdfast_reader_driver> driver, std::string object);
std::unique_ptr<Writer> foreign_writer(Owned<holdfast_writer_driver> driver, std::string object);
std::shared_ptr<Storage> foreign_storage(Owned<holdfast_storage_driver> driver);
TransformPtr foreign_transform(Owned<holdfast_transform_driver> driver);
/// `restored_by` is the driver that its backups name, unless the source names one.
std::unique_ptr<Source> foreign_source(Owned<holdfast_source_driver> driver, std::string restored_by);
std::unique_ptr<Target> foreign_target(Owned<holdfast_target_driver> driver);
std::shared_ptr<AuditSigner> foreign_signer(Owned<holdfast_audit_signer> signer);
std::shared_ptr<const Driver> foreign_driver(Owned<holdfast_driver> driver);

}  // namespace holdfast::capi
