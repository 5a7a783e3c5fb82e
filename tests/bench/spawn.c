/* Runs programs again and again, in rounds, each round in an order of its own, with a small
 * environment and without output.
 *   spawn ROUNDS :: [NAME=VALUE...] PATH [ARGUMENT...] [:: ...]
 * For each round it prints, in the order of the command line, how long each took from before its
 * start to after its end in ns, a colon, and how many page faults it had. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "endpoint.h"

enum { PROGRAMS_MAX = 32, VARIABLES_MAX = 8 };

struct program {
    char **argv;
    char *environment[VARIABLES_MAX + 3];
    uint64_t took;
    long faults;
};

static struct program programs[PROGRAMS_MAX];

static bool is_separator(const char *word)
{
    return strcmp(word, "::") == 0;
}

static void read_program(struct program *program, char **words)
{
    static char path[] = "PATH=/usr/local/bin:/usr/bin:/bin";
    static char home[] = "HOME=/nonexistent";
    size_t count = 0;
    program->environment[count++] = path;
    program->environment[count++] = home;
    while (*words != NULL && strchr(*words, '=') != NULL && count < VARIABLES_MAX + 2)
        program->environment[count++] = *words++;
    if (*words == NULL)
        fail("::");
    program->argv = words;
}

/* Splits the command line behind ROUNDS at its separators; how many programs there are. */
static size_t read_programs(char **words)
{
    size_t count = 0;
    bool is_last = false;
    while (!is_last && count < PROGRAMS_MAX) {
        char **first = ++words;
        while (*words != NULL && !is_separator(*words))
            words++;
        is_last = *words == NULL;
        *words = NULL; /* the end of an argv */
        read_program(&programs[count++], first);
    }
    return count;
}

static void run(struct program *program)
{
    int status;
    struct rusage usage;
    uint64_t start = now_ns();
    pid_t child = vfork();
    if (child == 0) {
        execve(program->argv[0], program->argv, program->environment);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &usage) != child)
        fail("vfork");
    program->took = now_ns() - start;
    program->faults = usage.ru_minflt;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        printf("%s ended with status %#x\n", program->argv[0], (unsigned)status);
        exit(1);
    }
}

static void round_of(size_t count)
{
    size_t order[PROGRAMS_MAX];
    for (size_t i = 0; i < count; i++) {
        size_t other = (size_t)rand() % (i + 1);
        order[i] = order[other];
        order[other] = i;
    }
    for (size_t i = 0; i < count; i++)
        run(&programs[order[i]]);
    for (size_t i = 0; i < count; i++)
        printf("%llu:%ld%c", (unsigned long long)programs[i].took, programs[i].faults,
               i + 1 < count ? ' ' : '\n');
}

int main(int argc, char **argv)
{
    if (argc < 4 || !is_separator(argv[2]))
        return 2;
    size_t count = read_programs(argv + 2);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0)
        fail("/dev/null");
    for (int rounds = atoi(argv[1]); rounds > 0; rounds--)
        round_of(count);
    return 0;
}
