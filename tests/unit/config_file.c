/* client/config/file: the text of a configuration file, its settings and its errors. */
#include "tests/unit/config_lab.h"

#define PROXY_A "[proxy a]\naddress = a:1\n"
#define PROXY_B "[proxy b]\naddress = b:2\n"

/* ---- settings ---- */

Test(config_file, empty_text_gives_the_defaults)
{
    struct s5a_config *config = lab_load("");
    cr_assert_null(config->proxies);
    cr_assert_null(config->default_proxy);
    cr_assert_not(config->default_direct);
    cr_assert_eq(config->dns_mode, S5A_DNS_FAKE);
    cr_assert_eq(config->fake4.bits, 15);
    cr_assert_arr_eq(config->fake4.address.ip, ((uint8_t[]){ 198, 18, 0, 0 }), 4);
    cr_assert_eq(config->fake6.bits, 96);
    cr_assert_arr_eq(config->fake6.address.ip,
                     ((uint8_t[16]){ 0xfd, 0x73, 0x6f, 0x63, 0x6b, 0x73, 0x35, 0x61 }), 16);
    cr_assert_str_eq(config->hosts_file, "/etc/hosts");
    cr_assert_eq(config->connect_timeout, 60000);
    cr_assert_eq(config->udp_mode, S5A_UDP_PROXY);
    cr_assert_eq(config->inbound_mode, S5A_INBOUND_ALLOW);
    cr_assert_eq(config->udp_transport, S5A_UDP_AUTO);
    cr_assert_eq(config->udp_relay, S5A_RELAY_OF_REPLY);
    cr_assert_eq(config->exec_unshimmed, S5A_EXEC_DENY);
    cr_assert_eq(config->log_level, S5A_LOG_WARNING);
    cr_assert_null(config->log_file);
    cr_assert_null(config->state_dir);
    cr_assert_str_eq(config->source, "F");
    s5a_config_free(config);
}

Test(config_file, proxy_takes_all_its_keys)
{
    struct s5a_config *config = lab_load("[proxy a]\naddress = a:1\nmethod = password\n"
                                         "user = alice\npassword = se cret\npipeline = on\n"
                                         "via = b\n" PROXY_B);
    const struct s5a_proxy *a = config->proxies;
    cr_assert_str_eq(a->name, "a");
    cr_assert_str_eq(a->where, "a:1");
    cr_assert_eq(a->methods, S5A_METHODS_PASSWORD);
    cr_assert_eq(a->pipeline, S5A_PIPELINE_ON);
    cr_assert_str_eq(a->user, "alice");
    cr_assert(lab_has_password(a, "se cret"));
    cr_assert_eq(a->via, a->next);
    s5a_config_free(config);
}

Test(config_file, listeners_are_at_a_proxy)
{
    struct s5a_config *config = lab_load(PROXY_A "[inbound]\nmode = bind\n");
    cr_assert_eq(config->inbound_mode, S5A_INBOUND_BIND);
    cr_assert_null(config->inbound_proxy);
    cr_assert(config->inbound_expects_last);
    s5a_config_free(config);
    config = lab_load(PROXY_A "[inbound]\nproxy = a\npeer = ftp.example\n");
    cr_assert_eq(config->inbound_proxy, config->proxies);
    cr_assert_str_eq(config->inbound_peer, "ftp.example");
    cr_assert_not(config->inbound_expects_last);
    s5a_config_free(config);
    config = lab_load(PROXY_A "[inbound]\npeer = any\n");
    cr_assert_null(config->inbound_peer);
    cr_assert_not(config->inbound_expects_last);
    s5a_config_free(config);
    LAB_FAILS_LIKE("[inbound]\npeer = unix:/x\n",
                   "F:2: peer = \"unix:/x\", expected last, any, or a host");
    LAB_FAILS_LIKE("[inbound]\nproxy = b\n", "F:2: ");
}

Test(config_file, every_word_of_a_choice_is_taken)
{
    struct s5a_config *config =
        lab_load(PROXY_A "method = none\npipeline = off\n"
                         "[dns]\nmode = deny\n[udp]\nmode = block\ntransport = stream\n"
                         "relay = proxy\n[inbound]\nmode = deny\n[exec]\nunshimmed = allow\n"
                         "[log]\nlevel = debug\n");
    cr_assert_eq(config->proxies->methods, S5A_METHODS_NONE);
    cr_assert_eq(config->proxies->pipeline, S5A_PIPELINE_OFF);
    cr_assert_eq(config->dns_mode, S5A_DNS_DENY);
    cr_assert_eq(config->udp_mode, S5A_UDP_BLOCK);
    cr_assert_eq(config->inbound_mode, S5A_INBOUND_DENY);
    cr_assert_eq(config->udp_transport, S5A_UDP_STREAM);
    cr_assert_eq(config->udp_relay, S5A_RELAY_OF_PROXY);
    cr_assert_eq(config->exec_unshimmed, S5A_EXEC_ALLOW);
    cr_assert_eq(config->log_level, S5A_LOG_DEBUG);
    s5a_config_free(config);
}

Test(config_file, proxies_stand_in_their_order_and_the_first_is_the_default)
{
    struct s5a_config *config = lab_load("[rules]\nproxy b = x\n" PROXY_A PROXY_B);
    cr_assert_str_eq(config->proxies->name, "a");
    cr_assert_str_eq(config->proxies->next->name, "b");
    cr_assert_eq(config->default_proxy, config->proxies);
    s5a_config_free(config);
}

Test(config_file, default_names_another_proxy)
{
    struct s5a_config *config = lab_load("[rules]\ndefault = proxy b\n" PROXY_A PROXY_B);
    cr_assert_eq(config->default_proxy, config->proxies->next);
    s5a_config_free(config);
}

Test(config_file, default_direct_and_deny_leave_no_default_proxy)
{
    struct s5a_config *config = lab_load(PROXY_A "[rules]\ndefault = direct\n");
    cr_assert_null(config->default_proxy);
    cr_assert(config->default_direct);
    s5a_config_free(config);
    config = lab_load(PROXY_A "[rules]\ndefault = deny\n");
    cr_assert_null(config->default_proxy);
    cr_assert_not(config->default_direct);
    s5a_config_free(config);
}

Test(config_file, ranges_have_their_bounds)
{
    struct s5a_config *config = lab_load("[dns]\nrange4 = 10.1.2.3/8\nrange6 = fd00:1::9/96\n");
    cr_assert_eq(config->fake4.bits, 8);
    cr_assert_arr_eq(config->fake4.address.ip, ((uint8_t[]){ 10, 0, 0, 0 }), 4);
    cr_assert_eq(config->fake6.address.ip[15], 0);
    s5a_config_free(config);
    s5a_config_free(lab_load("[dns]\nrange4 = 10.1.2.0/24\n"));
}

Test(config_file, ranges_out_of_bounds_fail)
{
    static const char *const wrong[] = { "range4 = 10.0.0.0/7",  "range4 = 10.0.0.0/25",
                                         "range4 = 127.0.0.0/8", "range4 = 224.0.0.0/8",
                                         "range4 = 0.0.0.0/8",   "range4 = fd00::/96",
                                         "range4 = x",           "range6 = fd00::/95",
                                         "range6 = fd00::/97",   "range6 = ff00::/96",
                                         "range6 = ::/96",       "range6 = ::ffff:0.0.0.0/96",
                                         "range6 = 10.0.0.0/8" };
    char text[64];
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        snprintf(text, sizeof(text), "[dns]\n%s\n", wrong[i]);
        LAB_FAILS_LIKE(text, "F:2: range");
    }
}

Test(config_file, timeout_is_in_seconds)
{
    struct s5a_config *config = lab_load("[limits]\nconnect_timeout = 86400\n");
    cr_assert_eq(config->connect_timeout, 86400000);
    s5a_config_free(config);
    LAB_FAILS("[limits]\nconnect_timeout = 86401\n",
              "F:2: connect_timeout = \"86401\", expected seconds from 1 to 86400");
    LAB_FAILS_LIKE("[limits]\nconnect_timeout = 0\n", "F:2: ");
    LAB_FAILS_LIKE("[limits]\nconnect_timeout = 1.5\n", "F:2: ");
}

Test(config_file, paths_expand_the_home_directory)
{
    lab_setenv("HOME", "/home/alice");
    struct s5a_config *config = lab_load("[dns]\nhosts = ~/hosts\n[log]\nfile = /l\n"
                                         "[state]\ndir = ~/state\n");
    cr_assert_str_eq(config->hosts_file, "/home/alice/hosts");
    cr_assert_str_eq(config->log_file, "/l");
    cr_assert_str_eq(config->state_dir, "/home/alice/state");
    s5a_config_free(config);
}

Test(config_file, relative_paths_fail)
{
    LAB_FAILS("[log]\nfile = log\n",
              "F:2: file = \"log\", expected a path that begins with / or ~/");
    LAB_FAILS_LIKE("[state]\ndir = ~bob/x\n", "F:2: dir = ");
}

Test(config_file, home_path_fails_without_a_home)
{
    lab_setenv("HOME", "here");
    LAB_FAILS("[log]\nfile = ~/log\n",
              "F:2: file = \"~/log\", expected an absolute path, since HOME is not one");
}

/* ---- lines ---- */

Test(config_file, comments_and_blank_lines_are_nothing)
{
    struct s5a_config *config = lab_load("# [x]\n ; y\n\n\t\n[log] # z\nlevel = info ; w\n");
    cr_assert_eq(config->log_level, S5A_LOG_INFO);
    s5a_config_free(config);
}

Test(config_file, byte_order_mark_and_carriage_returns_are_nothing)
{
    struct s5a_config *config = lab_load("\xef\xbb\xbf[log]\r\nlevel = info\r\n");
    cr_assert_eq(config->log_level, S5A_LOG_INFO);
    s5a_config_free(config);
}

Test(config_file, last_line_needs_no_newline)
{
    struct s5a_config *config = lab_load("[log]\nlevel = info");
    cr_assert_eq(config->log_level, S5A_LOG_INFO);
    s5a_config_free(config);
}

Test(config_file, indented_line_is_a_line_of_its_own)
{
    struct s5a_config *config = lab_load("[dns]\nmode = local\n    hosts = /h\n");
    cr_assert_str_eq(config->hosts_file, "/h");
    s5a_config_free(config);
}

static const char *line_of(size_t len)
{
    static char text[512];
    strcpy(text, "[state]\ndir = /");
    size_t head = strlen(text);
    memset(text + head, 'd', len - strlen("dir = /"));
    strcpy(text + head + len - strlen("dir = /"), "\n[log]\nlevel = info\n");
    return text;
}

Test(config_file, line_of_199_bytes_is_whole)
{
    struct s5a_config *config = lab_load(line_of(199));
    cr_assert_eq(strlen(config->state_dir), 199 - strlen("dir = "));
    cr_assert_eq(config->log_level, S5A_LOG_INFO);
    s5a_config_free(config);
}

Test(config_file, longer_line_fails)
{
    LAB_FAILS(line_of(200), "F:2: a line of 200 bytes, expected at most 199");
}

Test(config_file, line_without_a_value_fails)
{
    LAB_FAILS("[log]\n\nlevel\n", "F:3: a line without \"=\", expected KEY = VALUE or [SECTION]");
    LAB_FAILS("[log]\nlevel =\n", "F:2: level without a value, expected one");
    LAB_FAILS("[log]\nlevel = ; info\n", "F:2: level without a value, expected one");
}

Test(config_file, first_of_two_errors_is_told)
{
    LAB_FAILS_LIKE("[log]\nlevel\nlevel = x\n", "F:2: ");
    LAB_FAILS_LIKE("[log]\nlevel = x\nlevel\n", "F:2: level");
    LAB_FAILS_LIKE("[log]\nlevel\n[x]\n", "F:2: ");
}

Test(config_file, control_characters_fail)
{
    struct s5a_config *config;
    static const uint8_t with_nul[] = "[log]\nlevel = info\0x\n";
    LAB_FAILS("[log]\nlevel = in\x1b[mfo\n", "F:2: a control character, expected text");
    cr_assert_eq(s5a_config_load_text(&config, lab_getenv, "F", true,
                                      (struct s5a_span){ with_nul, sizeof(with_nul) - 1 },
                                      lab_error, sizeof(lab_error)),
                 S5A_BAD_CONFIG);
    cr_assert_str_eq(lab_error, "F:2: a control character, expected text");
}

/* ---- sections and keys ---- */

Test(config_file, unknown_section_fails_even_when_empty)
{
    LAB_FAILS("\n[lgo]\n", "F:2: section [lgo], expected [proxy NAME], [rules], [forward], "
                           "[dns], [udp], [inbound], [limits], [exec], [log] or [state]");
    LAB_FAILS_LIKE("[]\n", "F:1: section []");
    LAB_FAILS_LIKE("[log x]\n", "F:1: section [log x]");
    LAB_FAILS_LIKE("[proxy]\n", "F:1: section [proxy]");
    LAB_FAILS_LIKE("[proxy a b]\n", "F:1: section [proxy a b]");
}

Test(config_file, header_that_is_not_one_fails)
{
    LAB_FAILS("[log\nlevel = info\n", "F:1: a line that begins with \"[\", expected [SECTION]");
    LAB_FAILS_LIKE("[log] level = info\n", "F:1: a line that begins");
}

Test(config_file, key_before_any_section_fails)
{
    LAB_FAILS("level = info\n", "F:1: a key before the first section, expected [SECTION]");
}

Test(config_file, unknown_key_fails_and_the_known_ones_are_listed)
{
    LAB_FAILS("[log]\nlevle = info\n", "F:2: key \"levle\" in [log], expected one of: level, file");
    LAB_FAILS("[rules]\nproxy = x\n",
              "F:2: key \"proxy\" in [rules], expected one of: direct, deny, proxy NAME, default");
    LAB_FAILS_LIKE("[rules]\ndirect a = x\n", "F:2: key \"direct a\"");
    LAB_FAILS_LIKE("[dns]\nlevel = info\n", "F:2: key \"level\" in [dns]");
}

Test(config_file, key_for_the_second_time_fails)
{
    LAB_FAILS("[log]\nlevel = info\n[dns]\n[log]\nlevel = info\n",
              "F:5: level for the second time, expected it once");
    LAB_FAILS_LIKE(PROXY_A "address = b\n", "F:3: address for the second time");
    LAB_FAILS_LIKE("[rules]\ndefault = deny\ndefault = deny\n", "F:3: ");
}

Test(config_file, same_key_in_two_proxies_is_fine)
{
    s5a_config_free(lab_load(PROXY_A PROXY_B));
}

Test(config_file, second_section_of_a_proxy_fails)
{
    LAB_FAILS(PROXY_A PROXY_B "[proxy a]\n",
              "F:5: a second section [proxy a], expected one (line 1)");
}

Test(config_file, bad_word_of_a_choice_fails)
{
    LAB_FAILS("[dns]\nmode = Fake\n",
              "F:2: mode = \"Fake\", expected fake, local, deny or resolve");
    LAB_FAILS("[exec]\nunshimmed = no\n", "F:2: unshimmed = \"no\", expected deny, warn or allow");
    LAB_FAILS("[log]\nlevel = 3\n", "F:2: level = \"3\", expected error, warning, info or debug");
    LAB_FAILS(PROXY_A "method = gssapi\n",
              "F:3: method = \"gssapi\", expected auto, none, password, eaf or chain");
    LAB_FAILS(PROXY_A "pipeline = yes\n", "F:3: pipeline = \"yes\", expected auto, on or off");
}
