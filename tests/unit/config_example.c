/* socks5a.conf.example: it loads, and it has every key. */
#include "protocol/crypto/keytext.h"
#include "tests/unit/config_lab.h"

enum { EXAMPLE_CAP = 16384 };

static char *read_example(char text[static EXAMPLE_CAP])
{
    FILE *file = fopen("socks5a.conf.example", "r");
    cr_assert_not_null(file, "tests run at the top of the tree");
    size_t len = fread(text, 1, EXAMPLE_CAP - 1, file);
    cr_assert(feof(file) && len > 0);
    text[len] = '\0';
    fclose(file);
    return text;
}

Test(config_example, loads_for_everybody)
{
    char text[EXAMPLE_CAP];
    struct s5a_config *config = lab_try(read_example(text), false);
    cr_assert_not_null(config, "%s", lab_error);
    cr_assert_str_eq(config->default_proxy->name, "home");
    s5a_config_free(config);
}

/* "#key = value" and "#[section]" become settings, "# prose" stays. */
static void take_comments_off(char *text)
{
    char *to = text;
    bool at_start = true;
    for (const char *from = text; *from != '\0'; from++) {
        bool comments_out = at_start && *from == '#' && from[1] != ' ' && from[1] != '\n';
        at_start = *from == '\n';
        if (!comments_out)
            *to++ = *from;
    }
    *to = '\0';
}

/* What the example names. */
static void write_keys(void)
{
    struct s5a_key key = { { 1 } };
    char line[S5A_KEYTEXT_LINE_CAP];
    s5a_keytext_format(line, S5A_KEYTEXT_PRIVATE, &key);
    lab_write(".config/socks5a/strong.key", line, 0600);
    s5a_keytext_format(line, S5A_KEYTEXT_NETWORK, &key);
    lab_write(".config/socks5a/network.key", line, 0600);
    lab_write(".config/socks5a/strong.token", "x\n", 0600);
    lab_write(".config/socks5a/strong.totp", "GEZDGNBVGY3TQOJQ\n", 0600);
}

Test(config_example, loads_with_all_its_settings, .fini = lab_remove_dir)
{
    char text[EXAMPLE_CAP];
    lab_make_dir();
    lab_setenv("HOME", lab_dir);
    cr_assert_eq(mkdir(lab_path(".config"), 0700), 0);
    cr_assert_eq(mkdir(lab_path(".config/socks5a"), 0700), 0);
    lab_write(".config/socks5a/home.password", "x\n", 0600);
    write_keys();
    take_comments_off(read_example(text));
    struct s5a_config *config = lab_load(text);
    cr_assert_not_null(config->log_file);
    cr_assert_not_null(config->proxies->next->via);
    s5a_config_free(config);
}

/* An unknown key makes the loader list the known ones, so this needs no list of its own. */
static void expect_keys_in(const char *section, const char *example)
{
    char text[128];
    char key[64];
    snprintf(text, sizeof(text), "[%s]\nno_such_key = 1\n", section);
    const char *list = strstr(lab_fail(text), "one of: ");
    cr_assert_not_null(list, "%s", lab_error);
    for (char *word = strtok(strstr(lab_error, "one of: ") + 8, ","); word != NULL;
         word = strtok(NULL, ",")) {
        snprintf(key, sizeof(key), "\n%.*s", (int)strcspn(word + (*word == ' '), " "),
                 word + (*word == ' '));
        cr_assert_not_null(strstr(example, key), "[%s] %s", section, word);
    }
}

Test(config_example, has_every_key)
{
    static const char *const sections[] = { "proxy x", "rules", "dns", "udp",  "inbound",
                                            "limits",  "exec",  "log", "state" };
    char example[EXAMPLE_CAP];
    take_comments_off(read_example(example));
    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
        expect_keys_in(sections[i], example);
}
