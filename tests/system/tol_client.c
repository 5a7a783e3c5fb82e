/* A client of method 81 for the tests of socks5ad: logs in with a key, connects to a target, then carries
 * bytes between descriptor 3, a stream, and the proxy.
 *
 *     tol_client PORT NAME=VALUE...   server_key=BASE64 key=FILE target=PORT network=FILE
 *         caps=HEX (those of the client; 187f)   type=N dummy=MS (what it wants of the server)
 *         session=yes (no request: descriptor 3 is the session)   send=N (its own type)   early=TEXT (in the same write as the request)
 *         hurt=fin|reset|flip|after (once descriptor 3 ends: no end record; a reset; a record that is
 *         changed; a byte behind the end record)
 *
 * One line at once: "accepted sealed=1 type=1 dummy=0 reply=00", "refused rep=0d code=0004", "failed WHY";
 * one at the end: "ended", "cut", "bad". */
#include <arpa/inet.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "protocol/crypto/keytext.h"
#include "protocol/eaf/client.h"
#include "tests/system/tol_client.h"

enum { LIMIT_S = 60 };

static int argument_count;
static char **arguments;
static uint8_t greeting[] = { 5, 1, 0x81 };
static struct s5a_eaf_client client;
static struct s5a_tol_link link_; /* link() is another */
static uint8_t raw[S5A_TOL_RECORD_MAX];
static size_t raw_len, raw_taken; /* off the wire; of that, the record opened last */

/* NULL where it was not given. */
const char *option(const char *name)
{
    size_t len = strlen(name);
    for (int i = 0; i < argument_count; i++)
        if (strncmp(arguments[i], name, len) == 0 && arguments[i][len] == '=')
            return arguments[i] + len + 1;
    return NULL;
}

static unsigned number(const char *name, unsigned otherwise, int base)
{
    const char *value = option(name);
    return value ? (unsigned)strtoul(value, NULL, base) : otherwise;
}

bool hurts(const char *how)
{
    return option("hurt") && strcmp(option("hurt"), how) == 0;
}

void die(const char *why)
{
    printf("failed %s\n", why);
    exit(0);
}

static bool read_key(struct s5a_key *key, enum s5a_keytext_kind kind, const char *path)
{
    static uint8_t bytes[4096];
    FILE *file = path ? fopen(path, "r") : NULL;
    if (!file)
        return false;
    size_t len = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    return s5a_keytext_parse(key, 1, kind, (struct s5a_span){ bytes, len }) == 1;
}

static int dial(const char *port)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };
    struct timeval limit = { LIMIT_S, 0 };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
        die("connect");
    return fd;
}

/* ---- log-in ---- */

void send_all(int fd, const void *bytes, size_t len)
{
    if (len > 0 && send(fd, bytes, len, MSG_NOSIGNAL) != (ssize_t)len)
        die("send");
}

static void send_in_records(int fd, struct s5a_span bytes)
{
    static uint8_t out[2 * S5A_TOL_RECORD_MAX];
    struct s5a_writer w;
    s5a_writer_init(&w, out, sizeof out);
    s5a_tol_link_encode(&link_, &w, bytes);
    if (w.bad)
        die("encode");
    send_all(fd, out, s5a_writer_len(&w));
}

/* The payload of the next record that has one, valid until the next. */
static struct s5a_span next_payload(int fd, const char *why)
{
    struct s5a_tol_record record;
    for (;;) {
        memmove(raw, raw + raw_taken, raw_len - raw_taken);
        raw_len -= raw_taken;
        raw_taken = 0;
        enum s5a_tol_result result =
            raw_len > 0 ? s5a_tol_link_open(&link_, raw, raw_len, &record) : S5A_TOL_MORE;
        if (result == S5A_TOL_BAD || (result == S5A_TOL_WHOLE && record.is_end))
            die(result == S5A_TOL_BAD ? "bad record" : "end record");
        if (result == S5A_TOL_WHOLE)
            raw_taken = record.len;
        if (result == S5A_TOL_WHOLE && record.payload_len > 0)
            return (struct s5a_span){ record.payload, record.payload_len };
        if (result == S5A_TOL_WHOLE)
            continue;
        ssize_t n = recv(fd, raw + raw_len, sizeof raw - raw_len, 0);
        if (n <= 0)
            die(why);
        raw_len += (size_t)n;
    }
}

static void take_selection(int fd)
{
    uint8_t selection[2];
    if (recv(fd, selection, sizeof selection, MSG_WAITALL) != sizeof selection)
        die("closed before the selection");
    if (selection[1] != 0x81)
        die("method refused");
}

static void log_in(int fd, const struct s5a_eaf_client_setup *setup)
{
    uint8_t out[4096];
    struct s5a_key ephemeral;
    struct s5a_writer w;
    randombytes_buf(&ephemeral, sizeof ephemeral);
    s5a_writer_init(&w, out, sizeof out);
    s5a_eaf_client_init(&client, setup, &ephemeral);
    s5a_eaf_client_start(&client, &w);
    send_all(fd, greeting, sizeof greeting);
    send_in_records(fd, (struct s5a_span){ out, s5a_writer_len(&w) });
    take_selection(fd);
    while (client.want < S5A_EAF_ACCEPTED) {
        struct s5a_reader r;
        struct s5a_span payload = next_payload(fd, "closed");
        s5a_writer_init(&w, out, sizeof out);
        s5a_reader_init(&r, payload.at, payload.len);
        s5a_eaf_client_feed(&client, &r, &w);
        if (s5a_writer_len(&w) > 0)
            send_in_records(fd, (struct s5a_span){ out, s5a_writer_len(&w) });
    }
    if (client.want == S5A_EAF_REFUSED) {
        printf("refused rep=%02x code=%04x\n", client.answer.rep, client.answer.code);
        exit(0);
    }
    if (client.want != S5A_EAF_ACCEPTED)
        die(s5a_status_text(client.status));
}

/* ---- request ---- */

static void confirm(int fd)
{
    uint8_t out[64];
    struct s5a_writer w;
    s5a_writer_init(&w, out, sizeof out);
    s5a_eaf_client_confirm(&client, &w);
    s5a_tol_link_agree(&link_, &client.channel.ck, &client.channel.t, client.params.sealed);
    s5a_tol_link_switch_in(&link_);
    if (s5a_writer_len(&w) > 0)
        send_in_records(fd, (struct s5a_span){ out, s5a_writer_len(&w) });
    s5a_tol_link_switch_out(&link_);
}

static uint8_t request(int fd)
{
    uint8_t out[512];
    struct s5a_writer w;
    const char *early = option("early");
    confirm(fd);
    s5a_writer_init(&w, out, sizeof out);
    s5a_write_bytes(&w, "\x05\x01\x00\x01\x7f\x00\x00\x01", 8);
    s5a_write_u16(&w, (uint16_t)number("target", 0, 10));
    if (early)
        s5a_write_bytes(&w, early, strlen(early));
    send_in_records(fd, (struct s5a_span){ out, s5a_writer_len(&w) });
    struct s5a_span reply = next_payload(fd, "no reply");
    if (reply.len != 10)
        die("reply of another length");
    return reply.at[1];
}

/* ---- set-up ---- */

int main(int argc, char **argv)
{
    static struct s5a_key network, seed, draws;
    static uint8_t server[S5A_X25519_LEN];
    static struct s5a_ed25519 key;
    if (argc < 2 || sodium_init() < 0)
        return 2;
    argument_count = argc - 2;
    arguments = argv + 2;
    struct s5a_session_params wishes = { .has_tol = option("type") || option("dummy"),
                                         .type = (uint8_t)number("type", 0, 10),
                                         .dummy = (uint16_t)number("dummy", 0, 10) };
    struct s5a_eaf_client_setup setup = {
        .method = 0x81,
        .greeting = { greeting, sizeof greeting },
        .server_key = server,
        .capabilities = number("caps", 0x187f, 16),
        .wishes = wishes.has_tol ? &wishes : NULL,
        .credentials = { .methods = S5A_MID_BIT(S5A_MID_PUBLICKEY), .key = &key },
        .pad = 128,
    };
    const char *known = option("server_key") ? option("server_key") : "";
    if (!s5a_base64_parse(server, sizeof server,
                          (struct s5a_span){ (const uint8_t *)known, strlen(known) }) ||
        !read_key(&seed, S5A_KEYTEXT_PRIVATE, option("key")))
        die("keys");
    s5a_ed25519_from_seed(&key, seed.bytes);
    if (read_key(&network, S5A_KEYTEXT_NETWORK, option("network")))
        setup.network_key = &network;
    struct s5a_tol_shape shape;
    s5a_tol_shape_default(&shape, (uint8_t)number("send", 1, 10));
    randombytes_buf(&draws, sizeof draws);
    s5a_tol_link_init(&link_, S5A_TOL_CLIENT, setup.network_key, setup.greeting, &draws, &shape);
    int fd = dial(argv[1]);
    log_in(fd, &setup);
    uint8_t rep = option("target") ? request(fd) : 0xff;
    if (option("session")) {
        confirm(fd);
        rep = 0;
    }
    printf("accepted sealed=%d type=%u dummy=%u reply=%02x\n", client.params.sealed,
           client.params.type, client.params.dummy, rep);
    fflush(stdout);
    if (rep != 0)
        return 0;
    relay(fd, &link_, (struct s5a_span){ raw + raw_taken, raw_len - raw_taken });
}
