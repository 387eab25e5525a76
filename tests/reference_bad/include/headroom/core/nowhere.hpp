#pragma once

namespace headroom {}
