/* First lines of scripts. */
#include "shim/programs/script.h"

#include <criterion/criterion.h>
#include <string.h>

static const char *interpreter(const char *head, size_t len)
{
    static char out[S5A_SCRIPT_HEAD];
    return s5a_script_interpreter(head, len, out) ? out : NULL;
}

#define IS(head, expected) cr_assert_str_eq(interpreter(head, sizeof(head) - 1), expected)
#define NONE(head) cr_assert_null(interpreter(head, sizeof(head) - 1))

Test(script, interpreter_ends_at_blank_or_line)
{
    IS("#!/bin/sh\n", "/bin/sh");
    IS("#! \t/bin/sh -e x\n", "/bin/sh");
    IS("#!/usr/bin/env\tpython3\nrest", "/usr/bin/env");
    IS("#!sh\0x\n", "sh");
}

Test(script, file_without_newline_is_a_script)
{
    IS("#!/bin/sh", "/bin/sh");
}

Test(script, no_interpreter_is_no_script)
{
    NONE("#!");
    NONE("#! \n");
    NONE("#!\n/bin/sh");
    NONE("# !/bin/sh\n");
    NONE("");
}

Test(script, name_cut_off_by_the_head_is_refused)
{
    char head[S5A_SCRIPT_HEAD] = "#!/";
    memset(head + 3, 'a', sizeof(head) - 3);
    cr_assert_null(interpreter(head, sizeof(head)));
    head[S5A_SCRIPT_HEAD - 1] = '\n';
    cr_assert_not_null(interpreter(head, sizeof(head)));
    cr_assert_eq(strlen(interpreter(head, sizeof(head))), S5A_SCRIPT_HEAD - 3);
}
