#pragma once

#include <filesystem>  // std::filesystem::path
#include <string>      // std::string

#include <headroom/io/streamed_trace.hpp>
#include <headroom/io/trace_options.hpp>

/// Files with a recorded load, as every command reads them: the options that say what a file does not, one refusal in
/// the words of the command line, and one line that tells how a file was understood.
namespace tool {

class command;
class option;

/// What the user says of the file. Empty: the file tells.
struct recorded_load_options {
  std::string time_unit;    ///< of numeric times: s, ms, us, ns, min or h
  std::string time_column;  ///< name or number
  std::string count_column;
  double interval_s = 0;          ///< seconds from row to row; 0: the times tell, 1 s without times
  std::string gap = "refuse";     ///< what an interval without a count means: refuse, zero, hold or interpolate
  std::string repeat = "refuse";  ///< what rows of one time mean: refuse, sum or last
  std::string series;             ///< app=shop
  std::string separator;          ///< a character, or tab
  std::string decimal;            ///< point or comma
  std::string function;           ///< of an Azure Functions trace, this one; empty: the sum of all
  bool counter = false;           ///< counts only rise, and their differences are the requests
  bool rising = false;            ///< counts only rise, and are no counter's
  bool arrivals = false;          ///< each row is one request
  bool per_second = false;        ///< counts are requests a second

  /// What a model keeps of them.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("time_unit", self.time_unit);
    a("time_column", self.time_column);
    a("count_column", self.count_column);
    a("interval_s", self.interval_s);
    a("gap", self.gap);
    a("repeat", self.repeat);
    a("series", self.series);
    a("separator", self.separator);
    a("decimal", self.decimal);
    a("function", self.function);
    a("counter", self.counter);
    a("rising", self.rising);
    a("arrivals", self.arrivals);
    a("per_second", self.per_second);
  }

  /// Declares all of them. `file`: the option without which they are refused, or null.
  void declare(command& to, const option* file);
  /// In the words of the library. Throws std::invalid_argument.
  [[nodiscard]] headroom::trace_csv_options reading() const;
};

/// Opens and checks a file, with a progress bar if it is long. Throws std::invalid_argument with one sentence that
/// names the option which settles what the file does not say; file_error; reading_stopped.
[[nodiscard]] headroom::streamed_trace open_recorded_load(const std::filesystem::path& file,
                                                          const recorded_load_options& o);

/// How the file was understood, in one line on standard error.
void tell_recorded_load(const std::filesystem::path& file, const recorded_load_options& o,
                        const headroom::streamed_trace& t);

}  // namespace tool
