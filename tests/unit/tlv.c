/* TLV lists. */
#include "protocol/tlv.h"

#include <criterion/criterion.h>

#include "tests/unit/span.h"

static struct s5a_tlv_walk walk_of(struct s5a_span list)
{
    struct s5a_tlv_walk walk;
    s5a_tlv_walk_init(&walk, list);
    return walk;
}

Test(tlv, elements_come_in_order_then_the_end)
{
    struct s5a_tlv_walk walk = walk_of(SPAN("\x02\x00\x01"
                                            "a"
                                            "\x01\x00\x02"
                                            "bc"));
    struct s5a_tlv tlv;
    cr_assert_eq(s5a_tlv_next(&walk, &tlv), S5A_OK);
    cr_expect_eq(tlv.type, 2);
    cr_expect(s5a_span_equal(tlv.value, SPAN("a")));
    cr_assert_eq(s5a_tlv_next(&walk, &tlv), S5A_OK);
    cr_expect_eq(tlv.type, 1);
    cr_expect(s5a_span_equal(tlv.value, SPAN("bc")));
    cr_expect_eq(s5a_tlv_next(&walk, &tlv), S5A_INCOMPLETE);
    cr_expect_eq(s5a_tlv_next(&walk, &tlv), S5A_INCOMPLETE);
}

Test(tlv, empty_list_ends_at_once)
{
    struct s5a_tlv_walk walk = walk_of((struct s5a_span){ NULL, 0 });
    struct s5a_tlv tlv;
    cr_expect_eq(s5a_tlv_next(&walk, &tlv), S5A_INCOMPLETE);
}

Test(tlv, every_type_may_occur_once)
{
    uint8_t list[256 * 3] = { 0 };
    struct s5a_tlv tlv;
    for (size_t type = 0; type < 256; type++)
        list[3 * type] = (uint8_t)type;
    struct s5a_tlv_walk walk = walk_of((struct s5a_span){ list, sizeof(list) });
    for (size_t type = 0; type < 256; type++)
        cr_assert_eq(s5a_tlv_next(&walk, &tlv), S5A_OK, "type %zu", type);
    cr_expect_eq(s5a_tlv_next(&walk, &tlv), S5A_INCOMPLETE);
}

Test(tlv, every_type_twice_is_malformed)
{
    struct s5a_tlv tlv;
    for (unsigned type = 0; type < 256; type++) {
        uint8_t list[6] = { (uint8_t)type, 0, 0, (uint8_t)type, 0, 0 };
        struct s5a_tlv_walk walk = walk_of((struct s5a_span){ list, sizeof(list) });
        cr_expect_eq(s5a_tlv_next(&walk, &tlv), S5A_OK);
        cr_expect_eq(s5a_tlv_next(&walk, &tlv), S5A_MALFORMED, "type %u", type);
    }
}

Test(tlv, cut_element_is_malformed_for_good)
{
    struct s5a_tlv_walk walk = walk_of(SPAN("\x01\x00\x02"
                                            "a"));
    struct s5a_tlv tlv;
    cr_expect_eq(s5a_tlv_next(&walk, &tlv), S5A_MALFORMED);
    cr_expect_eq(tlv.value.len, 0);
    cr_expect_eq(s5a_tlv_next(&walk, &tlv), S5A_MALFORMED);
}

Test(tlv, type_seen_twice_is_malformed_for_good)
{
    struct s5a_tlv_walk walk = walk_of(SPAN("\x01\x00\x00\x01\x00\x00\x02\x00\x00"));
    struct s5a_tlv tlv;
    cr_expect_eq(s5a_tlv_next(&walk, &tlv), S5A_OK);
    cr_expect_eq(s5a_tlv_next(&walk, &tlv), S5A_MALFORMED);
    cr_expect_eq(s5a_tlv_next(&walk, &tlv), S5A_MALFORMED);
}

Test(tlv, value_over_65535_bytes_is_not_encodable)
{
    static uint8_t value[65536], out[70000];
    struct s5a_writer w;
    s5a_writer_init(&w, out, sizeof(out));
    s5a_tlv_encode(&w, 1, (struct s5a_span){ value, 65535 });
    cr_expect_not(w.bad);
    s5a_writer_init(&w, out, sizeof(out));
    s5a_tlv_encode(&w, 1, (struct s5a_span){ value, 65536 });
    cr_expect(w.bad);
}
