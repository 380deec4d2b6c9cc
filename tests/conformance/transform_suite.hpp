#pragma once

#include <string>

#include "holdfast/transform.hpp"

namespace holdfast::test {

/// One transform, tested against the contract of include/holdfast/transform.hpp.
struct TransformCase {
  std::string label;
  TransformPtr transform;
  bool finds_damage;  ///< it changes the bytes, so it must detect cut, additional or flipped ones
};

/// Checks of the contract of every transform. They fail through doctest.
void check_round_trips(const TransformCase& subject);
void check_streams_are_independent(const TransformCase& subject);
void check_uncommitted_is_aborted(const TransformCase& subject);
void check_errors_pass_through(const TransformCase& subject);
void check_truncation_is_found(const TransformCase& subject);
void check_extension_is_found(const TransformCase& subject);
void check_flipped_bits_are_found(const TransformCase& subject);

/// Runs all of them, as subcases of the calling test case.
void run_transform_suite(const TransformCase& subject);

}  // namespace holdfast::test
