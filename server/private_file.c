/* Files with secrets. */
#include "server/private_file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_private(FILE *stream, const char *path, struct s5ad_problem *problem)
{
    struct stat about;
    if (fstat(fileno(stream), &about) < 0)
        return s5ad_problem_set(problem, "%s: %s", path, strerror(errno));
    if (!S_ISREG(about.st_mode))
        return s5ad_problem_set(problem, "%s: expected a regular file", path);
    if (about.st_uid != geteuid() && about.st_uid != 0)
        return s5ad_problem_set(problem, "%s: found owner %u, expected %u or root", path,
                                (unsigned)about.st_uid, (unsigned)geteuid());
    if (about.st_mode & 077)
        return s5ad_problem_set(problem, "%s: found mode %04o, expected 0600 or less", path,
                                (unsigned)about.st_mode & 07777);
    return true;
}

FILE *s5ad_private_open(const char *path, struct s5ad_problem *problem)
{
    FILE *stream = fopen(path, "re");
    if (!stream)
        s5ad_problem_set(problem, "%s: %s", path, strerror(errno));
    else if (is_private(stream, path, problem))
        return stream;
    if (stream)
        fclose(stream);
    return NULL;
}

bool s5ad_private_read(const char *path, uint8_t storage[static S5AD_PRIVATE_FILE_CAP],
                       struct s5a_span *out, struct s5ad_problem *problem)
{
    FILE *stream = s5ad_private_open(path, problem);
    *out = (struct s5a_span){ storage, 0 };
    if (!stream)
        return false;
    setbuf(stream, NULL); /* no copy of a secret stays on the heap */
    out->len = fread(storage, 1, S5AD_PRIVATE_FILE_CAP, stream);
    bool whole = !ferror(stream) && out->len < S5AD_PRIVATE_FILE_CAP;
    fclose(stream);
    return whole || s5ad_problem_set(problem, "%s: cannot be read, or is too long", path);
}
