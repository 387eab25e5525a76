#pragma once

namespace headroom {

/// A name that the library gives to another type.
class action_index {};

}  // namespace headroom
