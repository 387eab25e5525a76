# INCLUDES, folders separated by |, as compiler flags in include_flags. The compiler's own folders are left out: naming
# /usr/include again would put it before the standard library's, which then misses its #include_next.
string(REPLACE "|" ";" include_flags "${INCLUDES}")
string(REPLACE "|" ";" implicit "${IMPLICIT_INCLUDES}")
list(REMOVE_DUPLICATES include_flags)
list(REMOVE_ITEM include_flags "" ${implicit})
list(TRANSFORM include_flags PREPEND "-I")
