/* Queries over TCP through a proxy. */
#include "shim/names/stub_forward.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "shim/sockets/target.h"

enum { PATIENCE_MS = 10000, LENGTH_LEN = 2, PORT = 53 };

struct s5a_stub_room *s5a_stub_room_new(void)
{
    void *room = mmap(NULL, sizeof(struct s5a_stub_room), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return room != MAP_FAILED ? room : NULL;
}

void s5a_stub_room_free(struct s5a_stub_room *room)
{
    if (room != NULL)
        (void)munmap(room, sizeof *room);
}

/* The query goes in one write (RFC 7766, section 8), out of the room that is the answer's afterwards. */
static size_t exchange(struct s5a_line *line, struct s5a_span query, uint8_t *out, size_t cap,
                       uint64_t deadline)
{
    uint8_t length[LENGTH_LEN];
    struct s5a_writer w;
    s5a_writer_init(&w, out, cap);
    s5a_write_vec16(&w, query);
    if (w.bad || !s5a_line_send(line, (struct s5a_span){ out, s5a_writer_len(&w) }, deadline) ||
        !s5a_line_receive(line, length, sizeof length, deadline))
        return 0;
    size_t len = (size_t)length[0] << 8 | length[1];
    return len <= cap && s5a_line_receive(line, out, len, deadline) ? len : 0;
}

/* ---- the way there ---- */

/* A server on this machine is another one beyond the proxy, and one that is direct would be asked past
 * it: then the configuration's, if it has one. */
const struct s5a_proxy *s5a_stub_proxy(const struct s5a_config *config, struct s5a_target *server)
{
    struct s5a_route route = s5a_config_route(config, server, S5A_TCP);
    char text[S5A_ADDRESS_TEXT_CAP];
    if (config->dns_server.type != S5A_ATYP_NONE && route.verdict == S5A_ROUTE_DIRECT) {
        *server = (struct s5a_target){ config->dns_server, PORT };
        route = s5a_config_route(config, server, S5A_TCP);
    }
    bool is_ip = server->address.type != S5A_ATYP_NONE;
    if (is_ip && route.verdict == S5A_ROUTE_PROXY && !s5a_target_is_link_scoped(server))
        return route.proxy;
    s5a_target_format(server, text, sizeof text);
    s5a_log(S5A_LOG_INFO, "name server %s: not asked, there is no way to it through a proxy (%s)",
            text, route.rule);
    return NULL;
}

void s5a_stub_say_failed(const struct s5a_target *server, const struct s5a_line *line, int failed)
{
    char text[S5A_ADDRESS_TEXT_CAP];
    s5a_target_format(server, text, sizeof text);
    s5a_log(S5A_LOG_INFO, "name server %s through %s: %s (%s)", text, line->report.proxy->where,
            line->report.reason, strerrordesc_np(-failed));
}

int s5a_stub_forward(const struct s5a_config *config, const struct s5a_stub_query *query,
                     uint8_t *out, size_t cap)
{
    struct s5a_line line;
    struct s5a_target server = query->server;
    const struct s5a_proxy *proxy = s5a_stub_proxy(config, &server);
    struct s5a_ask ask = s5a_ask_connect(&server);
    uint32_t patience =
        config->connect_timeout < PATIENCE_MS ? config->connect_timeout : PATIENCE_MS;
    uint64_t deadline = s5a_now() + patience;
    if (proxy == NULL)
        return -EACCES;
    int failed = s5a_line_open(&line, config, proxy, &ask, deadline);
    if (failed != 0)
        s5a_stub_say_failed(&server, &line, failed);
    size_t len = failed == 0 ? exchange(&line, query->bytes, out, cap, deadline) : 0;
    s5a_line_close(&line);
    return len > 0 ? (int)len : -EIO;
}
