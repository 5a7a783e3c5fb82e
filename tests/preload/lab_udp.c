/* Datagrams in the laboratory. */
#include "tests/preload/lab_udp.h"

#include <poll.h>
#include <sys/uio.h>

#include "tests/preload/lab_server.h"

enum { DATAGRAM_MAX = 65536, TIMES_MAX = 64, NAME = 3, LATE = 3 };

/* ---- what a place answers ------------------------------------------------------------------- */

struct answer {
    unsigned times;
    size_t len;
    unsigned char bytes[DATAGRAM_MAX];
};

static void answer_of(enum lab_place place, const unsigned char *text, size_t len,
                      struct answer *out)
{
    char head[16] = "";
    memcpy(head, text, len < sizeof head - 1 ? len : sizeof head - 1);
    out->times = place == AT_SINK ? 0 : 1;
    out->len = len;
    memcpy(out->bytes, text, len);
    unsigned times;
    char mark;
    if (sscanf(head, "%u%c", &times, &mark) == 2 && mark == '*')
        out->times = times < TIMES_MAX ? times : TIMES_MAX;
    if (sscanf(head, "size:%zu", &out->len) == 1 && out->len <= sizeof out->bytes)
        memset(out->bytes, 'z', out->len);
}

void *lab_udp_serve(void *context)
{
    static unsigned char bytes[DATAGRAM_MAX];
    static struct answer answer;
    int fd = (int)(size_t)context;
    struct sockaddr_in6 from;
    char text[INET6_ADDRSTRLEN];
    ssize_t len;
    for (;;) {
        socklen_t from_len = sizeof from;
        len = recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &from_len);
        if (len < 0)
            return NULL;
        lab_place_take(len);
        inet_ntop(AF_INET6, &from.sin6_addr, text, sizeof text);
        answer_of(lab_place_of(text), bytes, (size_t)len, &answer);
        for (unsigned i = 0; i < answer.times; i++)
            (void)!sendto(fd, answer.bytes, answer.len, 0, (struct sockaddr *)&from, from_len);
    }
}

/* ---- the relay ------------------------------------------------------------------------------- */

struct relay {
    struct lab_connection *connection;
    int fd;
    struct sockaddr_in6 client;        /* of either family */
    unsigned char bytes[DATAGRAM_MAX]; /* as it came */
    struct answer answer;
};

static void send_raw(const struct relay *r, const void *bytes, size_t len)
{
    unsigned char head[2] = { (unsigned char)(len >> 8), (unsigned char)len };
    struct iovec parts[2] = { { head, sizeof head }, { (void *)(size_t)bytes, len } };
    if (r->connection->is_in_stream) {
        (void)!writev(r->connection->fd, parts, 2);
        return;
    }
    (void)!sendto(r->fd, bytes, len, 0, (const struct sockaddr *)&r->client,
                  r->client.sin6_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof r->client);
}

/* From this machine's address on a link, if it has one, what looks like an answer of the relay. */
static void send_as_stranger(const struct relay *r, const void *bytes, size_t len)
{
    struct sockaddr_in beyond = lab_at(AT_OPEN), own, to;
    socklen_t own_len = sizeof own;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&beyond, sizeof beyond) == 0 &&
        getsockname(fd, (struct sockaddr *)&own, &own_len) == 0) {
        memcpy(&to, &r->client, sizeof to);
        to.sin_addr = own.sin_addr;
        (void)!connect(fd, (struct sockaddr *)&to, sizeof to);
        (void)!send(fd, bytes, len, 0);
    }
    close(fd);
}

/* Fragments, cut headers, unknown addresses, others than who was asked, others than the relay. */
static void send_hostile(struct relay *r)
{
    static const struct {
        unsigned char bytes[32];
        size_t len;
    } bad[] = {
        { { 0, 0, 1, 1, 198, 51, 100, 1, 0, 80, 'f' }, 11 }, /* a fragment of the right place */
        { { 0, 0, 0, 1, 198, 51, 100, 1, 0 }, 9 },           /* no port */
        { { 0, 0, 0, 3, 200, 'n' }, 6 },                     /* a name that is cut */
        { { 0, 0, 0, 9, 198, 51, 100, 1, 0, 80, 'u' }, 11 }, /* an unknown type of address */
        { { 0 }, 1 },
        { { 0 }, 0 },
    };
    static const unsigned char right[] = { 0, 0, 0, 1, 198, 51, 100, 1, 0, 80, 's' };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        send_raw(r, bad[i].bytes, bad[i].len);
    send_as_stranger(r, right, sizeof right);
}

/* Where the answer comes from: an IP, also of a name. */
static size_t write_source(struct relay *r, unsigned char *out, size_t header)
{
    unsigned char place[] = { 0, 0, 0, 1, 198, 51, 100, 0, 0, 0 };
    memcpy(out, r->bytes, header);
    if (r->bytes[3] != NAME || r->connection->arg == LAB_RELAY_BY_NAME)
        return header;
    place[7] = (unsigned char)r->connection->place;
    memcpy(place + 8, r->bytes + header - 2, 2);
    memcpy(out, place, sizeof place);
    return sizeof place;
}

/* "1.example" is the place 1. The length of the header; 0: none. */
static size_t read_header(struct relay *r, size_t len)
{
    char host[256] = "";
    size_t header = r->bytes[3] == 1 ? 10 : r->bytes[3] == 4 ? 22 : 7u + r->bytes[4];
    if (len < header || header > DATAGRAM_MAX)
        return 0;
    if (r->bytes[3] == NAME)
        memcpy(host, r->bytes + 5, r->bytes[4]);
    else
        inet_ntop(r->bytes[3] == 1 ? AF_INET : AF_INET6, r->bytes + 4, host, sizeof host);
    r->connection->place = r->bytes[3] == NAME ? (enum lab_place)atoi(host) : lab_place_of(host);
    unsigned port = (unsigned)r->bytes[header - 2] << 8 | r->bytes[header - 1];
    lab_server_note(r->connection->server, host, port);
    return header;
}

/* One message of the client; its length, or what recv() says. */
static ssize_t receive(struct relay *r)
{
    socklen_t client_len = sizeof r->client;
    unsigned char head[2];
    if (!r->connection->is_in_stream)
        return recvfrom(r->fd, r->bytes, sizeof r->bytes, 0, (struct sockaddr *)&r->client,
                        &client_len);
    if (recv(r->connection->fd, head, 2, MSG_WAITALL) != 2)
        return 0;
    return recv(r->connection->fd, r->bytes, (size_t)head[0] << 8 | head[1], MSG_WAITALL);
}

/* As relays want it (RFC 1928, section 7): from the address that the connection comes from. */
static bool is_of_client(const struct relay *r)
{
    struct sockaddr_in peer, from;
    socklen_t len = sizeof peer;
    memcpy(&from, &r->client, sizeof from);
    if (r->connection->is_in_stream || from.sin_family != AF_INET)
        return true;
    return getpeername(r->connection->fd, (struct sockaddr *)&peer, &len) != 0 ||
           peer.sin_family != AF_INET || peer.sin_addr.s_addr == from.sin_addr.s_addr;
}

/* False: the other side is gone. */
static bool take_datagram(struct relay *r)
{
    unsigned char out[DATAGRAM_MAX + 300];
    ssize_t len = receive(r);
    if (len <= 0 && r->connection->is_in_stream)
        return false;
    size_t header = len < 4 || !is_of_client(r) ? 0 : read_header(r, (size_t)len);
    if (header == 0)
        return true;
    lab_place_take(len - (ssize_t)header);
    answer_of(r->connection->place, r->bytes + header, (size_t)len - header, &r->answer);
    if (r->connection->arg == LAB_RELAY_HOSTILE)
        send_hostile(r);
    size_t source = write_source(r, out, header);
    memcpy(out + source, r->answer.bytes, r->answer.len);
    for (unsigned i = 0; i < r->answer.times; i++)
        send_raw(r, out, source + r->answer.len);
    return true;
}

static bool say(struct relay *r, const unsigned char *bytes, size_t len)
{
    return send(r->connection->fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len;
}

/* Replies without their port. 0.0.0.0: where the proxy is. */
#define REPLY(bytes)             \
    {                            \
        bytes, sizeof(bytes) - 1 \
    }
static const struct {
    const char *bytes;
    size_t len;
} replies[] = {
    [LAB_RELAY_HONEST] = REPLY("\5\0\0\1\0\0\0\0"),
    [LAB_RELAY_NAMED] = REPLY("\5\0\0\3\015relay.invalid"),
    [LAB_RELAY_AWAY] = REPLY("\5\0\0\1\12\11\10\7"),
    [LAB_RELAY_AT_V6] = REPLY("\5\0\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"),
};

static bool say_where(struct relay *r, const void *port)
{
    int arg = r->connection->arg;
    bool is_odd = arg > 0 && arg < (int)(sizeof replies / sizeof *replies) && replies[arg].len > 0;
    unsigned char reply[32];
    size_t len = replies[is_odd ? arg : LAB_RELAY_HONEST].len;
    memcpy(reply, replies[is_odd ? arg : LAB_RELAY_HONEST].bytes, len);
    memcpy(reply + len, port, 2);
    return say(r, reply, len + 2);
}

static bool ends_early(const struct lab_connection *c)
{
    return c->arg == LAB_RELAY_LOSES || (c->arg >= LAB_RELAY_SINKS && c->place == AT_SINK);
}

static bool serves(const struct lab_connection *c)
{
    return c->arg != LAB_RELAY_IS_SHORT || c->number != 1;
}

static bool refuse_request(const struct relay *r)
{
    static const unsigned char refused[10] = { 5, 2, 0, 1 };
    (void)!send(r->connection->fd, refused, sizeof refused, MSG_NOSIGNAL);
    return false;
}

static bool answer_request(struct relay *r)
{
    static const unsigned char in_stream[] = { 5, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 4, 1, 0, 1, 1 };
    struct sockaddr_in v4 = lab_v4("127.0.0.1", 0);
    struct sockaddr_in6 at = lab_v6("::1", 0);
    socklen_t len = sizeof at;
    if (r->connection->arg != LAB_RELAY_AT_V6)
        memcpy(&at, &v4, len = sizeof v4);
    if (r->connection->arg == LAB_RELAY_ENDS && r->connection->number > 0)
        return refuse_request(r);
    if (r->connection->arg == LAB_RELAY_LATE && r->connection->number < LATE)
        return false;
    if (r->connection->is_in_stream)
        return say(r, in_stream, sizeof in_stream);
    return bind(r->fd, (struct sockaddr *)&at, len) == 0 &&
           getsockname(r->fd, (struct sockaddr *)&at, &len) == 0 && say_where(r, &at.sin6_port);
}

/* The kernel refuses what comes from then on. */
static void shut_at_sink(struct relay *r, struct pollfd *one)
{
    if (r->connection->arg != LAB_RELAY_SHUTS || r->connection->place != AT_SINK)
        return;
    close(r->fd);
    r->fd = one->fd = -1;
}

void lab_udp_relay(struct lab_connection *c)
{
    struct relay *r = calloc(1, sizeof *r);
    r->connection = c;
    r->fd = socket(c->arg == LAB_RELAY_AT_V6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct pollfd both[2] = { { .fd = c->fd, .events = POLLIN },
                              { .fd = r->fd, .events = POLLIN } };
    bool goes_on = answer_request(r) && serves(c);
    while (goes_on && poll(both, 2, -1) > 0 && (c->is_in_stream || both[0].revents == 0)) {
        goes_on = take_datagram(r) && !ends_early(c);
        shut_at_sink(r, &both[1]);
    }
    if (r->fd >= 0)
        close(r->fd);
    free(r);
}
