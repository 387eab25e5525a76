# What Doxygen reads: our comments, with an empty line before code (which is indented by five) and before "Semantics:", "Cost:" and
# "Errors:", so that each becomes a block of its own. In the headers these lines would only take room.
{
  comment = match($0, /^ *\/\/\/ /)
  code = match($0, /^ *\/\/\/     /)
  if (was_comment && ((code && !was_code) || $0 ~ /^ *\/\/\/ (Semantics|Cost|Errors):/)) {
    indent = $0
    sub(/\/\/\/.*$/, "///", indent)
    print indent
  }
  print
  was_comment = comment
  was_code = code
}
