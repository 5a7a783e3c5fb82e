/* The file of known servers, read whole under a lock, and only ever added to. */
#include "client/login/known_servers.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "client/state.h"
#include "client/word.h"
#include "protocol/crypto/keytext.h"

enum { FILE_MAX = 16384, NEW_MAX = 16, PLACE_MAX = 512 };

struct text {
    uint8_t bytes[FILE_MAX];
    size_t len;
};

/* -EFBIG where the rest would be lost. */
static int open_text(struct text *text, const char *state_dir, int lock)
{
    int fd =
        state_dir != NULL ? s5a_state_open_locked(state_dir, S5A_KNOWN_SERVERS, lock) : -ENOENT;
    if (fd < 0)
        return fd;
    ssize_t got = pread(fd, text->bytes, sizeof(text->bytes), 0);
    if (got >= 0 && (size_t)got < sizeof(text->bytes)) {
        text->len = (size_t)got;
        return fd;
    }
    int error = got < 0 ? -errno : -EFBIG;
    s5a_state_close_locked(fd);
    return error;
}

/* The key where the line is about that place. */
static bool read_line(struct s5a_span line, const char *where, uint8_t key[S5A_KEY_LEN])
{
    size_t blank = s5a_word_find(line, ' ');
    return s5a_word_is(s5a_word_tail(line, blank + 1), where) &&
           s5a_base64_parse(key, S5A_KEY_LEN, s5a_word_head(line, blank));
}

static bool find(const struct text *text, const char *where, uint8_t key[S5A_KEY_LEN])
{
    struct s5a_span rest = { text->bytes, text->len }, line;
    while (s5a_word_split(&rest, '\n', &line))
        if (read_line(line, where, key))
            return true;
    return false;
}

bool s5a_known_find(const char *state_dir, const char *where, uint8_t key[static S5A_KEY_LEN])
{
    struct text text;
    int fd = open_text(&text, state_dir, LOCK_SH);
    if (fd < 0)
        return false;
    s5a_state_close_locked(fd);
    return find(&text, where, key);
}

/* ---- keeping ---- */

static _Atomic uint64_t new_keys[NEW_MAX]; /* the beginnings of keys; a full table forgets none */

static uint64_t beginning(const uint8_t key[S5A_KEY_LEN])
{
    uint64_t word;
    memcpy(&word, key, sizeof(word));
    return word;
}

bool s5a_known_is_new(const uint8_t key[static S5A_KEY_LEN])
{
    for (size_t i = 0; i < NEW_MAX; i++)
        if (atomic_load(&new_keys[i]) == beginning(key))
            return true;
    return atomic_load(&new_keys[NEW_MAX - 1]) != 0;
}

static void note_new(const uint8_t key[S5A_KEY_LEN])
{
    for (size_t i = 0; i < NEW_MAX; i++) {
        uint64_t found = 0;
        if (atomic_compare_exchange_strong(&new_keys[i], &found, beginning(key)) ||
            found == beginning(key))
            return;
    }
}

/* One line more, on a line of its own. */
static int append(int fd, const struct text *text, const char *where,
                  const uint8_t key[S5A_KEY_LEN])
{
    uint8_t line[S5A_KEYTEXT_BASE64_CAP + PLACE_MAX];
    char base64[S5A_KEYTEXT_BASE64_CAP];
    struct s5a_writer w;
    s5a_writer_init(&w, line, sizeof(line));
    if (text->len > 0 && text->bytes[text->len - 1] != '\n')
        s5a_write_u8(&w, '\n');
    s5a_base64_format(base64, key);
    s5a_write_span(&w, s5a_word(base64));
    s5a_write_u8(&w, ' ');
    s5a_write_span(&w, s5a_word(where));
    s5a_write_u8(&w, '\n');
    size_t len = s5a_writer_len(&w);
    if (w.bad || text->len + len >= FILE_MAX)
        return -EFBIG;
    ssize_t written = pwrite(fd, line, len, (off_t)text->len);
    if (written == (ssize_t)len)
        return 0;
    return written < 0 ? -errno : -ENOSPC;
}

int s5a_known_put(const char *state_dir, const char *where, const uint8_t key[static S5A_KEY_LEN])
{
    struct text text;
    uint8_t known[S5A_KEY_LEN];
    int fd = open_text(&text, state_dir, LOCK_EX);
    if (fd < 0)
        return fd;
    bool is_known = find(&text, where, known);
    int error = is_known ? 0 : append(fd, &text, where, key);
    s5a_state_close_locked(fd);
    if (is_known && memcmp(known, key, sizeof(known)) != 0)
        return -EEXIST;
    if (error == 0 && !is_known)
        note_new(key);
    return error;
}
