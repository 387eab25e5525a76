#pragma once

#include "learner.hpp"
