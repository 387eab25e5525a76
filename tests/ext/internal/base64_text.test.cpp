#include <headroom/ext/internal/base64_text.hpp>

#include <string>

#include "catch.hpp"

using headroom::internal::from_base64;

TEST_CASE("the examples of RFC 4648 are read") {
  CHECK(from_base64("") == "");
  CHECK(from_base64("Zg==") == "f");
  CHECK(from_base64("Zm8=") == "fo");
  CHECK(from_base64("Zm9v") == "foo");
  CHECK(from_base64("Zm9vYg==") == "foob");
  CHECK(from_base64("Zm9vYmE=") == "fooba");
  CHECK(from_base64("Zm9vYmFy") == "foobar");
  CHECK(from_base64("AP/+/w==") == std::string("\0\xff\xfe\xff", 4));
}

TEST_CASE("what is no base64 is refused") {
  for (const char* const text : {"Z", "Zg", "Zg=", "Zg===", "=", "====", "Zm9v\n", "Zm 9", "Zm9_",
                                 "Zh==", "Zm9=", "Z=g=", "Zg==Zg==", "Zm\xc3\xa4"}) {
    INFO(text);
    CHECK_FALSE(from_base64(text).has_value());
  }
}
