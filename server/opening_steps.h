/* What the files of the opening share; for opening*.c only. */
#pragma once

#include "server/opening.h"

/* Goes on as far as can be without waiting; the opening may be over when it returns. */
void s5ad_opening_proceed(struct s5ad_opening *opening);
/* Gives the client the time of a handshake, from now. */
void s5ad_opening_set_limit(struct s5ad_opening *opening);

/* opening_asks.c: each starts what is asked for, once. */
void s5ad_opening_start_target(struct s5ad_opening *opening);
void s5ad_opening_start_login(struct s5ad_opening *opening);
/* True where it was answered at once. */
bool s5ad_opening_start_eaf(struct s5ad_opening *opening);
/* What calls when it is done. */
void s5ad_opening_on_reached(struct s5ad_target *target);
void s5ad_opening_on_decided(struct s5ad_credential *credential, bool accepted, const char *why);
void s5ad_opening_on_admitted(struct s5ad_admission *admission);
