/* Memory of a proxy's keys. */
#include "client/login/login.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/secret.h"

struct s5a_login *s5a_login_new(void)
{
    return calloc(1, sizeof(struct s5a_login));
}

struct s5a_login *s5a_login_copy(const struct s5a_login *login)
{
    struct s5a_login *copy = s5a_login_new();
    if (copy == NULL)
        return NULL;
    *copy = *login;
    if (login->token == NULL)
        return copy;
    copy->token = malloc(login->token_len);
    if (copy->token == NULL) {
        s5a_login_free(copy);
        return NULL;
    }
    memcpy(copy->token, login->token, login->token_len);
    return copy;
}

void s5a_login_free(struct s5a_login *login)
{
    if (login == NULL)
        return;
    if (login->token != NULL)
        s5a_wipe(login->token, login->token_len);
    free(login->token);
    s5a_wipe(login, sizeof(*login));
    free(login);
}
