/* What the log says of a session. */
#include "server/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/rep.h"

enum { SUBJECT_CAP = S5AD_LOG_WORD_CAP + S5A_ADDRESS_TEXT_CAP + 128 };

void s5ad_record_open(struct s5ad_record *record, struct s5ad_tally *tally, uint64_t now, int fd)
{
    record->tally = tally;
    tally->accepted++;
    record->began = now;
    record->subject = NULL;
    record->was_hasty = false;
    s5ad_source_format(fd, record->source);
}

void s5ad_record_wipe(struct s5ad_record *record)
{
    free(record->subject);
    record->subject = NULL;
}

static const char *command_of(const struct s5ad_handshake *hs)
{
    static const char *const names[] = {
        [S5A_CMD_BIND] = " command=bind",
        [S5A_CMD_UDP_ASSOCIATE] = " command=udp",
        [S5A_CMD_KEEP_ALIVE] = " command=keep_alive",
        [S5A_CMD_DNS_RESOLVE] = " command=resolve",
        [S5A_CMD_POOL_NEW] = " command=pool_new",
        [S5A_CMD_POOL_GET] = " command=pool_get",
        [S5A_CMD_UDP_ASSOCIATE_EXT] = " command=udp_ext",
    };
    unsigned command = hs->request.command;
    const char *name = command < sizeof names / sizeof names[0] ? names[command] : NULL;
    return name ? name : "";
}

static size_t format_subject(char out[static SUBJECT_CAP], const struct s5ad_handshake *hs)
{
    char user[S5AD_LOG_WORD_CAP], target[S5A_ADDRESS_TEXT_CAP];
    s5ad_log_word(user, sizeof user, s5ad_handshake_user(hs));
    if (hs->request.address.type == S5A_ATYP_NONE)
        return (size_t)snprintf(out, SUBJECT_CAP, "user=%s%s target=-", user, command_of(hs));
    s5a_address_format(&hs->request.address, target, sizeof target);
    bool is_v6 = hs->request.address.type == S5A_ATYP_IPV6;
    return (size_t)snprintf(out, SUBJECT_CAP, "user=%s%s target=%s%s%s:%u", user, command_of(hs),
                            is_v6 ? "[" : "", target, is_v6 ? "]" : "", hs->request.port);
}

void s5ad_record_subject(struct s5ad_record *record, const struct s5ad_handshake *hs,
                         const struct s5ad_sockaddr *via)
{
    char subject[SUBJECT_CAP], peer[S5AD_SOCKADDR_TEXT_CAP];
    size_t len = format_subject(subject, hs);
    len += (size_t)snprintf(subject + len, sizeof subject - len, " via=%s",
                            s5ad_sockaddr_format(via, peer));
    if (hs->records)
        snprintf(subject + len, sizeof subject - len, " tol=%s,%s",
                 hs->exchange->tol.sealed ? "sealed" : "plain",
                 s5ad_tol_type_name(hs->exchange->tol.shape.type));
    record->subject = strdup(subject);
}

void s5ad_record_relayed(const struct s5ad_record *record, const struct s5ad_log *log, uint64_t now,
                         uint64_t up, uint64_t down, int error)
{
    record->tally->relayed++;
    record->tally->cut += error < 0;
    record->tally->up += up;
    record->tally->down += down;
    s5ad_log(log, S5AD_LOG_INFO,
             "relayed client=%s %s rep=00 up=%" PRIu64 " down=%" PRIu64 " ms=%" PRIu64
             " end=\"%s\"",
             record->source, record->subject ? record->subject : "", up, down, now - record->began,
             error ? strerror(-error) : "in order");
}

static void count_association(struct s5ad_tally *tally,
                              const struct s5ad_association_counts *counts)
{
    tally->associated++;
    tally->up += counts->up_bytes;
    tally->down += counts->down_bytes;
    tally->datagrams_up += counts->up;
    tally->datagrams_down += counts->down;
    tally->datagrams_dropped += counts->dropped;
}

void s5ad_record_associated(const struct s5ad_record *record, const struct s5ad_log *log,
                            uint64_t now, const struct s5ad_association_counts *counts,
                            const char *end)
{
    count_association(record->tally, counts);
    s5ad_log(log, S5AD_LOG_INFO,
             "associated client=%s %s rep=00 up=%" PRIu64 " down=%" PRIu64 " datagrams=%" PRIu64
             "/%" PRIu64 " dropped=%" PRIu64 " ms=%" PRIu64 " end=\"%s\"",
             record->source, record->subject ? record->subject : "", counts->up_bytes,
             counts->down_bytes, counts->up, counts->down, counts->dropped, now - record->began,
             end);
}

void s5ad_record_denied(const struct s5ad_record *record, const struct s5ad_log *log,
                        const struct s5ad_sockaddr *to, const char *why)
{
    char target[S5AD_SOCKADDR_TEXT_CAP];
    s5ad_log(log, S5AD_LOG_WARNING, "refused client=%s %s to=%s reason=\"%s\"", record->source,
             record->subject ? record->subject : "", s5ad_sockaddr_format(to, target), why);
}

/* A session that asks on and on would fill the log. */
static enum s5ad_log_level level_of(struct s5ad_record *record, const struct s5ad_handshake *hs,
                                    bool is_targets)
{
    bool was_hasty = record->was_hasty, is_hasty = hs->rep == S5A_REP_RATE_LIMITED;
    record->was_hasty |= is_hasty;
    if (is_hasty && was_hasty)
        return S5AD_LOG_DEBUG;
    return is_targets ? S5AD_LOG_INFO : S5AD_LOG_WARNING;
}

void s5ad_record_refused(struct s5ad_record *record, const struct s5ad_log *log, uint64_t now,
                         const struct s5ad_handshake *hs, bool target_asked)
{
    if (hs->orderly) {
        s5ad_record_abandoned(record, log, hs, hs->why);
        return;
    }
    bool is_targets = target_asked && hs->rep != S5A_REP_NOT_ALLOWED;
    enum s5ad_log_level level = level_of(record, hs, is_targets);
    ++*(is_targets ? &record->tally->failed : &record->tally->refused);
    if (!s5ad_log_wanted(log, level))
        return;
    char subject[SUBJECT_CAP];
    char rep[3] = "-"; /* refused before there was a request to reply to */
    format_subject(subject, hs);
    if (hs->rep != S5A_REP_SUCCEEDED)
        snprintf(rep, sizeof rep, "%02x", hs->rep);
    s5ad_log(log, level, "%s client=%s %s rep=%s ms=%" PRIu64 " reason=\"%s\"",
             is_targets ? "failed" : "refused", record->source, subject, rep, now - record->began,
             hs->why ? hs->why : "unknown");
}

void s5ad_record_abandoned(const struct s5ad_record *record, const struct s5ad_log *log,
                           const struct s5ad_handshake *hs, const char *why)
{
    char subject[SUBJECT_CAP];
    record->tally->ended++;
    if (!s5ad_log_wanted(log, S5AD_LOG_INFO))
        return;
    format_subject(subject, hs);
    s5ad_log(log, S5AD_LOG_INFO, "ended client=%s %s reason=\"%s\"", record->source, subject, why);
}
