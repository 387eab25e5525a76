#pragma once

namespace headroom {

struct there {};
struct twice {};
struct forgotten {};
int also_forgotten(int x);

}  // namespace headroom
