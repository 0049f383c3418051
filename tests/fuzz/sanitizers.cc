// Without this, undefined behaviour is only a line on stderr, and the target goes on.
extern "C" const char* __ubsan_default_options() { return "halt_on_error=1:print_stacktrace=1"; }
