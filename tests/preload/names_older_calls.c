/* Programs that look hosts up with gethostbyname, getaddrinfo_a or the resolver library. */
#include "tests/preload/lab.h"

#include <resolv.h>

static int connect_v4(const void *ip, unsigned port)
{
    struct sockaddr_in to = lab_v4("0.0.0.0", port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    memcpy(&to.sin_addr, ip, sizeof to.sin_addr);
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    return fd;
}

static void gethostbyname_then_connect(void)
{
    struct hostent *entry = gethostbyname("host.example");
    CHECK(entry != NULL && entry->h_addrtype == AF_INET && entry->h_addr_list[1] == NULL);
    lab_check_echo(connect_v4(entry->h_addr_list[0], 80));
}

static void gethostbyname_r_then_connect(void)
{
    struct hostent entry, *result;
    char small[8], bytes[512];
    int error = 0;
    CHECK(gethostbyname_r("host.example", &entry, small, sizeof small, &result, &error) == ERANGE);
    CHECK(result == NULL && error == NETDB_INTERNAL && errno == ERANGE);
    CHECK(gethostbyname2_r("host.example", AF_INET, &entry, bytes, sizeof bytes, &result, &error) ==
          0);
    CHECK(result == &entry);
    lab_check_echo(connect_v4(entry.h_addr_list[0], 80));
}

static void gethostbyaddr_gives_the_name(void)
{
    struct hostent *entry = gethostbyname2("host.example", AF_INET6);
    unsigned char ip[16];
    CHECK(entry != NULL && entry->h_length == 16);
    memcpy(ip, entry->h_addr_list[0], sizeof ip);
    entry = gethostbyaddr(ip, sizeof ip, AF_INET6);
    CHECK(entry != NULL && strcmp(entry->h_name, "host.example") == 0);
}

static void getaddrinfo_a_then_connect(void)
{
    struct gaicb request = { .ar_name = "host.example", .ar_service = "80" },
                 *list[] = { &request };
    const struct gaicb *const same[] = { &request };
    CHECK(getaddrinfo_a(GAI_NOWAIT, list, 1, NULL) == 0);
    while (gai_error(&request) == EAI_INPROGRESS)
        (void)gai_suspend(same, 1, NULL);
    CHECK(gai_error(&request) == 0);
    struct sockaddr_in *to = (struct sockaddr_in *)(void *)request.ar_result->ai_addr;
    lab_check_echo(connect_v4(&to->sin_addr, 80));
    freeaddrinfo(request.ar_result);
}

/* The last four bytes of an answer with one record. */
static void connect_to_answer(const unsigned char *answer, int len)
{
    CHECK(len > 16 && answer[7] == 1);
    close(connect_v4(answer + len - 4, 80));
}

static void res_query_then_connect(void)
{
    unsigned char query[512], answer[512];
    struct __res_state state = { 0 };
    connect_to_answer(answer, res_query("a.example", C_IN, T_A, answer, sizeof answer));
    connect_to_answer(answer, res_search("b.example", C_IN, T_A, answer, sizeof answer));
    connect_to_answer(answer, res_querydomain("c", "example", C_IN, T_A, answer, sizeof answer));
    CHECK(res_ninit(&state) == 0);
    connect_to_answer(answer, res_nquery(&state, "d.example", C_IN, T_A, answer, sizeof answer));
    connect_to_answer(answer, res_nsearch(&state, "e.example", C_IN, T_A, answer, sizeof answer));
    connect_to_answer(answer,
                      res_nquerydomain(&state, "f", "example", C_IN, T_A, answer, sizeof answer));
    int len = res_mkquery(QUERY, "g.example", C_IN, T_A, NULL, 0, NULL, query, sizeof query);
    connect_to_answer(answer, res_send(query, len, answer, sizeof answer));
    len = res_mkquery(QUERY, "h.example", C_IN, T_A, NULL, 0, NULL, query, sizeof query);
    connect_to_answer(answer, res_nsend(&state, query, len, answer, sizeof answer));
    res_nclose(&state);
}

/* A program built before glibc 2.34. */
__typeof__(res_query) old_query;
__typeof__(res_send) old_send;
__asm__(".symver old_query, __res_query@GLIBC_2.2.5");
__asm__(".symver old_send, __res_send@GLIBC_2.2.5");

static void old_program(void)
{
    unsigned char query[512], answer[512];
    connect_to_answer(answer, old_query("a.example", C_IN, T_A, answer, sizeof answer));
    int len = res_mkquery(QUERY, "b.example", C_IN, T_A, NULL, 0, NULL, query, sizeof query);
    connect_to_answer(answer, old_send(query, len, answer, sizeof answer));
}

/* They are asked of the name server through the proxy, which speaks no DNS here. */
static void other_types_are_asked_of_the_name_server(void)
{
    unsigned char answer[512];
    CHECK(res_init() == 0);
    _res.nscount = 1;
    _res.nsaddr_list[0].sin_family = AF_INET;
    CHECK(inet_pton(AF_INET, "192.0.2.53", &_res.nsaddr_list[0].sin_addr) == 1);
    CHECK(res_query("host.example", C_IN, T_MX, answer, sizeof answer) == -1);
    CHECK(h_errno == TRY_AGAIN);
    CHECK(res_search("host.example", C_IN, T_SRV, answer, sizeof answer) == -1);
    CHECK(h_errno == TRY_AGAIN);
}

LAB({ "gethostbyname_then_connect", LAB_HONEST, 0, gethostbyname_then_connect, "host.example:80" },
    { "gethostbyname_r_then_connect", LAB_HONEST, 0, gethostbyname_r_then_connect,
      "host.example:80" },
    { "gethostbyaddr_gives_the_name", LAB_HONEST, 0, gethostbyaddr_gives_the_name, "" },
    { "getaddrinfo_a_then_connect", LAB_HONEST, 0, getaddrinfo_a_then_connect, "host.example:80" },
    { "res_query_then_connect", LAB_HONEST, 0, res_query_then_connect,
      "a.example:80;b.example:80;c.example:80;d.example:80;e.example:80;f.example:80;"
      "g.example:80;h.example:80" },
    { "old_program", LAB_HONEST, 0, old_program, "a.example:80;b.example:80" },
    { "other_types_are_asked_of_the_name_server", LAB_HONEST, 0,
      other_types_are_asked_of_the_name_server, "192.0.2.53:53;192.0.2.53:53" })
