#pragma once

namespace headroom::internal {
struct hidden_as_well {};
}  // namespace headroom::internal
