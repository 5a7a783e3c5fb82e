/* Lines of a configuration file. */
#include "client/config/file_lines.h"

#include <string.h>

#include "client/word.h"

/* ---- sections ---- */

static bool begin_proxy(struct s5a_draft *draft, struct s5a_span name)
{
    struct s5a_draft_proxy *known = s5a_draft_mention(draft, name);
    if (known == NULL)
        return false;
    if (known->is_defined)
        return s5a_draft_fail(draft, "a second section [proxy %s], expected one (line %u)",
                              known->proxy->name, known->defined_line);
    draft->proxy = s5a_draft_define(draft, name);
    return draft->proxy != NULL;
}

static bool begin_section(struct s5a_config_file *file, struct s5a_span header)
{
    struct s5a_span rest = header;
    struct s5a_span word, name;
    bool empty = !s5a_word_next(&rest, &word);
    bool named = s5a_word_next(&rest, &name);
    bool is_proxy = s5a_word_is(word, "proxy");
    file->section = s5a_config_find_section(word);
    if (empty || file->section == NULL || named != is_proxy || s5a_word_trim(rest).len > 0)
        return s5a_draft_fail(file->draft,
                              "section [%.*s], expected [proxy NAME], [rules], [forward], [dns], "
                              "[udp], [inbound], [limits], [exec], [log] or [state]",
                              (int)s5a_word_head(header, 64).len, (const char *)header.at);
    return !is_proxy || begin_proxy(file->draft, name);
}

/* "[NAME]", and a comment at most behind it. */
static bool read_header(struct s5a_config_file *file)
{
    size_t end = s5a_word_find(file->line, ']');
    struct s5a_span behind = s5a_word_trim(s5a_word_tail(file->line, end + 1));
    if (end == file->line.len ||
        (behind.len > 0 && !s5a_word_starts(behind, ";") && !s5a_word_starts(behind, "#")))
        return s5a_draft_fail(file->draft, "a line that begins with \"[\", expected [SECTION]");
    return begin_section(file, s5a_word_tail(s5a_word_head(file->line, end), 1));
}

/* ---- lines ---- */

static bool has_control_byte(struct s5a_span line)
{
    for (size_t i = 0; i < line.len; i++)
        if ((line.at[i] < 0x20 && line.at[i] != '\t') || line.at[i] == 0x7f)
            return true;
    return false;
}

static bool take_line(struct s5a_config_file *file, size_t max)
{
    struct s5a_draft *draft = file->draft;
    if (draft->failed || !s5a_word_split(&file->rest, '\n', &file->line))
        return false;
    draft->line++;
    if (draft->line == 1 && s5a_word_starts(file->line, "\xef\xbb\xbf"))
        file->line = s5a_word_tail(file->line, 3);
    if (file->line.len > 0 && file->line.at[file->line.len - 1] == '\r')
        file->line.len--;
    file->line = s5a_word_trim(file->line); /* indented lines would go on with the one before */
    if (has_control_byte(file->line))
        return s5a_draft_fail(draft, "a control character, expected text");
    if (file->line.len > max)
        return s5a_draft_fail(draft, "a line of %zu bytes, expected at most %zu", file->line.len,
                              max);
    return !s5a_word_starts(file->line, "[") || read_header(file);
}

/* The buffer is inih's own and outlives the password in it, unless it is wiped here. */
char *s5a_config_read_line(char *out, int cap, void *context)
{
    struct s5a_config_file *file = context;
    s5a_wipe(out, (size_t)cap);
    if (!take_line(file, (size_t)cap - 1))
        return NULL;
    if (file->line.len > 0)
        memcpy(out, file->line.at, file->line.len);
    return out;
}
