#pragma once

#include <cstddef>  // std::size_t
#include <string>   // std::string, std::to_string

#include "catch.hpp"

/// Many comparisons that are one CHECK: thousands of CHECKs cost seconds, and a bool says only that one of them failed.
/// This one keeps the number and the values of the first that fails.
///
///   first_failure equal;
///   for (...) equal.same(got(i), expected(i));
///   CHECK(equal.report() == "");  // or "comparison 17 of 1000: 3, must be 4"
class first_failure {
 public:
  template <class Got, class Expected>
  void same(const Got& got, const Expected& expected) {
    ++checked_;
    if (!failed() && !(got == expected)) {
      note(Catch::Detail::stringify(got) + ", must be " + Catch::Detail::stringify(expected));
    }
  }

  /// Where it is no comparison of two values: `values` are printed.
  template <class... Values>
  void holds(bool condition, const Values&... values) {
    ++checked_;
    if (failed() || condition) return;
    std::string text;
    ((text += (text.empty() ? "" : ", ") + Catch::Detail::stringify(values)), ...);
    note("does not hold for " + text);
  }

  /// Nothing if all comparisons hold; a loop that compares nothing proves nothing.
  [[nodiscard]] std::string report() const {
    if (checked_ == 0) return "nothing was compared";
    if (!failed()) return "";
    return "comparison " + std::to_string(at_) + " of " + std::to_string(checked_) + ": " + text_;
  }

 private:
  [[nodiscard]] bool failed() const { return !text_.empty(); }
  void note(const std::string& text) {
    at_ = checked_ - 1;
    text_ = text;
  }

  std::size_t checked_ = 0;
  std::size_t at_ = 0;  // counted from 0
  std::string text_;
};
