#pragma once

# include <headroom/rewards/slo.hpp>
