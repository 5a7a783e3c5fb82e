/* INI files by inih, which counts lines but does not tell its handler. */
#include "server/inifile.h"

#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <string.h>

struct reading {
    FILE *stream;
    const char *path;
    unsigned line;
    bool failed, too_long;
    s5ad_setting_fn *set;
    void *data;
    struct s5ad_problem *problem;
};

bool s5ad_problem_set(struct s5ad_problem *problem, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(problem->text, sizeof problem->text, format, args);
    va_end(args);
    return false;
}

/* As fgets, without the leading white space that inih takes for the continuation of a value. */
static char *next_line(char *line, int cap, void *stream)
{
    struct reading *reading = stream;
    if (reading->failed || !fgets(line, cap, reading->stream))
        return NULL;
    reading->line++;
    size_t len = strlen(line);
    if (len + 1 == (size_t)cap && line[len - 1] != '\n') {
        reading->failed = reading->too_long = true;
        return NULL;
    }
    size_t indent = strspn(line, " \t");
    memmove(line, line + indent, len - indent + 1);
    return line;
}

static int on_setting(void *user, const char *section, const char *name, const char *value)
{
    struct reading *reading = user;
    if (reading->failed)
        return 0;
    struct s5ad_problem inner = { "" };
    if (reading->set(reading->data, section, name, value, &inner))
        return 1;
    reading->failed = true;
    s5ad_problem_set(reading->problem, "%s:%u: %.380s", reading->path, reading->line, inner.text);
    return 0;
}

bool s5ad_inifile_read_stream(FILE *stream, const char *path, s5ad_setting_fn *set, void *data,
                              struct s5ad_problem *problem)
{
    struct reading reading = { stream, path, 0, false, false, set, data, problem };
    int line = ini_parse_stream(next_line, &reading, on_setting, &reading);
    if (reading.too_long)
        return s5ad_problem_set(problem, "%s:%u: found a line that is too long", path,
                                reading.line);
    if (reading.failed)
        return false;
    if (ferror(stream))
        return s5ad_problem_set(problem, "%s: %s", path, strerror(errno));
    if (line > 0)
        return s5ad_problem_set(problem, "%s:%d: expected \"[section]\" or \"name = value\"", path,
                                line);
    return line == 0 || s5ad_problem_set(problem, "%s: out of memory", path);
}

bool s5ad_inifile_read(const char *path, s5ad_setting_fn *set, void *data,
                       struct s5ad_problem *problem)
{
    FILE *stream = fopen(path, "re");
    if (!stream)
        return s5ad_problem_set(problem, "%s: %s", path, strerror(errno));
    bool read = s5ad_inifile_read_stream(stream, path, set, data, problem);
    fclose(stream);
    return read;
}
