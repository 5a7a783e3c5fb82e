/* Entries of [forward]. */
#include "client/routes/forward.h"

#include <stdlib.h>
#include <string.h>

#include "client/word.h"
#include "protocol/url.h"

enum { LOCAL_MAX = 107 }; /* what sockaddr_un holds, with a NUL */

static bool is_local(const char *local)
{
    size_t len = strlen(local);
    bool is_path = local[0] == '/' && local[len - 1] != '/';
    return (is_path || local[0] == '@') && len > 1 && len <= LOCAL_MAX;
}

/* Clients send no more than "scheme://authority/". */
static bool read_url(struct s5a_span text, struct s5a_target *out)
{
    struct s5a_url url;
    if (s5a_url_parse(&url, text) != S5A_OK || text.at[text.len - 1] != '/')
        return false;
    struct s5a_span rest = s5a_word_tail(text, url.scheme.len + strlen("://"));
    if (s5a_word_find(rest, '/') != rest.len - 1)
        return false;
    *out = (struct s5a_target){ .address = { .type = S5A_ATYP_URL, .text = text } };
    return true;
}

static bool read_target(struct s5a_span text, struct s5a_target *out)
{
    struct s5a_endpoint endpoint;
    bool is_plain = !s5a_is_url(text);
    if (!is_plain)
        return false;
    if (s5a_endpoint_parse(&endpoint, text) != S5A_OK)
        return false;
    *out = (struct s5a_target){ endpoint.address, endpoint.port };
    return true;
}

static bool read_targets(struct s5a_forward *f)
{
    struct s5a_span rest = s5a_word(f->text), first, second;
    if (!s5a_word_split(&rest, ',', &first))
        return false;
    first = s5a_word_trim(first);
    bool has_second = s5a_word_split(&rest, ',', &second);
    f->otherwise.address = s5a_address_none();
    if (first.len == 0 || s5a_word_trim(rest).len > 0)
        return false;
    if (!read_url(first, &f->to) && !read_target(first, &f->to))
        return false;
    if (!has_second)
        return true;
    return read_target(s5a_word_trim(second), &f->otherwise) && f->otherwise.port != 0;
}

static void free_one(struct s5a_forward *f)
{
    free(f->local);
    free(f->text);
    free(f);
}

struct s5a_forward *s5a_forward_new(struct s5a_span local, const char *value,
                                    enum s5a_status *status)
{
    struct s5a_forward *f = calloc(1, sizeof *f);
    *status = S5A_NO_MEMORY;
    if (f == NULL)
        return NULL;
    f->local = s5a_word_copy(local);
    f->text = s5a_word_copy(s5a_word(value));
    if (f->local != NULL && f->text != NULL)
        *status = is_local(f->local) && read_targets(f) ? S5A_OK : S5A_MALFORMED;
    if (*status == S5A_OK)
        return f;
    free_one(f);
    return NULL;
}

void s5a_forward_free_all(struct s5a_forward *first)
{
    while (first != NULL) {
        struct s5a_forward *next = first->next;
        free_one(first);
        first = next;
    }
}

const struct s5a_forward *s5a_forward_find(const struct s5a_forward *first, struct s5a_span name,
                                           uint16_t *index)
{
    for (*index = 0; first != NULL; first = first->next, ++*index)
        if (s5a_span_equal(s5a_word(first->local), name))
            return first;
    return NULL;
}

const struct s5a_forward *s5a_forward_at(const struct s5a_forward *first, uint16_t index)
{
    while (first != NULL && index-- > 0)
        first = first->next;
    return first;
}
