/* The byte buffer. */
#include "protocol/buffer.h"

#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/span.h"

static uint8_t storage[8];

static struct s5a_buffer buffer_with(struct s5a_span bytes)
{
    struct s5a_buffer b;
    s5a_buffer_init(&b, storage, sizeof(storage));
    cr_assert_eq(s5a_buffer_append(&b, bytes), bytes.len);
    return b;
}

Test(buffer, new_one_is_empty)
{
    struct s5a_buffer b = buffer_with(SPAN(""));
    cr_expect_eq(s5a_buffer_peek(&b).len, 0);
}

Test(buffer, bytes_come_out_in_order)
{
    struct s5a_buffer b = buffer_with(SPAN("abc"));
    s5a_buffer_append(&b, SPAN("de"));
    s5a_buffer_consume(&b, 1);
    cr_expect(s5a_span_equal(s5a_buffer_peek(&b), SPAN("bcde")));
}

Test(buffer, append_takes_only_what_fits)
{
    struct s5a_buffer b = buffer_with(SPAN("abcdef"));
    cr_expect_eq(s5a_buffer_append(&b, SPAN("ghij")), 2);
    cr_expect(s5a_span_equal(s5a_buffer_peek(&b), SPAN("abcdefgh")));
}

Test(buffer, full_one_takes_nothing)
{
    struct s5a_buffer b = buffer_with(SPAN("abcdefgh"));
    cr_expect_eq(s5a_buffer_append(&b, SPAN("i")), 0);
}

Test(buffer, consumed_room_is_room_again)
{
    struct s5a_buffer b = buffer_with(SPAN("abcdefgh"));
    size_t room = 0;
    s5a_buffer_consume(&b, 5);
    s5a_buffer_space(&b, &room);
    cr_expect_eq(room, 5);
    cr_expect(s5a_span_equal(s5a_buffer_peek(&b), SPAN("fgh")));
}

Test(buffer, fill_then_commit_appends)
{
    struct s5a_buffer b = buffer_with(SPAN("ab"));
    size_t room = 0;
    uint8_t *space = s5a_buffer_space(&b, &room);
    cr_assert_geq(room, 2);
    memcpy(space, "cd", 2);
    s5a_buffer_commit(&b, 2);
    cr_expect(s5a_span_equal(s5a_buffer_peek(&b), SPAN("abcd")));
}

Test(buffer, consume_beyond_the_end_empties)
{
    struct s5a_buffer b = buffer_with(SPAN("abc"));
    s5a_buffer_consume(&b, SIZE_MAX);
    cr_expect_eq(s5a_buffer_peek(&b).len, 0);
    cr_expect_eq(s5a_buffer_append(&b, SPAN("12345678")), 8);
}

Test(buffer, commit_beyond_the_room_stops_at_the_end)
{
    struct s5a_buffer b = buffer_with(SPAN("abc"));
    s5a_buffer_commit(&b, SIZE_MAX);
    cr_expect_eq(s5a_buffer_peek(&b).len, sizeof(storage));
}

Test(buffer, one_without_storage_takes_nothing)
{
    struct s5a_buffer b;
    s5a_buffer_init(&b, NULL, 0);
    cr_expect_eq(s5a_buffer_append(&b, SPAN("a")), 0);
    cr_expect_eq(s5a_buffer_peek(&b).len, 0);
    s5a_buffer_wipe(&b);
}

Test(buffer, wipe_overwrites_consumed_bytes_too)
{
    struct s5a_buffer b = buffer_with(SPAN("secret"));
    s5a_buffer_consume(&b, 3);
    s5a_buffer_wipe(&b);
    cr_expect_eq(s5a_buffer_peek(&b).len, 0);
    cr_expect_arr_eq(storage, ((uint8_t[8]){ 0 }), sizeof(storage));
}
