#pragma once

/// Files: what a policy learned, load traces, tables as NumPy arrays, journals of decisions.

#include <headroom/io/checkpoint.hpp>
#include <headroom/io/classifier.hpp>
#include <headroom/io/csv_trace.hpp>
#include <headroom/io/exposition.hpp>
#include <headroom/io/file.hpp>
#include <headroom/io/journal.hpp>
#include <headroom/io/journal_reader.hpp>
#include <headroom/io/journal_record.hpp>
#include <headroom/io/meaning.hpp>
#include <headroom/io/npy.hpp>
#include <headroom/io/pause_file.hpp>
#include <headroom/io/state.hpp>
#include <headroom/io/streamed_trace.hpp>
#include <headroom/io/trace_options.hpp>
