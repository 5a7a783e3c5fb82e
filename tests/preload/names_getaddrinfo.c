/* Programs that look a host up with getaddrinfo and connect to what it says. */
#include "tests/preload/lab.h"

#include <poll.h>
#include <pthread.h>
#include <resolv.h>

static struct addrinfo *look_up(const char *name, const char *service, int family)
{
    struct addrinfo *list = NULL, hints = { .ai_family = family, .ai_socktype = SOCK_STREAM };
    CHECK(getaddrinfo(name, service, &hints, &list) == 0 && list != NULL);
    return list;
}

/* As every program does: the addresses in turn. */
static int connect_to(const char *name, const char *service, int family)
{
    struct addrinfo *list = look_up(name, service, family);
    int fd = -1, result = -1;
    for (struct addrinfo *at = list; at != NULL && result < 0; at = at->ai_next) {
        fd = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
        if (fd < 0 && at->ai_family == AF_INET6)
            lab_skip("no IPv6");
        CHECK(fd >= 0);
        result = connect(fd, at->ai_addr, at->ai_addrlen);
    }
    freeaddrinfo(list);
    CHECK(result == 0);
    return fd;
}

static void proxy_gets_the_name(void)
{
    lab_check_echo(connect_to("host.example", "80", AF_UNSPEC));
}

static void ipv6_program(void)
{
    lab_check_echo(connect_to("host.example", "443", AF_INET6));
}

static void odd_names(void)
{
    close(connect_to("Redis", "6379", AF_UNSPEC));
    close(connect_to("abc.onion.", "80", AF_UNSPEC));
    close(connect_to("_a_b.example", "http", AF_UNSPEC));
}

static void literals(void)
{
    close(connect_to("192.0.2.1", "80", AF_UNSPEC));
    close(connect_to("3221225986", "81", AF_UNSPEC));
}

static void peer_has_the_name(void)
{
    struct sockaddr_storage peer;
    socklen_t len = sizeof peer;
    char host[NI_MAXHOST], service[NI_MAXSERV];
    int fd = connect_to("host.example", "80", AF_UNSPEC);
    CHECK(getpeername(fd, (struct sockaddr *)&peer, &len) == 0);
    CHECK(getnameinfo((struct sockaddr *)&peer, len, host, sizeof host, service, sizeof service,
                      NI_NAMEREQD) == 0);
    CHECK(strcmp(host, "host.example") == 0 && strcmp(service, "http") == 0);
}

static void localhost_is_direct(void)
{
    struct sockaddr_in at;
    char port[8];
    int listener = lab_listen("127.0.0.1", &at);
    snprintf(port, sizeof port, "%u", ntohs(at.sin_port));
    close(connect_to("localhost", port, AF_INET));
    CHECK(accept(listener, NULL, NULL) >= 0);
}

static void unknown_codes(void)
{
    struct addrinfo *list = NULL, hints = { .ai_flags = AI_NUMERICHOST };
    CHECK(getaddrinfo("host.example", "80", &hints, &list) == EAI_NONAME);
    CHECK(getaddrinfo("a b", "80", NULL, &list) == EAI_NONAME);
    CHECK(getaddrinfo("host.example", "no-such-service", NULL, &list) == EAI_SERVICE);
    CHECK(getaddrinfo(NULL, NULL, NULL, &list) == EAI_NONAME);
    CHECK(list == NULL);
}

static void denied(void)
{
    struct addrinfo *list = NULL;
    CHECK(getaddrinfo("host.example", "80", NULL, &list) == EAI_NONAME);
    CHECK(getaddrinfo("192.0.2.1", "80", NULL, &list) == 0);
    freeaddrinfo(list);
}

/* ---- one map ---- */

static void child_resolves_parent_connects(void)
{
    struct sockaddr_in to;
    int pipes[2];
    CHECK(pipe(pipes) == 0);
    pid_t child = fork();
    if (child == 0) {
        struct addrinfo *list = look_up("child.example", "80", AF_INET);
        lab_write(pipes[1], list->ai_addr, sizeof to);
        _exit(0);
    }
    lab_check_child(child);
    CHECK(read(pipes[0], &to, sizeof to) == sizeof to);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    lab_check_echo(fd);
}

/* The map is then the process's own, and its children's from its first name on. */
static void without_a_file(void)
{
    freeaddrinfo(look_up("first.example", "80", AF_INET));
    child_resolves_parent_connects();
}

static void program_takes_the_address_of_another(void)
{
    char address[INET_ADDRSTRLEN];
    struct addrinfo *list = look_up("parent.example", "80", AF_INET);
    inet_ntop(AF_INET, &((struct sockaddr_in *)(void *)list->ai_addr)->sin_addr, address,
              sizeof address);
    execl(lab_self(), lab_self(), "--case", "inner", address, (char *)NULL);
    CHECK(false);
}

static void inner(void)
{
    lab_check_echo(lab_connect(lab_argument(), 80));
}

static void *resolve_all(void *context)
{
    struct sockaddr_in *found = context;
    for (int i = 0; i < 50; i++) {
        char name[32];
        snprintf(name, sizeof name, "host%d.example", i);
        struct addrinfo *list = look_up(name, "80", AF_INET);
        memcpy(&found[i], list->ai_addr, sizeof *found);
        freeaddrinfo(list);
    }
    return NULL;
}

static void threads_agree(void)
{
    enum { THREADS = 16 };
    static struct sockaddr_in found[THREADS][50];
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, resolve_all, found[i]) == 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        CHECK(memcmp(found[i], found[0], sizeof found[0]) == 0);
    }
}

/* ---- a name server that must not be asked ---- */

static int name_server(void)
{
    struct sockaddr_in at = lab_v4("127.0.0.1", 0);
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK(bind(fd, (struct sockaddr *)&at, sizeof at) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)&at, &len) == 0);
    CHECK(res_init() == 0);
    _res.nscount = 1;
    _res.nsaddr_list[0] = at;
    _res.retrans = 1;
    _res.retry = 1;
    return fd;
}

static bool was_asked(int fd)
{
    struct pollfd ready = { .fd = fd, .events = POLLIN };
    return poll(&ready, 1, 0) == 1;
}

static void nobody_is_asked(void)
{
    unsigned char answer[512];
    struct addrinfo *list = NULL;
    struct sockaddr_in at = lab_v4("192.0.2.9", 80);
    char host[NI_MAXHOST];
    int fd = name_server();
    CHECK(getaddrinfo("host.example", "80", NULL, &list) == 0);
    freeaddrinfo(list);
    CHECK(getaddrinfo("a b", "80", NULL, &list) == EAI_NONAME);
    CHECK(gethostbyname("host.example") != NULL);
    CHECK(gethostbyaddr(&at.sin_addr, 4, AF_INET) == NULL && h_errno == HOST_NOT_FOUND);
    CHECK(getnameinfo((struct sockaddr *)&at, sizeof at, host, sizeof host, NULL, 0, 0) == 0);
    CHECK(strcmp(host, "192.0.2.9") == 0);
    CHECK(res_query("host.example", C_IN, T_MX, answer, sizeof answer) == -1);
    CHECK(h_errno == NO_RECOVERY);
    CHECK(!was_asked(fd));
}

/* The counterpart, which shows that the case above can fail. */
static void local_mode_asks(void)
{
    struct addrinfo *list = NULL, hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM };
    int fd = name_server();
    CHECK(getaddrinfo("host.example", "80", &hints, &list) != 0);
    CHECK(was_asked(fd));
}

LAB({ "proxy_gets_the_name", LAB_HONEST, 0, proxy_gets_the_name, "host.example:80" },
    { "ipv6_program", LAB_HONEST, 0, ipv6_program, "host.example:443" },
    { "odd_names", LAB_HONEST, 0, odd_names, "redis:6379;abc.onion:80;_a_b.example:80" },
    { "literals", LAB_HONEST, 0, literals, "192.0.2.1:80;192.0.2.2:81" },
    { "peer_has_the_name", LAB_HONEST, 0, peer_has_the_name, "host.example:80" },
    { "localhost_is_direct", LAB_HONEST, 0, localhost_is_direct, "" },
    { "unknown_codes", LAB_HONEST, 0, unknown_codes, "" },
    { "denied", LAB_HONEST, 0, denied, "", "SOCKS5A_DNS=deny" },
    { "denied_by_an_error_of_the_configuration", LAB_HONEST, 0, denied, "",
      "SOCKS5A_TIMEOUT=never\nSOCKS5A_LOG_FILE=@/log" },
    { "child_resolves_parent_connects", LAB_HONEST, 0, child_resolves_parent_connects,
      "child.example:80" },
    { "without_a_state_directory", LAB_HONEST, 0, without_a_file, "child.example:80",
      "SOCKS5A_STATE_DIR=/proc/none" },
    { "program_takes_the_address_of_another", LAB_HONEST, 0, program_takes_the_address_of_another,
      "parent.example:80" },
    { "inner", LAB_INNER, 0, inner, NULL }, { "threads_agree", LAB_HONEST, 0, threads_agree, "" },
    { "nobody_is_asked", LAB_HONEST, 0, nobody_is_asked, "" },
    { "local_mode_asks", LAB_HONEST, 0, local_mode_asks, "", "SOCKS5A_DNS=local" })
