#pragma once

#include <string>

#include "holdfast/transform.hpp"

namespace holdfast::test {

/// One transform under the contract of include/holdfast/transform.hpp.
struct TransformCase {
  std::string label;
  TransformPtr transform;
  bool finds_damage;  ///< it changes the bytes, so it must notice when they are cut, extended or flipped
};

/// Everything that every transform owes; fails through doctest.
void check_round_trips(const TransformCase& subject);
void check_streams_are_independent(const TransformCase& subject);
void check_uncommitted_is_aborted(const TransformCase& subject);
void check_errors_pass_through(const TransformCase& subject);
void check_truncation_is_found(const TransformCase& subject);
void check_extension_is_found(const TransformCase& subject);
void check_flipped_bits_are_found(const TransformCase& subject);

/// All of them, as subcases of the test case it is called in.
void run_transform_suite(const TransformCase& subject);

}  // namespace holdfast::test
