/* Bounded cursors. */
#include "protocol/bytes.h"

#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/span.h"

static struct s5a_reader reader_of(struct s5a_span bytes)
{
    struct s5a_reader r;
    s5a_reader_init(&r, bytes.at, bytes.len);
    return r;
}

static struct s5a_span written(const struct s5a_writer *w)
{
    return (struct s5a_span){ w->begin, s5a_writer_len(w) };
}

static uint8_t storage[70000];

static struct s5a_writer writer_of(size_t cap)
{
    struct s5a_writer w;
    memset(storage, 0xee, sizeof(storage));
    s5a_writer_init(&w, storage, cap);
    return w;
}

Test(bytes, integers_are_read_big_endian)
{
    struct s5a_reader r =
        reader_of(SPAN("\x01\x23\x45\x67\x89\xab\xcd\xef\xf1\xf2\xf3\xf4\xf5\xf6\xf7"));
    cr_expect_eq(s5a_read_u8(&r), 0x01);
    cr_expect_eq(s5a_read_u16(&r), 0x2345);
    cr_expect_eq(s5a_read_u32(&r), 0x6789abcd);
    cr_expect_eq(s5a_read_u64(&r), 0xeff1f2f3f4f5f6f7);
    cr_expect_eq(s5a_reader_left(&r), 0);
    cr_expect_not(r.bad);
}

Test(bytes, integer_longer_than_input_is_bad_and_zero)
{
    struct s5a_reader r = reader_of(SPAN("\x01\x02\x03"));
    cr_expect_eq(s5a_read_u32(&r), 0);
    cr_expect(r.bad);
}

Test(bytes, bad_reader_stays_bad_and_yields_zeros)
{
    struct s5a_reader r = reader_of(SPAN("\x01"));
    s5a_read_u16(&r);
    cr_expect_eq(s5a_read_u8(&r), 0);
    cr_expect_eq(s5a_reader_left(&r), 0);
    cr_expect_eq(s5a_read_span(&r, 0).len, 0);
    cr_expect(r.bad);
}

Test(bytes, span_views_the_input)
{
    struct s5a_span in = SPAN("abcd");
    struct s5a_reader r = reader_of(in);
    s5a_read_u8(&r);
    struct s5a_span view = s5a_read_span(&r, 2);
    cr_expect_eq(view.at, in.at + 1);
    cr_expect_eq(view.len, 2);
}

Test(bytes, span_of_the_whole_address_space_is_bad)
{
    struct s5a_reader r = reader_of(SPAN("abcd"));
    cr_expect_eq(s5a_read_span(&r, SIZE_MAX).len, 0);
    cr_expect(r.bad);
}

Test(bytes, vec8_takes_its_length)
{
    struct s5a_reader r = reader_of(SPAN("\x02"
                                         "abc"));
    cr_expect(s5a_span_equal(s5a_read_vec8(&r), SPAN("ab")));
    cr_expect_eq(s5a_reader_left(&r), 1);
}

Test(bytes, vec8_longer_than_input_is_bad)
{
    struct s5a_reader r = reader_of(SPAN("\x04"
                                         "abc"));
    cr_expect_eq(s5a_read_vec8(&r).len, 0);
    cr_expect(r.bad);
}

Test(bytes, vec16_takes_its_length)
{
    struct s5a_reader r = reader_of(SPAN("\x00\x03"
                                         "abc"));
    cr_expect(s5a_span_equal(s5a_read_vec16(&r), SPAN("abc")));
    cr_expect_not(r.bad);
}

Test(bytes, vec16_with_half_a_length_is_bad)
{
    struct s5a_reader r = reader_of(SPAN("\x00"));
    cr_expect_eq(s5a_read_vec16(&r).len, 0);
    cr_expect(r.bad);
}

Test(bytes, copy_past_the_end_gives_zeros)
{
    struct s5a_reader r = reader_of(SPAN("ab"));
    uint8_t out[3] = { 1, 1, 1 };
    s5a_read_copy(&r, out, sizeof(out));
    cr_expect_arr_eq(out, ((uint8_t[3]){ 0 }), 3);
    cr_expect(r.bad);
}

Test(bytes, reader_of_nothing_is_empty_and_good)
{
    struct s5a_reader r;
    s5a_reader_init(&r, NULL, 0);
    cr_expect_eq(s5a_reader_left(&r), 0);
    cr_expect_eq(s5a_read_span(&r, 0).len, 0);
    cr_expect_not(r.bad);
}

Test(bytes, spans_differ_in_length_and_content)
{
    cr_expect(s5a_span_equal(SPAN("ab"), SPAN("ab")));
    cr_expect_not(s5a_span_equal(SPAN("ab"), SPAN("abc")));
    cr_expect_not(s5a_span_equal(SPAN("ab"), SPAN("ac")));
    cr_expect(s5a_span_equal((struct s5a_span){ NULL, 0 }, SPAN("")));
}

Test(bytes, integers_are_written_big_endian)
{
    struct s5a_writer w = writer_of(15);
    s5a_write_u8(&w, 0x01);
    s5a_write_u16(&w, 0x2345);
    s5a_write_u32(&w, 0x6789abcd);
    s5a_write_u64(&w, 0xeff1f2f3f4f5f6f7);
    cr_expect(s5a_span_equal(written(&w),
                             SPAN("\x01\x23\x45\x67\x89\xab\xcd\xef\xf1\xf2\xf3\xf4\xf5\xf6\xf7")));
    cr_expect_not(w.bad);
}

Test(bytes, write_that_does_not_fit_writes_nothing)
{
    struct s5a_writer w = writer_of(3);
    s5a_write_u32(&w, 1);
    cr_expect(w.bad);
    cr_expect_eq(storage[0], 0xee);
    cr_expect_eq(s5a_writer_len(&w), 0);
}

Test(bytes, bad_writer_takes_nothing_more)
{
    struct s5a_writer w = writer_of(3);
    s5a_write_u32(&w, 1);
    s5a_write_u8(&w, 1);
    cr_expect_eq(storage[0], 0xee);
    cr_expect_eq(s5a_writer_len(&w), 0);
}

Test(bytes, writer_fills_to_the_last_byte_and_not_beyond)
{
    struct s5a_writer w = writer_of(3);
    s5a_write_span(&w, SPAN("abc"));
    cr_expect_not(w.bad);
    s5a_write_u8(&w, 'd');
    cr_expect(w.bad);
    cr_expect_eq(storage[3], 0xee);
}

Test(bytes, writer_without_storage_takes_nothing)
{
    struct s5a_writer w;
    s5a_writer_init(&w, NULL, 0);
    s5a_write_bytes(&w, NULL, 0);
    cr_expect_not(w.bad);
    s5a_write_u8(&w, 1);
    cr_expect(w.bad);
}

Test(bytes, vec8_of_255_fits_and_of_256_is_bad)
{
    static uint8_t zeros[256];
    struct s5a_writer w = writer_of(1024);
    s5a_write_vec8(&w, (struct s5a_span){ zeros, 255 });
    cr_expect_not(w.bad);
    cr_expect_eq(storage[0], 255);
    s5a_write_vec8(&w, (struct s5a_span){ zeros, 256 });
    cr_expect(w.bad);
}

Test(bytes, vec16_of_65535_fits_and_of_65536_is_bad)
{
    static uint8_t zeros[65536];
    struct s5a_writer w = writer_of(sizeof(storage));
    s5a_write_vec16(&w, (struct s5a_span){ zeros, 65535 });
    cr_expect_not(w.bad);
    cr_expect_arr_eq(storage, "\xff\xff", 2);
    w = writer_of(sizeof(storage));
    s5a_write_vec16(&w, (struct s5a_span){ zeros, 65536 });
    cr_expect(w.bad);
}

Test(bytes, nested_lengths_are_filled_in)
{
    struct s5a_writer w = writer_of(32);
    size_t outer = s5a_write_open16(&w);
    s5a_write_u8(&w, 0xaa);
    size_t inner = s5a_write_open8(&w);
    s5a_write_span(&w, SPAN("xyz"));
    s5a_write_close8(&w, inner);
    s5a_write_close16(&w, outer);
    cr_expect(s5a_span_equal(written(&w), SPAN("\x00\x05\xaa\x03xyz")));
}

Test(bytes, close_of_a_length_that_did_not_fit_writes_nothing)
{
    struct s5a_writer w = writer_of(1);
    size_t mark = s5a_write_open16(&w);
    s5a_write_close16(&w, mark);
    cr_expect(w.bad);
    cr_expect_eq(storage[0], 0xee);
}

Test(bytes, reserved_room_is_the_callers_and_bounded)
{
    struct s5a_writer w = writer_of(4);
    uint8_t *room = s5a_write_reserve(&w, 3);
    cr_assert_eq(room, storage);
    memcpy(room, "abc", 3);
    cr_expect(s5a_span_equal(written(&w), SPAN("abc")));
    cr_expect_null(s5a_write_reserve(&w, 2));
    cr_expect(w.bad);
}
