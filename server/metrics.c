/* Figures, one answer a connection. */
#include "server/metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>

#include "server/server.h"

enum { VISITORS_MAX = 8, PATIENCE_MS = 5000, ANSWER_CAP = 8192 };

/* Who has connected and not asked yet. */
struct visitor {
    struct s5ad_garbage garbage; /* first: the loop frees it */
    struct s5ad_metrics *metrics;
    struct visitor *prev, *next;
    struct s5ad_watch watch;
    struct s5ad_timer timer;
};

struct s5ad_metrics {
    const struct s5ad_server *server;
    struct s5ad_loop *loop;
    struct s5ad_listener listener;
    struct visitor *visitors;
    unsigned count;
};

/* ---- what is told ---- */

struct figure {
    const char *name, *type, *help;
    uint64_t value;
};

static size_t write_figures(char *out, size_t cap, const struct figure *figures, size_t count)
{
    size_t len = 0;
    for (size_t i = 0; i < count && len < cap; i++)
        len += (size_t)snprintf(out + len, cap - len,
                                "# HELP socks5ad_%s %s\n# TYPE socks5ad_%s %s\nsocks5ad_%s %" PRIu64
                                "\n",
                                figures[i].name, figures[i].help, figures[i].name, figures[i].type,
                                figures[i].name, figures[i].value);
    return len < cap ? len : cap;
}

static size_t write_all(char *out, size_t cap, const struct s5ad_server *server)
{
    static const char counter[] = "counter", gauge[] = "gauge";
    const struct s5ad_tally *t = &server->tally;
    const struct s5ad_quota *quota = server->quota;
    const struct figure figures[] = {
        { "sessions", gauge, "Sessions now", server->session_count },
        { "handshakes", gauge, "Of these, in their handshake", server->handshake_count },
        { "waiting", gauge, "Of these, open between requests",
          s5ad_quota_total(quota, S5AD_QUOTA_WAITING) },
        { "associations", gauge, "UDP associations", s5ad_quota_total(quota, S5AD_QUOTA_UDP) },
        { "listeners", gauge, "Clients of BIND", s5ad_quota_total(quota, S5AD_QUOTA_BIND) },
        { "pooled", gauge, "Connections in the pool", s5ad_quota_total(quota, S5AD_QUOTA_POOL) },
        { "accepted_total", counter, "Sessions accepted", t->accepted },
        { "relayed_total", counter, "Relays that ended", t->relayed },
        { "cut_total", counter, "Of these, reset or cut", t->cut },
        { "associated_total", counter, "UDP associations that ended", t->associated },
        { "idle_total", counter, "Of these, those that had no datagrams", t->idle },
        { "refused_total", counter, "Clients and requests refused", t->refused },
        { "rate_limited_total", counter, "Of these, requests over the rate", t->hasty },
        { "failed_total", counter, "Requests whose target failed", t->failed },
        { "ended_total", counter, "Sessions that ended before a relay", t->ended },
        { "bytes_up_total", counter, "Bytes from clients", t->up },
        { "bytes_down_total", counter, "Bytes to clients", t->down },
        { "datagrams_up_total", counter, "Datagrams from clients", t->datagrams_up },
        { "datagrams_down_total", counter, "Datagrams to clients", t->datagrams_down },
        { "datagrams_dropped_total", counter, "Datagrams dropped", t->datagrams_dropped },
    };
    return write_figures(out, cap, figures, sizeof figures / sizeof figures[0]);
}

/* ---- visitors ---- */

static void drop(struct visitor *visitor)
{
    struct s5ad_metrics *metrics = visitor->metrics;
    DL_DELETE(metrics->visitors, visitor);
    metrics->count--;
    s5ad_timer_clear(&metrics->loop->timers, &visitor->timer);
    s5ad_watch_close(metrics->loop, &visitor->watch);
    s5ad_loop_free(metrics->loop, &visitor->garbage);
}

static void on_time(struct s5ad_timer *timer)
{
    drop(S5AD_OWNER(timer, struct visitor, timer));
}

/* Whatever was asked, and whether all of it is here or not: unread bytes would reset the answer. */
static void on_question(struct s5ad_watch *watch, uint32_t events)
{
    (void)events;
    struct visitor *visitor = S5AD_OWNER(watch, struct visitor, watch);
    static const char head[] = "HTTP/1.0 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n\r\n";
    char answer[ANSWER_CAP];
    (void)!recv(watch->fd, visitor->metrics->loop->scratch, S5AD_SCRATCH_LEN, MSG_DONTWAIT);
    size_t len = sizeof head - 1;
    memcpy(answer, head, len);
    len += write_all(answer + len, sizeof answer - len, visitor->metrics->server);
    (void)!send(watch->fd, answer, len, MSG_DONTWAIT | MSG_NOSIGNAL); /* its buffer is empty */
    drop(visitor);
}

static void on_visitor(struct s5ad_listener *listener, int fd)
{
    struct s5ad_metrics *metrics = listener->owner;
    struct visitor *visitor = metrics->count < VISITORS_MAX ? calloc(1, sizeof *visitor) : NULL;
    if (!visitor) {
        close(fd);
        return;
    }
    visitor->metrics = metrics;
    visitor->watch = (struct s5ad_watch){ .fd = fd, .ready = on_question };
    visitor->timer.fire = on_time;
    DL_APPEND(metrics->visitors, visitor);
    metrics->count++;
    s5ad_loop_after(metrics->loop, &visitor->timer, PATIENCE_MS);
    if (s5ad_watch_set(metrics->loop, &visitor->watch, EPOLLIN) < 0)
        drop(visitor);
}

struct s5ad_metrics *s5ad_metrics_new(const struct s5ad_server *server, struct s5ad_loop *loop,
                                      const char *path, struct s5ad_problem *problem)
{
    char where[256];
    struct s5ad_metrics *metrics = calloc(1, sizeof *metrics);
    snprintf(where, sizeof where, "unix:%s", path);
    if (!metrics) {
        s5ad_problem_set(problem, "out of memory");
        return NULL;
    }
    metrics->server = server;
    metrics->loop = loop;
    if (s5ad_listener_open(&metrics->listener, loop, where, on_visitor, metrics, problem))
        return metrics;
    free(metrics);
    return NULL;
}

void s5ad_metrics_free(struct s5ad_metrics *metrics)
{
    if (!metrics)
        return;
    while (metrics->visitors)
        drop(metrics->visitors);
    s5ad_listener_close(&metrics->listener);
    free(metrics);
}
