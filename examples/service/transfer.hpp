#pragma once

#include <holdfast/pipeline.hpp>
#include <holdfast/sql_text.hpp>
#include <holdfast/storage.hpp>

#include <functional>
#include <memory>
#include <string>

#include "backups.hpp"
#include "log.hpp"

namespace service {

/// Returns the name of a backup that begins now. Waits until the name is free: it is a second, and a program that was
/// restarted may meet its own last backup.
std::string free_name(holdfast::Storage& storage, const holdfast::Context& context);

struct Uploaded {
  std::uint64_t plain_bytes = 0, stored_bytes = 0;
};
/// Writes a dump as gzip to a new object while it is made, without a file between them, and looks whether the object is
/// there. Calls `dumped` after the last byte of the dump. On an error, there is no object, and `storage_failed` tells
/// whether the storage failed rather than the dump.
Uploaded upload(const holdfast::Producer& dump, int level, const std::shared_ptr<holdfast::Storage>& storage, const std::string& name,
                const std::function<void()>& dumped, bool& storage_failed, holdfast::Context& context);

/// Opens the SQL text of a backup, which is read while it is used, and reads its first bytes now. `storage_failed`
/// becomes true if the storage fails rather than the bytes that it returned; it must outlive the reader.
std::unique_ptr<holdfast::Reader> open_sql(holdfast::Storage& storage, const StoredBackup& backup, bool& storage_failed);

/// Creates a database "PREFIXYYYYMMDD_HHMMSS". A name is a second: waits if another process on this server has taken
/// it.
std::unique_ptr<holdfast::ScratchDatabase> create_scratch(const std::string& server_uri, const std::string& prefix,
                                                          holdfast::Context& context);

/// Runs the SQL text in a database and logs the statements that fail. Throws Error{target} if the server refused one,
/// and Error{corrupt} if the text is cut.
void load(const std::string& uri, holdfast::Reader& sql, Log& log, holdfast::Context& context);

/// Counts the tables and what is not valid in a restored database, and runs the queries of a file, if there is one.
/// Logs the results. Returns how many queries failed.
std::size_t ask(const std::string& uri, const std::string& queries_file, Log& log, holdfast::Context& context);

}  // namespace service
