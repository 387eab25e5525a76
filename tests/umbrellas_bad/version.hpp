#pragma once

#define HEADROOM_VERSION_MAJOR 0
