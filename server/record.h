/* What the log says of a session: one line when it ends. */
#pragma once

#include "server/handshake.h"
#include "server/listener.h"
#include "server/log.h"
#include "server/tally.h"
#include "server/udp/association.h"

struct s5ad_record {
    struct s5ad_tally *tally;     /* of the server: every line counts */
    uint64_t began;               /* ms */
    char source[S5AD_SOURCE_CAP]; /* who connected */
    char *subject;                /* "user=... target=... via=...", NULL where nobody wants it */
    bool was_hasty;               /* a request over the rate was told: others are hardly news */
};

void s5ad_record_open(struct s5ad_record *record, struct s5ad_tally *tally, uint64_t now, int fd);
void s5ad_record_wipe(struct s5ad_record *record);
/* Keeps user, target and address for the line of a relay. */
void s5ad_record_subject(struct s5ad_record *record, const struct s5ad_handshake *hs,
                         const struct s5ad_sockaddr *via);
/* The lines. A refusal is a warning, unless it was the target that failed. */
void s5ad_record_relayed(const struct s5ad_record *record, const struct s5ad_log *log, uint64_t now,
                         uint64_t up, uint64_t down, int error);
void s5ad_record_associated(const struct s5ad_record *record, const struct s5ad_log *log,
                            uint64_t now, const struct s5ad_association_counts *counts,
                            const char *end);
/* A datagram's target. */
void s5ad_record_denied(const struct s5ad_record *record, const struct s5ad_log *log,
                        const struct s5ad_sockaddr *to, const char *why);
void s5ad_record_refused(struct s5ad_record *record, const struct s5ad_log *log, uint64_t now,
                         const struct s5ad_handshake *hs, bool target_asked);
void s5ad_record_abandoned(const struct s5ad_record *record, const struct s5ad_log *log,
                           const struct s5ad_handshake *hs, const char *why);
