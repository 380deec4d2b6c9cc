#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace holdfast {

/// Options of a driver or storage, as text by name. An unknown name is an error.
using Options = std::map<std::string, std::string>;

/// Type of an option's value.
enum class OptionType {
  string,
  integer,   ///< decimal digits, with '-' for a negative number
  boolean,   ///< as parse_flag reads it
  size,      ///< bytes; the suffixes K, M, G and T are powers of 1024
  duration,  ///< as parse_duration reads it
  choice,    ///< one of OptionSpec::choices; where these have yes and no, the other spellings of a boolean stand for them
  list,      ///< a JSON array of strings
};
std::string_view to_string(OptionType type) noexcept;  ///< "string"
/// Returns the type with this name. Throws Error{invalid_argument}.
OptionType parse_option_type(std::string_view name);

/// Calls that pass options to a driver. `verify` means verify at level restore; `doctor` is Driver::diagnose.
enum class DriverCall { backup, restore, verify, export_to, doctor };
std::string_view to_string(DriverCall call) noexcept;  ///< "backup", "restore", "verify", "export", "doctor"
inline constexpr std::array kDriverCalls = {DriverCall::backup, DriverCall::restore, DriverCall::verify, DriverCall::export_to,
                                            DriverCall::doctor};
/// Returns the call with this name. Throws Error{invalid_argument}.
DriverCall parse_driver_call(std::string_view name);

/// One declared option. Help, introspection and checks use it.
struct OptionSpec {
  std::string name;
  OptionType type = OptionType::string;
  std::string default_value = {};      ///< text of that type; empty = an empty string or list, no, 0
  std::string help = {};               ///< one line, without type, default and choices
  std::vector<DriverCall> calls = {};  ///< driver options: the calls that use it. Empty for storage options
  std::int64_t minimum = 0;            ///< of an integer, a size (bytes) or a duration (seconds)
  std::int64_t maximum = std::numeric_limits<std::int64_t>::max();
  std::vector<std::string> choices = {};
  bool secret = false;  ///< errors and listings never show its value
};

/// Options that passed the check against their specs. Immutable; safe from any thread. Each getter throws
/// Error{internal} for a name that is not declared with the getter's type.
class ParsedOptions {
 public:
  bool given(std::string_view name) const;               ///< false: the getter returns the default
  const std::string& text(std::string_view name) const;  ///< a string or a choice
  bool flag(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  std::uint64_t size(std::string_view name) const;  ///< bytes
  std::chrono::seconds duration(std::string_view name) const;
  const std::vector<std::string>& list(std::string_view name) const;

 private:
  using Value = std::variant<std::string, bool, std::int64_t, std::uint64_t, std::chrono::seconds, std::vector<std::string>>;
  struct Parsed {
    Value value;
    bool given = false;
  };
  template <class T>
  const T& value(std::string_view name) const;
  const Parsed& find(std::string_view name) const;

  friend class OptionParser;
  std::map<std::string, Parsed, std::less<>> values_;
};

/// Checks options against their specs and parses them. `owner` names their owner in errors: "postgresql", "storage".
/// Throws Error{invalid_argument} for an unknown name, a text that is not of the type, and a value out of bounds. The
/// error names the option, the value unless it is secret, and the allowed values.
ParsedOptions parse_options(std::string_view owner, std::span<const OptionSpec> specs, const Options& given);
/// The same for one call of a driver. Refuses an option that only other calls use; the error names those calls.
ParsedOptions parse_options(std::string_view owner, std::span<const OptionSpec> specs, DriverCall call, const Options& given);

/// Returns the options that a call uses, in their order.
std::vector<OptionSpec> options_for(std::span<const OptionSpec> specs, DriverCall call);

}  // namespace holdfast
