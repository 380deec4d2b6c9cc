#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "driver/postgres/client/connection.hpp"
#include "driver/postgres/logical/catalog.hpp"
#include "driver/postgres/logical/row_sum.hpp"

namespace holdfast::postgres {

/// One COPY statement's worth of a database: a table, a range of a large one, or a share of the large objects. The same streams are
/// read at backup and, from the restored database, for the proof.
struct Stream {
  std::string entry;         ///< name in the backup: "data/public.orders/00001.copy"
  std::string copy_sql;      ///< COPY … TO STDOUT
  std::string lock_sql;      ///< empty: nothing to lock
  Table* table = nullptr;    ///< null: large objects
  RowSum* proof = nullptr;   ///< where its sum belongs; several streams may share one
  std::string rows;          ///< of the table, as they stand behind FROM
  std::string range;         ///< for events: "pages 0-8191", "pages 8192-"
  std::uint64_t weight = 0;  ///< bytes, an estimate
};

/// Cuts a database into streams, largest first, none much larger than `bytes_per_stream` where the server can read ranges. Pointers go
/// into `catalog`.
std::vector<Stream> plan_streams(Catalog& catalog, std::uint64_t bytes_per_stream);
/// A stream size that gives each of `jobs` connections enough pieces to end together, and not more pieces than a repository likes.
std::uint64_t stream_size(const Catalog& catalog, unsigned jobs);

/// Reads a stream; `take` gets its bytes in order, in pieces that fill `block` but for the last. Returns the sum of its rows. Throws
/// LongRow where one is too long to be sent.
RowSum read_stream(Connection& connection, const Stream& stream, const RowKey& key, Bytes& block,
                   const std::function<void(ByteView)>& take);

std::string column_list(const Table& table);
/// Where a table's rows go: itself, or the partition root they must pass through.
RelationName row_destination(const Table& table);
enum class CopyFormat : char { text, binary };
/// COPY … FROM STDIN for a table's rows. The texts in binary rows come in the session's encoding, whatever `encoding` says.
std::string copy_in_sql(const Table& table, const std::string& encoding, bool freeze, CopyFormat format = CopyFormat::text);

/// The entries that hold large objects: COPY text of (oid, comment, owner, grants), in the session's encoding, and of (oid, offset, bytes).
inline constexpr const char* kLargeObjectNames = "large_objects/names.copy";
inline constexpr const char* kLargeObjectContents = "large_objects/contents/";

}  // namespace holdfast::postgres
