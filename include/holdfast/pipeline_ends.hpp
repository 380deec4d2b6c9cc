#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/pipeline.hpp"
#include "holdfast/source.hpp"
#include "holdfast/target.hpp"

namespace holdfast {

// Beginnings and ends of pipelines, besides exec() (exec.hpp), dump_sql() (sql_text.hpp) and sink(). A beginning that
// holds a stream is good for one run.

/// Reads a stream: an entry of a backup (BackupView::open), an object of a storage, a host's own.
Producer from(std::shared_ptr<Reader> reader);
/// Reads an object of a storage.
Producer object(std::shared_ptr<Storage> storage, std::string name);
/// Reads a file descriptor to its end. The host keeps and closes it. A silence longer than the context's stall timeout
/// is an Error{timeout}.
Producer descriptor(int fd);
/// Reads one entry of a source, which is read as a whole; discards its other entries. An empty name means the only
/// entry. Throws Error{not_found} if there is no such entry, Error{invalid_argument} if the name is empty and there are
/// several. The source is used by the pipeline's thread.
Producer source_entry(std::shared_ptr<Source> source, std::string name = {});

/// Writes to a stream: an entry of a backup (BackupWriter::open), a host's own. The pipeline commits it.
Sink to(std::shared_ptr<Writer> writer);
/// Calls `take` with each block, on the pipeline's thread.
Sink to(std::function<void(ByteView)> take);
/// Writes to a file descriptor; a file is durable after the run. The host keeps and closes it.
Sink descriptor_sink(int fd);
/// Writes to the standard input of a command. Looks `argv[0]` up on the context's program path; uses no shell. Throws
/// Error{target} if the command fails or does not read everything.
Sink exec_sink(std::vector<std::string> argv);
/// Restores into a target, as the only entry of a source of its kind; for targets that take one stream. Objects
/// that the target leaves out are warnings.
Sink target_sink(std::shared_ptr<Target> target);

/// Runs a producer on a thread of its own and reads what it writes. `context` outlives the reader.
std::unique_ptr<Reader> reader_of(Producer producer, Context& context);

/// Reads a source as a whole, and sends each of its entries through the stages into an object of its own: `prefix`, the
/// entry's name, the stages' suffixes. Attributes of the entries are not kept. After an error, objects of entries that
/// were complete remain.
PipelineReport split_source(Source& source, const Pipeline& stages, const std::shared_ptr<Storage>& storage, const std::string& prefix,
                            Context& context);

}  // namespace holdfast
