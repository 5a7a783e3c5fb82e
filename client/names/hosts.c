/* /etc/hosts: one line an address, its canonical name and its aliases (hosts(5)). */
#include "client/names/hosts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum {
    LINE_CAP = 4096, /* what is longer is cut */
    NAMES_MAX = 256, /* on a line; more are not seen */
};

struct lines {
    int fd;
    size_t from;
    size_t to;
    char bytes[LINE_CAP];
};

struct line {
    struct s5a_address address;
    unsigned count;                   /* of names */
    const char *names[NAMES_MAX + 1]; /* NULL behind the last */
};

/* Reads until there is a line feed, the buffer is full or the file is over. */
static char *fill(struct lines *lines)
{
    char *feed = memchr(lines->bytes + lines->from, '\n', lines->to - lines->from);
    if (feed != NULL)
        return feed;
    memmove(lines->bytes, lines->bytes + lines->from, lines->to - lines->from);
    lines->to -= lines->from;
    lines->from = 0;
    while (lines->to < sizeof(lines->bytes)) {
        ssize_t got = read(lines->fd, lines->bytes + lines->to, sizeof(lines->bytes) - lines->to);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return NULL;
        feed = memchr(lines->bytes + lines->to, '\n', (size_t)got);
        lines->to += (size_t)got;
        if (feed != NULL)
            return feed;
    }
    return NULL;
}

/* Drops what is left of a line that did not fit. */
static void skip_rest(struct lines *lines)
{
    char *feed;
    do {
        lines->from = lines->to = 0;
        feed = fill(lines);
    } while (feed == NULL && lines->to == sizeof(lines->bytes));
    lines->from = feed == NULL ? lines->to : (size_t)(feed + 1 - lines->bytes);
}

/* The last word of a line that was cut is not a whole one. */
static void cut_last_word(char *text)
{
    size_t len = strlen(text);
    while (len > 0 && strchr(" \t", text[len - 1]) == NULL)
        len--;
    text[len] = '\0';
}

/* The next line with NUL, copied to `text`; false at the end of the file. */
static bool next_line(struct lines *lines, char text[static LINE_CAP])
{
    char *feed = fill(lines);
    size_t len =
        feed == NULL ? lines->to - lines->from : (size_t)(feed - lines->bytes) - lines->from;
    bool cut = feed == NULL && len == sizeof(lines->bytes);
    if (feed == NULL && len == 0)
        return false;
    len = cut ? len - 1 : len;
    memcpy(text, lines->bytes + lines->from, len);
    text[len] = '\0';
    lines->from += feed == NULL ? len : len + 1;
    if (cut) {
        cut_last_word(text);
        skip_rest(lines);
    }
    return true;
}

static bool parse_address(const char *word, struct s5a_address *out)
{
    uint8_t ip[16];
    if (inet_pton(AF_INET, word, ip) == 1)
        *out = s5a_address_ipv4(ip);
    else if (inet_pton(AF_INET6, word, ip) == 1)
        *out = s5a_address_ipv6(ip);
    else
        return false;
    return true;
}

/* Splits the text in place; false for comments, other lines without an entry and wrong ones. */
static bool parse_line(char *text, struct line *line)
{
    static const char blanks[] = " \t\r\f\v";
    char *rest = NULL;
    text[strcspn(text, "#")] = '\0';
    char *word = strtok_r(text, blanks, &rest);
    if (word == NULL || !parse_address(word, &line->address))
        return false;
    line->count = 0;
    while (line->count < NAMES_MAX && (word = strtok_r(NULL, blanks, &rest)) != NULL)
        line->names[line->count++] = word;
    line->names[line->count] = NULL;
    return line->count > 0;
}

static bool line_has(const struct line *line, const char *name)
{
    for (unsigned i = 0; i < line->count; i++)
        if (strcasecmp(line->names[i], name) == 0)
            return true;
    return false;
}

static bool give(const struct line *line, s5a_hosts_fn *fn, void *context)
{
    struct s5a_hosts_entry entry = {
        .address = line->address,
        .canonical = line->names[0],
        .aliases = line->names + 1,
    };
    return fn(&entry, context);
}

/* The lines that have the name, or the address where `name` is NULL; says how many there were,
 * -1 where the file cannot be read. */
static int each(const char *file, const char *name, const struct s5a_address *address,
                s5a_hosts_fn *fn, void *context)
{
    struct lines lines;
    struct line line;
    char text[LINE_CAP];
    int found = 0;
    bool more = true;
    lines.from = lines.to = 0;
    lines.fd = open(file, O_RDONLY | O_CLOEXEC);
    if (lines.fd < 0)
        return -1;
    while (more && next_line(&lines, text)) {
        if (!parse_line(text, &line) ||
            !(name == NULL ? s5a_address_equal(&line.address, address) : line_has(&line, name)))
            continue;
        found++;
        more = give(&line, fn, context);
    }
    close(lines.fd);
    return found;
}

/* "localhost" and what is below it (RFC 6761, section 6.3). */
static bool is_localhost(const char *name)
{
    static const char top[] = "localhost";
    size_t len = strlen(name);
    if (len < sizeof(top) - 1 || strcasecmp(name + len - (sizeof(top) - 1), top) != 0)
        return false;
    return len == sizeof(top) - 1 || name[len - sizeof(top)] == '.';
}

static void give_localhost(const char *name, s5a_hosts_fn *fn, void *context)
{
    static const uint8_t v4[4] = { 127, 0, 0, 1 };
    static const uint8_t v6[16] = { [15] = 1 };
    struct line line = { .address = s5a_address_ipv4(v4), .count = 1, .names = { name } };
    if (!give(&line, fn, context))
        return;
    line.address = s5a_address_ipv6(v6);
    (void)give(&line, fn, context);
}

bool s5a_hosts_by_name(const char *file, const char *name, s5a_hosts_fn *fn, void *context)
{
    int found = each(file, name, NULL, fn, context);
    if (found <= 0 && is_localhost(name))
        give_localhost(name, fn, context);
    return found >= 0;
}

bool s5a_hosts_by_address(const char *file, const struct s5a_address *address, s5a_hosts_fn *fn,
                          void *context)
{
    return each(file, NULL, address, fn, context) >= 0;
}
