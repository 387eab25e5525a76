#include <headroom/policies/hand_over_options.hpp>

#include <limits>
#include <stdexcept>
#include <string>

#include "catch.hpp"

using namespace headroom;

namespace {

// The defaults with one change: the option that is refused, or "" where none is.
template <class Change>
std::string refused_option(Change change) {
  hand_over_options o;
  change(o);
  try {
    (void)checked(o);
  } catch (const std::invalid_argument& e) {
    const std::string text = e.what();
    const std::size_t begin = std::string("hand_over: ").size();
    return text.substr(begin, text.find(' ', begin) - begin);
  }
  return "";
}
template <class T>
std::string set_to(T hand_over_options::*which, T value) {
  return refused_option([&](hand_over_options& o) { o.*which = value; });
}

}  // namespace

TEST_CASE("each option of a hand-over is refused just outside of its law, and taken just inside") {
  using o = hand_over_options;
  CHECK(refused_option([](o&) {}).empty());
  CHECK(refused_option([](o& x) { x.block = 1, x.settle = 0; }) == "block");
  CHECK(refused_option([](o& x) { x.block = 2, x.settle = 1; }).empty());
  CHECK(set_to(&o::block, 1'000'000).empty());
  CHECK(set_to(&o::block, 1'000'001) == "block");
  CHECK(set_to(&o::settle, -1) == "settle");
  CHECK(set_to(&o::settle, 0).empty());
  CHECK(set_to(&o::settle, 19).empty());
  CHECK(set_to(&o::settle, 20) == "settle");
  CHECK(set_to(&o::reach, 0) == "reach");
  CHECK(set_to(&o::least_pairs, 3).empty());
  CHECK(set_to(&o::least_pairs, 2) == "least_pairs");
  CHECK(set_to(&o::memory, 8).empty());
  CHECK(set_to(&o::memory, 7) == "memory");
  CHECK(set_to(&o::memory, 100'000).empty());
  CHECK(set_to(&o::memory, 100'001) == "memory");
  CHECK(set_to(&o::recent, 2).empty());
  CHECK(set_to(&o::recent, 1) == "recent");
  CHECK(set_to(&o::recent, 40).empty());
  CHECK(set_to(&o::recent, 41) == "recent");
  CHECK(set_to(&o::deviations, 0.0) == "deviations");
  CHECK(set_to(&o::deviations, std::numeric_limits<double>::quiet_NaN()) == "deviations");
  CHECK(set_to(&o::keep_one_in, 2).empty());
  CHECK(set_to(&o::keep_one_in, 1) == "keep_one_in");
  CHECK(set_to(&o::strange_load, 1.0).empty());
  CHECK(set_to(&o::strange_load, 0.99) == "strange_load");
}
