/* A program under a configuration: its rules, its errors, its log. */
#include "tests/preload/lab.h"

#include <sys/stat.h>
#include <sys/wait.h>

static int try(const char *ip, unsigned port)
{
    struct sockaddr_in to = lab_v4(ip, port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int error = connect(fd, (struct sockaddr *)&to, sizeof to) == 0 ? 0 : errno;
    if (error == 0)
        lab_check_echo(fd);
    close(fd);
    return error;
}

/* Directly to a listener of the test: nobody echoes. */
static int try_direct(const struct sockaddr_in *at)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int error = connect(fd, (const struct sockaddr *)at, sizeof *at) == 0 ? 0 : errno;
    CHECK(error != 0 || lab_kernel_peer_port(fd) == ntohs(at->sin_port));
    close(fd);
    return error;
}

static void deny_by_prefix(void)
{
    lab_configure("[rules]\ndeny = 192.0.2.0/25, 2001:db8:1::/48\n");
    struct sockaddr_in6 six = lab_v6("2001:db8:1::7", 80);
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    CHECK(try("192.0.2.1", 80) == EACCES);
    CHECK(try("192.0.2.127", 80) == EACCES);
    CHECK(try("192.0.2.128", 80) == 0);
    CHECK(fd < 0 || (connect(fd, (struct sockaddr *)&six, sizeof six) == -1 && errno == EACCES));
}

static void deny_v4_mapped_too(void)
{
    struct sockaddr_in6 to = lab_v6("::ffff:192.0.2.1", 80);
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    if (fd < 0)
        lab_skip("no IPv6");
    lab_configure("[rules]\ndeny = 192.0.2.1\n");
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == -1 && errno == EACCES);
}

static void deny_by_port(void)
{
    lab_configure("[rules]\ndeny = *:25, *:6660-6669\n");
    CHECK(try("192.0.2.1", 25) == EACCES);
    CHECK(try("192.0.2.1", 6660) == EACCES);
    CHECK(try("192.0.2.1", 6669) == EACCES);
    CHECK(try("192.0.2.1", 6670) == 0);
}

static void first_rule_decides(void)
{
    lab_configure("[rules]\nproxy default = 192.0.2.1:80\ndeny = 192.0.2.0/24\n");
    CHECK(try("192.0.2.1", 80) == 0);
    CHECK(try("192.0.2.1", 81) == EACCES);
}

static void deny_is_the_default(void)
{
    char text[128];
    snprintf(
        text, sizeof text,
        "[proxy lab]\naddress = 127.0.0.1:%u\n[rules]\nproxy lab = 192.0.2.1\ndefault = deny\n",
        ntohs(lab_proxy_address().sin_port));
    lab_configure(text);
    CHECK(try("192.0.2.1", 80) == 0);
    CHECK(try("192.0.2.2", 80) == EACCES);
}

static void direct_by_prefix_and_port(void)
{
    struct sockaddr_in at;
    char text[128];
    lab_listen("127.0.0.2", &at);
    snprintf(text, sizeof text, "[rules]\ndirect = 127.0.0.2:%u\nproxy default = 127.0.0.2\n",
             ntohs(at.sin_port));
    lab_configure(text);
    CHECK(try_direct(&at) == 0);
    CHECK(try("127.0.0.2", 9) == 0);
}

static void direct_refusal_is_the_kernels(void)
{
    struct sockaddr_in at;
    lab_configure("");
    close(lab_listen("127.0.0.1", &at));
    CHECK(try_direct(&at) == ECONNREFUSED);
}

/* Loopback is direct, unless a rule says otherwise. */
static void loopback_through_the_proxy(void)
{
    lab_configure("[rules]\nproxy default = 127.0.0.0/8\n");
    CHECK(try("127.0.0.1", 80) == 0);
}

static void direct_by_variable(void)
{
    struct sockaddr_in at;
    lab_listen("127.0.0.2", &at);
    lab_configure("[rules]\nproxy default = *\n");
    CHECK(try_direct(&at) == 0);
    CHECK(try("127.0.0.3", 80) == 0);
}

/* ---- errors and the log ------------------------------------------------------------------- */

static char log_text[65536];

static const char *read_log(void)
{
    FILE *file = fopen(getenv("SOCKS5A_LOG_FILE"), "r");
    log_text[0] = '\0';
    if (file != NULL) {
        log_text[fread(log_text, 1, sizeof log_text - 1, file)] = '\0';
        fclose(file);
    }
    return log_text;
}

static unsigned lines(const char *text)
{
    unsigned count = 0;
    for (; *text != '\0'; text++)
        count += *text == '\n';
    return count;
}

static void divert_stderr(void)
{
    CHECK(freopen(getenv("SOCKS5A_LOG_FILE"), "a", stderr) != NULL);
}

/* Nothing is connected, the program goes on, and one line says why. */
static void bad_configuration_denies(void)
{
    struct sockaddr_in at;
    lab_listen("127.0.0.1", &at);
    lab_configure("[rules]\n# a comment\nallow = 192.0.2.1\n");
    divert_stderr(); /* what the file says of its log is not known yet */
    CHECK(try("192.0.2.1", 80) == EACCES);
    CHECK(try("192.0.2.2", 80) == EACCES);
    CHECK(try_direct(&at) == EACCES);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in to = lab_v4("192.0.2.1", 53);
    CHECK(sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof to) == -1 && errno == EACCES);
    CHECK(lines(read_log()) == 1);
    CHECK(strstr(log_text, "/conf:3:") != NULL && strstr(log_text, "error") != NULL);
}

static void missing_configuration_denies(void)
{
    divert_stderr();
    CHECK(try("192.0.2.1", 80) == EACCES);
    CHECK(lines(read_log()) == 1 && strstr(log_text, "/conf") != NULL);
}

static void readable_password_denies(void)
{
    lab_configure("[proxy x]\naddress = 127.0.0.1:9\nuser = alice\npassword = sesame\n");
    CHECK(chmod(getenv("SOCKS5A_CONF"), 0644) == 0);
    divert_stderr();
    CHECK(try("192.0.2.1", 80) == EACCES);
    CHECK(lines(read_log()) == 1 && strstr(log_text, "sesame") == NULL);
}

static void log_is_quiet_by_default(void)
{
    lab_configure("");
    divert_stderr();
    CHECK(try("192.0.2.1", 80) == 0);
    CHECK(read_log()[0] == '\0');
}

static void log_tells_refusals(void)
{
    lab_configure("[rules]\ndeny = 192.0.2.9\n");
    CHECK(try("192.0.2.1", 80) == ECONNREFUSED);
    CHECK(strstr(read_log(), "192.0.2.1:80") != NULL && strstr(log_text, "127.0.0.1:") != NULL);
    CHECK(try("192.0.2.9", 81) == EACCES);
    CHECK(strstr(read_log(), "192.0.2.9:81") != NULL);
    CHECK(lines(log_text) == 2);
}

static void log_never_tells_the_password(void)
{
    CHECK(try("192.0.2.1", 80) == 0);
    CHECK(lines(read_log()) > 0 && strstr(log_text, "192.0.2.1:80") != NULL);
    CHECK(strstr(log_text, "secret") == NULL);
}

static void log_never_tells_a_refused_password(void)
{
    CHECK(try("192.0.2.1", 80) == EACCES);
    CHECK(lines(read_log()) > 0 && strstr(log_text, "not-it") == NULL);
}

/* A descriptor that the program has closed is not written to. */
static void closed_stderr(void)
{
    char byte;
    int pair[2];
    lab_configure("[rules]\ndeny = 192.0.2.1\n");
    CHECK(dup2(STDERR_FILENO, 60) == 60);
    close(STDERR_FILENO);
    CHECK(try("192.0.2.1", 80) == EACCES);
    CHECK(pipe(pair) == 0 && close(pair[0]) == 0 && dup2(pair[1], STDERR_FILENO) == STDERR_FILENO);
    CHECK(try("192.0.2.1", 80) == EACCES); /* and a closed pipe kills nobody */
    CHECK(read(pair[0], &byte, 1) == -1);
}

#define CONF "SOCKS5A_CONF=@/conf"
#define LOG CONF "\nSOCKS5A_LOG_FILE=@/log"
LAB({ "deny_by_prefix", LAB_HONEST, 0, deny_by_prefix, "192.0.2.128:80", CONF },
    { "deny_v4_mapped_too", LAB_HONEST, 0, deny_v4_mapped_too, "", CONF },
    { "deny_by_port", LAB_HONEST, 0, deny_by_port, "192.0.2.1:6670", CONF },
    { "first_rule_decides", LAB_HONEST, 0, first_rule_decides, "192.0.2.1:80", CONF },
    { "deny_is_the_default", LAB_HONEST, 0, deny_is_the_default, "192.0.2.1:80",
      CONF "\nSOCKS5A_PROXY=" },
    { "direct_by_prefix_and_port", LAB_HONEST, 0, direct_by_prefix_and_port, "127.0.0.2:9", CONF },
    { "direct_refusal_is_the_kernels", LAB_HONEST, 0, direct_refusal_is_the_kernels, "", CONF },
    { "loopback_through_the_proxy", LAB_HONEST, 0, loopback_through_the_proxy, "127.0.0.1:80",
      CONF },
    { "direct_by_variable", LAB_HONEST, 0, direct_by_variable, "127.0.0.3:80",
      CONF "\nSOCKS5A_DIRECT=127.0.0.2" },
    { "bad_configuration_denies", LAB_HONEST, 0, bad_configuration_denies, "", LOG },
    { "missing_configuration_denies", LAB_HONEST, 0, missing_configuration_denies, "", LOG },
    { "readable_password_denies", LAB_HONEST, 0, readable_password_denies, "", LOG },
    { "log_is_quiet_by_default", LAB_HONEST, 0, log_is_quiet_by_default, "192.0.2.1:80", LOG },
    { "log_tells_refusals", LAB_REFUSES, 5, log_tells_refusals, NULL, LOG "\nSOCKS5A_LOG=info" },
    { "log_never_tells_the_password", LAB_PASSWORD, 0, log_never_tells_the_password, NULL,
      "SOCKS5A_LOG_FILE=@/log\nSOCKS5A_LOG=debug\nSOCKS5A_USER=alice\nSOCKS5A_PASSWORD=secret" },
    { "log_never_tells_a_refused_password", LAB_PASSWORD, 0, log_never_tells_a_refused_password,
      NULL,
      "SOCKS5A_LOG_FILE=@/log\nSOCKS5A_LOG=debug\nSOCKS5A_USER=alice\nSOCKS5A_PASSWORD=not-it" },
    { "closed_stderr", LAB_HONEST, 0, closed_stderr, "", CONF "\nSOCKS5A_LOG=info" })
