#pragma once

#include <functional>
#include <memory>
#include <string>

#include "holdfast/io.hpp"

namespace holdfast {

// Streams whose two ends both want to drive: the other end runs on a thread of its own, which has ended when the stream
// is destroyed. One block of data is under way at a time; nothing is copied twice.

/// Reads the bytes that `produce` writes. Throws its error at the place of the end. `stop` is called before an
/// unfinished producer is waited for.
std::unique_ptr<Reader> pulled_reader(std::function<void(Writer&)> produce, std::function<void()> stop);
/// Writes the bytes that `consume` reads. commit() returns after `consume` has, or throws its error. Without a commit,
/// `consume` gets Error{cancelled} from its reader. A consumer that returns before the end of the bytes is an
/// Error{target} that names `what`.
std::unique_ptr<Writer> pushed_writer(std::function<void(Reader&)> consume, std::string what);
/// Passes reads on, and tells how many bytes each returned.
std::unique_ptr<Reader> counted_reader(std::unique_ptr<Reader> from, std::function<void(std::size_t)> seen);

}  // namespace holdfast
