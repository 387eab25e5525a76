#pragma once

#include <algorithm>    // std::find
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <filesystem>   // std::filesystem::path
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::exchange, std::move
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/io/internal/json_events.hpp>
#include <headroom/io/internal/safetensors.hpp>

namespace headroom {

/// Receives the header token by token. A document tree would silently keep the last of two equal names, and would be
/// built before it can be checked, however deep and large it is. A token that the format does not have is refused at
/// once.
class safetensors_reader {
 public:
  explicit safetensors_reader(const std::filesystem::path& file) : file_(file) {}
  [[nodiscard]] safetensors_header take() { return std::move(header_); }

  void null() const { wrong("null"); }
  void boolean(bool) const { wrong("a boolean"); }
  void negative(double) const { wrong("a negative number"); }
  void real(double) const { wrong("a number that is not whole or too large"); }
  void whole(std::uint64_t value) {
    if (place_ != place::list) wrong("a number");
    list_->push_back(value);
    if (list_->size() > (field_ == "shape" ? max_rank : 2)) {
      refuse(subject() + " has more than " + (field_ == "shape" ? to_text(max_rank) + " dimensions" : "two numbers"));
    }
  }
  void text(std::string& value) {
    if (place_ == place::metadata)
      header_.metadata.emplace(field_, value);  // a copy has no room to spare, which the reader's own text has
    else if (place_ == place::tensor && field_ == "dtype")
      tensor_->dtype = std::move(value);
    else
      wrong("a string");
  }
  void open(bool object) { object ? open_object() : open_list(); }
  void close(bool object) { object ? close_object() : close_list(); }
  void key(std::string& value) {
    if (place_ != place::tensor && header_.metadata.size() + header_.tensors.size() >= max_entries) {
      refuse("header has more than " + to_text(max_entries) + " entries");
    }
    if (place_ == place::root) {
      name_ = std::move(value);
      const bool metadata = name_ == "__metadata__";
      const bool twice = metadata ? std::exchange(metadata_seen_, true) : header_.tensors.contains(name_);
      if (twice) refuse(subject() + " appears twice, must appear once");
      if (!metadata) tensor_ = &header_.tensors[name_];
      return;
    }
    field_ = std::move(value);
    if (place_ == place::tensor && field_ != "dtype" && field_ != "shape" && field_ != "data_offsets") {
      refuse(subject() + " is unknown, must be dtype, shape or data_offsets");
    }
    const bool twice = place_ == place::metadata ? header_.metadata.contains(field_)
                                                 : std::find(seen_.begin(), seen_.end(), field_) != seen_.end();
    if (twice) refuse(subject() + " appears twice, must appear once");
    if (place_ == place::tensor) seen_.push_back(field_);
  }
  [[noreturn]] void broken(const internal::json_reader& in) const {
    refuse("header is not JSON from its byte " + to_text(in.position()) + " on, must be a JSON object");
  }

 private:
  enum class place { outside, root, metadata, tensor, list };

  void open_object() {
    if (place_ == place::outside)
      place_ = place::root;
    else if (place_ == place::root)
      place_ = name_ == "__metadata__" ? place::metadata : place::tensor;
    else
      wrong("an object");
    seen_.clear();
  }
  void close_object() {
    if (place_ == place::tensor && seen_.size() < 3) {
      refuse("tensor " + in_quotes(name_) + " has " + to_text(seen_.size()) +
             " fields, must have dtype, shape and data_offsets");
    }
    place_ = place_ == place::root ? place::outside : place::root;
  }
  void open_list() {
    if (place_ != place::tensor || field_ == "dtype") wrong("an array");
    place_ = place::list;
    list_ = field_ == "shape" ? &tensor_->shape : &offsets_;
    offsets_.clear();
  }
  void close_list() {
    if (field_ == "data_offsets") {
      if (offsets_.size() != 2) refuse(subject() + " has " + to_text(offsets_.size()) + " numbers, must have two");
      tensor_->begin = offsets_[0];
      tensor_->end = offsets_[1];
    }
    place_ = place::tensor;
  }

  [[noreturn]] void refuse(const std::string& reason) const { throw checkpoint_error(file_, reason); }
  [[nodiscard]] std::string subject() const {
    if (place_ == place::metadata) return "metadata " + in_quotes(field_);
    const std::string tensor = "tensor " + in_quotes(name_);
    if (place_ == place::tensor || place_ == place::list) return tensor + ": " + in_quotes(field_);
    return name_ == "__metadata__" ? name_ : tensor;
  }
  [[noreturn]] void wrong(const std::string& kind) const {
    if (place_ == place::list) refuse(subject() + " holds " + kind + ", must hold whole numbers from 0 to 2^64 - 1");
    const bool text = place_ == place::metadata || field_ == "dtype";
    const std::string law = place_ == place::root ? "an object" : text ? "a string" : "an array";
    refuse(subject() + " is " + kind + ", must be " + law);
  }

  std::filesystem::path file_;
  safetensors_header header_;
  place place_ = place::outside;
  bool metadata_seen_ = false;
  std::string name_;   // of the tensor
  std::string field_;  // within the tensor or the metadata
  std::vector<std::string> seen_;
  tensor_entry* tensor_ = nullptr;
  std::vector<std::uint64_t>* list_ = nullptr;
  std::vector<std::uint64_t> offsets_;
};

/// The header in `text`, its grammar checked and nothing more. `file` is for messages. Errors: checkpoint_error.
/// O(size of text), without recursion.
[[nodiscard]] inline safetensors_header parse_safetensors_header(const std::filesystem::path& file,
                                                                 std::string_view text) {
  if (!text.starts_with('{')) throw checkpoint_error(file, "header does not begin with {, must be a JSON object");
  const auto zero = text.find('\0');
  if (zero != text.npos) throw checkpoint_error(file, "header has a zero byte at " + to_text(zero) + ", must be JSON");
  safetensors_reader reader(file);
  internal::json_reader in(text);
  internal::hand_over(in, reader);
  return reader.take();
}

}  // namespace headroom
