// The one main of all test programs, compiled once. Not through the precompiled header: Catch2 2.13 makes its
// implementation out of the first inclusion that sees CATCH_CONFIG_MAIN.
#if __has_include(<catch2/catch_session.hpp>)
#include <catch2/catch_session.hpp>

int main(int argc, char* argv[]) { return Catch::Session().run(argc, argv); }
#else
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
#endif
