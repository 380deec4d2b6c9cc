#pragma once

#include <string>

namespace holdfast {

/// Returns this machine's name; empty if the system does not tell. Special characters are percent-encoded.
std::string host_name();

}  // namespace holdfast
