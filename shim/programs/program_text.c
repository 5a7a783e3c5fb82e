/* What users are told about a program that cannot be socksified. */
#include "shim/programs/program.h"

#include <stdio.h>

static const char *const texts[][2] = {
#define X(name, reason, remedy) { reason, remedy },
    S5A_PROGRAMS(X)
#undef X
};

const char *s5a_program_reason(enum s5a_program_kind kind)
{
    return texts[kind][0];
}

const char *s5a_program_remedy(enum s5a_program_kind kind)
{
    return texts[kind][1];
}

void s5a_program_describe(const struct s5a_program *program, const char *path, bool is_refused,
                          char *out, size_t cap)
{
    bool is_script = program->file[0] != '\0';
    snprintf(out, cap, "%s %s: %s%s %s; %s%s",
             is_refused ? "refused to run" : "past the proxy runs", path,
             is_script ? "its interpreter " : "it", program->file,
             s5a_program_reason(program->kind), s5a_program_remedy(program->kind),
             is_refused ? ", or let it run past the proxy with SOCKS5A_EXEC_UNSHIMMED=allow" : "");
}
