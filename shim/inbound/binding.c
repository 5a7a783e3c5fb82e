/* Listeners at proxies: the table of them, and how one is asked for. */
#include "shim/inbound/binding.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "client/clock.h"
#include "client/log.h"
#include "shim/engine/private.h"
#include "shim/inbound/expected.h"
#include "shim/inbound/outside.h"
#include "shim/real.h"
#include "shim/sockets/descriptors.h"

static struct s5a_binding *all[S5A_BINDING_MAX];
static atomic_uint count_of_all;

/* ---- the table ---- */

unsigned s5a_binding_count(void)
{
    return atomic_load_explicit(&count_of_all, memory_order_relaxed);
}

struct s5a_binding *s5a_binding_at(uint32_t number)
{
    return number < S5A_BINDING_MAX ? all[number] : NULL;
}

struct s5a_binding *s5a_binding_find(uint64_t cookie)
{
    for (uint32_t i = 0; i < S5A_BINDING_MAX && s5a_binding_count() != 0; i++)
        if (all[i] != NULL && all[i]->cookie == cookie)
            return all[i];
    return NULL;
}

bool s5a_binding_enlist(struct s5a_binding *x)
{
    for (uint32_t i = 0; i < S5A_BINDING_MAX; i++) {
        if (all[i] != NULL)
            continue;
        x->number = i;
        all[i] = x;
        atomic_fetch_add(&count_of_all, 1);
        return true;
    }
    return false;
}

void s5a_binding_end(struct s5a_binding *x)
{
    all[x->number] = NULL;
    atomic_fetch_sub(&count_of_all, 1);
    s5a_binding_free(x);
}

/* An attempt in the middle of a step is not safe to follow. */
static void forget(struct s5a_binding *x)
{
    if (x->is_busy) {
        x->attempt.stage = S5A_ATTEMPT_FIND;
        x->attempt.standin = -1;
    }
    s5a_binding_end(x);
}

void s5a_binding_forget(void)
{
    for (uint32_t i = 0; i < S5A_BINDING_MAX; i++)
        if (all[i] != NULL)
            forget(all[i]);
}

/* ---- one ---- */

static int wanted_family(int fd, int domain)
{
    bool is_v6only = s5a_socket_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0) != 0;
    return domain == AF_INET ? AF_INET : is_v6only ? AF_INET6 : AF_UNSPEC;
}

struct s5a_binding *s5a_binding_new(int fd, const struct s5a_config *config,
                                    const struct s5a_proxy *proxy)
{
    struct s5a_binding *x =
        mmap(NULL, sizeof *x, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (x == MAP_FAILED)
        return NULL;
    x->domain = s5a_socket_option(fd, SOL_SOCKET, SO_DOMAIN, AF_INET);
    x->wanted = wanted_family(fd, x->domain);
    x->cookie = s5a_socket_cookie(fd);
    x->own = x->knock = x->watched.fd = -1;
    x->attempt.standin = -1;
    x->attempt.config = config;
    x->attempt.proxy = proxy;
    return x;
}

void s5a_binding_let_go(struct s5a_binding *x)
{
    s5a_attempt_drop(&x->attempt);
    x->attempt.stage = S5A_ATTEMPT_FIND;
    s5a_private_close(x->own);
    x->own = -1;
}

void s5a_binding_free(struct s5a_binding *x)
{
    s5a_binding_let_go(x);
    s5a_private_close(x->knock);
    explicit_bzero(x, sizeof *x);
    munmap(x, sizeof *x);
}

/* ---- asking ---- */

int s5a_binding_ask(struct s5a_binding *x)
{
    const struct s5a_socket_kind kind = { AF_INET, SOCK_STREAM, IPPROTO_TCP };
    const struct s5a_config *config = x->attempt.config;
    const struct s5a_proxy *proxy = x->attempt.proxy;
    int own = S5A_REAL(socket)(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    own = own < 0 ? -errno : s5a_private_move(own);
    if (own < 0)
        return own;
    x->own = own;
    s5a_attempt_init(&x->attempt, own, &kind, config, proxy);
    if (x->is_for_anybody)
        s5a_expected_anybody(x->wanted, &x->attempt.named);
    else
        s5a_expected_find(config, proxy, x->wanted, &x->attempt.named);
    x->ask = (struct s5a_ask){ .answers = &x->answers };
    x->ask.request.command = S5A_CMD_BIND;
    x->ask.request.address = x->attempt.named.target.address;
    x->ask.request.options = s5a_udp_options_default();
    x->attempt.ask = &x->ask;
    x->state = S5A_BINDING_ASKING;
    x->since = s5a_now();
    return 0;
}

/* The proxy has met a name with both families by the program's one, and listens for it in the other. (Had it met
 * it by the other, an IPv4 program could not tell it where to come to.) */
static int try_anybody(struct s5a_binding *x)
{
    const struct s5a_attempt *a = &x->attempt;
    if (x->is_for_anybody || x->wanted != AF_INET || x->ask.request.address.type != S5A_ATYP_NAME ||
        !s5a_expected_is_by_ipv4(a->config, a->proxy))
        return -EAFNOSUPPORT;
    s5a_log(S5A_LOG_INFO, "proxy %s: it listens on IPv6 for %s; asked by IPv4, for anybody",
            a->proxy->name, a->named.name);
    x->is_for_anybody = true;
    return -EAGAIN;
}

int s5a_binding_await(struct s5a_binding *x)
{
    struct s5a_target bound = { x->answers.list[0], x->answers.port };
    if (x->answers.count == 0 || bound.port == 0)
        return -EPROTO;
    if (!s5a_outside(&bound, &x->attempt, x->domain, &x->at))
        return try_anybody(x);
    s5a_chain_await(&x->attempt.chain, UINT64_MAX);
    return 0;
}

void s5a_binding_report(const struct s5a_binding *x, int result)
{
    const struct s5a_attempt *a = &x->attempt;
    char at[INET6_ADDRSTRLEN] = "";
    const void *ip = x->at.family == AF_INET6 ? (const void *)&x->at.v6.sin6_addr
                                              : (const void *)&x->at.v4.sin_addr;
    if (!s5a_log_wanted(S5A_LOG_INFO))
        return;
    if (result != 0) {
        s5a_log(S5A_LOG_INFO, "proxy %s: no listener there: %s (%s)", a->proxy->name,
                a->is_dialled ? a->report.reason : "it cannot be reached",
                strerrordesc_np(-result));
        return;
    }
    inet_ntop(x->at.family, ip, at, sizeof at);
    s5a_log(S5A_LOG_INFO, "proxy %s: listening there, at %s port %u", a->proxy->name, at,
            ntohs(x->at.v4.sin_port));
}
