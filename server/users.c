/* The table of users. */
#include "server/users.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The default has fall-throughs that clang warns of; without memory an element is just not added. */
#define HASH_FUNCTION(key, len, hash) HASH_OAT(key, len, hash)
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

_Static_assert(S5AD_HASH_CAP == crypto_pwhash_STRBYTES, "room for the hashes of libsodium");

enum { PROOF_LEN = 32 };

struct user {
    UT_hash_handle hh;
    char hash[S5AD_HASH_CAP]; /* "" until its line was read */
    bool proven;
    uint8_t proof[PROOF_LEN];
    size_t name_len;
    char name[];
};

struct s5ad_users {
    struct user *table;
    uint8_t key[crypto_generichash_KEYBYTES]; /* of the proofs */
};

static struct user *find(const struct s5ad_users *users, struct s5a_span name)
{
    struct user *user = NULL;
    if (name.len > 0)
        HASH_FIND(hh, users->table, name.at, name.len, user);
    return user;
}

static struct user *add(struct s5ad_users *users, const char *name)
{
    size_t len = strlen(name);
    struct user *user = calloc(1, sizeof *user + len);
    if (!user)
        return NULL;
    memcpy(user->name, name, len);
    user->name_len = len;
    HASH_ADD(hh, users->table, name, len, user);
    if (user->hh.tbl)
        return user;
    free(user);
    return NULL;
}

static bool is_hash(const char *text)
{
    return strncmp(text, "$argon2id$", 10) == 0 && strlen(text) < S5AD_HASH_CAP &&
           crypto_pwhash_str_needs_rehash(text, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                                          crypto_pwhash_MEMLIMIT_INTERACTIVE) >= 0;
}

static bool set_user(void *data, const char *section, const char *name, const char *value,
                     struct s5ad_problem *problem)
{
    struct s5ad_users *users = data;
    if (strncmp(section, "user ", 5) != 0 || section[5] == '\0' || strlen(section) > 5 + 255)
        return s5ad_problem_set(problem, "found section [%s], expected [user NAME]", section);
    if (strcmp(name, "password") != 0)
        return s5ad_problem_set(problem, "found \"%s\", expected \"password\"", name);
    if (!is_hash(value))
        return s5ad_problem_set(problem, "expected a hash as --hash-password prints it");
    const char *user_name = section + 5;
    struct s5a_span span = { (const uint8_t *)user_name, strlen(user_name) };
    if (find(users, span))
        return s5ad_problem_set(problem, "found user \"%s\" a second time", user_name);
    struct user *user = add(users, user_name);
    if (!user)
        return s5ad_problem_set(problem, "out of memory");
    strcpy(user->hash, value);
    return true;
}

/* The open file, if nobody but its owner can read it and that is us or root. */
static FILE *open_private(const char *path, struct s5ad_problem *problem)
{
    struct stat about;
    FILE *stream = fopen(path, "re");
    if (!stream || fstat(fileno(stream), &about) < 0) {
        s5ad_problem_set(problem, "%s: %s", path, strerror(errno));
    } else if (!S_ISREG(about.st_mode)) {
        s5ad_problem_set(problem, "%s: expected a regular file", path);
    } else if (about.st_uid != geteuid() && about.st_uid != 0) {
        s5ad_problem_set(problem, "%s: found owner %u, expected %u or root", path,
                         (unsigned)about.st_uid, (unsigned)geteuid());
    } else if (about.st_mode & 077) {
        s5ad_problem_set(problem, "%s: found mode %04o, expected 0600 or less", path,
                         (unsigned)about.st_mode & 07777);
    } else {
        return stream;
    }
    if (stream)
        fclose(stream);
    return NULL;
}

struct s5ad_users *s5ad_users_load(const char *path, struct s5ad_problem *problem)
{
    FILE *stream = open_private(path, problem);
    if (!stream)
        return NULL;
    struct s5ad_users *users = calloc(1, sizeof *users);
    if (!users) {
        s5ad_problem_set(problem, "out of memory");
    } else {
        randombytes_buf(users->key, sizeof users->key);
        if (!s5ad_inifile_read_stream(stream, path, set_user, users, problem)) {
            s5ad_users_free(users);
            users = NULL;
        }
    }
    fclose(stream);
    return users;
}

void s5ad_users_free(struct s5ad_users *users)
{
    if (!users)
        return;
    struct user *user, *next;
    HASH_ITER (hh, users->table, user, next) {
        HASH_DEL(users->table, user);
        s5a_wipe(user, sizeof *user);
        free(user);
    }
    s5a_wipe(users, sizeof *users);
    free(users);
}

bool s5ad_users_hash(const struct s5ad_users *users, struct s5a_span name,
                     char hash[static S5AD_HASH_CAP])
{
    const struct user *user = find(users, name);
    const struct user *shown = user ? user : users->table;
    memset(hash, 0, S5AD_HASH_CAP);
    if (shown)
        memcpy(hash, shown->hash, S5AD_HASH_CAP);
    return user != NULL;
}

static void make_proof(const struct s5ad_users *users, const struct s5a_secret *password,
                       uint8_t proof[static PROOF_LEN])
{
    struct s5a_span bytes = s5a_secret_span(password);
    crypto_generichash(proof, PROOF_LEN, bytes.at, bytes.len, users->key, sizeof users->key);
}

bool s5ad_users_is_proven(const struct s5ad_users *users, struct s5a_span name,
                          const struct s5a_secret *password)
{
    const struct user *user = find(users, name);
    if (!user || !user->proven)
        return false;
    uint8_t proof[PROOF_LEN];
    make_proof(users, password, proof);
    bool equal = s5a_equal_ct(proof, user->proof, PROOF_LEN);
    s5a_wipe(proof, sizeof proof);
    return equal;
}

void s5ad_users_prove(struct s5ad_users *users, struct s5a_span name, const char *hash,
                      const struct s5a_secret *password)
{
    struct user *user = find(users, name);
    if (!user || strcmp(user->hash, hash) != 0)
        return;
    make_proof(users, password, user->proof);
    user->proven = true;
}
