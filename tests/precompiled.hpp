#pragma once

// Parsed once for all test programs: Catch2 and the third parties that our headers include. None of our own headers, so
// that a change to one does not build everything anew, and each of them is still seen to include what it needs (the
// build of each header alone sees no precompiled one).
#if __has_include(<xtensor/containers/xtensor.hpp>)  // since xtensor 0.26
#include <xtensor/containers/xtensor.hpp>
#else
#include <xtensor/xtensor.hpp>
#endif

#include <Eigen/Core>
#include <nlohmann/json.hpp>

#include "catch.hpp"
