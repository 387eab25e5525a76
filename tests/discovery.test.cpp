// cmake/DiscoverTests.cmake hands each name to the program as a filter. CTest runs these cases by their names, and
// fails where a name matches nothing; names that CMake or Catch2 would take apart are met here.

#include <string>

#include "catch.hpp"
#include "skip.hpp"

namespace {

// The case that Catch2 runs now: a filter that was taken apart could match another one.
std::string running() { return Catch::getResultCapture().getCurrentTestName(); }

}  // namespace

TEST_CASE("a comma, another, and [brackets] in a name") {
  CHECK(running() == "a comma, another, and [brackets] in a name");
}

TEST_CASE("a semicolon; \"quotation marks\" and 'single ones' in a name") {
  CHECK(running() == "a semicolon; \"quotation marks\" and 'single ones' in a name");
}

TEST_CASE("a \\ backslash, a $dollar, ${braces}, an @at, <angles> & an ampersand in a name") {
  CHECK(running() == "a \\ backslash, a $dollar, ${braces}, an @at, <angles> & an ampersand in a name");
}

TEST_CASE("discovery: a name that begins with the name of its file") {
  CHECK(running() == "discovery: a name that begins with the name of its file");
}

TEST_CASE("a test case that cannot run is shown as skipped") {
  HEADROOM_SKIP("this one always is, so that CTest is seen to show it");
  FAIL("a skipped test case went on");
}
