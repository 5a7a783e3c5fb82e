/* The records of the lab's server. */
#include "tests/unit/login_lab.h"

void login_records_begin(struct login_lab *lab, struct s5a_span greeting)
{
    struct s5a_key seed = { { 33 } };
    s5a_tol_link_init(&lab->link, S5A_TOL_SERVER, lab->setup.network_key, greeting, &seed,
                      &lab->shape);
    memset(lab->heard, 0, sizeof lab->heard);
}

/* From the result on we send under the session's keys; we receive under them once it is confirmed. */
static void switch_keys(struct login_lab *lab)
{
    const struct s5a_eaf_server *server = &lab->server;
    bool is_done = server->ask == S5A_EAF_ASK_DONE;
    if (!is_done && server->ask != S5A_EAF_ASK_CONFIRM)
        return;
    bool is_sealed = server->capabilities & S5A_CAPABILITY(S5A_CAP_SEALED_TOL);
    s5a_tol_link_agree(&lab->link, &server->channel.ck, &server->channel.t, is_sealed);
    s5a_tol_link_switch_out(&lab->link);
    if (is_done)
        s5a_tol_link_switch_in(&lab->link);
}

static void answer(struct login_lab *lab, void (*serve)(struct login_lab *, struct s5a_writer *))
{
    uint8_t plain[8192];
    struct s5a_writer stream, w;
    s5a_writer_init(&stream, plain, sizeof plain);
    s5a_writer_init(&w, lab->out + lab->out_len, sizeof lab->out - lab->out_len);
    serve(lab, &stream);
    if (!lab->link.out_switched)
        s5a_write_span(&stream, lab->trailing);
    size_t len = s5a_writer_len(&stream);
    if (lab->ends && lab->requests > 0)
        s5a_tol_link_end(&lab->link, &w);
    else if (len > 0)
        s5a_tol_link_encode(&lab->link, &w, (struct s5a_span){ plain, len });
    if (lab->requests > 0) {
        s5a_tol_link_encode(&lab->link, &w, lab->later);
        lab->later = (struct s5a_span){ NULL, 0 };
    }
    cr_assert_not(w.bad);
    lab->out_len += s5a_writer_len(&w);
    switch_keys(lab);
}

/* One record; 0: none is whole. */
static size_t take_record(struct login_lab *lab)
{
    struct s5a_tol_record record;
    bool is_switched = lab->link.in_switched;
    enum s5a_tol_result result =
        s5a_tol_link_open(&lab->link, lab->records, lab->records_len, &record);
    if (result != S5A_TOL_WHOLE)
        return 0;
    if (is_switched)
        lab->heard[record.type]++;
    memcpy(lab->in + lab->in_len, record.payload, record.payload_len);
    lab->in_len += record.payload_len;
    return record.len;
}

void login_records_hear(struct login_lab *lab, struct s5a_span sent,
                        void (*serve)(struct login_lab *, struct s5a_writer *))
{
    size_t len;
    if (sent.len > 0)
        memcpy(lab->records + lab->records_len, sent.at, sent.len);
    lab->records_len += sent.len;
    while ((len = take_record(lab)) > 0) {
        lab->records_len -= len;
        memmove(lab->records, lab->records + len, lab->records_len);
        answer(lab, serve);
    }
}
