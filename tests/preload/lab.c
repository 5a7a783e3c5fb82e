/* The laboratory of the preload tests: cases, children and their verdicts. */
#include "tests/preload/lab.h"

#include <ftw.h>
#include <signal.h>
#include <sys/wait.h>

#include "tests/preload/lab_proxy.h"

enum { FAILED = 1, SKIPPED = 77, LIMIT_S = 30 };

static const char *self;

_Noreturn void lab_fail(const char *file, int line, const char *what)
{
    fprintf(stderr, "# %s:%d: %s (errno: %s)\n", file, line, what, strerror(errno));
    _exit(FAILED);
}

_Noreturn void lab_skip(const char *why)
{
    fprintf(stderr, "# skipped: %s\n", why);
    _exit(SKIPPED);
}

const char *lab_self(void)
{
    return self;
}

struct sockaddr_in lab_v4(const char *ip, unsigned port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    inet_pton(AF_INET, ip, &address.sin_addr);
    return address;
}

struct sockaddr_in6 lab_v6(const char *ip, unsigned port)
{
    struct sockaddr_in6 address = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };
    inet_pton(AF_INET6, ip, &address.sin6_addr);
    return address;
}

int lab_connect(const char *ip, unsigned port)
{
    struct sockaddr_in address = lab_v4(ip, port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(fd >= 0);
    CHECK(connect(fd, (struct sockaddr *)&address, sizeof address) == 0);
    return fd;
}

void lab_write(int fd, const void *bytes, size_t len)
{
    const char *at = bytes;
    while (len > 0) {
        ssize_t wrote = write(fd, at, len);
        CHECK(wrote > 0);
        at += wrote;
        len -= (size_t)wrote;
    }
}

void lab_read(int fd, void *bytes, size_t len)
{
    CHECK(recv(fd, bytes, len, MSG_WAITALL) == (ssize_t)len);
}

void lab_check_echo(int fd)
{
    char back[5];
    lab_write(fd, "hello", 5);
    lab_read(fd, back, sizeof back);
    CHECK(memcmp(back, "hello", 5) == 0);
}

struct sockaddr_in lab_proxy_address(void)
{
    return lab_v4("127.0.0.1", (unsigned)atoi(getenv("LAB_PROXY_PORT")));
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *at)
{
    (void)info;
    (void)type;
    (void)at;
    return remove(path);
}

static void set_number(const char *name, const char *head, unsigned long number)
{
    char value[64];
    snprintf(value, sizeof value, "%s%lu", head, number);
    setenv(name, value, 1);
}

/* "NAME=value"; the value "@" is the directory. */
static void set_more(const char *more, const char *directory)
{
    char name[64];
    const char *equals = more == NULL ? NULL : strchr(more, '=');
    if (equals == NULL)
        return;
    snprintf(name, sizeof name, "%.*s", (int)(equals - more), more);
    setenv(name, strcmp(equals + 1, "@") == 0 ? directory : equals + 1, 1);
}

static void start_child(const struct lab_case *one, size_t number, unsigned port,
                        const char *directory)
{
    char text[24];
    const char *library = getenv("S5A_LIBRARY");
    setenv("SOCKS5A_CONF", "", 1);
    set_number("SOCKS5A_PROXY", "127.0.0.1:", port);
    set_number("LAB_PROXY_PORT", "", port);
    setenv("SOCKS5A_STATE_DIR", directory, 1);
    setenv("SOCKS5A_TIMEOUT", "5", 0);
    setenv("LD_PRELOAD", library == NULL ? "build/libsocks5a-shim.so" : library, 1);
    set_more(one->environment, directory);
    snprintf(text, sizeof text, "%zu", number);
    alarm(LIMIT_S);
    execl(self, self, "--case", text, (char *)NULL);
    lab_fail(__FILE__, __LINE__, "exec of the child");
}

static int run_child(const struct lab_case *one, size_t number, unsigned port)
{
    char directory[] = "/tmp/s5a-lab-XXXXXX";
    int status = 0;
    if (mkdtemp(directory) == NULL)
        return FAILED;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        start_child(one, number, port, directory);
    waitpid(child, &status, 0);
    nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    if (WIFSIGNALED(status))
        fprintf(stderr, "# killed by signal %d\n", WTERMSIG(status));
    return WIFEXITED(status) ? WEXITSTATUS(status) : FAILED;
}

/* FAILED, SKIPPED or 0, and its line. */
static int run_case(const struct lab_case *one, size_t number)
{
    struct lab_server *server = lab_server_start(one->proxy, one->arg);
    int result = run_child(one, number, lab_server_port(server));
    lab_server_stop(server);
    const char *asked = lab_server_asked(server);
    if (result == 0 && one->asked != NULL && strcmp(asked, one->asked) != 0) {
        fprintf(stderr, "# the proxy was asked for \"%s\", expected \"%s\"\n", asked, one->asked);
        result = FAILED;
    }
    printf("%s %s/%s\n", result == 0 ? "ok" : result == SKIPPED ? "skip" : "not ok",
           strrchr(self, '/') == NULL ? self : strrchr(self, '/') + 1, one->name);
    return result == SKIPPED ? 0 : result;
}

int lab_main(int argc, char **argv, const struct lab_case *cases, size_t count)
{
    int failed = 0;
    self = argv[0];
    if (argc == 3 && strcmp(argv[1], "--case") == 0) {
        cases[atoi(argv[2])].child();
        return 0;
    }
    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < count; i++)
        if (argc < 2 || strcmp(argv[1], cases[i].name) == 0)
            failed |= run_case(&cases[i], i) != 0;
    return failed;
}
