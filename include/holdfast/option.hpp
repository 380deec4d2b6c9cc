#pragma once

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

/// Options of a driver or storage by name, as texts; unknown names are errors.
using Options = std::map<std::string, std::string>;

/// What the text of an option says.
enum class OptionType {
  string,
  integer,   ///< decimal digits, a '-' before a negative one
  boolean,   ///< as parse_flag reads it
  size,      ///< bytes; K, M, G or T behind the digits are powers of 1024
  duration,  ///< as parse_duration reads it
  choice,    ///< one of OptionSpec::choices
  list,      ///< a JSON array of strings
};
std::string_view to_string(OptionType type) noexcept;  ///< "string"

/// The calls that open a driver and hand it options. The call `verify` is the one at level restore.
enum class DriverCall { backup, restore, verify, export_to };
std::string_view to_string(DriverCall call) noexcept;  ///< "backup", "restore", "verify", "export"

/// One declared option. Help, introspection and checks come from it.
struct OptionSpec {
  std::string name;
  OptionType type = OptionType::string;
  std::string default_value = {};      ///< as a text of that type; empty = an empty string or list, no, 0
  std::string help = {};               ///< one line that repeats neither type nor default nor choices
  std::vector<DriverCall> calls = {};  ///< of a driver's option: the calls that look at it. A storage's option has none
  std::int64_t minimum = 0;            ///< of an integer, a size (bytes) and a duration (seconds)
  std::int64_t maximum = std::numeric_limits<std::int64_t>::max();
  std::vector<std::string> choices = {};
  bool secret = false;  ///< no error and no listing shows its value
};

/// Options that were checked against their specs. Immutable; safe from any thread. Each getter throws Error{internal} for a name that is
/// not declared with the type that it reads.
class ParsedOptions {
 public:
  bool given(std::string_view name) const;               ///< false: what the getter returns is the default
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

/// Checks options against their specs and reads them. `owner` says in errors whose they are: "postgresql", "storage". Throws
/// Error{invalid_argument} for an unknown name, a text that is not of the type, and a value out of bounds: it names the option, the value
/// unless that is secret, and what is allowed.
ParsedOptions parse_options(std::string_view owner, std::span<const OptionSpec> specs, const Options& given);
/// The same for one call of a driver: an option that only other calls look at is refused like an unknown one.
ParsedOptions parse_options(std::string_view owner, std::span<const OptionSpec> specs, DriverCall call, const Options& given);

/// Those of a driver's options that a call looks at, in their order.
std::vector<OptionSpec> options_for(std::span<const OptionSpec> specs, DriverCall call);

}  // namespace holdfast
