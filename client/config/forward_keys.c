/* The section forward, whose keys are names of Unix sockets but for one. */
#include "client/config/setters.h"

#include "client/word.h"

bool s5a_set_forward(struct s5a_draft *draft, struct s5a_span local, const char *value)
{
    struct s5a_forward **end = &draft->config->forwards;
    enum s5a_status status;
    for (; *end != NULL; end = &(*end)->next)
        if (s5a_span_equal(s5a_word((*end)->local), local))
            return s5a_draft_fail(draft, "%s for the second time, expected it once", (*end)->local);
    *end = s5a_forward_new(local, value, &status);
    if (status == S5A_NO_MEMORY)
        return s5a_draft_fail_memory(draft);
    return *end != NULL ||
           s5a_draft_fail_value(
               draft, value,
               "/PATH or @NAME = TARGET or TARGET, HOST:PORT with a TARGET of "
               "unix:/PATH, unix:@NAME, HOST:PORT or a URL that ends in its host's /");
}

bool s5a_set_forward_wait(struct s5a_draft *draft, const char *value)
{
    static const char *const words[] = { "no", "yes", NULL };
    unsigned index;
    bool is_word = s5a_value_choose(draft, value, words, &index);
    draft->config->forward_waits = is_word && index == 1;
    return is_word;
}
