#pragma once

/// Files: what a policy learned, load traces, tables as NumPy arrays.

#include <headroom/io/checkpoint.hpp>
#include <headroom/io/classifier.hpp>
#include <headroom/io/csv_trace.hpp>
#include <headroom/io/file.hpp>
#include <headroom/io/meaning.hpp>
#include <headroom/io/npy.hpp>
#include <headroom/io/state.hpp>
#include <headroom/io/streamed_trace.hpp>
#include <headroom/io/trace_options.hpp>
