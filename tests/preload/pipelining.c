/* A program behind proxies that take early bytes, and behind those that throw them away: what one
 * process has learnt holds for the next. */
#include "tests/preload/lab.h"

#include <dirent.h>
#include <sys/stat.h>

/* The word that the state directory holds of the one proxy there is. */
static const char *learnt(void)
{
    static char word[16];
    char path[1024] = "";
    const struct dirent *entry;
    DIR *directory = opendir(lab_directory());
    while ((entry = readdir(directory)) != NULL)
        if (strncmp(entry->d_name, "pipeline-", 9) == 0)
            snprintf(path, sizeof path, "%s/%s", lab_directory(), entry->d_name);
    closedir(directory);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return "nothing";
    CHECK(fscanf(file, "%15s", word) == 1);
    fclose(file);
    return word;
}

static void again_in_another_process(void)
{
    pid_t child = fork();
    if (child == 0) {
        execl(lab_self(), lab_self(), "--case", "inner", (char *)NULL);
        _exit(1);
    }
    lab_check_child(child);
}

static void inner(void)
{
    lab_check_echo(lab_connect("192.0.2.2", 81));
}

static void connects_and_learns(const char *word)
{
    lab_check_echo(lab_connect("192.0.2.1", 80));
    CHECK(strcmp(learnt(), word) == 0);
    lab_check_echo(lab_connect("192.0.2.1", 80));
    again_in_another_process();
    CHECK(strcmp(learnt(), word) == 0);
}

static void learns_taking(void)
{
    connects_and_learns("takes");
}

static void learns_dropping(void)
{
    connects_and_learns("drops");
}

static void learns_nothing(void)
{
    connects_and_learns("nothing");
}

static void learns_taking_with_log_in(void)
{
    char text[256];
    snprintf(
        text, sizeof text,
        "[proxy lab]\naddress = 127.0.0.1:%u\nmethod = password\nuser = alice\npassword = secret\n",
        ntohs(lab_proxy_address().sin_port));
    lab_configure(text);
    CHECK(chmod(getenv("SOCKS5A_CONF"), 0600) == 0);
    connects_and_learns("takes");
}

static void learns_from_a_refusal(void)
{
    struct sockaddr_in to = lab_v4("192.0.2.1", 80);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == -1 && errno == ECONNREFUSED);
    CHECK(strcmp(learnt(), "takes") == 0);
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == -1 && errno == ECONNREFUSED);
}

/* Without a place to remember it in, each process would try, and wait, anew: none does. */
static void no_state_directory(void)
{
    lab_check_echo(lab_connect("192.0.2.1", 80));
}

#define THRICE "192.0.2.1:80;192.0.2.1:80;192.0.2.2:81"
LAB({ "inner", LAB_INNER, 0, inner, NULL },
    { "learns_taking", LAB_HONEST, 0, learns_taking, THRICE },
    { "learns_dropping", LAB_DROPS, 0, learns_dropping, "dropped:10;" THRICE },
    { "learns_taking_with_log_in", LAB_PASSWORD, 0, learns_taking_with_log_in, THRICE,
      "SOCKS5A_CONF=@/conf\nSOCKS5A_PROXY=" },
    /* two methods on offer: there is nothing to send early */
    { "learns_nothing_with_two_methods", LAB_PASSWORD, 0, learns_nothing, THRICE,
      "SOCKS5A_USER=alice\nSOCKS5A_PASSWORD=secret" },
    { "learns_nothing_when_off", LAB_DROPS, 0, learns_nothing, THRICE, "SOCKS5A_PIPELINE=off" },
    { "learns_from_a_refusal", LAB_REFUSES, 5, learns_from_a_refusal, NULL },
    { "no_state_directory", LAB_DROPS, 0, no_state_directory, "192.0.2.1:80",
      "SOCKS5A_STATE_DIR=/proc/nonexistent" })
