#pragma once

#include <xtensor/xtensor.hpp>
