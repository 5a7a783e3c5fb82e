/* A relay in three layers of records, whose proxies do not keep to them. */
#include "shim/engine/relay.h"

#include "tests/unit/relay_lab.h"

enum { LAYERS = 3, TOP = 0, LOW = LAYERS - 1 };

static struct s5a_tol_link far_links[LAYERS]; /* the first is next to the program */

static void begin(void)
{
    struct s5a_wire *top = NULL;
    for (int i = LOW; i >= TOP; i--) {
        struct s5a_wire *wire = lab_new_wire(NULL);
        wire->below = top;
        top = wire;
        far_links[i] = far_link;
    }
    lab_begin(top);
}

/* By the proxy of one layer, in the records of those below. */
static void wrap_and_send(int layer, const uint8_t *bytes, size_t len)
{
    uint8_t room[LAYERS][8192];
    struct s5a_span wrapped = { bytes, len };
    for (int i = layer + 1; i < LAYERS; i++) {
        struct s5a_writer w;
        s5a_writer_init(&w, room[i], sizeof room[i]);
        s5a_tol_link_encode(&far_links[i], &w, wrapped);
        cr_assert_not(w.bad);
        wrapped = (struct s5a_span){ room[i], s5a_writer_len(&w) };
    }
    lab_far_send(wrapped.at, wrapped.len);
}

static void says(int layer, const char *text)
{
    uint8_t record[1024];
    struct s5a_writer w;
    s5a_writer_init(&w, record, sizeof record);
    if (*text == '\0')
        s5a_tol_link_end(&far_links[layer], &w);
    else
        s5a_tol_link_encode(&far_links[layer], &w, span(text));
    wrap_and_send(layer, record, s5a_writer_len(&w));
}

static void stream_ends(void)
{
    begin();
    says(TOP, "bye");
    says(TOP, "");
    cr_assert(lab_carry());
    lab_program_hears("bye");
    cr_assert_eq(lab_received(), 0);
}

Test(relay_layers, end_of_all_of_them_is_an_end_and_the_program_goes_on)
{
    stream_ends();
    for (int i = TOP + 1; i < LAYERS; i++)
        says(i, "");
    cr_assert_eq(shutdown(far, SHUT_WR), 0);
    cr_assert(lab_carry());
    cr_assert(p.in_ended);
}

/* Else what comes behind it has nowhere to go, and is looked at again and again. */
Test(relay_layers, what_is_no_record_between_them_ends_it_though_the_stream_has_ended)
{
    static const uint8_t garbage[4096];
    stream_ends();
    wrap_and_send(TOP + 1, garbage, sizeof garbage);
    cr_assert_not(lab_carry());
}

Test(relay_layers, more_behind_an_end_between_them_ends_it)
{
    static const uint8_t garbage[4096];
    stream_ends();
    says(TOP + 1, "");
    wrap_and_send(TOP + 1, garbage, sizeof garbage);
    cr_assert_not(lab_carry());
}

Test(relay_layers, more_behind_the_end_of_the_stream_ends_it)
{
    stream_ends();
    wrap_and_send(TOP, (const uint8_t *)"more", 4);
    cr_assert_not(lab_carry());
}
