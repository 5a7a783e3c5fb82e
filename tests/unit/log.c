/* client/log: lines, where they go, and what they leave alone. */
#include "client/log.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>

#include "tests/unit/config_lab.h"

static char content[4096];

static const char *read_log(void)
{
    int fd = open(lab_path("log"), O_RDONLY | O_CLOEXEC);
    cr_assert_geq(fd, 0);
    ssize_t len = read(fd, content, sizeof(content) - 1);
    cr_assert_geq(len, 0);
    content[len] = '\0';
    close(fd);
    return content;
}

static void to_file(enum s5a_log_level level)
{
    static char path[256];
    lab_make_dir();
    snprintf(path, sizeof(path), "%s", lab_path("log"));
    s5a_log_setup(level, path);
}

Test(log, line_has_process_level_and_text, .fini = lab_remove_dir)
{
    char expected[64];
    to_file(S5A_LOG_DEBUG);
    s5a_log(S5A_LOG_INFO, "one %s", "two");
    s5a_log(S5A_LOG_ERROR, "%d", 3);
    snprintf(expected, sizeof(expected), "socks5a[%d] info: one two\nsocks5a[%d] error: 3\n",
             (int)getpid(), (int)getpid());
    cr_assert_str_eq(read_log(), expected);
}

Test(log, levels_below_are_not_written, .fini = lab_remove_dir)
{
    to_file(S5A_LOG_WARNING);
    s5a_log(S5A_LOG_WARNING, "yes");
    s5a_log(S5A_LOG_INFO, "no");
    cr_assert_not_null(strstr(read_log(), "yes"));
    cr_assert_null(strstr(content, "no"));
}

Test(log, warnings_are_wanted_before_any_setup)
{
    cr_assert(s5a_log_wanted(S5A_LOG_WARNING));
    cr_assert_not(s5a_log_wanted(S5A_LOG_INFO));
}

Test(log, what_is_not_printable_is_escaped, .fini = lab_remove_dir)
{
    to_file(S5A_LOG_DEBUG);
    s5a_log(S5A_LOG_INFO, "a\nb\x1b[m\x7f\xc3");
    cr_assert_not_null(strstr(read_log(), "info: a\\x0ab\\x1b[m\\x7f\\xc3\n"), "%s", content);
}

Test(log, long_lines_are_cut_and_say_so, .fini = lab_remove_dir)
{
    char text[3000];
    to_file(S5A_LOG_DEBUG);
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    s5a_log(S5A_LOG_INFO, "%s", text);
    size_t len = strlen(read_log());
    cr_assert_leq(len, 1000);
    cr_assert_geq(len, 900);
    cr_assert_str_eq(content + len - 5, "x...\n");
}

Test(log, long_lines_of_escapes_are_cut, .fini = lab_remove_dir)
{
    char text[900];
    to_file(S5A_LOG_DEBUG);
    memset(text, '\1', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    s5a_log(S5A_LOG_INFO, "%s", text);
    size_t len = strlen(read_log());
    cr_assert_leq(len, 1000);
    cr_assert_str_eq(content + len - 8, "\\x01...\n");
}

Test(log, file_is_private, .fini = lab_remove_dir)
{
    struct stat st;
    umask(0);
    to_file(S5A_LOG_DEBUG);
    s5a_log(S5A_LOG_INFO, "x");
    cr_assert_eq(stat(lab_path("log"), &st), 0);
    cr_assert_eq(st.st_mode & 07777, 0600);
}

Test(log, links_are_not_followed, .fini = lab_remove_dir)
{
    to_file(S5A_LOG_DEBUG);
    lab_write("victim", "", 0600);
    cr_assert_eq(symlink(lab_path("victim"), lab_path("log")), 0);
    s5a_log(S5A_LOG_INFO, "x");
    cr_assert_str_empty(read_log());
}

Test(log, errno_and_descriptors_are_left_alone, .fini = lab_remove_dir)
{
    to_file(S5A_LOG_DEBUG);
    int before = dup(0);
    close(before);
    errno = EXDEV;
    s5a_log(S5A_LOG_INFO, "x");
    cr_assert_eq(errno, EXDEV);
    int after = dup(0);
    cr_assert_eq(after, before);
    close(after);
}

/* ---- stderr ---- */

static int stderr_to_pipe(void)
{
    int ends[2];
    cr_assert_eq(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    cr_assert_eq(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
    close(ends[1]);
    return ends[0];
}

Test(log, without_a_file_lines_go_to_stderr)
{
    int end = stderr_to_pipe();
    s5a_log(S5A_LOG_WARNING, "x");
    ssize_t len = read(end, content, sizeof(content) - 1);
    cr_assert_gt(len, 0);
    cr_assert_not_null(strstr(content, "warning: x\n"));
    close(end);
}

Test(log, warnings_go_to_stderr_where_the_file_cannot_be_written)
{
    int end = stderr_to_pipe();
    s5a_log_setup(S5A_LOG_DEBUG, "/nowhere/log");
    s5a_log(S5A_LOG_INFO, "lost");
    s5a_log(S5A_LOG_ERROR, "kept");
    cr_assert_gt(read(end, content, sizeof(content) - 1), 0);
    cr_assert_null(strstr(content, "lost"));
    cr_assert_not_null(strstr(content, "error: kept\n"));
    close(end);
}

Test(log, closed_pipe_kills_nobody)
{
    sigset_t pending;
    signal(SIGPIPE, SIG_DFL);
    close(stderr_to_pipe());
    s5a_log(S5A_LOG_ERROR, "x");
    cr_assert_eq(sigpending(&pending), 0);
    cr_assert_not(sigismember(&pending, SIGPIPE));
}

Test(log, sigpipe_of_the_program_stays_pending)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGPIPE);
    close(stderr_to_pipe());
    s5a_log(S5A_LOG_ERROR, "x");
    cr_assert_eq(sigpending(&set), 0);
    cr_assert(sigismember(&set, SIGPIPE));
}
